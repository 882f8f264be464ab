"""The last operators of a network: probabilities made of scores, which need floats at the end and none before."""

from __future__ import annotations

from edgesmith.ir import Graph, Node, Value
from edgesmith.quantization.choose import FIXED, MOVING
from edgesmith.quantization.observe import Spreads

MIXED = 8.0  # a part of a concatenation that has so many times fewer steps than another loses too much


def float_tail(graph: Graph, spreads: Spreads) -> list[Node]:
    """What is left in floats at the end of a network, where results only go to the outputs, moved at most.

    - Functions with a fixed range (softmax, sigmoid, ...): their 256 steps would make equals of different answers.
    - Concatenations of parts whose ranges are far apart, such as a detector's boxes beside its scores: each part keeps
      its own scale up to the end.
    """
    last = _last(graph)
    found = {node for node in last if node.op in FIXED}
    for node in last:
        if node.op == "concat":
            parts = [value for value in node.inputs if value is not None and value in spreads]
            reaches = [spreads[value].reach for value in parts if spreads[value].reach > 0]
            mixed = bool(reaches) and max(reaches) > MIXED * min(reaches)
            if mixed or any(value.producer in found for value in parts):
                found.add(node)
    return [node for node in graph.nodes if node in found]


def _last(graph: Graph) -> list[Node]:
    uses, roots = graph.uses(), set(graph.roots())
    final = {node for node in graph.nodes if node.op in MOVING or node.op in FIXED or node.op == "concat"}
    for node in reversed(graph.nodes):
        read = [user for value in node.outputs for user, _ in uses.get(value, [])]
        if not all(user in final for user in read) or not (read or any(value in roots for value in node.outputs)):
            final.discard(node)
    return [node for node in graph.nodes if node in final]


def judged_values(graph: Graph) -> list[Value]:
    """What to compare instead of the outputs: the scores before functions that squash them."""
    last = {node for node in _last(graph) if node.op in FIXED}
    found = []
    for value in graph.outputs:
        at = value
        while at.producer is not None and (at.producer in last or at.producer.op == "reshape"):
            at = at.producer.input(0)
        found.append(at)
    return list(dict.fromkeys(found))
