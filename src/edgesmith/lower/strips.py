"""Emits a run of nodes in strips of rows: for each strip, each node's kernel on the rows that it adds.

A strip is an ordinary step: the same kernel on an image of fewer rows, padded only where it meets the real border.
Between the nodes lie three kinds of places:

- whole images, for what the run reads or leaves behind;
- rings, for values of which a strip needs rows of the strip before. A ring is straight: when new rows would not fit
  behind the old ones, those still needed are moved to its start, so that every step finds its rows in one piece;
- room for one strip's rows, for all others, free again until the next strip.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from edgesmith.ir import Node, Value
from edgesmith.lower.lifetimes import Lifetimes
from edgesmith.lower.rows import Flow, Strips
from edgesmith.ops.contract import Ref, get


class Target(Protocol):
    """What emitting needs of the program being built."""

    refs: dict[Value, Ref]
    lifetimes: Lifetimes
    steps: list[Any]
    seen: list[tuple[int, Value, Ref, int]]

    def ref(self, value: Value) -> Ref: ...
    def temporary(self, nbytes: int) -> Ref: ...
    def emit(self, kernel: str, **args: Any) -> None: ...
    def part(self, node: Node, rows: tuple[int, int] | None = None) -> None: ...


@dataclass(slots=True)
class _Place:
    """Memory that holds rows of a value from row ``base`` on; ``strip`` is the last one it was made ready for."""

    ref: Ref
    base: int = 0
    strip: int = -1


class _Emitter:
    def __init__(self, lw: Target, strips: Strips) -> None:
        self.lw = lw
        self.strips = strips
        self.places: dict[Value, _Place] = {}

    def run(self) -> None:
        for strip in range(self.strips.count):
            for index, node in enumerate(self.strips.nodes):
                flow = self.strips.flows[node.outputs[0]]
                if flow.made[strip] > flow.before[strip]:
                    self.node(index, node, flow, strip)

    def node(self, index: int, node: Node, flow: Flow, strip: int) -> None:
        first, last = int(flow.before[strip]), int(flow.made[strip])
        self.ready(node, node.outputs[0], strip)
        inputs = list(node.inputs)
        for place in (windows := self.strips.windows[index]):
            start, stop, _, _ = self.strips.input_rows(index, place, strip)
            inputs[place] = self.cut(node.input(place), start, stop)
        _, _, top, bottom = self.strips.input_rows(index, min(windows), strip)
        y = self.cut(node.outputs[0], first, last)
        ref = self.lw.refs[y]
        attrs = get(node.op).strip(node, last - first, top, bottom)
        part = Node(node.op, inputs, [y], attrs, node.source, node.path)
        self.lw.part(part, (first, last))
        if self.lw.refs[y] != ref:  # it would have shared its input's memory
            self.lw.emit("copy_bytes", x=self.lw.refs[y], y=ref, n=ref.bytes)
            self.lw.refs[y] = ref
        self.lw.seen.append((len(self.lw.steps) - 1, y, ref, first))

    def cut(self, value: Value, first: int, last: int) -> Value:
        """Some rows of a value, as a value."""
        part = Value(value.name, (1, last - first, *value.shape[2:]), value.dtype, value.quant)
        place = self.place(value)
        row = self.strips.flows[value].row_bytes
        self.lw.refs[part] = place.ref.at((first - place.base) * row, (last - first) * row)
        return part

    def place(self, value: Value) -> _Place:
        root = self.strips.root(value)
        found = self.places.get(root)
        if found is None:
            flow = self.strips.flows[root]
            ref = self.lw.ref(root) if flow.whole else self.lw.temporary(flow.capacity * flow.row_bytes)
            found = self.places[root] = _Place(ref)
        return found

    def ready(self, node: Node, value: Value, strip: int) -> None:
        """Make room for the rows that a strip adds to a value, or to what it will be overwritten by."""
        root = self.strips.root(value)
        flow, place = self.strips.flows[root], self.place(root)
        if place.strip == strip or flow.whole:
            return
        place.strip = strip
        before, kept = int(flow.before[strip]), int(flow.kept[strip])
        if not flow.is_ring:
            self.lw.lifetimes.end(place.ref.buffer)
            place.base = before
        elif (int(flow.made[strip]) - place.base) * flow.row_bytes > place.ref.bytes:
            count = max(before - kept, 0) * flow.row_bytes
            if count:
                old = place.ref.at((kept - place.base) * flow.row_bytes, count)
                self.move(node, old, place.ref.at(0, count))
            place.base = min(kept, before)

    def move(self, node: Node, old: Ref, new: Ref) -> None:
        self.lw.node = Node("store_rows", [], [], source=node.label)  # type: ignore[attr-defined]
        self.lw.emit("copy_bytes", x=old, y=new, n=new.bytes)


def emit_strips(lw: Target, strips: Strips) -> None:
    """Emit the steps of a run of nodes, strip by strip."""
    _Emitter(lw, strips).run()


__all__ = ["emit_strips"]
