"""Ranges of activations, from runs of the C runtime over calibration data, one batch in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from edgesmith.errors import ModelError, UsageError
from edgesmith.ir import Graph, Value
from edgesmith.model import load
from edgesmith.types import DType


@dataclass(slots=True)
class Range:
    """The least and the greatest number seen."""

    low: float = np.inf
    high: float = -np.inf

    def include(self, array: np.ndarray, what: str) -> None:
        """Widen by the elements of an array.

        Raises:
            ModelError: some are not finite.
        """
        if not array.size:
            return
        low, high = float(array.min()), float(array.max())
        if not (np.isfinite(low) and np.isfinite(high)):
            raise ModelError(f"{what} holds numbers that are not finite; nothing can be quantized to its range")
        self.low, self.high = min(self.low, low), max(self.high, high)

    def join(self, other: Range) -> None:
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)


Ranges = dict[Value, Range]


def observe(graph: Graph, batches: Iterable[Sequence[np.ndarray]]) -> Ranges:
    """The range of every float32 value that the graph computes or is given.

    Raises:
        UsageError: no batches, or arrays that do not fit the inputs.
        ModelError: a value that is not finite.
    """
    made = [value for node in graph.nodes for value in node.outputs if value.dtype is DType.F32]
    given = [value for value in graph.inputs if value.dtype is DType.F32]
    ranges: Ranges = {value: Range() for value in (*given, *made)}
    probe = Graph(graph.name, graph.inputs, made, graph.nodes, graph.states, {}, [value.name for value in made])
    model = load(probe)
    count = 0
    for count, batch in enumerate(batches, 1):
        results = model(*batch)
        for value, array in zip(graph.inputs, batch, strict=True):
            if value in ranges:
                ranges[value].include(array, f"input '{value.name}' of batch {count}")
        for value, array in zip(made, results if len(made) > 1 else [results], strict=True):
            assert value.producer is not None
            ranges[value].include(array, f"{value.producer.op} '{value.producer.label}', on batch {count},")
    if count == 0:
        raise UsageError(f"quantizing {graph.name} needs at least one batch of data; none was given")
    return ranges
