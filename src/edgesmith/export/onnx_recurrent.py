"""Recurrent layers as ONNX's LSTM, GRU and RNN, a node for each direction; their order of gates is ours.

ONNX multiplies the input itself, by weights that are the layer before ours: that becomes a part of the node. Where the
first operand is something else, the node multiplies it by ones on a diagonal, which changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from edgesmith.export.onnx_file import Emitter
from edgesmith.export.onnx_ops import writes
from edgesmith.export.prepare import refuse
from edgesmith.importers.onnx.ops_rnn import ACTIVATIONS, TAKES_ALPHA, TAKES_BETA
from edgesmith.ir import Graph, Node, Value, held_as
from edgesmith.types import DType, Quantization

GATES = {"lstm": 4, "gru": 3, "rnn": 1}
_WORDS = "Sigmoid Tanh Relu Affine LeakyRelu ThresholdedRelu ScaledTanh HardSigmoid Elu Softsign Softplus"
NAMES = {ACTIVATIONS[word.lower()][0]: word for word in _WORDS.split()}
WIDEST = 4096  # columns of a diagonal of ones


def products(graph: Graph) -> dict[Node, Node]:
    """Takes the layers that recurrent ones multiply their input with out of a graph: which is whose.

    A recurrent node then reads what that layer did.
    """
    found = {}
    for node in graph.nodes:
        product = node.input(0).producer if node.op in GATES else None
        if product is None or product.op != "fully_connected" or product.optional(3) is not None:
            continue
        x, weights, bias = product.input(0), product.input(1), product.optional(2)
        plain = all(v is None or v.dtype is DType.F32 for v in (x, weights, bias)) and product.outputs[0].quant is None
        if plain and weights.is_constant and (product.attrs["lo"], product.attrs["hi"]) == (-math.inf, math.inf):
            found[node] = product
            node.inputs[0] = x
    graph.prune()
    return found


class _Layer:
    """The operands and attributes of one node."""

    def __init__(self, e: Emitter, node: Node) -> None:
        self.e, self.node, self.product = e, node, e.products.get(node)
        steps, self.batch, width = node.input(0).shape
        self.units = node.input(1).shape[0]
        if node.input(1).shape[1] != GATES[node.op] * self.units:
            refuse("a projection")
        if 0 in (steps, self.batch, width, self.units):
            refuse("a layer without steps, rows, inputs or units")
        names = [str(row[0]) for row in node.attrs["activations"]]
        if not set(names) <= NAMES.keys():
            refuse(f"activations {', '.join(names)}")

    def operands(self, inner: Value | None = None) -> list[str]:
        """x, w, r, b and lengths; ``inner`` is what the last gate adds to the product of the state."""
        e, node, wide = self.e, self.node, GATES[self.node.op] * self.units
        bias = None
        if self.product is None:
            if wide > WIDEST:
                refuse(f"its input is not the result of one layer, and has more than {WIDEST} columns")
            w = e.constant(np.eye(wide, dtype=np.float32)[None], name=f"{node.label}.ones")
        else:
            w, bias = self.stacked(self.product.input(1), (0, 1)), self.product.optional(2)
        lengths = node.optional(2)
        b = "" if bias is None and inner is None else self._biases(bias, inner, wide)
        r = self.stacked(node.input(1), (1, 0))
        return [e.real(node.input(0)), w, r, b, "" if lengths is None else e.real(lengths)]

    def _biases(self, bias: Value | None, inner: Value | None, wide: int) -> str:
        """Those of the input's product, then those of the state's."""
        e, rest = self.e, wide if inner is None else wide - self.units
        parts = [e.constant(np.zeros(wide, np.float32)) if bias is None else e.real(bias)]
        parts += [e.constant(np.zeros(rest, np.float32)), *([] if inner is None else [e.real(inner)])]
        return e.node("Unsqueeze", [e.node("Concat", parts, axis=0), e.constant([0], np.int64)])

    def stacked(self, value: Value, perm: Sequence[int]) -> str:
        """A matrix as the only one of its kind."""
        e = self.e
        if value.data is not None and value.quant is None and held_as(e.graph, value) is None:
            return e.arranged(value, perm, (1, *(value.shape[axis] for axis in perm)))
        return e.node("Unsqueeze", [e.arranged(value, perm), e.constant([0], np.int64)])

    def state(self, value: Value) -> str:
        """A state before the first step; ONNX begins with zeros."""
        if value.data is not None and not value.data.any():
            return ""
        return self.e.node("Unsqueeze", [self.e.real(value), self.e.constant([0], np.int64)])

    def write(self, op: str, operands: Sequence[str], **more: int) -> None:
        """The node; its results have an axis for directions."""
        e, node, rows = self.e, self.node, self.node.attrs["activations"]
        attributes: dict[str, object] = {"hidden_size": self.units, **more}
        attributes["direction"] = "reverse" if node.attrs["reverse"] else "forward"
        attributes["activations"] = [NAMES[name] for name, _, _ in rows]
        for word, takers, place in (("alpha", TAKES_ALPHA, 1), ("beta", TAKES_BETA, 2)):
            numbers = [float(row[place]) for row in rows if row[0] in takers]
            if numbers:  # of those alone that take one
                attributes[f"activation_{word}"] = numbers
        if node.attrs["clip"] > 0:
            attributes["clip"] = float(node.attrs["clip"])
        emit(e, op, operands, node.outputs, attributes)


def emit(e: Emitter, op: str, operands: Sequence[str], outputs: Sequence[Value], attributes: dict[str, object]) -> None:
    """A node with several results, which lie behind an axis for directions: the second of the first, then the first."""
    operands, uses, roots = [*operands], e.graph.uses(), set(e.graph.roots())
    while not operands[-1]:
        operands.pop()
    name = e.unique(op.lower())
    results = [e.unique(f"{name}.{v.name}") if v in roots or uses.get(v) else "" for v in outputs]
    e.nodes.append(e.onnx.helper.make_node(op, operands, results, name, **attributes))
    for place, (value, result) in enumerate(zip(outputs, results, strict=True)):
        if result:
            e.made(value, e.node("Squeeze", [result, e.constant([0 if place else 1], np.int64)]))


@writes("rnn")
def rnn(e: Emitter, node: Node) -> None:
    layer = _Layer(e, node)
    layer.write("RNN", [*layer.operands(), layer.state(node.input(3))])


@writes("gru")
def gru(e: Emitter, node: Node) -> None:
    layer = _Layer(e, node)
    operands = [*layer.operands(node.optional(4)), layer.state(node.input(3))]
    layer.write("GRU", operands, linear_before_reset=int(node.attrs["reset_after"]))


@writes("lstm")
def lstm(e: Emitter, node: Node) -> None:
    attrs, peephole = node.attrs, node.optional(5)
    if any(value is not None for value in node.inputs[6:]) or attrs["cell_clip"] > 0 or attrs["coupled"] == "input":
        refuse("a projection, a normalization, a clipped cell, or an input gate that follows the forget gate")
    layer = _Layer(e, node)
    operands = [*layer.operands(), layer.state(node.input(3)), layer.state(node.input(4))]
    if peephole is not None:
        operands.append(e.node("Reshape", [e.real(peephole), e.constant((1, 3 * layer.units), np.int64)]))
    layer.write("LSTM", operands, **({"input_forget": 1} if attrs["coupled"] == "forget" else {}))


@writes("lstm_q")
def lstm_q(e: Emitter, node: Node) -> None:
    """Floats between integers: weights, input, states and results keep their scales, the steps between do not round."""
    x, w, r, bias, h0, c0 = *(node.input(i) for i in range(3)), node.optional(3), node.input(4), node.input(5)
    assert x.quant is not None
    assert w.quant is not None
    attrs = node.attrs
    if any(value is not None for value in node.inputs[6:]) or attrs["coupled"] or attrs["cell_clip"] > 0:
        refuse("integers with peepholes, a projection, a normalization, coupled gates or a clipped cell")
    if w.data is None or r.data is None or (bias is not None and bias.data is None) or 0 in (*x.shape, *h0.shape):
        refuse("its weights are computed, or it has no steps, rows, inputs or units")
    units, first = h0.shape[1], e.constant([0], np.int64)
    operands = [e.real(x), *(e.node("Unsqueeze", [e.arranged(_by_row(v), (0, 1)), first]) for v in (w, r)), "", ""]
    if bias is not None and bias.data is not None:
        scale = np.broadcast_to(x.quant.scale0 * w.quant.scale, bias.shape)
        both = np.zeros((1, 2 * bias.size), np.float32)
        both[0, : bias.size] = bias.data * scale.astype(np.float64)
        operands[3] = e.constant(both, name=bias.name)
    for state in (h0, c0):
        rests = state.data is not None and state.quant is not None and (state.data == state.quant.zero0).all()
        operands.append("" if rests else e.node("Unsqueeze", [e.real(state), first]))
    direction = "reverse" if attrs["reverse"] else "forward"
    emit(e, "LSTM", operands, node.outputs, {"hidden_size": units, "direction": direction})


def _by_row(value: Value) -> Value:
    """Weights with a scale for each row, where they have one for all."""
    assert value.quant is not None
    scale = np.broadcast_to(value.quant.scale, value.shape[:1]).copy()
    return Value(
        value.name, value.shape, value.dtype, Quantization(scale, np.zeros(scale.size, np.int32), 0), value.data
    )
