"""gather_nd: slices at places given by whole coordinates; gather_elements: single elements along an axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.broadcasting import collapse, normal_axis, strides
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, Operator, TensorType, operator
from edgesmith.ops.indexing import check_type, checked, index_arg, spread
from edgesmith.program.kernel import Kernel
from edgesmith.types import MAX_RANK, DType

Kernel(
    "gather_nd",
    "gather.c",
    """
    in bytes x[batch * prod(dims) * inner]
    in bytes indices[batch * n * depth * index_size]
    out bytes y[batch * n * inner]
    i32 dims[8] batch n depth inner index_size wrap
    """,
    require="index_size == 4 or index_size == 8; depth <= 8",
    work="batch * n * (inner + depth)",
    parallel=True,
)
Kernel(
    "gather_elements",
    "gather.c",
    """
    in bytes x[(span(dims, x_strides) + (dim - 1) * axis_stride) * size]
    in bytes indices[prod(dims) * index_size]
    out bytes y[prod(dims) * size]
    i32 dims[8] x_strides[8] axis_stride dim size index_size wrap
    """,
    require="index_size == 4 or index_size == 8; size == 1 or size == 2 or size == 4 or size == 8",
    work="prod(dims)",
    parallel=True,
)


@operator
class GatherND(Operator):
    """``y[batch, i] = x[batch, indices[batch, i, 0], ..., indices[batch, i, k-1]]``: the last axis of ``indices`` has k
    coordinates. ``wrap`` lets negative ones count from the end."""

    name = "gather_nd"
    attributes = {"batch_dims": 0, "wrap": False}
    widens = False

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x, indices = inputs[0], inputs[1]
        assert x is not None
        assert indices is not None
        check_type(indices)
        batch = attrs["batch_dims"]
        if not 0 <= batch < max(indices.rank, 1) or x.shape[:batch] != indices.shape[:batch] or not indices.rank:
            raise ModelError(f"batch_dims {batch} does not fit an input of shape {x.shape} and indices {indices.shape}")
        depth = indices.shape[-1]
        if batch + depth > x.rank:
            raise ModelError(
                f"indices have {depth} coordinates, the input {x.shape} has {x.rank - batch} axes for them"
            )
        if x.quant is not None and x.quant.axis is not None:
            raise ModelError("a per-channel quantized tensor cannot be gathered from; dequantize it first")
        return [TensorType((*indices.shape[:-1], *x.shape[batch + depth :]), x.dtype, x.quant)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, indices = inputs[0], inputs[1]
        assert x is not None
        assert indices is not None
        batch, depth = node.attrs["batch_dims"], indices.shape[-1]
        where = [checked(indices[..., k], x.shape[batch + k], node.attrs["wrap"]) for k in range(depth)]
        rows = prod(x.shape[:batch])
        flat = x.reshape(rows, *x.shape[batch:])
        each = prod(indices.shape[batch:-1])
        lead = np.arange(rows)[:, None] + np.zeros((1, each), np.int64)
        picked = flat[(lead, *(axis.reshape(rows, each) for axis in where))]
        return [np.ascontiguousarray(picked).reshape(node.outputs[0].shape)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, indices, y = node.input(0), node.input(1), node.outputs[0]
        batch, depth = node.attrs["batch_dims"], indices.shape[-1]
        dims = x.shape[batch : batch + depth]
        lw.emit(
            "gather_nd",
            x=x,
            indices=indices,
            y=y,
            dims=(*dims, *(1,) * (MAX_RANK - depth)),
            batch=prod(x.shape[:batch]),
            n=prod(indices.shape[batch:-1]),
            depth=depth,
            inner=prod(x.shape[batch + depth :]) * x.dtype.bytes,
            index_size=indices.dtype.bytes,
            wrap=int(node.attrs["wrap"]),
        )

    def cases(self) -> Iterator[Case]:
        places = [[0, 1, 2], [1, 0, 0], [1, 2, 3]]
        for kind in (DType.F32, DType.I8, DType.I64):
            for wide in (DType.I32, DType.I64):
                yield Case([Arg((2, 3, 4), kind), index_arg(places, wide)], id=f"{kind}-{wide}-elements")
        yield Case([Arg((2, 3, 5)), index_arg([[[0, 1]], [[1, 2]]])], id="slices")
        yield Case([Arg((2, 3, 5)), index_arg([[-1, -3], [0, -1]])], {"wrap": True}, id="wrap")
        yield Case([Arg((2, 3, 4)), index_arg([[[1], [0]], [[2], [2]]])], {"batch_dims": 1}, id="batch1")
        yield Case([Arg((2, 3, 4)), spread((2, 3, 1), 4)], {"batch_dims": 2}, id="batch2")
        yield Case([Arg((3, 2)), index_arg(np.zeros((2, 0), int))], id="no-coordinates")


@operator
class GatherElements(Operator):
    """``y[i, j, k] = x[i, indices[i, j, k], k]`` for axis 1; ``y`` has the shape of ``indices``."""

    name = "gather_elements"
    attributes = {"axis": 0, "wrap": False}
    widens = False

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x, indices = inputs[0], inputs[1]
        assert x is not None
        assert indices is not None
        check_type(indices)
        axis = normal_axis(attrs["axis"], x.rank)
        fits = indices.rank == x.rank
        for place, (have, want) in enumerate(zip(x.shape, indices.shape, strict=False)):
            fits &= place == axis or want <= have
        if not fits or not x.rank:
            raise ModelError(f"indices of shape {indices.shape} do not fit an input of shape {x.shape} on axis {axis}")
        quant = None if x.quant is not None and x.quant.axis is not None else x.quant
        return [TensorType(indices.shape, x.dtype, quant)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, indices = inputs[0], inputs[1]
        assert x is not None
        assert indices is not None
        axis = normal_axis(node.attrs["axis"], x.ndim)
        where: list[np.ndarray] = list(np.indices(indices.shape))
        where[axis] = checked(indices, x.shape[axis], node.attrs["wrap"])
        return [x[tuple(where)]]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, indices, y = node.input(0), node.input(1), node.outputs[0]
        if y.size == 0:
            return
        axis = normal_axis(node.attrs["axis"], x.rank)
        walk = strides(x.shape)
        still = tuple(0 if place == axis else stride for place, stride in enumerate(walk))
        dims, x_strides, _ = collapse(y.shape, still, strides(y.shape))
        lw.emit(
            "gather_elements",
            x=x,
            indices=indices,
            y=y,
            dims=dims,
            x_strides=x_strides,
            axis_stride=walk[axis],
            dim=x.shape[axis],
            size=x.dtype.bytes,
            index_size=indices.dtype.bytes,
            wrap=int(node.attrs["wrap"]),
        )

    def cases(self) -> Iterator[Case]:
        for kind in (DType.F32, DType.I8, DType.I16, DType.I64):
            yield Case([Arg((4, 3), kind), spread((6, 3), 4)], {"axis": 0}, id=f"{kind}-rows")
        yield Case([Arg((2, 5, 3)), spread((2, 2, 2), 5, DType.I64)], {"axis": 1}, id="part")
        yield Case([Arg((3, 5)), spread((3, 4), 5, negative=True)], {"axis": -1, "wrap": True}, id="wrap")
        yield Case([Arg((3, 5)), spread((3, 0), 5)], {"axis": 1}, id="nothing")
