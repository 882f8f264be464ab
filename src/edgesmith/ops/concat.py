"""concat: tensors one after the other along an axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.broadcasting import normal_axis
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, Operator, TensorType, Window, operator
from edgesmith.ops.transpose import emit_copy
from edgesmith.types import DType, Quantization


@operator
class Concat(Operator):
    """Inputs of one type and quantization, with shapes that differ along ``axis`` only."""

    name = "concat"
    attributes = {"axis": ...}
    widens = False

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        values = [value for value in inputs if value is not None]
        if not values:
            raise ModelError("there is nothing to concatenate")
        first = values[0]
        axis = normal_axis(attrs["axis"], first.rank)
        for index, value in enumerate(values):
            if value.dtype is not first.dtype:
                raise ModelError(f"input {index} is {value.dtype}, input 0 is {first.dtype}; expected one type")
            others = (*value.shape[:axis], *value.shape[axis + 1 :])
            if value.rank != first.rank or others != (*first.shape[:axis], *first.shape[axis + 1 :]):
                raise ModelError(
                    f"input {index} has shape {value.shape}, input 0 {first.shape}; they join on axis {axis}"
                )
            if value.quant is not None and not value.quant.same(first.quant):
                raise ModelError(
                    f"input {index} is quantized {value.quant}, input 0 {first.quant}; requantize it first"
                )
        length = sum(value.shape[axis] for value in values)
        return [TensorType((*first.shape[:axis], length, *first.shape[axis + 1 :]), first.dtype, first.quant)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        return [np.concatenate([array for array in inputs if array is not None], node.attrs["axis"])]

    def lower(self, node: Node, lw: Lowering) -> None:
        y = node.outputs[0]
        axis = normal_axis(node.attrs["axis"], y.rank)
        parts = [value for value in node.inputs if value is not None and value.size]
        if len(parts) == 1:
            lw.alias(y, lw.ref(parts[0]))
            return
        outer, row = prod(y.shape[:axis]), prod(y.shape[axis:])
        at = 0
        for x in parts:
            part = prod(x.shape[axis:])
            to = lw.ref(y).at(at * y.dtype.bytes)
            at += part
            if outer == 1 and lw.ref(x) == to.at(0, x.nbytes):
                continue  # computed in its place
            emit_copy(lw, x, to, y.dtype.bytes, (outer, part), (part, 1), (row, 1))

    def windows(self, node: Node) -> dict[int, Window]:
        y = node.outputs[0]
        parts = [index for index, value in enumerate(node.inputs) if value is not None]
        constant = any(node.input(index).is_constant for index in parts)
        along = normal_axis(node.attrs["axis"], y.rank) == 1
        return {} if constant or along or y.rank != 4 or y.shape[0] != 1 else {index: Window() for index in parts}

    def cases(self) -> Iterator[Case]:
        rows: list[tuple[list[tuple[int, ...]], int]] = [
            ([(3,), (5,)], 0),
            ([(2, 3, 4), (2, 1, 4), (2, 7, 4)], 1),
            ([(2, 3, 5), (2, 3, 16)], -1),
            ([(0, 3), (2, 3)], 0),
            ([(4, 33)], 1),
        ]
        for kind in (DType.F32, DType.I8, DType.I64, DType.BOOL):
            for shapes, axis in rows:
                name = f"{kind}-{'+'.join(map(str, shapes))}-{axis}".replace(" ", "")
                yield Case([Arg(shape, kind, low=0, high=9) for shape in shapes], {"axis": axis}, id=name)
        quant = Quantization.make(0.5, 3)
        yield Case([Arg((2, 3), DType.I8, quant), Arg((2, 2), DType.I8, quant)], {"axis": 1}, id="quantized")
        yield Case([Arg((2, 3)), Arg((1, 3), constant=True)], {"axis": 0}, id="constant")
