"""Lets a convolution or a fully connected layer add the other branch of a residual block in its own store."""

from __future__ import annotations

from edgesmith.ir import Graph, Node, Value
from edgesmith.types import DType


def fuse_residual(graph: Graph) -> None:
    """Give the sum of a float layer and another value of its shape to the layer, as its fourth input.

    The layer moves to where the sum was, so that the other value is known by then. A clamp after the sum is left
    to ``fuse_activation``.
    """
    uses, roots = graph.uses(), set(graph.roots())
    changed: set[Node] = set()
    renamed: dict[Value, Value] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        layer = _layer(node, uses, roots) if node.op == "add" else None
        if layer is None or layer in changed:
            nodes.append(node)
            continue
        other = node.input(1) if node.input(0) is layer.outputs[0] else node.input(0)
        bias = layer.optional(2)
        layer.inputs = [layer.input(0), layer.input(1), bias, renamed.get(other, other)]
        nodes.remove(layer)
        nodes.append(layer)
        changed.add(layer)
        renamed[node.outputs[0]] = layer.outputs[0]
        layer.outputs[0].name = node.outputs[0].name  # a name says what the numbers are
    graph.nodes = nodes
    graph.replace_all(renamed)


def _layer(node: Node, uses: dict[Value, list[tuple[Node, int]]], roots: set[Value]) -> Node | None:
    """The layer that can take over an addition."""
    first, second = node.input(0), node.input(1)
    if first is second or first.shape != second.shape or first.dtype is not DType.F32:
        return None
    for value in (second, first):
        layer = value.producer
        if (
            layer is None
            or layer.op not in ("conv2d", "fully_connected")
            or layer.optional(3) is not None
            or value in roots
        ):
            continue
        constant = layer.input(1).is_constant and (layer.optional(2) is None or layer.input(2).is_constant)
        free = layer.attrs["lo"] == float("-inf") and layer.attrs["hi"] == float("inf")
        if constant and free and len(uses[value]) == 1:
            return layer
    return None
