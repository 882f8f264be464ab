"""Recurrent layers as one operator each; their states are variable tensors, which LiteRT keeps between runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edgesmith.export.prepare import refuse
from edgesmith.export.tflite_file import File, Tensor
from edgesmith.export.tflite_ops import writes
from edgesmith.export.tflite_unrolled import unrolled_lstm
from edgesmith.ir import Graph, Node, Value
from edgesmith.types import DType, Quantization

# Where an operator reads its states: input -> the output that is their next value.
STATES: Final[Mapping[str, Mapping[int, int]]] = MappingProxyType(
    {"lstm": {3: 1, 4: 2}, "lstm_q": {4: 1, 5: 2}, "svdf": {4: 1}, "svdf_q": {4: 1}}
)
_GATES: Final = (0, 2, 3, 1)  # the file has input, forget, cell, output; ours are input, output, forget, cell
_PEEPHOLES: Final = (0, 2, 1)  # the file has input, forget, output; ours are input, output, forget
_ACTIVATIONS: Final = MappingProxyType({"relu": "RELU", "relu6": "RELU6", "tanh": "TANH"})


def carried(graph: Graph) -> Iterator[Value]:
    """The states that only a recurrent operator reads and sets, and that start at zero."""
    uses, roots = graph.uses(), set(graph.outputs)
    for state in graph.states:
        readers = uses.get(state.value, [])
        if len(readers) != 1 or state.value in roots or state.update in roots or uses.get(state.update):
            continue
        node, place = readers[0]
        zero = 0 if state.value.quant is None else state.value.quant.zero0
        result = STATES.get(node.op, {}).get(place)
        if result is not None and node.outputs[result] is state.update and bool((state.initial == zero).all()):
            yield state.value


def absorb(f: File, graph: Graph) -> None:
    """Leave the layers unwritten that an LSTM of TensorFlow Lite does by itself: the product of data and weights."""
    for node in graph.nodes:
        gates = node.input(0).producer if node.op == "lstm" else None
        if gates is not None and _is_product(f, gates) and _is_fused(f, node):
            f.leave(gates)


def _is_fused(f: File, node: Node) -> bool:
    """Whether TensorFlow Lite's LSTM is this one: states of its own, outputs alone, from the first step on."""
    used = any(f.uses.get(value) or value in f.graph.outputs for value in node.outputs[1:])
    kept = f.carried.issuperset([node.input(3), node.input(4)])
    return kept and not used and not node.attrs["reverse"]


def _is_product(f: File, node: Node) -> bool:
    w, y = node.optional(1), node.outputs[0]
    if node.op != "fully_connected" or len(f.uses.get(y, ())) != 1 or y in f.roots or w is None or w.data is None:
        return False
    bias = node.optional(2)
    bounded = (float(node.attrs["lo"]), float(node.attrs["hi"])) != (-np.inf, np.inf)
    return not bounded and (bias is None or bias.data is not None) and w.dtype is DType.F32


def _array(value: Value, what: str) -> NDArray[Any]:
    if value.data is None:
        refuse(f"{what} of it are computed")
    return value.data


def _rests(value: Value) -> bool:
    """Whether a state is zero before every run."""
    return value.data is not None and bool((value.data == (0 if value.quant is None else value.quant.zero0)).all())


def _states(f: File, node: Node) -> list[int]:
    values = [node.input(place) for place in STATES[node.op]]
    if node.op == "lstm_q" and all(map(_rests, values)):
        f.notes.append(f"'{node.label}' keeps its state between runs there: reset_all_variables() begins anew")
        return [f.add(Tensor(value.name, value.shape, value.dtype, value.quant, variable=True)) for value in values]
    if not f.carried.issuperset(values):
        refuse("its states are given to it; TensorFlow Lite's layer keeps its own, which start at zero")
    used = [node.outputs[result] for result in STATES[node.op].values() if f.uses.get(node.outputs[result])]
    if used:
        refuse(f"its state '{used[0].name}' is read by another layer")
    return [f.tensor(value) for value in values]


def _each(
    f: File, array: NDArray[Any], name: str, order: tuple[int, ...], scales: NDArray[Any] | None = None
) -> list[int]:
    """One constant for each gate, in the file's order, from an array of gates one after the other."""
    parts = np.split(array, len(order))
    rows = None if scales is None else np.split(np.broadcast_to(scales, (array.shape[0],)), len(order))
    found = []
    for gate in order:
        quant = None
        if rows is not None:
            same = bool((rows[gate] == rows[gate][0]).all())
            quant = Quantization.make(rows[gate][:1] if same else rows[gate], 0, None if same else 0)
        found.append(f.constant(parts[gate], quant, f"{name}.{gate}"))
    return found


def _put(operands: list[int], first: int, tensors: list[int], coupled: bool) -> None:
    """Enter the operands of the gates, which have no first one where it follows from the second."""
    operands[first : first + len(tensors)] = [-1, *tensors[1:]] if coupled else tensors


def _options(node: Node, kind: str) -> dict[str, object]:
    clips = {"cell_clip": float(node.attrs["cell_clip"]), "proj_clip": float(node.attrs["projection_clip"])}
    return {"fused_activation_function": kind, "time_major": True, **clips}


