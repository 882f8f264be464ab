"""Weights that a file holds as integers under layers of floats (dynamic range).

Edgesmith computes with their real numbers; the graph remembers their scales, so that a writer can say them again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesmith.ir import Graph, Value
from edgesmith.types import DType, Quantization


@dataclass(frozen=True, slots=True, eq=False)
class Hybrid:
    """How a file holds some weights. The axis of ``quant`` counts in the file's layout."""

    name: str
    quant: Quantization
    asymmetric: bool  # whether the layer quantizes its input with a zero point


def digest(array: NDArray[Any]) -> bytes:
    """Stands for the numbers, in their order, whatever the shape."""
    return hashlib.blake2b(np.ascontiguousarray(array).tobytes(), digest_size=16).digest()


def remember(graph: Graph, stored: Value, real: Value, name: str, asymmetric: bool) -> None:
    """Note that ``real`` are the numbers of ``stored``; only for int8 without zero point, which is what layers take."""
    quant = stored.quant
    if real.data is None or quant is None or stored.dtype is not DType.I8 or quant.zero_point.any():
        return
    graph.integers[digest(real.data)] = Hybrid(name, quant, asymmetric)


def remembered(graph: Graph) -> Mapping[bytes, Hybrid]:
    """All weights of a graph that its file holds as integers, by the digest of their real numbers."""
    return graph.integers
