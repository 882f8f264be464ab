"""The recurrence of an LSTM in int8, with its cell in int16: TensorFlow Lite's form, which ``lstm_q`` computes.

The layer before it, the product of data and weights, becomes a part of it. Weights have a scale for each gate, gates
are int16 in steps of 2^-12, and the cell has a scale that is a power of two. GRU and plain recurrent layers have no
such form in any format.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from edgesmith.ir import Graph, Node, Value
from edgesmith.ops.recurrent import SIGMOID, TANH, activate
from edgesmith.types import DType, Quantization

RECURRENT = ("lstm", "gru", "rnn")
PLAIN = ("sigmoid", "tanh", "tanh")
LEAST, MOST = -15, -9  # exponents of the cell's scale
LARGEST = 2**30  # of biases
WORSE, LITTLE = 2.0, 1e-3  # of the noise that is there without it, or of the signal: what a recurrence may bring along


def why_not(node: Node) -> str:
    """Why a recurrent layer has no form of integers; empty where it has one."""
    if node.op != "lstm":
        return f"no format has a {node.op} of integers"
    product, attrs = node.input(0).producer, node.attrs
    if any(value is not None for value in (node.optional(2), *node.inputs[5:])):
        return "lengths, peepholes, projections and normalizations are quantized by other tools alone"
    if tuple(row[0] for row in attrs["activations"]) != PLAIN or attrs["clip"] or attrs["coupled"] == "forget":
        return "its gates are not sigmoids and hyperbolic tangents as they are"
    if product is None or product.op != "fully_connected" or product.input(0).dtype is not DType.F32:
        return "its input is not the result of one layer"
    if (product.attrs["lo"], product.attrs["hi"]) != (-math.inf, math.inf) or product.optional(3) is not None:
        return "its input is more than the product of data and weights"
    weights = (product.input(1), product.optional(2), node.input(1))
    if not all(value is None or (value.is_constant and value.dtype is DType.F32) for value in weights):
        return "its weights are computed"
    return ""


def cell_reach(node: Node, gates: NDArray[np.float32]) -> float:
    """The greatest magnitude of an LSTM's cell at any step; ``gates`` are its first input. States begin at zero where
    they are not constants."""
    r, first = node.input(1).data, [value.data for value in (node.input(3), node.input(4))]
    assert r is not None
    batch, out = gates.shape[1], r.shape[0]
    h, c = (np.zeros((batch, out), np.float32) if data is None else data for data in first)
    most = 0.0
    for step in gates[::-1] if node.attrs["reverse"] else gates:
        total = (step + h @ r).reshape(batch, 4, -1)
        i, o, f = (activate(SIGMOID, total[:, place], 0.0) for place in range(3))
        c = f * c + (1 - f if node.attrs["coupled"] else i) * activate(TANH, total[:, 3], 0.0)
        if node.attrs["cell_clip"] > 0:
            c = np.clip(c, -node.attrs["cell_clip"], node.attrs["cell_clip"])
        h = o * np.tanh(c)
        most = max(most, float(np.abs(c).max(initial=0)))
    return most


def cell_scale(reach: float) -> Quantization:
    """The least power of two whose int16 reach so far, of those that there are."""
    exponent = math.ceil(math.log2(max(reach, 2.0**-40) / 32767))
    return Quantization.make(2.0 ** min(max(exponent, LEAST), MOST), 0)


def gate_weights(rows: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Rows of four gates as integers, and the scale of each row, which is its gate's."""
    most = np.abs(rows).reshape(4, -1).max(axis=1, initial=0)
    scale = np.where(most > np.finfo(np.float32).tiny * 127, most / 127, 1 / 127).astype(np.float32)
    each = np.repeat(scale, len(rows) // 4)
    return np.clip(np.rint(rows / each[:, None]), -127, 127).astype(np.int8), each


def integer_weights(product: Node, node: Node, step: np.float32) -> list[Value]:
    """What ``lstm_q`` reads of the weights of both nodes: w, r, bias. ``step`` is the scale of the layer's input."""
    w, r, bias = product.input(1), node.input(1), product.optional(2)
    assert w.data is not None
    assert r.data is not None
    found = []
    for value, rows in ((w, w.data), (r, np.ascontiguousarray(r.data.T))):
        whole, scale = gate_weights(rows)
        found.append(Value(value.name, whole.shape, DType.I8, Quantization.make(scale, 0, 0), whole))
    assert found[0].quant is not None
    added = np.zeros(len(w.data)) if bias is None or bias.data is None else bias.data.astype(np.float64)
    unit = found[0].quant.scale.astype(np.float64) * float(step)
    whole = np.clip(np.rint(added / unit), -LARGEST, LARGEST).astype(np.int32)
    return [*found, Value(f"{node.label}.bias", whole.shape, DType.I32, None, whole)]


def recurrences(graph: Graph) -> list[Node]:
    """The recurrent layers of a graph."""
    return [node for node in graph.nodes if node.op in RECURRENT]