@writes("lstm")
def lstm(f: File, node: Node) -> None:
    """In float32. The layer before it has the weights of its input."""
    product = node.input(0).producer
    if product is None or not f.done(product):
        unrolled_lstm(f, node)
        return
    first, cell, last = (tuple(row) for row in node.attrs["activations"])
    kind = _ACTIVATIONS.get(str(cell[0]))
    if first[0] != "sigmoid" or cell != last or kind is None:
        refuse(f"activations {', '.join(str(row[0]) for row in (first, cell, last))}")
    if node.attrs["clip"] or node.attrs["coupled"] not in ("", "input"):
        refuse("clipped gates, or a forget gate that follows from the input gate")
    coupled = node.attrs["coupled"] == "input"
    name, states = node.outputs[0].name, _states(f, node)
    recurrent, norm = node.input(1), node.optional(8)
    units = recurrent.shape[1] // 4
    bias = np.zeros(4 * units, np.float32)
    before, after = (product.optional(2), node.optional(2)), node.optional(9)
    if norm is not None and any(before):
        refuse("a bias before its normalization")
    for value in (*before, after):
        if value is not None:
            bias = bias + _array(value, "biases").reshape(-1)
    operands = [-1] * 24
    operands[0], operands[18:20] = f.tensor(product.input(0)), states
    _put(operands, 1, _each(f, _array(product.input(1), "weights"), f"{name}.w", _GATES), coupled)
    _put(operands, 5, _each(f, _array(recurrent, "weights").T, f"{name}.r", _GATES), coupled)
    _put(operands, 12, _each(f, bias, f"{name}.b", _GATES), coupled)
    if (peephole := node.optional(5)) is not None:
        _put(operands, 9, _each(f, _array(peephole, "peepholes").reshape(-1), f"{name}.p", _PEEPHOLES), coupled)
    if norm is not None:
        _put(operands, 20, _each(f, _array(norm, "gains").reshape(-1), f"{name}.n", _GATES), coupled)
    if (projection := node.optional(6)) is not None:
        operands[16] = f.constant(_array(projection, "weights").T, None, f"{name}.projection")
        operands[17] = -1 if node.optional(7) is None else f.tensor(node.input(7))
    f.op("UNIDIRECTIONAL_SEQUENCE_LSTM", operands, f.tensor(node.outputs[0]), **_options(node, kind))


@writes("lstm_q")
def lstm_q(f: File, node: Node) -> None:
    """int8 with an int16 cell. Intermediate tensors say the scales of what lies between. From the end it is the same
    operator between two that turn its steps round."""
    attrs, coupled, y = node.attrs, bool(node.attrs["coupled"]), node.outputs[0]
    x, w, r = (node.input(place) for place in range(3))
    name, states = node.outputs[0].name, _states(f, node)
    operands = [-1] * 24
    turned = f.op("REVERSE_V2", [f.tensor(x), f.ints(0)], f.like(x)) if attrs["reverse"] else f.tensor(x)
    operands[0], operands[18:20] = turned, states
    for first, value, what in ((1, w, "w"), (5, r, "r")):
        assert value.quant is not None
        _put(operands, first, _each(f, _array(value, "weights"), f"{name}.{what}", _GATES, value.quant.scale), coupled)
    if (bias := node.optional(3)) is not None:
        assert x.quant is not None
        assert w.quant is not None
        rows = x.quant.scale0 * np.broadcast_to(w.quant.scale, bias.shape)
        _put(operands, 12, _each(f, _array(bias, "biases"), f"{name}.b", _GATES, rows), coupled)
    for first, place, order in ((9, 6, _PEEPHOLES), (20, 9, _GATES)):
        if (vector := node.optional(place)) is not None:
            quant = vector.quant
            scale = None if quant is None else np.repeat(quant.scale, vector.size // quant.scale.size)
            _put(operands, first, _each(f, _array(vector, "vectors").reshape(-1), name, order, scale), coupled)
    if (projection := node.optional(7)) is not None:
        operands[16] = f.tensor(projection)
        operands[17] = -1 if node.optional(8) is None else f.tensor(node.input(8))
    between = [Quantization.make(scale, 0) for scale in attrs["gate_scales"]] if node.optional(9) else [None] * 4
    inner = [f.add(Tensor(f"{name}.between{k}", (0,), DType.I16, quant)) for k, quant in enumerate(between)]
    hidden = node.input(4).quant
    if attrs["hidden_scale"]:
        hidden = Quantization.make(attrs["hidden_scale"], attrs["hidden_zero"])
    inner.append(f.add(Tensor(f"{name}.hidden", (0,), DType.I8, hidden)))
    result = f.like(y) if attrs["reverse"] else f.tensor(y)
    f.op("UNIDIRECTIONAL_SEQUENCE_LSTM", operands, result, **_options(node, "TANH"))
    f.steps[-1].intermediates = inner
    if attrs["reverse"]:
        f.op("REVERSE_V2", [result, f.ints(0)], f.tensor(y))


@writes("svdf")
def svdf(f: File, node: Node) -> None:
    states = _states(f, node)
    fused, y = f.follower(node.outputs[0])
    operands = [-1 if value is None else f.tensor(value) for value in node.inputs[:4]]
    f.op("SVDF", [*operands, *states], f.tensor(y), rank=node.attrs["rank"], fused_activation_function=fused)


@writes("svdf_q")
def svdf_q(f: File, node: Node) -> None:
    """LiteRT's kernel demands RELU, and clamps to the range of the result alone."""
    states = _states(f, node)
    x, features, bias = node.input(0), node.input(1), node.optional(3)
    operands = [f.tensor(value) for value in (x, features, node.input(2))]
    if bias is not None:
        times = node.input(4).quant, node.input(2).quant
        assert times[0] is not None
        assert times[1] is not None
        scale = Quantization.make(times[0].scale0 * times[1].scale0, 0)
        operands.append(f.constant(_array(bias, "biases"), scale, bias.name))
    else:
        operands.append(-1)
    options = {"rank": node.attrs["rank"], "fused_activation_function": "RELU"}
    f.op("SVDF", [*operands, *states], f.tensor(node.outputs[0]), **options)
