"""max_unpool: puts the results of a max pool back to where they came from, zeros elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, Operator, TensorType, operator
from edgesmith.ops.indexing import checked, index_arg
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType

Kernel(
    "max_unpool",
    "pool_plain.c",
    """
    in bytes x[pixels * C * size]
    in i64 indices[pixels * C]
    out bytes y[N * H * W * C * size]
    i32 pixels N H W C size
    """,
    require="size == 1 or size == 2 or size == 4 or size == 8",
    work="N * H * W * C + pixels * C",
)


@operator
class MaxUnpool(Operator):
    """x (N, P, Q, C) to (N, H, W, C), where ``shape`` is (H, W). ``indices`` (i64, the shape of x) are places in a flat
    (N, C, H, W) tensor, as max_pool2d gives them by row. Where two are equal the last stays."""

    name = "max_unpool"
    attributes = {"shape": ...}
    widens = False

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x, indices = inputs[0], inputs[1]
        assert x is not None
        assert indices is not None
        if x.rank != 4 or indices.shape != x.shape or indices.dtype is not DType.I64:
            raise ModelError(f"{x!r} with indices {indices!r}; expected rank 4 and i64 indices of the same shape")
        height, width = attrs["shape"]
        return [TensorType((x.shape[0], height, width, x.shape[3]), x.dtype)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, indices = inputs[0], inputs[1]
        assert x is not None
        assert indices is not None
        n, height, width, channels = node.outputs[0].shape
        flat = np.zeros(n * channels * height * width, x.dtype)
        for place, value in zip(checked(indices, flat.size, False).ravel(), x.ravel(), strict=True):
            flat[place] = value
        return [np.ascontiguousarray(flat.reshape(n, channels, height, width).transpose(0, 2, 3, 1))]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, indices, y = node.input(0), node.input(1), node.outputs[0]
        n, height, width, channels = y.shape
        pixels = x.shape[0] * x.shape[1] * x.shape[2]
        size = x.dtype.bytes
        lw.emit("max_unpool", x=x, indices=indices, y=y, pixels=pixels, N=n, H=height, W=width, C=channels, size=size)

    def cases(self) -> Iterator[Case]:
        places = index_arg(np.array([5, 30, 7, 17, 0, 24, 31, 31]).reshape(1, 2, 2, 2), DType.I64)
        for kind in (DType.F32, DType.I8, DType.F16, DType.F64):
            yield Case([Arg((1, 2, 2, 2), kind), places], {"shape": (4, 4)}, id=str(kind))
