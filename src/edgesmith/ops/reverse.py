"""reverse and reverse_sequence: elements of an axis in the opposite order, whole or the first few of each row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.broadcasting import normal_axes, normal_axis, strides
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, Operator, TensorType, operator
from edgesmith.ops.transpose import emit_copy
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType

Kernel(
    "reverse_sequence",
    "take_nd.c",
    """
    in bytes x[outer * first * middle * second * inner]
    in bytes lengths[(first if seq_is_second else second) * index_size]
    out bytes y[outer * first * middle * second * inner]
    i32 outer first middle second inner seq_is_second index_size
    """,
    require="index_size == 4 or index_size == 8",
    work="outer * first * middle * second * inner",
    parallel=True,
)


@operator
class Reverse(Operator):
    """The elements of ``axes`` in the opposite order."""

    name = "reverse"
    attributes = {"axes": ...}
    widens = False

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        axes = normal_axes(attrs["axes"], x.rank)
        if x.quant is not None and x.quant.axis in axes:
            raise ModelError(f"axis {x.quant.axis} holds the channels of a per-channel quantization")
        return [TensorType(x.shape, x.dtype, x.quant)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        assert inputs[0] is not None
        return [np.ascontiguousarray(np.flip(inputs[0], normal_axes(node.attrs["axes"], inputs[0].ndim)))]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, y = node.input(0), node.outputs[0]
        axes = [axis for axis in normal_axes(node.attrs["axes"], x.rank) if x.shape[axis] > 1]
        if not axes or not x.size:
            lw.alias(y, lw.ref(x))
            return
        dense = strides(x.shape)
        walk = [-stride if axis in axes else stride for axis, stride in enumerate(dense)]
        start = sum((x.shape[axis] - 1) * dense[axis] for axis in axes)
        emit_copy(lw, x, y, x.dtype.bytes, x.shape, walk, dense, start)

    def cases(self) -> Iterator[Case]:
        for shape, axes in [((5,), (0,)), ((3, 4, 5), (0, 2)), ((2, 3, 17), (1,)), ((1, 4), (0,)), ((0, 3), (1,))]:
            yield Case([Arg(shape)], {"axes": axes}, id=f"{shape}-{axes}".replace(" ", ""))
        yield Case([Arg((3, 5), DType.I16, low=-9, high=9)], {"axes": (-1,)}, id="i16")


@operator
class ReverseSequence(Operator):
    """In row ``b`` of ``batch_axis`` the first ``lengths[b]`` elements of ``seq_axis`` are reversed, the rest kept."""

    name = "reverse_sequence"
    attributes = {"seq_axis": ..., "batch_axis": ...}
    widens = False

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x, lengths = inputs[0], inputs[1]
        assert x is not None
        assert lengths is not None
        seq, batch = normal_axis(attrs["seq_axis"], x.rank), normal_axis(attrs["batch_axis"], x.rank)
        if seq == batch:
            raise ModelError(f"seq_axis and batch_axis are both {seq}")
        if lengths.shape != (x.shape[batch],) or lengths.dtype not in (DType.I32, DType.I64):
            raise ModelError(f"lengths are {lengths!r}; expected i32 or i64 of shape ({x.shape[batch]},)")
        return [TensorType(x.shape, x.dtype, x.quant)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, lengths = inputs[0], inputs[1]
        assert x is not None
        assert lengths is not None
        seq, batch = node.attrs["seq_axis"] % x.ndim, node.attrs["batch_axis"] % x.ndim
        y = x.copy()
        view, source = np.moveaxis(y, (batch, seq), (0, 1)), np.moveaxis(x, (batch, seq), (0, 1))
        for row, length in enumerate(lengths):
            if not 0 <= length <= x.shape[seq]:
                raise ModelError(f"length {length} of row {row} lies outside 0..{x.shape[seq]}")
            view[row, :length] = source[row, :length][::-1]
        return [y]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, lengths, y = node.input(0), node.input(1), node.outputs[0]
        seq, batch = node.attrs["seq_axis"] % x.rank, node.attrs["batch_axis"] % x.rank
        low, high = sorted((seq, batch))

        def size(start: int, stop: int) -> int:
            return int(np.prod(x.shape[start:stop], dtype=np.int64))

        lw.emit(
            "reverse_sequence",
            x=x,
            lengths=lengths,
            y=y,
            outer=size(0, low),
            first=x.shape[low],
            middle=size(low + 1, high),
            second=x.shape[high],
            inner=size(high + 1, x.rank) * x.dtype.bytes,
            seq_is_second=int(seq > batch),
            index_size=lengths.dtype.bytes,
        )

    def cases(self) -> Iterator[Case]:
        def lengths(*numbers: int, kind: type[np.generic] = np.int32) -> Arg:
            return Arg(data=np.array(numbers, kind), dtype=DType.of(np.dtype(kind)))

        yield Case([Arg((4, 4)), lengths(1, 2, 3, 4, kind=np.int64)], {"seq_axis": 0, "batch_axis": 1}, id="time-major")
        yield Case([Arg((4, 4)), lengths(0, 2, 3, 4)], {"seq_axis": 1, "batch_axis": 0}, id="batch-major")
        yield Case([Arg((2, 3, 5, 2, 3)), lengths(5, 1, 0)], {"seq_axis": 2, "batch_axis": 1}, id="inner")
        yield Case([Arg((5, 2, 3), DType.I8), lengths(5, 4, 2)], {"seq_axis": 0, "batch_axis": 2}, id="i8-apart")
