"""Chooses which runs of nodes are computed in strips of rows, so that the arena fits a limit at the least cost.

What is alive during one run does not depend on how the others are computed: what crosses a run's borders lies there
whole. So the cheapest schedule is a shortest path over the places between nodes, where a run is an edge that exists if
its memory fits, and the smallest memory that any schedule needs is the path whose largest edge is smallest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

from edgesmith.errors import ModelError
from edgesmith.ir import Graph, Node, Value
from edgesmith.lower.lowering import Weights, lower
from edgesmith.lower.places import InPlace
from edgesmith.lower.rows import Strips, cut, windows_of
from edgesmith.program.program import Program
from edgesmith.types import DType

HEIGHTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
LONGEST = 40  # nodes in one run
# A model of what strips cost and save, in seconds: a kernel call, a byte that is moved between strips, and a byte of an
# image too large for the cache that one layer writes or reads. Of machines with second-level caches around 1 MB: on one
# such, strips of as many rows as fill a little more measured best, since what two layers share is less.
CALL, MOVE, TRAFFIC = 1.2e-6, 1.5e-10, 1e-11
LARGE, ROOM = 1 << 20, 1400 << 10
FAST_HEIGHTS = (4, 8, 16, 32)
FAST_LONGEST = 8
ROUNDS = 8
EFFORT = 4  # of arranging the smallest schedules
SLACKS = (1.0, 1.05, 1.15, 1.3)  # over the least that is alive at once
RUN = 1.0  # a cost, in seconds, that makes few runs of many layers the first wish


@dataclass(slots=True)
class _Edge:
    """A way to compute nodes ``first`` to ``stop - 1``: in strips, or one node whole."""

    first: int
    stop: int
    bytes: int
    cost: float
    strips: Strips | None


class Scheduler:
    """Finds schedules for a graph that has passed all passes."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes = graph.nodes
        self.windows = windows_of(self.nodes)
        self.crossing = _Crossing(graph)
        self._strips: dict[tuple[int, int, int], Strips | None] = {}
        self.least_bytes: float = inf
        self._bytes: dict[tuple[int, int, int], int] = {}

    def smallest(self) -> list[Strips]:
        """The schedule whose memory is smallest."""
        self.least_bytes, chosen = self._path(inf, largest=True)
        return chosen

    def cheapest(self, limit: int, run: float = 0.0) -> list[Strips] | None:
        """The cheapest schedule that is expected to fit ``limit`` bytes, or None.

        Args:
            run: seconds that each run in strips is to cost besides.
        """
        cost, chosen = self._path(limit, largest=False, run=run)
        return chosen if cost < inf else None

    def fastest(self) -> list[Strips]:
        """The schedule that should be fastest on one thread: runs in strips where images are too large for the cache.

        Images of floats: four times smaller ones gain nothing (measured). It is tried by measuring only, since threads
        that share strips find less in their own caches than threads that each have a half of every layer.
        """
        count = len(self.nodes)
        best = [0.0] + [inf] * count
        came: list[tuple[int, Strips | None]] = [(0, None)] * (count + 1)
        for first in range(count):
            for stop, cost, strips in self._faster(first):
                if best[first] + cost < best[stop]:
                    best[stop], came[stop] = best[first] + cost, (first, strips)
        chosen, place = [], count
        while place:
            place, strips = came[place]
            chosen += [strips] if strips else []
        return chosen[::-1]

    def _faster(self, first: int) -> Iterator[tuple[int, float, Strips | None]]:
        """Where a run from node ``first`` may stop, its cost, and its strips."""
        images = self._images(self.nodes[first : first + 1])
        yield first + 1, CALL + TRAFFIC * sum(images.values()), None
        for stop in range(first + 2, min(first + FAST_LONGEST, len(self.nodes)) + 1):
            run = self.nodes[first:stop]
            if not self.windows[first] or not self.windows[stop - 1] or not self._images(run[-1:]) or not images:
                return
            rows = run[-1].outputs[0].shape[1]
            for height in (h for h in reversed(FAST_HEIGHTS) if 2 * h <= rows):
                strips = self.strips(first, stop, height)
                if strips is None:
                    continue
                whole = {flow.value for flow in strips.flows.values() if flow.whole}
                inside = strips.peak(rings_only=True)
                if inside <= ROOM:
                    outside = sum(size for value, size in self._images(run).items() if value in whole)
                    yield stop, strips.steps * CALL + strips.moved_bytes * MOVE + TRAFFIC * outside, strips
                    break

    def _images(self, nodes: Sequence[Node]) -> dict[Value, int]:
        """Float values too large for the cache that some nodes read or write -> their bytes, once for each time."""
        found: dict[Value, int] = {}
        for node in nodes:
            for value in (*node.inputs, *node.outputs):
                if value is not None and value.data is None and value.dtype is DType.F32 and value.nbytes > LARGE:
                    found[value] = found.get(value, 0) + value.nbytes
        return found

    def _path(self, limit: float, largest: bool, run: float = 0.0) -> tuple[float, list[Strips]]:
        count = len(self.nodes)
        best = [0.0] + [inf] * count
        second = [0.0] + [inf] * count  # among equally large ones, the cheaper
        came: list[_Edge | None] = [None] * (count + 1)
        for place in range(count):
            if best[place] == inf:
                continue
            for edge in self._edges(place, limit, largest):
                cost = max(best[place], edge.bytes) if largest else best[place] + edge.cost + run * bool(edge.strips)
                other = second[place] + edge.cost
                if (cost, other) < (best[edge.stop], second[edge.stop]):
                    best[edge.stop], second[edge.stop], came[edge.stop] = cost, other, edge
        chosen, place = [], count
        while place and came[place]:
            taken = came[place]
            assert taken is not None
            chosen += [taken.strips] if taken.strips else []
            place = taken.first
        return best[count], chosen[::-1]

    def _edges(self, first: int, limit: float, smallest: bool) -> Iterator[_Edge]:
        whole = self.crossing.whole(first)
        if whole <= limit:
            yield _Edge(first, first + 1, whole, 0.0, None)
        for stop in range(first + 1, min(first + LONGEST, len(self.nodes)) + 1):
            if not self.windows[stop - 1]:
                return
            rows = self.nodes[stop - 1].outputs[0].shape[1]
            for height in (1,) if smallest else [h for h in reversed(HEIGHTS) if h < rows]:
                strips = self.strips(first, stop, height)
                if strips is None:
                    continue
                key = first, stop, height
                if key not in self._bytes:
                    self._bytes[key] = strips.peak() + self.crossing.beside(first, stop, strips)
                if self._bytes[key] <= limit:
                    yield _Edge(first, stop, self._bytes[key], strips.steps * CALL + strips.moved_bytes * MOVE, strips)
                    break

    def strips(self, first: int, stop: int, height: int) -> Strips | None:
        key = first, stop, height
        if key not in self._strips:
            nodes = self.nodes[first:stop]
            self._strips[key] = cut(nodes, self.windows[first:stop], self.crossing.leaving(first, stop), height)
        return self._strips[key]


