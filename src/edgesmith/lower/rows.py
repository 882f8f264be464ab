"""Which rows of each value exist, and which are still needed, when a run of nodes is computed in strips of rows.

The run's last node makes ``height`` rows a strip. What that needs is worked out backwards: a 3x3 convolution needs one
row more above and below, one with a stride of 2 twice as many. Every row is computed once; rows that a later strip
needs again are kept, which is what makes a ring of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from edgesmith.ir import Node, Value
from edgesmith.ops.contract import Window, get


@dataclass(slots=True)
class Flow:
    """The rows of one value, one number a strip.

    ``made[s]`` rows exist after strip ``s``; rows before ``kept[s]`` are not needed from strip ``s`` on.
    """

    value: Value
    made: np.ndarray
    kept: np.ndarray
    whole: bool = False  # read after the run, or made before it

    @property
    def row_bytes(self) -> int:
        return self.value.nbytes // self.value.shape[1]

    @property
    def before(self) -> np.ndarray:
        """Rows that exist when a strip starts."""
        return np.concatenate([[0], self.made[:-1]])

    @property
    def retained(self) -> np.ndarray:
        """Rows of earlier strips that a strip needs again."""
        return np.asarray(np.maximum(self.before - self.kept, 0))

    @property
    def is_ring(self) -> bool:
        return not self.whole and bool(self.retained.any())

    @property
    def capacity(self) -> int:
        """The most rows that must exist at once: those kept and those added."""
        fresh = self.made - self.before
        return int(np.max(fresh + np.where(fresh > 0, self.retained, 0), initial=0))


@dataclass(slots=True)
class Strips:
    """A run of nodes and the rows of every value that it reads or makes in rows."""

    nodes: Sequence[Node]
    windows: Sequence[dict[int, Window]]
    height: int
    count: int
    flows: dict[Value, Flow] = field(default_factory=dict)
    sources: list[Flow] = field(default_factory=list)  # made before the run
    stored_in: dict[Value, Value] = field(default_factory=dict)  # computed where that value will lie, then overwritten

    def input_rows(self, node: int, index: int, strip: int) -> tuple[int, int, int, int]:
        """First and one past the last row of an input that a node needs for a strip, and the padding around them."""
        window = self.windows[node][index]
        made = self.flows[self.nodes[node].outputs[0]]
        rows = self.nodes[node].input(index).shape[1]
        start = int(made.before[strip]) * window.stride - window.pad
        stop = (int(made.made[strip]) - 1) * window.stride - window.pad + window.size
        return max(start, 0), min(stop, rows), max(-start, 0), max(stop - rows, 0)

    def root(self, value: Value) -> Value:
        """The value in whose place this one is computed: itself, where it has a place of its own."""
        while value in self.stored_in:
            value = self.stored_in[value]
        return value

    @property
    def moved_bytes(self) -> int:
        """Bytes of kept rows that are moved to the start of their ring. The last strips of all may need no move."""
        rings = [flow for flow in self.flows.values() if flow.is_ring]
        return sum(int((flow.retained * (flow.made > flow.before)).sum()) * flow.row_bytes for flow in rings)

    @property
    def steps(self) -> int:
        """How many kernel calls the strips take, moves among them."""
        own = [self.flows[node.outputs[0]] for node in self.nodes]
        moves = sum(int(((flow.retained > 0) & (flow.made > flow.before)).sum()) for flow in own if flow.is_ring)
        return sum(int((flow.made > flow.before).sum()) for flow in own) + moves

    def peak(self, rings_only: bool = False) -> int:
        """The most bytes alive at once among the run's values, those that it reads included.

        Args:
            rings_only: leave out what the run reads or leaves behind.
        """
        live = np.zeros((len(self.nodes), self.count), np.int64)
        index = {node.outputs[0]: place for place, node in enumerate(self.nodes)}
        last: dict[Value, int] = {}
        for place, node in enumerate(self.nodes):
            for value in node.inputs:
                if value in index:
                    last[value] = place
        for flow in () if rings_only else self.sources:
            live += (flow.value.shape[1] - np.minimum(flow.kept, flow.value.shape[1])) * flow.row_bytes
        for value, place in index.items():
            flow = self.flows[value]
            if value in self.stored_in:
                continue
            stored = [index[other] for other in self.stored_in if self.root(other) is value]
            if flow.whole and rings_only:
                continue
            if flow.whole:
                live += flow.made * flow.row_bytes
            elif flow.is_ring:
                live += flow.capacity * flow.row_bytes
            else:
                live[min([place, *stored]) : last.get(value, place) + 1] += (flow.made - flow.before) * flow.row_bytes
        return int(live.max(initial=0))


def windows_of(nodes: Sequence[Node]) -> list[dict[int, Window]]:
    """The windows of each node; none for those that must be computed whole."""

    def windows(node: Node) -> dict[int, Window]:
        shaped = len(node.outputs) == 1 and node.outputs[0].rank == 4 and node.outputs[0].size
        return get(node.op).windows(node) if shaped else {}

    return [windows(node) for node in nodes]


def cut(nodes: Sequence[Node], windows: Sequence[dict[int, Window]], whole: set[Value], height: int) -> Strips | None:
    """The strips of a run of nodes, or None where a strip would need no row at all of something.

    Args:
        whole: values that the run makes and later nodes read, or that are outputs of the graph.
        height: rows of the last node's output that a strip makes.
    """
    total = nodes[-1].outputs[0].shape[1]
    count = -(-total // height)
    edges = np.minimum(np.arange(1, count + 1) * height, total)
    strips = Strips(nodes, windows, height, count)
    inside = {node.outputs[0] for node in nodes}

    def flow_of(value: Value) -> Flow:
        found = strips.flows.get(value)
        if found is None:
            made = np.zeros(count, np.int64)
            if value in whole or value is nodes[-1].outputs[0]:
                made = -(-value.shape[1] * edges // total)
            kept = np.full(count, value.shape[1], np.int64)
            found = strips.flows[value] = Flow(value, made, kept, value in whole or value not in inside)
            if value not in inside:
                strips.sources.append(found)
        return found

    for node, needs in zip(reversed(nodes), reversed(windows), strict=True):
        if any(value in inside and index not in needs for index, value in enumerate(node.inputs)):
            return None  # an operand that is needed whole, and is made by the run itself
        y = flow_of(node.outputs[0])
        before, fresh = y.before, y.made > y.before
        for index, window in needs.items():
            start = before * window.stride - window.pad
            stop = (y.made - 1) * window.stride - window.pad + window.size
            x = flow_of(node.input(index))
            rows = x.value.shape[1]
            low, high = np.clip(start, 0, rows), np.clip(stop, 0, rows)
            if (fresh & (high <= low)).any():
                return None
            left = before < int(y.made[-1])  # strips after which something is still to be made, itself included
            np.minimum(x.kept, np.where(left, low, rows), out=x.kept)
            np.maximum(x.made, np.maximum.accumulate(np.where(fresh, high, 0)), out=x.made)
    _store(strips, nodes)
    return strips


def _store(strips: Strips, nodes: Sequence[Node]) -> None:
    """Let operands that are used once be computed where an elementwise node puts its result."""
    readers: dict[Value, int] = {}
    for node in nodes:
        for value in node.inputs:
            if value is not None:
                readers[value] = readers.get(value, 0) + 1
    made = {node.outputs[0] for node in nodes}
    for node in nodes:
        y = strips.flows[node.outputs[0]]
        for index in get(node.op).in_place(node):
            x = node.input(index)
            flow = strips.flows.get(x)
            if flow is None or x not in made or flow.whole or readers[x] != 1:
                continue
            if not flow.is_ring and np.array_equal(flow.made, y.made) and x.nbytes == y.value.nbytes:
                strips.stored_in[x] = y.value
                break


__all__ = ["Flow", "Strips", "cut", "windows_of"]
