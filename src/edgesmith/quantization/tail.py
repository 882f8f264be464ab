"""The last operators of a network: probabilities made of scores, which need floats at the end and none before."""

from __future__ import annotations

from collections.abc import Mapping

from edgesmith.ir import Graph, Node, Value
from edgesmith.quantization.choose import FIXED, MOVING
from edgesmith.quantization.observe import Spreads
from edgesmith.quantization.weights import OUT_AXIS, is_layer
from edgesmith.types import DType

CHEAP = 0.01  # of a network's multiplications
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


def wide_end(graph: Graph, kinds: Mapping[Node, DType | None]) -> list[Node]:
    """What costs next to nothing at the end of a network, and has int16: often the mean over the picture and the layer
    that makes scores of it, whose 256 steps would make equals of different scores."""
    uses = graph.uses()
    left = CHEAP * sum(work(node) for node in graph.nodes if is_layer(node))
    region: set[Node] = set()
    found = []
    for node in reversed(graph.nodes):
        if not all(user in region for value in node.outputs for user, _ in uses.get(value, [])):
            continue
        if node.op in MOVING or (node in kinds and kinds[node] is None):
            region.add(node)
        elif node in kinds and (is_layer(node) or node.op == "reduce_mean") and work(node) <= left:
            left -= work(node)
            region.add(node)
            found.append(node)
    return found[::-1]


def work(node: Node) -> float:
    """Multiplications of a layer; elements that any other operator reads."""
    if not is_layer(node):
        return float(node.input(0).size)
    weights = node.input(1)
    return float(node.outputs[0].size * weights.size / weights.shape[OUT_AXIS[node.op]])


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
        at = scores = value
        while at.producer is not None and (at.producer in last or at.producer.op == "reshape"):
            squashed, at = at.producer in last, at.producer.input(0)
            scores = at if squashed else scores
        found.append(scores)
    return list(dict.fromkeys(found))
