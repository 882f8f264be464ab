"""gather: slices of an axis chosen by indices. Embedding lookups are gathers along axis 0."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.broadcasting import normal_axis
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, Operator, TensorType, operator
from edgesmith.ops.indexing import check_type, checked, spread
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType

Kernel(
    "gather",
    "gather.c",
    """
    in bytes x[batch * outer * dim * inner]
    in bytes indices[batch * n * index_size]
    out bytes y[batch * outer * n * inner]
    i32 batch outer dim n inner index_size wrap
    """,
    require="index_size == 4 or index_size == 8",
    work="batch * outer * n * inner",
    parallel=True,
)


@operator
class Gather(Operator):
    """``y[batch, outer, indices, inner] = x[batch, outer, indices[batch, ...], inner]``.

    The first ``batch_dims`` axes of both inputs go together; the others of ``indices`` replace ``axis`` of ``x``.
    ``wrap`` lets negative indices count from the end (ONNX). An index outside is an error when the program runs.
    """

    name = "gather"
    attributes = {"axis": 0, "batch_dims": 0, "wrap": False}
    widens = False

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x, indices = inputs[0], inputs[1]
        assert x is not None
        assert indices is not None
        check_type(indices)
        axis, batch = normal_axis(attrs["axis"], x.rank), attrs["batch_dims"]
        if not x.rank:
            raise ModelError("a scalar has no axis to gather from")
        if not 0 <= batch <= min(axis, indices.rank) or x.shape[:batch] != indices.shape[:batch]:
            raise ModelError(
                f"batch_dims {batch} does not fit an input of shape {x.shape}, indices {indices.shape}, axis {axis}"
            )
        quant = x.quant
        if quant is not None and quant.axis is not None:
            if quant.axis == axis:
                raise ModelError(f"axis {axis} holds the channels of a per-channel quantization; dequantize it first")
            if quant.axis > axis:
                quant = type(quant)(quant.scale, quant.zero_point, quant.axis + indices.rank - batch - 1)
        return [TensorType((*x.shape[:axis], *indices.shape[batch:], *x.shape[axis + 1 :]), x.dtype, quant)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, indices = inputs[0], inputs[1]
        assert x is not None
        assert indices is not None
        axis, batch = normal_axis(node.attrs["axis"], x.ndim), node.attrs["batch_dims"]
        at = checked(indices, x.shape[axis], node.attrs["wrap"])
        rows = x.reshape(prod(x.shape[:batch]), *x.shape[batch:])
        picks = at.reshape(rows.shape[0], *at.shape[batch:])
        shape = node.outputs[0].shape
        if rows.shape[0] == 0:
            return [np.zeros(shape, x.dtype)]
        return [
            np.stack([np.take(row, pick, axis - batch) for row, pick in zip(rows, picks, strict=True)]).reshape(shape)
        ]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, indices, y = node.input(0), node.input(1), node.outputs[0]
        axis, batch = normal_axis(node.attrs["axis"], x.rank), node.attrs["batch_dims"]
        lw.emit(
            "gather",
            x=x,
            indices=indices,
            y=y,
            batch=prod(x.shape[:batch]),
            outer=prod(x.shape[batch:axis]),
            dim=x.shape[axis],
            n=prod(indices.shape[batch:]),
            inner=prod(x.shape[axis + 1 :]) * x.dtype.bytes,
            index_size=indices.dtype.bytes,
            wrap=int(node.attrs["wrap"]),
        )

    def cases(self) -> Iterator[Case]:
        for kind in (DType.F32, DType.I8, DType.I64, DType.F16):
            for wide in (DType.I32, DType.I64):
                yield Case([Arg((5, 3), kind), spread((4,), 5, wide)], {"axis": 0}, id=f"{kind}-{wide}-rows")
        yield Case([Arg((2, 7, 3)), spread((2, 3), 7)], {"axis": 1}, id="middle")
        yield Case([Arg((2, 7, 17)), spread((), 7)], {"axis": 1}, id="scalar-index")
        yield Case([Arg((3, 6)), spread((2, 5), 6, negative=True)], {"axis": -1, "wrap": True}, id="last-wrap")
        yield Case([Arg((2, 3, 6, 4)), spread((2, 5), 6)], {"axis": 2, "batch_dims": 1}, id="batch1")
        yield Case([Arg((2, 3, 6), DType.I16), spread((2, 3, 2), 6)], {"axis": 2, "batch_dims": 2}, id="batch2")
        yield Case([Arg((4, 3)), spread((0,), 4)], {"axis": 0}, id="nothing")
        yield Case([Arg((50, 33), constant=True), spread((9,), 50)], {"axis": 0}, id="table")
