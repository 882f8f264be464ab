"""Bias correction: what rounding a layer's weights adds to its result on average is taken from its bias.

Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", 2019, section 4.2, with the
means measured instead of derived. A channel is corrected only where half of the data says what the other half confirms.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edgesmith.compiler import compile_graph
from edgesmith.ir import Graph, Node, Value
from edgesmith.program.file import write
from edgesmith.quantization.draft import Draft
from edgesmith.quantization.observe import Run, probe
from edgesmith.quantization.weights import array_of, is_layer
from edgesmith.runtime.session import Session
from edgesmith.types import DType


def correct_biases(draft: Draft, runs: Sequence[Run]) -> int:
    """Change biases in the draft's graph, on the means over the runs; returns how many layers changed."""
    layers = [node for node in draft.graph.nodes if is_layer(node) and draft.kinds.get(node, DType.I8) is not None]
    means = _means(draft, layers, runs)
    changed = 0
    for node, mean in zip(layers, means, strict=True):
        bias = node.inputs[2:3]
        if _correct(node, mean):
            draft.uncorrected.setdefault(node, bias)
            changed += 1
    return changed


def _means(draft: Draft, layers: Sequence[Node], runs: Sequence[Run]) -> list[NDArray[np.float64]]:
    """For each layer, the mean error of each output channel in each run: (runs, channels).

    A layer is linear, so its error is what the errors of its weights make of its input.
    """
    inputs = list(dict.fromkeys(node.input(0) for node in layers))
    places = {value: index for index, value in enumerate(inputs)}
    sessions = [alone(node, draft.weights(node).real - array_of(node)) for node in layers]
    means: list[list[np.ndarray]] = [[] for _ in layers]
    try:
        for arrays in probe(draft.graph, inputs, runs):
            for index, (node, session) in enumerate(zip(layers, sessions, strict=True)):
                (error,) = session.run(arrays[places[node.input(0)]], copy=False)
                means[index].append(error.reshape(-1, error.shape[-1]).mean(axis=0, dtype=np.float64))
    finally:
        for session in sessions:
            session.close()
    return [np.array(rows) for rows in means]


def alone(node: Node, weights: np.ndarray) -> Session:
    """The layer alone with other weights, without bias and clamp."""
    x, y = (Value(value.name, value.shape, DType.F32) for value in (node.input(0), node.outputs[0]))
    w = Value("weights", weights.shape, DType.F32, None, weights)
    attrs = {**node.attrs, "lo": -np.inf, "hi": np.inf}
    graph = Graph("layer", [x], [y], [Node(node.op, [x, w], [y], attrs)], output_names=["y"])
    return Session(write([compile_graph(graph)], {}))


def _correct(node: Node, means: NDArray[np.float64]) -> bool:
    """Subtract the mean error of channels on which both halves of the runs agree."""
    one, other = means[::2].mean(axis=0), means[1::2].mean(axis=0) if len(means) > 1 else means[0]
    falls = (one * (2 * other - one) > 0) & (other * (2 * one - other) > 0)
    error = np.where(falls, means.mean(axis=0), 0).astype(np.float32)
    if not error.any():
        return False
    bias = node.optional(2)
    old = np.zeros(error.size, np.float32) if bias is None or bias.data is None else bias.data
    name = f"{node.input(1).name}.bias" if bias is None else bias.name
    node.inputs[2:3] = [Value(name, old.shape, DType.F32, None, old - error)]
    return True
