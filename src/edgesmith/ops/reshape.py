"""reshape: the same elements under another shape. Costs nothing: the output shares the input's memory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, Operator, TensorType, operator
from edgesmith.types import elements


def kept_axis(before: Sequence[int], axis: int, after: Sequence[int]) -> int | None:
    """Where an axis is once a tensor is reshaped: as long as it was, with as many elements before it."""
    ahead = math.prod(before[:axis])
    places = (place for place, dim in enumerate(after) if dim == before[axis] and math.prod(after[:place]) == ahead)
    return next(places, None)


@operator
class Reshape(Operator):
    """``shape`` is concrete: converters resolve -1 and 0 before."""

    name = "reshape"
    attributes = {"shape": ...}

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        shape = tuple(int(dim) for dim in attrs["shape"])
        if elements(shape) != x.size:
            raise ModelError(f"shape {shape} has {elements(shape)} elements, the input {x.shape} has {x.size}")
        quant = x.quant
        if quant is not None and quant.axis is not None:
            kept = kept_axis(x.shape, quant.axis, shape)
            if kept is None:
                raise ModelError("a per-channel quantized tensor cannot be reshaped across its channels")
            quant = type(quant)(quant.scale, quant.zero_point, kept)
        return [TensorType(shape, x.dtype, quant)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        assert inputs[0] is not None
        return [inputs[0].reshape(node.attrs["shape"])]

    def lower(self, node: Node, lw: Lowering) -> None:
        lw.alias(node.outputs[0], lw.ref(node.input(0)))

    def cases(self) -> Iterator[Case]:
        yield Case([Arg((2, 6))], {"shape": (3, 4)})
        yield Case([Arg(())], {"shape": (1, 1)})
        yield Case([Arg((0, 3))], {"shape": (3, 0)})
