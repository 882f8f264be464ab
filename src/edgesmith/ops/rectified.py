"""Float layers of one row behind a ReLU: weights of inputs that are zero are not read.

Not an operator itself; ``fully_connected`` and ``conv2d`` lower to this kernel where it suits.
``docs/decisions/0023-zero-inputs.md`` has the measurements that the rule below comes from.
"""

from __future__ import annotations

import numpy as np

from edgesmith.ir import Node, Value
from edgesmith.ops import layers
from edgesmith.ops.contract import Lowering
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType

KERNEL = "fully_connected_rectified_f32"
Kernel(
    KERNEL,
    "fully_connected_rectified_f32.c",
    """
    in f32 x[K]
    const f32 w[N * K]
    const? f32 bias[N]
    out f32 y[N]
    i32 N K
    f32 lo hi
    """,
    work="N * K",
    scratch="8 * (K + 64)",
    vector=True,
    parallel=True,
    packed=True,
)

LEAST_OUTPUTS = 64  # what an input's weights must fill for a step of the list to pay
MOST_INPUTS = 4  # for each output: listing them takes time, too


def suits(node: Node) -> bool:
    """Whether a layer with constant weights is of one row, or of one pixel by 1x1 weights, and faster so."""
    x, w, y = node.input(0), node.input(1), node.outputs[0]
    if x.dtype is not DType.F32 or w.dtype is not DType.F32 or node.optional(3) is not None:
        return False
    outputs = w.shape[0]
    if y.size != outputs or w.size != x.size * outputs:
        return False
    if outputs < LEAST_OUTPUTS or x.size > MOST_INPUTS * outputs or not _is_rectified(x):
        return False
    return w.data is not None and bool(np.isfinite(w.data).all())  # 0 times infinity would be seen


def emit(node: Node, lw: Lowering) -> None:
    """The step of a layer that suits."""
    x, y, attrs = node.input(0), node.outputs[0], node.attrs
    numbers = {"N": y.size, "K": x.size, "lo": attrs["lo"], "hi": attrs["hi"]}
    lw.emit(KERNEL, x=x, w=node.input(1), bias=layers.bias_field(node), y=y, **numbers)


def _is_rectified(x: Value) -> bool:
    """Whether many elements may be expected to be zero: what a clamp at zero gave, perhaps in another shape."""
    while x.producer is not None and x.producer.op == "reshape":
        x = x.producer.input(0)
    made = x.producer
    return made is not None and (made.op == "relu" or made.attrs.get("lo") == 0.0)
