"""From a float graph and scales to a graph of integers, with floats where no integer form exists."""

from __future__ import annotations

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Graph, Node, Value
from edgesmith.ops.conversion import limits
from edgesmith.ops.quantized import quantize_array
from edgesmith.ops.resize import has_integers
from edgesmith.passes.legalize_quantized import UNARY
from edgesmith.quantization.choose import CLAMPS, MOVING, Scales, from_range
from edgesmith.types import DType, Quantization

OUT_AXIS = {"conv2d": 0, "depthwise_conv2d": 2, "fully_connected": 0, "transpose_conv2d": 0}
ACTIVE = frozenset({"add", "sub", "mul", "minimum", "maximum", "matmul"})
ROWS = frozenset({"softmax", "log_softmax", "reduce_mean", "reduce_sum"})
INTEGER = frozenset(OUT_AXIS) | ACTIVE | ROWS | MOVING | UNARY | {"concat"}
LARGEST_BIAS = 2.0**30


def apply(graph: Graph, scales: Scales) -> Graph:
    """A new graph whose nodes read and write int8 wherever they can; ``graph`` is used up."""
    return _Applier(graph, scales).run()


class _Applier:
    """``integers`` and ``reals`` map a value of the float graph to what stands for it in the new one.

    A value in ``floats`` is computed as it was.
    """

    def __init__(self, graph: Graph, scales: Scales) -> None:
        self.graph = graph
        self.scales = scales
        self.nodes: list[Node] = []
        self.integers: dict[Value, Value] = {}
        self.reals: dict[Value, Value] = {}
        self.floats = {*graph.inputs, *(state.value for state in graph.states)}  # computed as they are

    def run(self) -> Graph:
        for node in self.graph.nodes:
            if not self._has_integers(node):
                node.inputs = [None if value is None else self._real(value, node) for value in node.inputs]
                self.floats.update(node.outputs)
                self.nodes.append(node)
            elif not self._saturates(node):
                self._quantized(node)
        last = self.graph.nodes[-1] if self.graph.nodes else Node("graph", [], [])
        self.graph.outputs = [self._real(value, last) for value in self.graph.outputs]
        for state in self.graph.states:
            state.update = self._real(state.update, last)
        self.graph.nodes = self.nodes
        self.graph.prune()
        return self.graph

    def _has_integers(self, node: Node) -> bool:
        """Whether integer kernels exist for the operator, its operands, and the form that its attributes ask for."""
        if node.op not in INTEGER or len(node.outputs) != 1 or node.outputs[0] not in self.scales:
            return False
        if node.op in OUT_AXIS:
            weights = node.input(1).is_constant and (
                len(node.inputs) < 3 or node.inputs[2] is None or node.input(2).is_constant
            )
            return weights and node.input(0) in self.scales
        if node.op == "avg_pool2d" and node.attrs["count_include_pad"] and any(map(any, node.attrs["padding"])):
            return False
        if node.op == "max_pool2d" and node.attrs["indices"]:
            return False
        if node.op == "resize" and node.attrs["mode"] != "nearest" and not has_integers(DType.I8, node.attrs):
            return False
        if node.op in UNARY:
            return len(node.inputs) == 1
        if node.op == "pad" and (len(node.inputs) > 1 or node.attrs["value"] not in (None, 0)):
            return False
        operands = node.inputs[:1] if node.op in MOVING else node.inputs
        return all(value is not None and value.dtype is DType.F32 for value in operands)

    def _saturates(self, node: Node) -> bool:
        """Leave out a clamp that saturation does: the same scale, and a range that int8 ends at."""
        if node.op not in CLAMPS or len(node.inputs) != 1:
            return False
        x, y = node.input(0), node.outputs[0]
        lo, hi = (0.0, np.inf) if node.op == "relu" else (float(node.attrs["lo"]), float(node.attrs["hi"]))
        ends = quantize_array(np.asarray([lo, hi], np.float32), self.scales[y], DType.I8)
        if x not in self.integers or not self.scales[y].same(self.integers[x].quant) or tuple(ends) != limits(DType.I8):
            return False
        self.integers[y] = self.integers[x]
        self.integers[y].name = y.name
        return True

    def _quantized(self, node: Node) -> None:
        out, quant = node.outputs[0], self.scales[node.outputs[0]]
        if node.op in OUT_AXIS:
            node.inputs = self._layer(node)
        else:
            shares = node.op == "concat" or (node.op in MOVING and node.input(0).is_constant)
            node.inputs = [
                value
                if value is None or value.dtype is not DType.F32
                else self._integer(value, node, quant if shares else None)
                for value in node.inputs
            ]
        made = Value(out.name, out.shape, DType.I8, quant)
        node.outputs, made.producer = [made], node
        self.integers[out] = made
        self.nodes.append(node)

    # -- operands -----------------------------------------------------------------------------------------------

    def _integer(self, value: Value, near: Node, wanted: Quantization | None = None) -> Value:
        """int8 for a float value; in the quantization that is wanted, or in its own."""
        if value.data is not None:
            quant = wanted or from_range(float(value.data.min(initial=0)), float(value.data.max(initial=0)))
            return Value(value.name, value.shape, DType.I8, quant, quantize_array(value.data, quant, DType.I8))
        if value not in self.integers:
            self.integers[value] = self._step("quantize", value, DType.I8, self.scales[value], near)
        found = self.integers[value]
        if wanted is None or wanted.same(found.quant):
            return found
        return self._step("requantize", found, DType.I8, wanted, near)

    def _real(self, value: Value, near: Node) -> Value:
        """The floats of a value that may be held as integers."""
        if value in self.floats or value.is_constant or value not in self.integers:
            return value
        if value not in self.reals:
            self.reals[value] = self._step("dequantize", self.integers[value], DType.F32, None, near)
        return self.reals[value]

    def _step(self, op: str, x: Value, dtype: DType, quant: Quantization | None, near: Node) -> Value:
        made = Value(f"{x.name}.{op}d", x.shape, dtype, quant)
        self.nodes.append(Node(op, [x], [made], {} if op == "dequantize" else {"to": dtype}, near.source, near.path))
        return made

    def _layer(self, node: Node) -> list[Value | None]:
        """Weights with one scale an output channel, never the most negative number; the bias in products' units."""
        x, weights, bias = self._integer(node.input(0), node), node.input(1), node.optional(2)
        assert weights.data is not None
        assert x.quant is not None
        axis = OUT_AXIS[node.op]
        others = tuple(place for place in range(weights.rank) if place != axis)
        scale = np.abs(weights.data).max(axis=others, initial=0).astype(np.float64) / 127
        usual = np.median(scale[scale > 0]) if (scale > 0).any() else 1 / 127
        scale = np.where(scale > 0, scale, usual)  # a channel of zeros still has a bias to hold
        if bias is not None and bias.data is not None:
            scale = np.maximum(scale, np.abs(bias.data) / (float(x.quant.scale0) * LARGEST_BIAS))
        quant = Quantization.make(scale, 0, axis)
        if not np.isfinite(weights.data).all():
            raise ModelError(f"{node.op} '{node.label}': some weights are not finite")
        whole = np.clip(quantize_array(weights.data, quant, DType.I8), -127, 127)
        found: list[Value | None] = [x, Value(weights.name, weights.shape, DType.I8, quant, whole)]
        if bias is not None and bias.data is not None:
            unit = (x.quant.scale0 * quant.scale).astype(np.float64)
            found.append(Value(bias.name, bias.shape, DType.I32, None, np.rint(bias.data / unit).astype(np.int32)))
        return found
