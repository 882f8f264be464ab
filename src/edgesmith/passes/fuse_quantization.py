"""Computes with integers what stands between dequantize and quantize.

``quantize(op(dequantize(a), dequantize(b)))`` becomes ``op(a, b)`` on quantized tensors, for operators that have an
integer form (Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
Inference", 2018, sections 2 and 3). A layer and a leaky ReLU or hard-swish behind it become one, which rounds once.
Whatever is left keeps its floats, and constants that nobody reads as integers are dequantized here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edgesmith.ir import Graph, Node, Value, remember
from edgesmith.ops.layers import function_of
from edgesmith.ops.quantized import dequantize_array
from edgesmith.ops.resize import has_integers
from edgesmith.passes.legalize_quantized import BINARY, REDUCING, UNARY
from edgesmith.passes.patterns import layer_of
from edgesmith.passes.sink_dequantize import integers
from edgesmith.types import DType

LAYERS = frozenset({"conv2d", "depthwise_conv2d", "transpose_conv2d", "fully_connected"})
COMPARING = frozenset({"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"})
NARROW = (DType.I8, DType.I16)
_INT32 = 2**31 - 1


def fuse_quantization(graph: Graph) -> None:
    """Rewrite every node between dequantize and a single quantize that can compute with integers."""
    uses, roots = graph.uses(), set(graph.roots())
    gone: set[Node] = set()
    for node in graph.nodes:
        if len(node.outputs) != 1 or node.outputs[0] in roots:
            continue
        readers = uses.get(node.outputs[0], [])
        if len(readers) != 1 or readers[0][0].op != "quantize":
            continue
        last = readers[0][0]
        out = last.outputs[0]
        if out.quant is None or not out.quant.per_tensor or out.dtype not in NARROW:
            continue
        layer = layer_of(node, uses, roots) if out.dtype is DType.I8 else None
        inputs = _layer(layer, out) if layer else _inputs_of(node, out)
        if inputs is None or any(map(_lopsided, inputs)):
            continue
        if layer:
            layer.attrs |= function_of(node) or {}
            gone.add(node)
        made = layer or node
        made.inputs, made.outputs[0] = inputs, out
        out.producer = made
        gone.add(last)
    graph.nodes = [node for node in graph.nodes if node not in gone]
    _dequantize_constants(graph)
    graph.prune()


Inputs = list[Value | None]


def _inputs_of(node: Node, out: Value) -> Inputs | None:
    """The integer operands of a node, or None where it stays a computation with floats."""
    table: list[tuple[frozenset[str], Callable[[Node, Value], Inputs | None]]] = [
        (LAYERS, _layer),
        (frozenset({"matmul"}), _matmul),
        (BINARY - COMPARING | UNARY | REDUCING, _each),
        (frozenset({"avg_pool2d"}), _average),
        (frozenset({"resize"}), _resize),
    ]
    if _lopsided(out):
        return None
    for names, form in table:
        if node.op in names:
            found = form(node, out)
            return None if found is None or any(map(_lopsided, found)) else found
    return None


def _lopsided(value: Value | None) -> bool:
    """Sixteen bits with a zero point, which no integer form takes."""
    if value is None or value.dtype is not DType.I16 or value.quant is None:
        return False
    return bool(value.quant.zero_point.any())


def _each(node: Node, out: Value) -> Inputs | None:
    """Operators with a form for operands of one type, each with a scale of its own."""
    found = [integers(value) for value in node.inputs]
    if any(value is None or value.dtype is not out.dtype for value in found):
        return None
    return list(found)


def _average(node: Node, out: Value) -> Inputs | None:
    """A pool rounds at its input's scale, so the output must have that too; a mean over everything may have its own."""
    found = _each(node, out)
    padded = any(map(any, node.attrs["padding"]))
    if found is None or found[0] is None or (node.attrs["lo"], node.attrs["hi"]) != (-np.inf, np.inf):
        return None
    if not padded and tuple(node.attrs["kernel"]) == found[0].shape[1:3] and set(node.attrs["dilations"]) == {1}:
        node.op, node.attrs = "reduce_mean", {"axes": (1, 2), "keepdims": True}
        return found
    if (padded and node.attrs["count_include_pad"]) or not out.quant or not out.quant.same(found[0].quant):
        return None
    node.attrs |= {"count_include_pad": False, "overhang": (0, 0)}
    return found


def _resize(node: Node, out: Value) -> Inputs | None:
    """Interpolation keeps its input's scale."""
    found = _each(node, out)
    if found is None or found[0] is None or not out.quant or not out.quant.same(found[0].quant):
        return None
    return found if has_integers(out.dtype, node.attrs) else None


def _matmul(node: Node, out: Value) -> Inputs | None:
    found = _each(node, out)
    return found if out.dtype is DType.I8 else None


def _layer(node: Node, out: Value) -> Inputs | None:
    """Activations with one scale, constant weights of bytes, and a bias that 32 bits hold at the product's scale."""
    x, weight = integers(node.inputs[0]), _constant(node.inputs[1])
    if x is None or x.dtype is not out.dtype or weight is None or weight.dtype is not DType.I8:
        return None
    assert x.quant is not None
    assert weight.quant is not None
    if not weight.quant.per_tensor and weight.quant.zero_point.any():
        return None
    bias = node.optional(2)
    if bias is None:
        return [x, weight]
    scale = x.quant.scale.astype(np.float64) * weight.quant.scale
    whole = _bias(bias, scale)
    if whole is None:
        return None
    kind = DType.I32 if x.dtype is DType.I8 else DType.I64
    return [x, weight, Value(f"{bias.name}.q", bias.shape, kind, None, whole.astype(kind.numpy))]


def _constant(value: Value | None) -> Value | None:
    made = None if value is None else value.producer
    if made is None or made.op != "dequantize" or made.input(0).data is None:
        return None
    return made.input(0)


def _bias(bias: Value, scale: np.ndarray) -> np.ndarray | None:
    """A bias in units of ``scale``: the integers that it is made of, where their scale is that already."""
    inner = _constant(bias)
    if inner is not None and inner.data is not None and inner.quant is not None:
        if inner.dtype is DType.I32 and np.allclose(inner.quant.scale, scale, rtol=1e-5, atol=0):
            return inner.data if not inner.quant.zero_point.any() else inner.data - inner.quant.zero_point
        numbers = dequantize_array(inner.data, inner.quant)
    elif bias.data is not None:
        numbers = bias.data
    else:
        return None
    with np.errstate(all="ignore"):
        exact = np.rint(numbers.astype(np.float64) / scale)
    return exact if np.isfinite(exact).all() and (np.abs(exact) <= _INT32).all() else None


def _dequantize_constants(graph: Graph) -> None:
    """Constants that are still dequantized at run time become real ones."""
    renamed: dict[Value, Value] = {}
    for node in graph.nodes:
        inner = node.input(0) if node.op == "dequantize" else None
        if inner is not None and inner.data is not None and inner.quant is not None:
            out = node.outputs[0]
            renamed[out] = Value(out.name, out.shape, DType.F32, None, dequantize_array(inner.data, inner.quant))
            remember(graph, inner, renamed[out])
    graph.nodes = [node for node in graph.nodes if node.outputs[0] not in renamed]
    graph.replace_all(renamed)
