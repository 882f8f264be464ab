"""Pointwise float convolutions by one level of Strassen's method: seven products of half the size instead of eight.

Not an operator itself; ``conv2d`` lowers to this kernel where it is faster and exact enough. In Winograd's form ("On
Multiplication of 2x2 Matrices", 1971) it adds four sums of pixels and seven of products; those of weights are made when
they are packed. ``docs/decisions/0021-strassen.md`` has the measurements that the rule below comes from.
"""

from __future__ import annotations

import numpy as np

from edgesmith.ir import Node
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType

PAIRS = "min((N * H * W + 1) // 2, max(24, min(256, 131072 // max(1, 2 * C))))"  # of pixels in a block
Kernel(
    "conv2d_strassen_f32",
    "conv2d_strassen_f32.c",
    """
    in f32 x[N * H * W * C]
    const f32 w[O * C]
    const? f32 bias[O]
    out f32 y[N * H * W * O]
    i32 N H W C O
    f32 lo hi
    """,
    require="C >= 2; O >= 2; C % 2 == 0; O % 2 == 0",
    work="N * H * W * O * C",
    scratch=f"4 * (2 * C + 3 * 64) * {PAIRS}",  # four sums of half the channels; three parts of a panel's outputs
    vector=True,
    parallel=True,
    packed=True,
    unpacked="N H W",
)

SAVED = 1 / 8  # of the products; from it goes what sums cost, in products:
PIXEL_SUMS = 9.0  # for an input
OUTPUT_SUMS = 7.0  # for an output
WEIGHT_BYTES = 2.8  # for a weight, of which there are 7/4
FEW = 128  # pixels of which threads share out the outputs ...
EVENLY = 128  # ... of each half: in a multiple of so many, which two threads can have alike
GAIN = 0.045  # of a layer's time, below which nothing is worth larger weights
UNLIKE = 4.0  # times as large: weights of two outputs that are computed together
SMALL = 64.0  # sum of the magnitudes of an output's weights that errs less than the bound allows any output to


def suits(node: Node) -> bool:
    """Whether a convolution with constant weights is faster so, and within its bound."""
    x, w, y, attrs = node.input(0), node.input(1), node.outputs[0], node.attrs
    plain = (
        w.shape[1:3] == (1, 1) and attrs["strides"] == (1, 1) and attrs["groups"] == 1 and y.shape[1:3] == x.shape[1:3]
    )
    outputs, channels, pixels = w.shape[0], w.shape[3], y.shape[0] * y.shape[1] * y.shape[2]
    if not plain or x.dtype is not DType.F32 or w.dtype is not DType.F32 or node.optional(3) is not None:
        return False
    if outputs % 2 or channels % 2 or min(outputs, channels, pixels) == 0:
        return False
    if pixels < FEW and outputs // 2 % EVENLY:
        return False
    cost = PIXEL_SUMS / outputs + OUTPUT_SUMS / channels + WEIGHT_BYTES / pixels
    return SAVED - cost >= GAIN and _are_alike(w.data) and _differ(w.data)


def _are_alike(w: np.ndarray | None) -> bool:
    """Whether no output's sums are lost beside those of its partner, which lies half of all outputs away.

    Both are made of the same products, so that one errs as the larger does.
    """
    assert w is not None
    sizes = np.abs(w, dtype=np.float64).reshape(2, len(w) // 2, -1).sum(axis=2)
    low, high = sizes.min(axis=0), sizes.max(axis=0)
    return bool(((high <= UNLIKE * low) | (high <= SMALL)).all())


def _differ(w: np.ndarray | None) -> bool:
    """Whether no two outputs have the same weights, whose sums are then expected to be equal to the last bit: by which
    product they are computed depends on their place."""
    assert w is not None
    return len({row.tobytes() for row in w}) == len(w)
