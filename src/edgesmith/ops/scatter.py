"""scatter_nd and scatter_elements: a copy of a tensor with parts replaced by, or combined with, updates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import prod

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.broadcasting import collapse, normal_axis, strides
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, Operator, TensorType, operator
from edgesmith.ops.indexing import check_type, checked, index_arg
from edgesmith.program.kernel import Kernel
from edgesmith.types import MAX_RANK, DType

# Numbers that the C file (scatter.c) knows by the same order.
REDUCTIONS = ("none", "add", "mul", "min", "max")
KINDS = (
    DType.BOOL, DType.I8, DType.U8, DType.I16, DType.U16, DType.I32, DType.U32, DType.I64, DType.U64,
    DType.F32, DType.F64,
)  # fmt: skip

CODES = "reduction < 5; kind < 11; index_size == 4 or index_size == 8"
Kernel(
    "scatter_nd",
    "scatter.c",
    """
    inout bytes y[prod(dims) * inner * size]
    in bytes indices[n * depth * index_size]
    in bytes updates[n * inner * size]
    i32 dims[8] n depth inner size index_size reduction kind wrap
    """,
    require=f"{CODES}; depth <= 8; size == 1 or size == 2 or size == 4 or size == 8",
    work="n * (inner + depth)",
)
Kernel(
    "scatter_elements",
    "scatter.c",
    """
    inout bytes y[(span(dims, y_strides) + (dim - 1) * axis_stride) * size]
    in bytes indices[prod(dims) * index_size]
    in bytes updates[prod(dims) * size]
    i32 dims[8] y_strides[8] axis_stride dim size index_size reduction kind wrap
    """,
    require=f"{CODES}; size == 1 or size == 2 or size == 4 or size == 8",
    work="prod(dims)",
)


class _Scatter(Operator):
    native = frozenset(KINDS)
    bound = Bound(1e-6, 1e-6)

    def _check(self, inputs: Sequence[Value | None], attrs: Attrs) -> tuple[Value, Value, Value]:
        data, indices, updates = inputs[0], inputs[1], inputs[2]
        assert data is not None
        assert indices is not None
        assert updates is not None
        check_type(indices)
        if updates.dtype is not data.dtype:
            raise ModelError(f"updates are {updates.dtype}, the data is {data.dtype}; expected one type")
        if attrs["reduction"] not in REDUCTIONS:
            raise ModelError(f"reduction is '{attrs['reduction']}'; expected one of {', '.join(REDUCTIONS)}")
        if data.quant is not None and (data.quant.axis is not None or not data.quant.same(updates.quant)):
            raise ModelError("quantized data and updates need the same per-tensor quantization")
        if data.quant is not None and attrs["reduction"] in ("add", "mul"):
            raise ModelError(f"reduction '{attrs['reduction']}' has no meaning for quantized data; dequantize it first")
        return data, indices, updates

    def _codes(self, node: Node) -> dict[str, int]:
        data, indices = node.input(0), node.input(1)
        return {
            "size": data.dtype.bytes,
            "index_size": indices.dtype.bytes,
            "reduction": REDUCTIONS.index(node.attrs["reduction"]),
            "kind": KINDS.index(data.dtype),
            "wrap": int(node.attrs["wrap"]),
        }


@operator
class ScatterND(_Scatter):
    """Slices ``data[indices[i]]`` are combined with ``updates[i]``, in the order of ``i``: the last one stays where no
    reduction is asked. The last axis of ``indices`` has coordinates of the leading axes of ``data``."""

    name = "scatter_nd"
    attributes = {"reduction": "none", "wrap": False}

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        data, indices, updates = self._check(inputs, attrs)
        if not indices.rank or indices.shape[-1] > data.rank:
            raise ModelError(f"indices of shape {indices.shape} have no place in data of shape {data.shape}")
        expected = (*indices.shape[:-1], *data.shape[indices.shape[-1] :])
        if updates.shape != expected:
            raise ModelError(f"updates have shape {updates.shape}, expected {expected}")
        return [TensorType(data.shape, data.dtype, data.quant)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        data, indices, updates = inputs[0], inputs[1], inputs[2]
        assert data is not None
        assert indices is not None
        assert updates is not None
        depth = indices.shape[-1]
        where = tuple(checked(indices[..., k], data.shape[k], node.attrs["wrap"]).ravel() for k in range(depth))
        parts = updates.reshape(prod(indices.shape[:-1]), *data.shape[depth:])
        y = data.copy()
        combine = _COMBINE[node.attrs["reduction"]]
        with np.errstate(all="ignore"):
            for i in range(parts.shape[0]):
                place = tuple(int(axis[i]) for axis in where)
                y[place] = combine(y[place], parts[i])
        return [y]

    def lower(self, node: Node, lw: Lowering) -> None:
        data, indices, updates, y = node.input(0), node.input(1), node.input(2), node.outputs[0]
        lw.emit("copy_bytes", x=data, y=y, n=y.nbytes)
        depth = indices.shape[-1]
        lw.emit(
            "scatter_nd",
            y=y,
            indices=indices,
            updates=updates,
            dims=(*data.shape[:depth], *(1,) * (MAX_RANK - depth)),
            n=prod(indices.shape[:-1]),
            depth=depth,
            inner=prod(data.shape[depth:]),
            **self._codes(node),
        )

    def cases(self) -> Iterator[Case]:
        for kind in KINDS:
            for reduction in REDUCTIONS:
                args = [Arg((5, 3), kind, low=0, high=9), index_arg([[1], [3], [1]]), Arg((3, 3), kind, low=0, high=9)]
                yield Case(args, {"reduction": reduction}, id=f"{kind}-{reduction}")
        places = index_arg([[[0, 2], [1, 0]], [[0, 1], [1, 2]]], DType.I64)
        yield Case([Arg((2, 3, 4)), places, Arg((2, 2, 4))], id="slices")
        yield Case([Arg((2, 3)), index_arg([[-1, -3]]), Arg((1,))], {"wrap": True, "reduction": "add"}, id="wrap")
        yield Case([Arg((2, 3)), index_arg(np.zeros((0, 1), int)), Arg((0, 3))], id="nothing")


@operator
class ScatterElements(_Scatter):
    """``y[indices[i, j, k], j, k]`` is combined with ``updates[i, j, k]``, for axis 0, in row-major order."""

    name = "scatter_elements"
    attributes = {"axis": 0, "reduction": "none", "wrap": False}

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        data, indices, updates = self._check(inputs, attrs)
        axis = normal_axis(attrs["axis"], data.rank)
        fits = indices.rank == data.rank > 0 and updates.shape == indices.shape
        for place, (have, want) in enumerate(zip(data.shape, indices.shape, strict=False)):
            fits &= place == axis or want <= have
        if not fits:
            raise ModelError(
                f"indices {indices.shape} and updates {updates.shape} do not fit data {data.shape} on axis {axis}"
            )
        return [TensorType(data.shape, data.dtype, data.quant)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        data, indices, updates = inputs[0], inputs[1], inputs[2]
        assert data is not None
        assert indices is not None
        assert updates is not None
        axis = normal_axis(node.attrs["axis"], data.ndim)
        where = checked(indices, data.shape[axis], node.attrs["wrap"])
        y = data.copy()
        combine = _COMBINE[node.attrs["reduction"]]
        with np.errstate(all="ignore"):
            for place in np.ndindex(*indices.shape):
                target = (*place[:axis], int(where[place]), *place[axis + 1 :])
                y[target] = combine(y[target], updates[place])
        return [y]

    def lower(self, node: Node, lw: Lowering) -> None:
        data, indices, updates, y = node.input(0), node.input(1), node.input(2), node.outputs[0]
        lw.emit("copy_bytes", x=data, y=y, n=y.nbytes)
        if indices.size == 0:
            return
        axis = normal_axis(node.attrs["axis"], data.rank)
        walk = strides(data.shape)
        still = tuple(0 if place == axis else stride for place, stride in enumerate(walk))
        dims, y_strides, _ = collapse(indices.shape, still, strides(indices.shape))
        lw.emit(
            "scatter_elements",
            y=y,
            indices=indices,
            updates=updates,
            dims=dims,
            y_strides=y_strides,
            axis_stride=walk[axis],
            dim=data.shape[axis],
            **self._codes(node),
        )

    def cases(self) -> Iterator[Case]:
        places = index_arg([[1, 0, 2], [0, 2, 1], [1, 1, 1]])
        for kind in (DType.F32, DType.I8, DType.I64, DType.BOOL):
            for reduction in REDUCTIONS:
                args = [Arg((3, 3), kind, low=0, high=9), places, Arg((3, 3), kind, low=0, high=9)]
                yield Case(args, {"reduction": reduction}, id=f"{kind}-{reduction}")
        far = index_arg([[1, -3]], DType.I64)
        yield Case([Arg((2, 5)), far, Arg((1, 2))], {"axis": 1, "reduction": "add", "wrap": True}, id="wrap")
        yield Case([Arg((2, 3, 4)), index_arg([[[2], [0]]]), Arg((1, 2, 1))], {"axis": 1}, id="part")


_COMBINE: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "none": lambda old, new: new,
    "add": lambda old, new: old + new,
    "mul": lambda old, new: old * new,
    "min": np.minimum,
    "max": np.maximum,
}
