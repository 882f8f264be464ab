"""From a float graph and scales to a graph of integers, with floats where no integer form exists or none is wanted."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from edgesmith.ir import Graph, Node, Value
from edgesmith.ops import get
from edgesmith.ops.conversion import limits
from edgesmith.ops.layers import function_of, multipliers
from edgesmith.ops.quantized import quantize_array
from edgesmith.ops.resize import has_integers
from edgesmith.passes.legalize_quantized import UNARY
from edgesmith.passes.patterns import layer_of
from edgesmith.quantization.choose import CLAMPS, MOVING, Scales, from_range
from edgesmith.quantization.recurrent import cell_scale, integer_weights, why_not
from edgesmith.quantization.weights import OUT_AXIS, Rounded, is_layer, nearest, scale_of
from edgesmith.types import DType, Quantization

ACTIVE = frozenset({"add", "sub", "mul", "minimum", "maximum", "matmul"})
ROWS = frozenset({"softmax", "log_softmax", "reduce_mean", "reduce_sum"})
INTEGER = frozenset(OUT_AXIS) | ACTIVE | ROWS | MOVING | UNARY | {"concat"}
ONLY_BYTES = frozenset({"matmul", "log_softmax"})  # no int16 form
LARGEST_BIAS = 2.0**30
FREE = frozenset({"leaky_relu"})  # layers compute it in no more time than a table takes, hard-swish in twice that

Kinds = Mapping[Node, DType | None]


def apply(
    graph: Graph,
    scales: Mapping[DType, Scales],
    kinds: Kinds | None = None,
    rounded: Mapping[Node, Rounded] | None = None,
    cells: Mapping[Node, float] | None = None,
    functions: bool = True,
) -> Graph:
    """A new graph whose nodes read and write integers wherever they can; ``graph`` is used up.

    ``kinds`` says what a node computes with: int8 where it says nothing, int16, or None for floats. ``rounded`` has the
    integers of layers whose weights are not simply the nearest ones, ``cells`` how far the cells of LSTMs reach: those
    that are not named stay floats. With ``functions``, layers compute the functions behind them where that costs no
    time.
    """
    return _Applier(graph, scales, kinds or {}, rounded or {}, cells or {}, functions).run()


def has_integer_form(node: Node, scales: Scales) -> bool:
    """Whether integer kernels exist for the operator, its operands, and the form that its attributes ask for."""
    if node.op == "lstm":
        return not why_not(node) and {node.outputs[0], producer(node).input(0)} <= scales.keys()
    if node.op not in INTEGER or len(node.outputs) != 1 or node.outputs[0] not in scales:
        return False
    if node.op in OUT_AXIS:
        return is_layer(node) and node.input(0) in scales
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


def producer(node: Node) -> Node:
    """The layer whose result an LSTM reads."""
    made = node.input(0).producer
    assert made is not None
    return made


class _Applier:
    """``integers`` and ``reals`` map a value of the float graph to what stands for it in the new one.

    A value in ``floats`` is computed as it was.
    """

    def __init__(
        self,
        graph: Graph,
        scales: Mapping[DType, Scales],
        kinds: Kinds,
        rounded: Mapping[Node, Rounded],
        cells: Mapping[Node, float],
        functions: bool,
    ) -> None:
        self.graph = graph
        self.scales = scales
        self.kinds = kinds
        self.rounded = rounded
        self.cells = cells
        self.products = {  # of LSTMs in integers: the layer before, as it was
            node: Node("fully_connected", list(producer(node).inputs), [])
            for node in cells
            if kinds.get(node, DType.I8) is DType.I8 and has_integer_form(node, scales[DType.I8])
        }
        self.uses, self.ends = graph.uses(), set(graph.roots())
        self.functions = {  # that the layer before computes itself: both are int8
            node: layer
            for node in graph.nodes
            if functions and node.op in FREE
            if (layer := layer_of(node, self.uses, self.ends)) and self._kind(node) is self._kind(layer) is DType.I8
        }
        self.merged = set(self.functions.values())
        self.kept: set[Value] = set()  # values of states that are integers
        self.nodes: list[Node] = []
        self.integers: dict[Value, Value] = {}
        self.others: dict[tuple[Value, DType], Value] = {}  # under another type than the one that they were made in
        self.reals: dict[Value, Value] = {}
        self.floats = {*graph.inputs, *(state.value for state in graph.states)}  # computed as they are

    def run(self) -> Graph:
        for node in self.graph.nodes:
            kind = self._kind(node)
            if kind is None:
                node.inputs = [None if value is None else self._real(value, node) for value in node.inputs]
                self.floats.update(node.outputs)
                self.nodes.append(node)
            elif node in self.products:
                self._lstm(node)
            elif node in self.functions:
                self._with_function(node, self.functions[node])
            elif node not in self.merged and not self._saturates(node, kind):
                self._quantized(node, kind)
        last = self.graph.nodes[-1] if self.graph.nodes else Node("graph", [], [])
        self.graph.outputs = [self._real(value, last) for value in self.graph.outputs]
        for state in self.graph.states:
            if state.value not in self.kept:
                state.update = self._real(state.update, last)
        self.graph.nodes = self.nodes
        self.graph.prune()
        return self.graph

    def _kind(self, node: Node) -> DType | None:
        """The type that a node computes with; what moves numbers takes them as they come."""
        if node.op == "lstm":
            return DType.I8 if node in self.products else None
        kind = self.kinds.get(node, DType.I8)
        if kind is None or not has_integer_form(node, self.scales[DType.I8]):
            return None
        if kind is DType.I16 and node.op in ONLY_BYTES:
            kind = DType.I8
        if node.op in MOVING or (node.op == "minimum" and node.input(1).is_constant):
            x = node.input(0)
            if x in self.integers:
                kind = self.integers[x].dtype
            elif x in self.floats:
                kind = self._wanted(node) if x.producer is None else None
        if kind is DType.I16 and node.op == "resize" and node.attrs["mode"] != "nearest":
            return kind if has_integers(DType.I16, node.attrs) else None
        return kind

    def _wanted(self, node: Node) -> DType | None:
        """What all who read a moved input compute with; floats, which lose nothing, where they differ."""
        kinds: set[DType | None] = set()
        values = list(node.outputs)
        for value in values:
            kinds.update([None] * (value in self.ends))
            for reader, _ in self.uses.get(value, ()):
                if reader.op in MOVING:
                    values += reader.outputs
                else:
                    kinds.add(self._kind(reader))
        return kinds.pop() if len(kinds) == 1 else None

    def _saturates(self, node: Node, kind: DType) -> bool:
        """Leave out a clamp that saturation does: the same scale, and a range that the type ends at."""
        if node.op not in CLAMPS or len(node.inputs) != 1:
            return False
        x, y = node.input(0), node.outputs[0]
        quant = self.scales[kind][y]
        lo, hi = (0.0, np.inf) if node.op == "relu" else (float(node.attrs["lo"]), float(node.attrs["hi"]))
        ends = quantize_array(np.asarray([lo, hi], np.float32), quant, kind)
        if x not in self.integers or self.integers[x].dtype is not kind or tuple(ends) != limits(kind):
            return False
        if not quant.same(self.integers[x].quant):
            return False
        self.integers[y] = self.integers[x]
        self.integers[y].name = y.name
        return True

    def _quantized(self, node: Node, kind: DType) -> None:
        out, quant = node.outputs[0], self.scales[kind][node.outputs[0]]
        if node.op in OUT_AXIS:
            node.inputs = self._layer(node, kind)
        else:
            shares = node.op == "concat" or (node.op in MOVING and node.input(0).is_constant)
            node.inputs = [
                value
                if value is None or value.dtype is not DType.F32
                else self._integer(value, node, kind, quant if shares else None)
                for value in node.inputs
            ]
        made = Value(out.name, out.shape, kind, quant)
        node.outputs, made.producer = [made], node
        self.integers[out] = made
        self.nodes.append(node)

    def _with_function(self, node: Node, layer: Node) -> None:
        """A layer and its function as one, where a sum counts for less than a step of the function's result."""
        inputs, out = self._layer(layer, DType.I8), node.outputs[0]
        made = Value(out.name, out.shape, DType.I8, self.scales[DType.I8][out])
        assert inputs[0] is not None
        assert inputs[1] is not None
        if (multipliers(inputs[0], inputs[1], made) >= 1).any():
            self._quantized(layer, DType.I8)
            self._quantized(node, DType.I8)
            return
        layer.inputs, layer.outputs, made.producer = inputs, [made], layer
        layer.attrs |= function_of(node) or {}
        self.integers[out] = made
        self.nodes.append(layer)

    def _lstm(self, node: Node) -> None:
        """The form of integers of an LSTM and of the layer before it."""
        product, (y, h, c) = self.products[node], node.outputs
        x = self._integer(product.input(0), node, DType.I8)
        assert x.quant is not None
        hidden, cell = self.scales[DType.I8][y], cell_scale(self.cells[node])
        weights = integer_weights(product, node, x.quant.scale0)
        types = (y, DType.I8, hidden), (h, DType.I8, hidden), (c, DType.I16, cell)
        outputs = [Value(value.name, value.shape, dtype, quant) for value, dtype, quant in types]
        states = [self._first(node, place, out) for place, out in zip((3, 4), outputs[1:], strict=True)]
        attrs = {"reverse": node.attrs["reverse"], "coupled": bool(node.attrs["coupled"])}
        attrs |= {"cell_clip": node.attrs["cell_clip"]}
        made = Node(
            "lstm_q", [x, *weights, *states], outputs, {**get("lstm_q").attributes, **attrs}, node.source, node.path
        )
        self.integers.update(zip((y, h, c), outputs, strict=True))
        self.nodes.append(made)

    def _first(self, node: Node, place: int, like: Value) -> Value:
        """A state before the first step, quantized as the one after the last is; one that lives between runs does so
        as integers."""
        value = node.input(place)
        assert like.quant is not None
        for state in self.graph.states:
            if state.value is value and state.update is node.outputs[place - 2]:
                whole = quantize_array(state.initial, like.quant, like.dtype)
                state.value, state.update, state.initial = (
                    Value(value.name, value.shape, like.dtype, like.quant),
                    like,
                    whole,
                )
                self.kept.add(state.value)
                return state.value
        if value.data is not None:
            whole = quantize_array(value.data, like.quant, like.dtype)
            return Value(value.name, value.shape, like.dtype, like.quant, whole)
        return self._step("quantize", self._real(value, node), like.dtype, like.quant, node)

    # -- operands -----------------------------------------------------------------------------------------------

    def _integer(self, value: Value, near: Node, kind: DType, wanted: Quantization | None = None) -> Value:
        """Integers for a float value; in the quantization that is wanted, or in its own."""
        if value.data is not None:
            ends = float(value.data.min(initial=0)), float(value.data.max(initial=0))
            quant = wanted or from_range(*ends, kind)
            return Value(value.name, value.shape, kind, quant, quantize_array(value.data, quant, kind))
        if value not in self.integers:
            self.integers[value] = self._step("quantize", value, kind, self.scales[kind][value], near)
        found = self.integers[value]
        if found.dtype is not kind:
            if (value, kind) not in self.others:
                own = wanted or self.scales[kind][value]
                self.others[value, kind] = self._step("requantize", found, kind, own, near)
            found = self.others[value, kind]
        if wanted is None or wanted.same(found.quant):
            return found
        return self._step("requantize", found, kind, wanted, near)

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

    def _layer(self, node: Node, kind: DType) -> list[Value | None]:
        """The input, weights, and the bias in units of their products."""
        x, weights, bias = self._integer(node.input(0), node, kind), node.input(1), node.optional(2)
        assert x.quant is not None
        held = self.rounded.get(node) or nearest(node, scale_of(node))
        if bias is not None and bias.data is not None:
            least = np.abs(bias.data) / (float(x.quant.scale0) * LARGEST_BIAS)
            if (held.quant.scale < least).any():  # products too small for 32 bits to hold the bias in
                held = nearest(node, np.maximum(held.quant.scale.astype(np.float64), least))
        found: list[Value | None] = [x, Value(weights.name, weights.shape, DType.I8, held.quant, held.whole)]
        if bias is not None and bias.data is not None:
            unit = (x.quant.scale0 * held.quant.scale).astype(np.float64)
            wide = DType.I32 if kind is DType.I8 else DType.I64
            found.append(Value(bias.name, bias.shape, wide, None, np.rint(bias.data / unit).astype(wide.numpy)))
        return found
