"""What activations look like, from runs of the C runtime over calibration data, one batch in memory at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from edgesmith.compiler import compile_graph
from edgesmith.errors import ModelError, UsageError
from edgesmith.ir import Graph, Value
from edgesmith.program.file import write
from edgesmith.quantization.histogram import Histogram
from edgesmith.runtime.session import Session
from edgesmith.types import DType

COUNTED = 8192  # elements of a tensor that go into its histogram, each run others

Run = Sequence[np.ndarray]


class Spread:
    """The numbers of a tensor: least and greatest of each channel (the last axis), exact, and a histogram."""

    __slots__ = ("highs", "histogram", "lows", "runs")

    def __init__(self, channels: int = 1) -> None:
        self.lows: NDArray[np.float32] = np.full(channels, np.inf, np.float32)
        self.highs: NDArray[np.float32] = np.full(channels, -np.inf, np.float32)
        self.histogram = Histogram()
        self.runs = 0

    @classmethod
    def of(cls, array: np.ndarray, what: str) -> Spread:
        """That of one array."""
        found = cls(array.shape[-1] if array.ndim else 1)
        found.include(array, what)
        return found

    @property
    def low(self) -> float:
        return float(self.lows.min(initial=np.inf))

    @property
    def high(self) -> float:
        return float(self.highs.max(initial=-np.inf))

    @property
    def reach(self) -> float:
        """The greatest distance from zero."""
        return max(-self.low, self.high, 0.0)

    def include(self, array: np.ndarray, what: str) -> None:
        """Widen by the elements of an array.

        Raises:
            ModelError: some are not finite.
        """
        if not array.size:
            return
        lows, highs = _channel_ends(array.reshape(-1, self.lows.size))
        if not (np.isfinite(lows).all() and np.isfinite(highs).all()):
            raise ModelError(f"{what} holds numbers that are not finite; nothing can be quantized to its range")
        np.minimum(self.lows, lows, out=self.lows)
        np.maximum(self.highs, highs, out=self.highs)
        flat = array.reshape(-1)
        step = -(-flat.size // COUNTED) | 1  # odd, so that no even number of channels falls into step with it
        self.histogram.add(flat[self.runs % step :: step], step)
        if step > 1:  # the ends of each channel, which such a choice would miss
            self.histogram.add(lows)
            self.histogram.add(highs)
        self.runs += 1

    def join(self, other: Spread) -> None:
        """Widen by all that another has seen; what was a channel is no longer told apart where counts differ."""
        if self.lows.size != other.lows.size:
            self.lows, self.highs = np.array([self.low], np.float32), np.array([self.high], np.float32)
            lows, highs = np.array([other.low], np.float32), np.array([other.high], np.float32)
        else:
            lows, highs = other.lows, other.highs
        self.lows, self.highs = np.minimum(self.lows, lows), np.maximum(self.highs, highs)
        self.histogram.join(other.histogram)


def _channel_ends(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest of each column; several rows side by side first, since NumPy is slow on short ones."""
    count, channels = rows.shape
    beside = 1
    while count % (2 * beside) == 0 and 2 * beside * channels <= 4096:
        beside *= 2
    wide = rows.reshape(-1, beside * channels)
    return (
        wide.min(axis=0).reshape(beside, channels).min(axis=0),
        wide.max(axis=0).reshape(beside, channels).max(axis=0),
    )


Spreads = dict[Value, Spread]


def probe(graph: Graph, values: Sequence[Value], runs: Iterable[Run]) -> Iterator[list[np.ndarray]]:
    """Some values of a graph for each of many runs; views that the next run overwrites. The graph is left as it is.

    Raises:
        UsageError: arrays that do not fit the inputs.
    """
    part = Graph(graph.name, graph.inputs, list(values), list(graph.nodes), graph.states, {}, [v.name for v in values])
    part = part.copy()
    part.prune()
    with Session(write([compile_graph(part)], {})) as session:
        for run in runs:
            yield session.run(*run, copy=False)


def observe(graph: Graph, runs: Iterable[Run], number: Callable[[], int] | None = None) -> Spreads:
    """The spread of every float32 value that the graph computes or is given.

    ``number`` says which run is being looked at, where ``runs`` are not all that there are.

    Raises:
        UsageError: no runs, or arrays that do not fit the inputs.
        ModelError: a value that is not finite.
    """
    made = [value for node in graph.nodes for value in node.outputs if value.dtype is DType.F32]
    given = [value for value in graph.inputs if value.dtype is DType.F32]
    spreads = {value: Spread(value.shape[-1] if value.rank else 1) for value in (*given, *made)}
    count = 0
    number = number or (lambda: count)

    def counted() -> Iterator[Run]:
        nonlocal count
        for run in runs:
            count += 1
            for value, array in zip(graph.inputs, run, strict=True):
                if value in spreads and array.shape == value.shape and array.dtype == np.float32:
                    spreads[value].include(array, f"input '{value.name}' of batch {number()}")
            yield run

    for results in probe(graph, made, counted()):
        for value, array in zip(made, results, strict=True):
            assert value.producer is not None
            spreads[value].include(array, f"{value.producer.op} '{value.producer.label}', on batch {number()},")
    if count == 0:
        raise UsageError(f"quantizing {graph.name} needs at least one batch of data; none was given")
    return spreads
