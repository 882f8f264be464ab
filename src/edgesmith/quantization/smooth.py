"""SmoothQuant: a transformer's outlying channels move from activations, which have one scale, into weights.

Xiao et al., "SmoothQuant: Accurate and Efficient Post-Training Quantization for Large Language Models", 2023. What a
normalization gives to fully connected layers is divided by a number a channel, and their weights multiplied by it. The
normalization's own scale takes up the division where nobody else reads it; otherwise one multiplication does.
"""

from __future__ import annotations

import numpy as np

from edgesmith.ir import Graph, Node, Value
from edgesmith.quantization.draft import Draft
from edgesmith.quantization.weights import array_of, is_layer
from edgesmith.types import DType

STRENGTHS = (0.5, 0.75)  # how much of the difficulty goes into the weights
NORMS = frozenset({"layer_norm", "rms_norm"})
Site = tuple[Node, list[Node]]


def sites(graph: Graph) -> list[Site]:
    """Normalizations over the last axis, with the fully connected layers that read them."""
    uses = graph.uses()
    found = []
    for node in graph.nodes:
        if node.op not in NORMS or node.attrs["axis"] not in (-1, node.outputs[0].rank - 1):
            continue
        read = [user for user, place in uses.get(node.outputs[0], []) if place == 0 and user.op == "fully_connected"]
        if read and all(map(is_layer, read)):
            found.append((node, read))
    return found


def smooth(draft: Draft, strength: float) -> int:
    """Rewrite the draft's graph in place; returns how many normalizations were changed. Spreads must be taken anew."""
    found = sites(draft.graph)
    for norm, layers in found:
        seen = draft.spreads[norm.outputs[0]]
        reach = np.maximum(seen.highs, -seen.lows).astype(np.float64)
        weights = np.max([np.abs(array_of(layer)).max(axis=0) for layer in layers], axis=0).astype(np.float64)
        alive = (reach > 0) & (weights > 0)
        factor = np.ones_like(reach)
        factor[alive] = reach[alive] ** strength / weights[alive] ** (1 - strength)
        factor = np.clip(factor / np.exp(np.log(factor).mean()), 1e-3, 1e3).astype(np.float32)
        for layer in layers:
            _set(layer, 1, array_of(layer) * factor)
        _divide(draft, norm, layers, factor)
    return len(found)


def _divide(draft: Draft, norm: Node, layers: list[Node], factor: np.ndarray) -> None:
    out, graph = norm.outputs[0], draft.graph
    parameters = [norm.optional(place) for place in (1, 2)]
    alone = len(graph.uses()[out]) == len(layers) and out not in graph.roots()
    if alone and parameters[0] is not None and all(value is None or value.data is not None for value in parameters):
        for place, value in enumerate(parameters, 1):
            if value is not None and value.data is not None:
                _set(norm, place, value.data / factor)
        return
    share = Value(f"{out.name}.share", factor.shape, DType.F32, None, 1 / factor)
    smoothed = Value(f"{out.name}.smoothed", out.shape, DType.F32)
    step = Node("mul", [out, share], [smoothed], {}, f"{norm.label}/smoothing")
    graph.nodes.insert(graph.nodes.index(norm) + 1, step)
    draft.kinds[step] = None  # a normalization computes with floats, and this is its last step
    for layer in layers:
        layer.inputs[0] = smoothed


def _set(node: Node, place: int, data: np.ndarray) -> None:
    old = node.input(place)
    node.inputs[place] = Value(old.name, old.shape, old.dtype, None, np.ascontiguousarray(data, np.float32))
