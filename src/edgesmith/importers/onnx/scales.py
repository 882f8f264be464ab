"""Every scale that a file states as a constant, by the tensor that has it, to hold other files to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from edgesmith.importers.onnx.dynamic import JOINED
from edgesmith.importers.onnx.model import Graph, Node, OnnxModel
from edgesmith.importers.onnx.tensors import Tensor
from edgesmith.importers.source import UNSIGNED, StatedScale

_ONE = ("QuantizeLinear", "DequantizeLinear", *JOINED.values())  # that have one scale, before perhaps other numbers


def stated_scales(model: OnnxModel) -> Iterator[StatedScale]:
    """The scales of QuantizeLinear, DequantizeLinear and of the operators that take them as operands (QLinear...).

    Those of 32 bits are biases, whose scale follows from those of their layer's operands.
    """
    yield from _graph(model.graph, {})


def _graph(graph: Graph, outer: Mapping[str, Tensor]) -> Iterator[StatedScale]:
    known = {**outer, **graph.constants}
    known |= {node.outputs[0]: held for node in graph.nodes if isinstance(held := _constant(node), Tensor)}
    for node in graph.nodes:
        if node.op in _ONE or node.op.startswith(("QLinear", "QGemm")):
            yield from _node(node, known)
        for _, inner in node.graphs():
            yield from _graph(inner, known)


def _constant(node: Node) -> object:
    return node.attributes.get("value") if node.op == "Constant" else None


def _node(node: Node, known: Mapping[str, Tensor]) -> Iterator[StatedScale]:
    """A scale is a constant of float32, followed by the zero point, or by nothing where that is zero."""
    places = [place for place, name in enumerate(node.inputs) if place and _is_scale(known.get(name))]
    for place in places[:1] if node.op in _ONE else places:
        scale = known[node.inputs[place]].array.reshape(-1)
        name = node.inputs[place + 1] if place + 1 < len(node.inputs) else ""
        zero = known.get(name)
        made = node.op == "QuantizeLinear" or (node.op not in _ONE and place == places[-1])
        tensor = node.outputs[0] if made else node.inputs[place - 1]
        if zero is None:  # the default is an unsigned byte, but for what is read
            kind = known[tensor].element.name if tensor in known else "uint8"
            points = np.zeros(scale.shape, np.int64)
        else:
            kind, points = zero.element.name, zero.array.reshape(-1).astype(np.int64)
        if node.op in JOINED.values() and points.size == 1:
            points = np.repeat(points, scale.size)
        if points.size == scale.size and kind != "int32":
            yield StatedScale(tensor, scale.astype(np.float32), points - UNSIGNED.get(kind, 0))


def _is_scale(tensor: Tensor | None) -> bool:
    return tensor is not None and tensor.element.name == "float" and tensor.array.size > 0
