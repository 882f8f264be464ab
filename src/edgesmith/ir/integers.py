"""Constants that a file holds as integers and a graph as floats: weights of float layers, of which files say the scale.

Edgesmith computes with their real numbers; the graph remembers their scales, so that a writer can say them again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesmith.ir.graph import Graph, Value
from edgesmith.types import DType, Quantization


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """How a file holds a constant. The axis of ``quant`` counts among ``rank`` axes.

    ``dynamic`` says that the layer which reads it quantizes its input as it runs, with a zero point where it is
    ``asymmetric``; otherwise the constant is dequantized before it is read.
    """

    name: str
    dtype: DType
    quant: Quantization
    rank: int
    dynamic: bool = False
    asymmetric: bool = False

    def whole(self, real: NDArray[Any]) -> tuple[NDArray[Any], Quantization] | None:
        """The integers behind real numbers, in any shape that keeps the axes from the scales' own to the last.

        None where they do not give the same numbers again.
        """
        quant, axis = self.quant, self.quant.axis
        scale: Any = quant.scale0
        zero: Any = quant.zero0
        if axis is not None:
            axis += real.ndim - self.rank
            if not 0 <= axis < real.ndim or real.shape[axis] != quant.scale.size:
                return None
            shape = [-1 if place == axis else 1 for place in range(real.ndim)]
            scale, zero = quant.scale.reshape(shape), quant.zero_point.reshape(shape)
        whole = np.rint(real / scale) + zero
        made = whole.astype(self.dtype.numpy)
        same = (made == whole).all() and ((made.astype(np.float32) - np.float32(zero)) * scale == real).all()
        return (made, Quantization(quant.scale, quant.zero_point, axis)) if same else None


def digest(array: NDArray[Any]) -> bytes:
    """Stands for the numbers, in their order, whatever the shape."""
    return hashlib.blake2b(np.ascontiguousarray(array).tobytes(), digest_size=16).digest()


def remember(graph: Graph, stored: Value, real: Value, name: str = "", **more: bool) -> None:
    """Note that ``real`` are the numbers of ``stored``, in one of its axes' orders; ``more`` are fields of ``Held``."""
    if real.data is not None and stored.quant is not None and real.dtype is DType.F32:
        held = Held(name or stored.name, stored.dtype, stored.quant, stored.rank, **more)
        graph.integers.setdefault(digest(real.data), held)


def held_as(graph: Graph, value: Value) -> Held | None:
    """How the model's file holds a constant, where that is as integers."""
    if not graph.integers or value.data is None or value.dtype is not DType.F32:
        return None
    return graph.integers.get(digest(value.data))
