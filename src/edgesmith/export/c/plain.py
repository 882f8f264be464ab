"""Takes apart what only kernels of the desk compute in one: residuals that a layer adds in its own store."""

from __future__ import annotations

import math

from edgesmith.ir import Graph, Node, Value


def plain(graph: Graph) -> Graph:
    """A copy in which additions behind layers stand alone again, and the clamps that follow them."""
    made = graph.copy()
    nodes: list[Node] = []
    for node in made.nodes:
        nodes.append(node)
        residual = node.optional(3) if node.op in ("conv2d", "fully_connected") else None
        if residual is None:
            continue
        y, low, high = node.outputs[0], node.attrs["lo"], node.attrs["hi"]
        node.inputs, node.attrs = node.inputs[:3], node.attrs | {"lo": -math.inf, "hi": math.inf}
        node.outputs = [_value(y, "alone", node)]
        clamped = low != -math.inf or high != math.inf
        total = Node("add", [node.outputs[0], residual], [], {}, node.source, node.path)
        total.outputs = [_value(y, "sum", total)] if clamped else [y]
        nodes.append(total)
        if clamped:
            nodes.append(Node("clip", [total.outputs[0]], [y], {"lo": low, "hi": high}, node.source, node.path))
        y.producer = nodes[-1]
    made.nodes = nodes
    return made


def _value(like: Value, ending: str, producer: Node) -> Value:
    found = Value(f"{like.name}.{ending}", like.shape, like.dtype)
    found.producer = producer
    return found


__all__ = ["plain"]
