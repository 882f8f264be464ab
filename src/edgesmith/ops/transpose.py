"""transpose, and ``copy_nd``, the strided copy that many operators lower to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.broadcasting import collapse, strides
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, Operator, Ref, TensorType, operator
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType, Quantization

Kernel(
    "copy_nd",
    "copy_nd.c",
    """
    in bytes x[(x_start + span(dims, x_strides)) * size]
    out bytes y[span(dims, y_strides) * size]
    s32 x_strides[8]
    i32 y_strides[8] dims[8] x_start size
    """,
    require="size == 1 or size == 2 or size == 4 or size == 8; x_start >= below(dims, x_strides)",
    work="prod(dims)",
    parallel=True,
)
Kernel("copy_bytes", "copy_nd.c", "in bytes x[n]\nout bytes y[n]\ns64 n", require="n >= 0", work="n")


def emit_copy(
    lw: Lowering,
    x: Value | Ref,
    y: Value | Ref,
    size: int,
    dims: Sequence[int],
    x_strides: Sequence[int],
    y_strides: Sequence[int],
    x_start: int = 0,
) -> None:
    """Copy a strided box of elements of ``size`` bytes. Strides and ``x_start`` are in elements."""
    all_dims, from_strides, to_strides = collapse(dims, x_strides, y_strides)
    lw.emit(
        "copy_nd", x=x, y=y, x_strides=from_strides, y_strides=to_strides, dims=all_dims, x_start=x_start, size=size
    )


def moved_quant(quant: Quantization | None, axis_of: dict[int, int]) -> Quantization | None:
    """Quantization after axes moved: per-channel scales follow their axis."""
    if quant is None or quant.axis is None:
        return quant
    return Quantization(quant.scale, quant.zero_point, axis_of[quant.axis])


def keeps_order(shape: Sequence[int], perm: Sequence[int]) -> bool:
    """Whether a transpose moves no elements, but only axes of one."""
    moved = [axis for axis in perm if shape[axis] != 1]
    return moved == sorted(moved)


@operator
class Transpose(Operator):
    """Axis ``i`` of the output is axis ``perm[i]`` of the input."""

    name = "transpose"
    attributes = {"perm": ...}

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        perm = attrs["perm"]
        if sorted(perm) != list(range(x.rank)):
            raise ModelError(f"perm {tuple(perm)} is no permutation of the {x.rank} axes")
        quant = moved_quant(x.quant, {axis: place for place, axis in enumerate(perm)})
        return [TensorType(tuple(x.shape[axis] for axis in perm), x.dtype, quant)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        assert inputs[0] is not None
        return [np.ascontiguousarray(inputs[0].transpose(node.attrs["perm"]))]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, y = node.input(0), node.outputs[0]
        perm = node.attrs["perm"]
        if keeps_order(x.shape, perm):
            lw.alias(y, lw.ref(x))
            return
        walk = strides(x.shape)
        emit_copy(lw, x, y, x.dtype.bytes, y.shape, [walk[axis] for axis in perm], strides(y.shape))

    def cases(self) -> Iterator[Case]:
        for shape, perm in [
            ((3, 5), (1, 0)),
            ((2, 17, 33), (0, 2, 1)),
            ((2, 3, 4, 5), (0, 2, 3, 1)),
            ((1, 3, 5, 7), (0, 2, 3, 1)),
            ((1, 4, 9, 3), (0, 2, 3, 1)),
            ((1, 5, 600), (0, 2, 1)),
            ((2, 3, 4, 5), (3, 2, 1, 0)),
            ((1, 7, 1), (2, 0, 1)),
            ((2, 0, 3), (2, 1, 0)),
        ]:
            for kind in (DType.F32, DType.I8, DType.I16, DType.I64):
                low = -100 if kind is not DType.F32 else -1.0
                yield Case(
                    [Arg(shape, kind, low=low, high=-low)], {"perm": perm}, id=f"{kind}-{shape}-{perm}".replace(" ", "")
                )
