"""Where results of nodes computed whole may lie so that nothing is copied: over a dying operand, or inside a concat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from edgesmith.ir import Graph, Node, Value
from edgesmith.ops.broadcasting import normal_axis
from edgesmith.ops.contract import Ref, get

NEVER = 1 << 30
InPlace = Callable[[Node], Sequence[int]]


class Places:
    """Decides places before a node is emitted, by entries in ``refs``, which it shares with the lowering."""

    def __init__(self, graph: Graph, refs: dict[Value, Ref], in_place: InPlace | None = None) -> None:
        self.refs = refs
        self.in_place = in_place or (lambda node: ())
        self.index = {node: index for index, node in enumerate(graph.nodes)}
        self.last: dict[Value, int] = dict.fromkeys(graph.roots(), NEVER)
        self.last.update({state.value: NEVER for state in graph.states})
        for node in graph.nodes:
            for value in node.inputs:
                if value is not None:
                    self.last[value] = max(self.last.get(value, 0), self.index[node])
        self.pinned = {*graph.inputs, *(state.value for state in graph.states)}
        self.joins: dict[Value, tuple[Node, int]] = {}
        for node in graph.nodes:
            if node.op == "concat":
                self._join(node)

    def _join(self, node: Node) -> None:
        """Note that the operands of a concat along the outermost axis can be computed where they belong."""
        y = node.outputs[0]
        parts = [value for value in node.inputs if value is not None and value.size]
        if prod(y.shape[: normal_axis(node.attrs["axis"], y.rank)]) != 1 or len(parts) < 2:
            return
        at = 0
        for value in parts:
            root = value
            while root.producer is not None and root.producer.op == "reshape":
                root = root.producer.input(0)
            if root.producer is not None and root not in self.pinned and root not in self.joins:
                self.joins[root] = (node, at)
            at += value.nbytes

    def before(self, node: Node, ref: Callable[[Value], Ref]) -> None:
        """Decide where the outputs of a node will lie, where that is better than memory of their own."""
        for value in node.outputs:
            self.inside(value, ref)
        for index in (*get(node.op).in_place(node), *self.in_place(node)):
            x, y = node.input(index), node.outputs[0]
            if y not in self.refs and y.nbytes <= x.nbytes and self._dies(x, node):
                self.refs[y] = self.refs[x].at(0, y.nbytes)
                return

    def inside(self, value: Value, ref: Callable[[Value], Ref]) -> None:
        """Let a value lie inside the concat that it is an operand of."""
        if value in self.joins and value not in self.refs:
            node, at = self.joins[value]
            self.inside(node.outputs[0], ref)
            self.refs[value] = ref(node.outputs[0]).at(at, value.nbytes)

    def _dies(self, x: Value, node: Node) -> bool:
        """Whether nothing needs the memory of ``x`` after the node, nor the node itself by another name."""
        place = self.refs.get(x)
        if place is None or place.buffer.data is not None or self.last.get(x, 0) > self.index[node]:
            return False
        for value, other in self.refs.items():
            shares = other.buffer is place.buffer and _overlap(other, place)
            if not shares or value is x:
                continue
            if self.last.get(value, -1) >= self.index[node]:
                return False
        return True


def _overlap(a: Ref, b: Ref) -> bool:
    return a.offset < b.offset + b.bytes and b.offset < a.offset + a.bytes