class _Crossing:
    """What lies in the arena whole while some nodes are computed."""

    def __init__(self, graph: Graph) -> None:
        self.nodes = graph.nodes
        count = len(graph.nodes)
        made = dict.fromkeys(graph.inputs, -1)
        made |= {value: index for index, node in enumerate(graph.nodes) for value in node.outputs}
        self.born = {value: at for value, at in made.items() if value.data is None}
        self.last = dict.fromkeys(graph.roots(), count)
        for index, node in enumerate(graph.nodes):
            for value in node.inputs:
                if value in self.born:
                    self.last[value] = max(self.last.get(value, -1), index)
        self.aliases = {node.outputs[0]: node.input(0) for node in graph.nodes if node.op == "reshape"}
        for value, source in reversed(self.aliases.items()):  # memory that is shared lives as long as its last name
            if source in self.born:
                self.last[source] = max(self.last.get(source, -1), self.last.get(value, -1))
        self.states = sum(state.value.nbytes for state in graph.states)

    def alive(self, first: int, stop: int) -> Iterator[Value]:
        """Values with memory of their own that exist before node ``first`` and are needed from node ``stop`` on."""
        for value, born in self.born.items():
            if born < first and self.last.get(value, -1) >= stop and value not in self.aliases:
                yield value

    def whole(self, index: int) -> int:
        """Bytes alive while a node is computed whole."""
        node = self.nodes[index]
        own = sum(v.nbytes for v in {*node.outputs} if v not in self.aliases)
        return self.states + own + sum(v.nbytes for v in self.alive(index, index))

    def leaving(self, first: int, stop: int) -> set[Value]:
        """Values made by a run of nodes that are needed after it."""
        return {v for node in self.nodes[first:stop] for v in node.outputs if self.last.get(v, -1) >= stop}

    def beside(self, first: int, stop: int, strips: Strips) -> int:
        """Bytes alive during a run beside what its strips count themselves."""
        counted = {flow.value for flow in strips.sources}
        read = {v for node in self.nodes[first:stop] for v in node.inputs}
        total = self.states
        for value in self.alive(first, first):
            if value in counted:  # its rows were counted as they die; if it is needed later, none dies
                if self.last.get(value, -1) >= stop:
                    total += value.nbytes
            elif value in read or self.last.get(value, -1) >= stop:
                total += value.nbytes
        return total


