"""Layers of int8 weights whose inputs become int8 as the model runs, each row with the range that it has then.

No data decides anything: what is rounded is rounded on what the model sees. A row is what a fully connected layer, or a
convolution of single pixels, reads for its outputs at one place; other windows share pixels, so an image is one row.
"""

from __future__ import annotations

from edgesmith.ir import Graph, Node, Value
from edgesmith.ops import get
from edgesmith.ops.dynamic import one_pixel
from edgesmith.quantization.light import lighten_one
from edgesmith.quantization.samples import Progress
from edgesmith.quantization.weights import is_layer, nearest, scale_of
from edgesmith.types import DType

DYNAMIC = {"fully_connected": "fully_connected_dynamic", "conv2d": "conv2d_dynamic"}
FEW = 16  # channels


def quantize_dynamically(graph: Graph, tell: Progress) -> int:
    """Rewrite the float layers of a graph in place; those without a form of integers have weights of 8 bits alone.

    Returns how many have a form.
    """
    rows: dict[tuple[Value, int], list[Value]] = {}
    layers = [node for node in graph.nodes if is_layer(node)]
    nodes: list[Node] = []
    count = 0
    for node in graph.nodes:
        if node in layers and node.op in DYNAMIC and _pays(node):
            x = node.input(0)
            axes = _axes(node)
            if (x, axes) not in rows:
                nodes.append(_rows(node, x, axes))
                rows[x, axes] = nodes[-1].outputs
            held = nearest(node, scale_of(node))
            w = node.input(1)
            weights = Value(w.name, w.shape, DType.I8, held.quant, held.whole)
            node.op, node.inputs = DYNAMIC[node.op], [*rows[x, axes], weights, *node.inputs[2:3]]
            count += 1
            tell("rounding layers", count, len(layers))
        elif node in layers:
            lighten_one(graph, node)
        nodes.append(node)
    graph.nodes = nodes
    return count


def _pays(node: Node) -> bool:
    """Whether a layer can gain: windows of few channels are copied for longer than their products take."""
    return node.optional(3) is None and (node.op != "conv2d" or _axes(node) == 3 or node.input(1).shape[3] >= FEW)


def _axes(node: Node) -> int:
    """How many axes of a layer's input choose a row."""
    if node.op == "fully_connected":
        return node.input(0).rank - 1
    return 3 if one_pixel(node.input(1), node.attrs) and node.attrs["groups"] == 1 else 1


def _rows(near: Node, x: Value, axes: int) -> Node:
    attrs = {"axes": axes}
    types = get("quantize_rows").infer([x], attrs)
    names = ("rows", "scale", "zero")
    outputs = [Value(f"{x.name}.{name}", t.shape, t.dtype) for name, t in zip(names, types, strict=True)]
    return Node("quantize_rows", [x], outputs, attrs, near.source, near.path)
