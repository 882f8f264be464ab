"""tile and expand: the same elements over and over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.broadcasting import broadcast, broadcast_strides, strides
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, Operator, TensorType, operator
from edgesmith.ops.take import emit_take
from edgesmith.ops.transpose import emit_copy
from edgesmith.types import MAX_RANK, DType, Quantization


def _per_tensor(quant: Quantization | None) -> Quantization | None:
    if quant is not None and quant.axis is not None:
        raise ModelError("a per-channel quantized tensor cannot be repeated")
    return quant


@operator
class Tile(Operator):
    """The whole tensor ``repeats`` times along each axis."""

    name = "tile"
    attributes = {"repeats": ...}
    widens = False

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        repeats = tuple(int(item) for item in attrs["repeats"])
        if len(repeats) != x.rank or min(repeats, default=0) < 0:
            raise ModelError(f"repeats are {repeats}; expected {x.rank} numbers, none negative")
        shape = tuple(dim * times for dim, times in zip(x.shape, repeats, strict=True))
        return [TensorType(shape, x.dtype, _per_tensor(x.quant))]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        assert inputs[0] is not None
        return [np.tile(inputs[0], node.attrs["repeats"])]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, y = node.input(0), node.outputs[0]
        if y.size == 0:
            return
        if y.size == x.size:
            lw.alias(y, lw.ref(x))
            return
        from_walk, to_walk = strides(x.shape), strides(y.shape)
        dims, reads, writes = [], [], []
        for axis, dim in enumerate(x.shape):
            dims += [y.shape[axis] // dim, dim]
            reads += [0, from_walk[axis]]
            writes += [to_walk[axis] * dim, to_walk[axis]]
        if sum(dim != 1 for dim in dims) > MAX_RANK:
            tables = [np.arange(wide) % dim for wide, dim in zip(y.shape, x.shape, strict=True)]
            emit_take(lw, x, y, x.dtype.bytes, x.shape, tables)
        else:
            emit_copy(lw, x, y, x.dtype.bytes, dims, reads, writes)

    def cases(self) -> Iterator[Case]:
        rows: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
            ((3,), (4,)),
            ((2, 3, 5), (2, 1, 3)),
            ((1, 7), (5, 1)),
            ((2, 3), (1, 1)),
            ((2, 3), (0, 2)),
            ((2, 2, 2, 2, 2), (2, 3, 2, 2, 2)),
            ((), ()),
        ]
        for kind in (DType.F32, DType.I8, DType.I64):
            for shape, repeats in rows:
                yield Case([Arg(shape, kind)], {"repeats": repeats}, id=f"{kind}-{shape}-{repeats}".replace(" ", ""))


@operator
class Expand(Operator):
    """Broadcast by NumPy's rule to the common shape of the input and ``shape``."""

    name = "expand"
    attributes = {"shape": ...}
    widens = False

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        shape = tuple(int(dim) for dim in attrs["shape"])
        return [TensorType(broadcast(x.shape, shape), x.dtype, _per_tensor(x.quant))]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        assert inputs[0] is not None
        shape = broadcast(inputs[0].shape, node.attrs["shape"])
        return [np.ascontiguousarray(np.broadcast_to(inputs[0], shape)).reshape(shape)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, y = node.input(0), node.outputs[0]
        if y.size == 0:
            return
        if y.size == x.size:
            lw.alias(y, lw.ref(x))
            return
        emit_copy(lw, x, y, x.dtype.bytes, y.shape, broadcast_strides(x.shape, y.shape), strides(y.shape))

    def cases(self) -> Iterator[Case]:
        rows: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
            ((), (3,)),
            ((3, 1), (2, 1, 6)),
            ((1, 5), (7, 1)),
            ((4, 3), (4, 3)),
            ((2, 1, 3, 1), (2, 5, 3, 17)),
            ((3, 1), (3, 0)),
        ]
        for kind in (DType.F32, DType.I8, DType.I64):
            for shape, wide in rows:
                yield Case([Arg(shape, kind)], {"shape": wide}, id=f"{kind}-{shape}-{wide}".replace(" ", ""))
