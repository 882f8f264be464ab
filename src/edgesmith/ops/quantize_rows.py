"""quantize_rows: float32 to int8 with a scale and a zero point for each row, found as the model runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, Operator, TensorType, operator
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType

F = np.float32
LEAST = F(2.0**-126)  # scales below are 1: the row is nothing but zeros, or as good as that

Kernel(
    "quantize_rows_f32",
    "quantize.c",
    """
    in f32 x[rows * n]
    out i8 q[rows * n]
    out f32 scale[rows]
    out i32 zero[rows]
    i32 rows n
    """,
    work="rows * n * 2",
    vector=True,
    parallel=True,
)


@operator
class QuantizeRows(Operator):
    """``q = clamp(round_half_even(x / scale) + zero)``, with a scale and a zero point for each row of x.

    A row is what the first ``axes`` axes of x choose: 0 makes the whole tensor one row. In float32, an operation a
    rounding, with ``lo`` the least element or 0 and ``hi`` the largest or 0::

        scale = (hi - lo) / 255, or 1 where that is below 2^-126
        zero  = round_half_even(clamp(-lo / scale, 0, 255)) - 128

    That is ONNX's DynamicQuantizeLinear, shifted to signed bytes, row by row. NaN has no part in the range and becomes
    the zero point. Outputs: q i8, x's shape; scale f32 and zero i32, the first ``axes`` sizes of x.
    """

    name = "quantize_rows"
    attributes = {"axes": ...}
    native = frozenset({DType.F32})
    bound = Bound(0.0, 0.0)

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x, axes = inputs[0], attrs["axes"]
        assert x is not None
        if not 0 <= axes <= x.rank or not x.dtype.is_float:
            raise ModelError(f"the first {axes} axes of {x!r} choose no rows; expected floats and 0 to {x.rank} axes")
        rows = x.shape[:axes]
        return [TensorType(x.shape, DType.I8), TensorType(rows, DType.F32), TensorType(rows, DType.I32)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, axes = inputs[0], node.attrs["axes"]
        assert x is not None
        rows = x.astype(F).reshape(*x.shape[:axes], int(np.prod(x.shape[axes:], dtype=np.int64)))
        with np.errstate(all="ignore"):
            lo = np.fmin.reduce(rows, axis=-1, initial=F(0))
            hi = np.fmax.reduce(rows, axis=-1, initial=F(0))
            scale = (hi - lo) / F(255)
            scale = np.where(scale >= LEAST, scale, F(1)).astype(F)
            zero = np.rint(np.clip(-lo / scale, F(0), F(255))) - F(128)
            zero = np.where(np.isnan(zero), F(-128), zero)
            steps = np.rint(rows / scale[..., None])
        steps = np.where(np.isnan(steps), F(0), np.clip(steps, F(-512), F(512)))
        q = np.clip(steps + zero[..., None], -128, 127).astype(np.int8)
        return [q.reshape(x.shape), scale, zero.astype(np.int32)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, (q, scale, zero) = node.input(0), node.outputs
        lw.emit("quantize_rows_f32", x=x, q=q, scale=scale, zero=zero, rows=scale.size, n=x.size // max(1, scale.size))

    def cases(self) -> Iterator[Case]:
        for shape in ((1, 64), (3, 7), (2, 5, 130), (70, 1), (0, 5), (5, 0)):
            for axes in range(len(shape)):
                yield Case([Arg(shape, low=-3, high=5)], {"axes": axes}, id=f"{shape}-{axes}".replace(" ", ""))
        yield Case([Arg((2, 6000), low=-1e-3, high=0.7)], {"axes": 1}, id="long")
        odd = np.array(
            [[0, 0, 0], [np.nan, 1, -3], [1e-44, 0, 0], [3e38, -3e38, 1], [np.inf, 1, 2], [-5, -6, -7], [np.nan] * 3],
            np.float32,
        )
        yield Case([Arg(data=odd, shape=odd.shape)], {"axes": 1}, id="odd")
        halves = (np.arange(-255, 256, dtype=np.float32) / 2 * 0.037).reshape(1, -1)
        yield Case([Arg(data=halves, shape=halves.shape)], {"axes": 1}, id="halves")
