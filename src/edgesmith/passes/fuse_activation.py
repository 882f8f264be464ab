"""Lets the layer before a clamp (relu, relu6, clip) do the clamping in its own store."""

from __future__ import annotations

import math

from edgesmith.ir import Graph, Node, Value
from edgesmith.types import DType

CLAMPING = frozenset({"conv2d", "conv3d", "depthwise_conv2d", "fully_connected", "transpose_conv2d"})


def fuse_activation(graph: Graph) -> None:
    """Fold every float clamp into the layer that feeds it, where nobody else reads that layer."""
    uses = graph.uses()
    roots = set(graph.roots())
    renamed: dict[Value, Value] = {}
    for node in graph.nodes:
        bounds = _bounds(node)
        if bounds is None:
            continue
        original = node.input(0)
        value = renamed.get(original, original)
        layer = value.producer
        if layer is None or layer.op not in CLAMPING or "lo" not in layer.attrs or value.dtype is not DType.F32:
            continue
        if value in roots or original in roots or len(uses[original]) != 1:
            continue
        lo, hi = layer.attrs["lo"], layer.attrs["hi"]
        layer.attrs["lo"] = min(max(lo, bounds[0]), bounds[1])
        layer.attrs["hi"] = min(max(hi, bounds[0]), bounds[1])
        renamed[node.outputs[0]] = value
        value.name = node.outputs[0].name  # a name says what the numbers are
    graph.nodes = [node for node in graph.nodes if not any(value in renamed for value in node.outputs)]
    graph.replace_all(renamed)


def _bounds(node: Node) -> tuple[float, float] | None:
    if node.op == "relu":
        return (0.0, math.inf)
    if node.op == "clip" and len(node.inputs) == 1 and "lo" in node.attrs:
        return (float(node.attrs["lo"]), float(node.attrs["hi"]))
    return None
