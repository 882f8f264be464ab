"""The float network that a quantized one stands for: weights as the numbers they mean, activations unrounded."""

from __future__ import annotations

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Graph, Node, Value
from edgesmith.ops import Builder, get
from edgesmith.ops.quantized import along_axis, dequantize_array
from edgesmith.types import DType

BORDERS = ("quantize", "dequantize", "requantize")  # what only changes how numbers are held
INTEGER_ATTRS = {"unsigned": False, "to": DType.F32}


def floats(graph: Graph) -> Graph:
    """The same network on float32, inputs and outputs included.

    Raises:
        ModelError: a constant whose unit is not known, or variables that live between runs.
    """
    if graph.states:
        raise ModelError(f"{graph.name} keeps variables between runs; its float network cannot be had from integers")
    b = Builder(graph.name)
    known: dict[Value, Value] = {
        value: b.input(value.name, value.shape, DType.F32 if value.quant else value.dtype) for value in graph.inputs
    }
    for node in graph.nodes:
        if node.op in BORDERS and (node.input(0) in known or node.input(0).data is not None):
            known[node.outputs[0]] = _operand(b, known, node, 0)
            continue
        operands = [None if v is None else _operand(b, known, node, place) for place, v in enumerate(node.inputs)]
        b.source, name = node.source, node.op.removesuffix("_q")
        allowed = get(name).attributes
        attrs = {key: INTEGER_ATTRS.get(key, given) for key, given in node.attrs.items() if key in allowed}
        made = b.add_multi(name, operands, (), [value.name for value in node.outputs], attrs)
        known.update(zip(node.outputs, made, strict=True))
    for value, name in zip(graph.outputs, graph.output_names, strict=True):
        b.output(known[value], name)
    return b.graph


def _operand(b: Builder, known: dict[Value, Value], node: Node, place: int) -> Value:
    value = node.input(place)
    if value not in known:
        known[value] = b.constant(_real(node, place, value))
    return known[value]


def _real(node: Node, place: int, value: Value) -> np.ndarray:
    """The numbers that a constant means; a bias is in units of its layer's input times its weights."""
    if value.data is None:
        raise ModelError(f"{node.op} '{node.label}' reads '{value.name}', which nothing computes")
    if value.quant is not None:
        return dequantize_array(value.data, value.quant)
    x = node.inputs[0]
    if place == 2 and node.input(1).is_constant and value.dtype in (DType.I32, DType.I64):
        w = node.input(1)
        if x is None or x.quant is None or w.quant is None:
            raise ModelError(f"the bias '{value.name}' has no unit: its layer's input or weights are not quantized")
        unit = x.quant.scale0.astype(np.float64) * along_axis(
            w.quant.scale, w.quant, 1 if w.quant.per_tensor else w.rank
        )
        return (value.data * unit.reshape(-1)).astype(np.float32)
    if x is not None and x.quant is not None and value.dtype is x.dtype:
        return dequantize_array(value.data, x.quant)  # such as the border that a pad adds
    return value.data
