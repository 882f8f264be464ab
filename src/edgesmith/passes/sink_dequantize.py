"""Moves elements as integers: dequantize sinks below what only moves, and meets the quantize that undoes it.

Models with explicit quantization say ``quantize(move(dequantize(q)))`` everywhere. Moving first is the same and reads a
quarter of the bytes; ``quantize(dequantize(q))`` is then ``q``, or one ``requantize``.
"""

from __future__ import annotations

import numpy as np

from edgesmith.ir import Graph, Node, Value
from edgesmith.types import DType

# Operators that move the elements of their first input only, whatever those are.
MOVING = frozenset({"reshape", "transpose", "slice", "tile", "expand", "gather", "gather_nd", "reverse", "pad"})
# Operators that choose among elements, which an increasing map such as dequantize does not change.
CHOOSING = frozenset({"max_pool2d", "reduce_max", "reduce_min"})


def sink_dequantize(graph: Graph) -> None:
    """Rewrite the graph in one walk. Constants stay with their readers: see ``fuse_quantization``."""
    nodes: list[Node] = []
    renamed: dict[Value, Value] = {}
    for node in graph.nodes:
        node.inputs = [None if v is None else renamed.get(v, v) for v in node.inputs]
        if node.op == "quantize":
            before = renamed.setdefault(node.outputs[0], _requantized(node, nodes))
            if before is node.outputs[0]:
                del renamed[node.outputs[0]]
                nodes.append(node)
        elif not _sink(node, nodes):
            nodes.append(node)
    graph.nodes = nodes
    graph.replace_all(renamed)
    graph.prune()


def integers(value: Value | None) -> Value | None:
    """The quantized tensor, with one scale for all, that a value is the real form of."""
    made = None if value is None else value.producer
    if made is None or made.op != "dequantize":
        return None
    inner = made.input(0)
    return inner if inner.quant is not None and inner.quant.per_tensor else None


def _requantized(node: Node, nodes: list[Node]) -> Value:
    """What ``quantize(dequantize(q))`` equals; the node's own output where it reads something else."""
    inner, out = integers(node.input(0)), node.outputs[0]
    if inner is None or inner.is_constant or out.quant is None or not out.quant.per_tensor:
        return out
    if inner.dtype is out.dtype and inner.quant is not None and inner.quant.same(out.quant):
        return inner
    fresh = Value(out.name, out.shape, out.dtype, out.quant)
    nodes.append(Node("requantize", [inner], [fresh], {"to": out.dtype}, node.source, node.path))
    return fresh


def _sink(node: Node, nodes: list[Node]) -> bool:
    """``op(dequantize(q))`` becomes ``dequantize(op(q))``; False where it does not."""
    if len(node.outputs) != 1 or not node.inputs:
        return False
    found = [integers(value) for value in (node.inputs if node.op == "concat" else node.inputs[:1])]
    first = found[0]
    if first is None or first.quant is None or all(value is None or value.is_constant for value in found):
        return False
    if not all(v is not None and v.dtype is first.dtype and first.quant.same(v.quant) for v in found):
        return False
    if node.op not in MOVING and node.op != "concat" and not (node.op in CHOOSING and _chooses(node, first)):
        return False
    if node.op == "pad" and not _pads_with_zero(node):
        return False
    out = node.outputs[0]
    inner = Value(f"{out.name}.q", out.shape, first.dtype, first.quant)
    rest = [] if node.op in ("concat", "pad") else node.inputs[1:]
    nodes.append(Node(node.op, [*found, *rest], [inner], node.attrs, node.source, node.path))
    nodes.append(Node("dequantize", [inner], [out], {}, node.source, node.path))
    return True


def _chooses(node: Node, q: Value) -> bool:
    """A pool of bytes, without a clamp and without indices."""
    lo, hi = node.attrs.get("lo", -np.inf), node.attrs.get("hi", np.inf)
    return q.dtype is DType.I8 and (lo, hi) == (-np.inf, np.inf) and not node.attrs.get("indices")


def _pads_with_zero(node: Node) -> bool:
    if node.attrs.get("mode", "constant") != "constant":
        return True
    border = node.optional(1)
    if border is not None:
        return border.data is not None and not border.data.any()
    return not node.attrs.get("value")
