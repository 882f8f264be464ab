"""Walks a graph once, lets each operator emit its steps, and places every buffer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Graph, Node, Value
from edgesmith.lower.arena import peak, plan
from edgesmith.lower.halves import match_halves
from edgesmith.lower.lifetimes import FOREVER, Lifetimes
from edgesmith.lower.places import InPlace, Places
from edgesmith.lower.rows import Strips
from edgesmith.lower.strips import emit_strips
from edgesmith.ops.contract import Buffer, Ref, get
from edgesmith.program.kernel import REGISTRY, Field
from edgesmith.program.program import (
    ALIGN,
    ARENA,
    WEIGHTS,
    Pointer,
    Probe,
    Program,
    Region,
    StateSlot,
    Step,
    Tensor,
    verify,
)


def lower(
    graph: Graph,
    weights: Weights | None = None,
    strips: Sequence[Strips] = (),
    effort: int = 1,
    in_place: InPlace | None = None,
) -> Program:
    """A program that computes the graph. Programs lowered with the same ``weights`` share one copy of constants.

    Args:
        strips: runs of neighbouring nodes to compute in strips of rows; all others are computed whole.
        effort: how long to look for a smaller arena, see ``arena.plan``.
        in_place: for chips: which inputs of a node its output may overwrite, beside those that its operator names.

    Raises:
        ModelError: an operator that has no kernel for its types, with the node.
    """
    return _Lowering(graph, weights or Weights(), strips, in_place).run(effort)


SMALL = 8192
"""Bytes of a constant that is placed behind larger ones: biases and scales, which runs read, share few pages of a file,
while weights are read but once where they are packed."""


class Weights:
    """Constant bytes, each content stored once, 64-byte aligned."""

    def __init__(self) -> None:
        self.data = bytearray()
        self._offsets: dict[bytes, int] = {}

    def place(self, content: bytes) -> int:
        """Offset of these bytes in the weights."""
        found = self._offsets.get(content)
        if found is None:
            self.data.extend(bytes(-len(self.data) % ALIGN))
            found = self._offsets[content] = len(self.data)
            self.data.extend(content)
        return found


class _Lowering:
    """The ``Lowering`` that operators see."""

    def __init__(self, graph: Graph, weights: Weights, strips: Sequence[Strips], in_place: InPlace | None) -> None:
        self.graph = graph
        self.weights = weights
        self.strips = {run.nodes[0]: run for run in strips}
        self.steps: list[Step] = []
        self.buffers: list[Buffer] = []
        self.lifetimes = Lifetimes()
        self.refs: dict[Value, Ref] = {}
        self.places = Places(graph, self.refs, in_place)
        self.for_threads = in_place is None  # a chip has one core, and scratch lies in what is free of its arena
        self.node: Node | None = None
        self.rows: tuple[int, int] | None = None
        self.counted: Node | None = None
        self.seen: list[tuple[int, Value, Ref, int]] = []

    # -- what operators ask -------------------------------------------------------------------------------------

    def ref(self, value: Value) -> Ref:
        found = self.refs.get(value)
        if found is None:
            if value.data is not None:
                found = self.constant(value.data)
            else:
                found = self._buffer(value.nbytes)
            self.refs[value] = found
        return found

    def constant(self, array: np.ndarray) -> Ref:
        data = np.ascontiguousarray(array).tobytes()
        buffer = Buffer(len(self.buffers), len(data), data)
        self.buffers.append(buffer)
        return Ref(buffer, 0, len(data))

    def temporary(self, nbytes: int) -> Ref:
        return self._buffer(nbytes)

    def alias(self, out: Value, of: Ref) -> None:
        assert of.bytes == out.nbytes, f"{out!r} cannot share {of.bytes} bytes"
        self.refs[out] = of

    def emit(self, kernel: str, **args: Any) -> None:
        declared = REGISTRY.get(kernel)
        assert self.node is not None
        if declared is None:
            raise ModelError(f"{self.node.op} '{self.node.label}': there is no kernel '{kernel}' for its types")
        names = {field.name for field in declared.fields}
        assert names == set(args), f"{kernel}: fields {sorted(names ^ set(args))} are missing or unknown"
        complete = {field.name: self._argument(kernel, field, args[field.name]) for field in declared.fields}
        index = len(self.steps)
        for item in complete.values():
            if isinstance(item, Ref) and item.buffer.data is None:
                self.lifetimes.touch(item, index)
        shape = self.node.outputs[0].shape if self.node.outputs else ()
        is_operator = not self.node.op.startswith("store_")  # the last copies belong to no node of the graph
        macs = get(self.node.op).macs(self.node) if self.counted is not self.node and is_operator else 0
        self.counted = self.node
        step = Step(kernel, complete, self.node.label, self.node.op, shape, macs, declared.packed, self.rows)
        self.steps.append(step)

    def _argument(self, kernel: str, field: Field, item: Any) -> Any:
        if field.is_pointer:
            if isinstance(item, Value):
                return self.ref(item)
            if isinstance(item, np.ndarray):
                return self.constant(item)
            assert item is None or isinstance(item, Ref), f"{kernel}: '{field.name}' is {item!r}"
            return item
        convert = float if field.type in ("f32", "f64") else int
        if field.count > 1:
            numbers = tuple(convert(number) for number in item)
            assert len(numbers) == field.count, f"{kernel}: '{field.name}' has {len(numbers)} of {field.count}"
            return numbers
        return convert(item)

    # -- the walk -----------------------------------------------------------------------------------------------

    def run(self, effort: int) -> Program:
        graph = self.graph
        states = {state.value: self._buffer(max(state.value.nbytes, 1), whole=True) for state in graph.states}
        self.refs.update(states)
        for value in graph.inputs:
            self.lifetimes.touch(self.ref(value), -1)
        striped: set[Node] = set()
        for node in graph.nodes:
            if node in self.strips:
                run = self.strips[node]
                striped.update(run.nodes)
                for made in run.nodes:
                    if run.flows[made.outputs[0]].whole:
                        self.places.inside(made.outputs[0], self.ref)
                emit_strips(self, run)
            elif node not in striped:
                self.whole(node)
        # Outputs before states: an output that shows a state, or a part of one, shows what it was during the run.
        outputs = [self._border(value, output=True) for value in graph.outputs]
        extents = {value: (axis, self._border(count, output=True)) for value, (axis, count) in graph.extents.items()}
        self._store_states()
        for value in graph.inputs:  # an input that nothing reads still needs a place to be written to
            self.lifetimes.touch(self.ref(value), 0)
        return self._finish(outputs, states, extents, effort)

    def whole(self, node: Node) -> None:
        """Emit a node that is computed in one go."""
        self.places.before(node, self.ref)
        self.part(node)
        self.seen += [(len(self.steps) - 1, v, self.refs[v], 0) for v in node.outputs if v in self.refs]

    def part(self, node: Node, rows: tuple[int, int] | None = None) -> None:
        """Let the operator emit a node, or what stands for some rows of one."""
        self.node, self.rows = node, rows
        get(node.op).lower(node, self)
        self.rows = None

    def _store_states(self) -> None:
        held = {self.refs[state.value].buffer.id for state in self.graph.states}
        moves: list[tuple[Node, Ref, Ref]] = []
        for state in self.graph.states:
            target, source = self.refs[state.value], self.ref(state.update)
            if target == source:
                continue
            node = self.node = Node("store_state", [state.update], [], source=state.value.name)
            if source.buffer.id in held:  # another state's content: saved before any state is overwritten
                saved = self.temporary(source.bytes)
                self.emit("copy_bytes", x=source, y=saved, n=source.bytes)
                source = saved
            moves.append((node, source, target))
        for node, source, target in moves:
            self.node = node
            self.emit("copy_bytes", x=source, y=target, n=source.bytes)

    def _border(self, value: Value, output: bool) -> Ref:
        """The place of a graph output: arena memory of its own that nothing overwrites after it is computed."""
        ref = self.ref(value)
        if ref.buffer.data is not None or ref.buffer.id in {
            s.buffer.id for v, s in self.refs.items() if self._is_state(v)
        }:
            fresh = self._buffer(value.nbytes)
            self.node = Node("store_output", [value], [], source=value.name)
            self.emit("copy_bytes", x=ref, y=fresh, n=value.nbytes)
            ref = fresh
        self.lifetimes.touch(ref, FOREVER)
        return ref

    def _is_state(self, value: Value) -> bool:
        return any(state.value is value for state in self.graph.states)

    def _finish(
        self,
        outputs: list[Ref],
        states: dict[Value, Ref],
        extents: dict[Value, tuple[int, Ref]],
        effort: int,
    ) -> Program:
        graph = self.graph
        lifetimes = self.lifetimes.all()
        offsets, arena_bytes = plan(lifetimes, effort)
        if self.for_threads:
            offsets = match_halves(lifetimes, offsets, arena_bytes)

        def pointer(ref: Ref) -> Pointer:
            if ref.buffer.data is not None:
                return Pointer(WEIGHTS, self.weights.place(ref.buffer.data) + ref.offset, ref.bytes)
            return Pointer(ARENA, offsets[ref.buffer.id] + ref.offset, ref.bytes)

        for ref in (item for step in self.steps for item in step.args.values() if isinstance(item, Ref)):
            if ref.buffer.data is not None and len(ref.buffer.data) > SMALL:
                pointer(ref)
        for step in self.steps:
            step.args = {key: pointer(item) if isinstance(item, Ref) else item for key, item in step.args.items()}

        def tensor(value: Value, ref: Ref, name: str) -> Tensor:
            place = pointer(ref)
            extent = extents.get(value)
            where = (extent[0], pointer(extent[1]).offset) if extent else None
            return Tensor(name, value.dtype, value.shape, place.offset, place.bytes, value.quant, where)

        slots = []
        for state in graph.states:
            place = pointer(states[state.value])
            initial = self.weights.place(state.initial.tobytes()) if state.initial.any() else -1
            slots.append(StateSlot(state.value.name, place.offset, state.value.nbytes, initial))
        names = graph.output_names or [value.name for value in graph.outputs]
        program = Program(
            graph.name,
            self.steps,
            [tensor(value, self.refs[value], value.name) for value in graph.inputs],
            [tensor(value, ref, name) for value, ref, name in zip(graph.outputs, outputs, names, strict=True)],
            slots,
            arena_bytes,
            self.weights.data,
            metadata=dict(graph.metadata),
            peak_bytes=peak(lifetimes),
        )
        named = {ref.buffer.id: value.name for value, ref in reversed(self.refs.items())}
        end = max(len(self.steps) - 1, 0)
        program.regions = [
            Region(named.get(b.id, "temporary"), offsets[b.id] + part.start, part.stop - part.start, max(part.first, 0),
                   min(part.last, end))
            for b in lifetimes
            for part in b.rectangles()
        ]  # fmt: skip
        program.probes = [
            Probe(step, value.name, value.dtype, value.shape, pointer(ref), start, value.quant)
            for step, value, ref, start in self.seen
            if ref.buffer.data is not None or ref.buffer.id in offsets
        ]
        verify(program)
        return program

    # -- buffers ------------------------------------------------------------------------------------------------

    def _buffer(self, nbytes: int, whole: bool = False) -> Ref:
        buffer = Buffer(len(self.buffers), nbytes)
        self.buffers.append(buffer)
        ref = Ref(buffer, 0, nbytes)
        if whole:
            self.lifetimes.touch(ref, -1)
            self.lifetimes.touch(ref, FOREVER)
        return ref


__all__ = ["Weights", "lower"]