def fit(graph: Graph, weights: Weights, limit: int, in_place: InPlace | None = None) -> Program:
    """Lower a graph so that its arena takes at most ``limit`` bytes, at the least cost that the model above knows.

    The program's metadata says under "memory_limit" what was done.

    Raises:
        ModelError: no schedule fits; the smallest possible limit is named.
    """
    plain = lower(graph, weights, in_place=in_place)
    if plain.arena_bytes <= limit:
        return _described(plain, plain, limit, [])
    scheduler = Scheduler(graph)
    aim = limit
    for _ in range(ROUNDS):  # what is alive may fit where its arrangement does not: aim lower, then
        chosen = scheduler.cheapest(aim)
        if chosen is None:
            break
        program = lower(graph, weights, chosen, in_place=in_place)
        if program.arena_bytes <= limit:
            return _described(program, plain, limit, chosen)
        aim -= max(program.arena_bytes - limit, aim // 50)
    program, chosen = smallest_program(graph, weights, scheduler, in_place)
    if program.arena_bytes <= limit:
        return _described(program, plain, limit, chosen)
    if plain.arena_bytes <= program.arena_bytes:
        needs = f"it needs {plain.arena_bytes:,}, and strips of rows save nothing"
    else:
        needs = f"it needs {plain.arena_bytes:,} computed whole, and at least {program.arena_bytes:,} in strips of rows"
    raise ModelError(
        f"{graph.name} does not fit into {limit:,} bytes of arena: {needs}; "
        "give a memory limit of that many bytes or more"
    )


def smallest_program(
    graph: Graph, weights: Weights, scheduler: Scheduler, in_place: InPlace | None = None
) -> tuple[Program, list[Strips]]:
    """The program with the smallest arena that is found, and its strips.

    What is alive at once is smallest where each layer is a run of its own, but images that creep over each other need
    room to creep; fewer and longer runs can be arranged better. So several schedules are arranged, and measured.
    """
    least = scheduler.smallest()
    limits = [int(scheduler.least_bytes * slack) for slack in SLACKS]
    tried = [least, *(found for limit in limits if (found := scheduler.cheapest(limit, RUN)) is not None)]
    unique = {tuple((run.nodes[0], run.nodes[-1], run.height) for run in strips): strips for strips in tried}
    programs = [(lower(graph, weights, strips, EFFORT, in_place), strips) for strips in unique.values()]
    return min(programs, key=lambda found: found[0].arena_bytes)


def _described(program: Program, plain: Program, limit: int, strips: Sequence[Strips]) -> Program:
    program.metadata["memory_limit"] = {
        "bytes": limit,
        "plain_arena_bytes": plain.arena_bytes,
        "plain_steps": len(plain.steps),
        "moved_bytes": sum(run.moved_bytes for run in strips),
        "strips": [
            {"first": run.nodes[0].label, "last": run.nodes[-1].label, "layers": len(run.nodes), "strips": run.count,
             "rows": run.height}
            for run in strips
        ],
    }  # fmt: skip
    return program


__all__ = ["Scheduler", "fit"]
