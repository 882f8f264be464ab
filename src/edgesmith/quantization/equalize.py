"""Cross-layer equalization: channels of neighbouring layers share the load of their weights' ranges.

Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", 2019, section 4.1. Where one
layer alone reads another through a rectifier, a channel may be divided by any positive number in the first and
multiplied by it in the second. Two cares that the paper leaves to its reader:

- A channel whose weights are all but zero on one side is dead: it is left as it is, or its bias would blow up.
- A ceiling (ReLU6's) is divided like its channel. Channels that reach it in calibration get a ceiling each.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgesmith.ir import Graph, Node, Value
from edgesmith.quantization.observe import Spreads
from edgesmith.quantization.weights import OUT_AXIS, array_of, channelwise, is_layer
from edgesmith.types import DType

ROUNDS = 20
DEAD = 1e-4  # of the layer's greatest weight: below it a channel says nothing
REACHED = 0.999  # of a ceiling
MOST = 64.0  # times that a channel may shrink or grow in all

Pair = tuple[Node, Node]


def pairs(graph: Graph) -> list[Pair]:
    """Layers of which the second alone reads the first, channel by channel."""
    uses, roots = graph.uses(), set(graph.roots())
    found = []
    for second in filter(is_layer, graph.nodes):
        x = second.input(0)
        first = x.producer
        if first is None or not is_layer(first) or x in roots or len(uses[x]) != 1:
            continue
        if first.attrs.get("lo", -np.inf) not in (0.0, -np.inf) or len(first.inputs) > 3:
            continue
        if first.attrs.get("lo", -np.inf) == -np.inf and first.attrs.get("hi", np.inf) != np.inf:
            continue
        if second.op in ("conv2d", "transpose_conv2d") and second.attrs.get("groups", 1) != 1:
            continue
        if second.op == "depthwise_conv2d" and second.input(1).shape[2] != x.shape[-1]:
            continue
        if "transpose_conv2d" in (first.op, second.op) or x.shape[-1] != first.input(1).shape[OUT_AXIS[first.op]]:
            continue
        found.append((first, second))
    return found


def equalize(graph: Graph, spreads: Spreads) -> int:
    """Rewrite weights, biases and ceilings in place; returns how many pairs of layers changed."""
    found = pairs(graph)
    total = {first: np.ones(first.outputs[0].shape[-1]) for first, _ in found}
    reach = {first: np.maximum(spreads[first.outputs[0]].highs, -spreads[first.outputs[0]].lows) for first, _ in found}
    for _ in range(ROUNDS):
        change = max((_balance(first, second, total[first], reach[first]) for first, second in found), default=0.0)
        if change < 0.01:
            break
    for first, _ in found:
        _divide_ceiling(graph, first, total[first], spreads)
    return sum(bool((np.abs(np.log(factor)) > 0.01).any()) for factor in total.values())


def _balance(first: Node, second: Node, total: NDArray[np.float64], reach: NDArray[np.float64]) -> float:
    """One step for one pair: both layers' weights of a channel get the same range. Returns the largest change.

    ``reach`` is how far each channel's result goes from zero before all of this. None may go further than the furthest:
    that alone keeps channels at bay whose weights are small beside their bias.
    """
    w1, w2 = array_of(first), array_of(second)
    axis = OUT_AXIS[first.op]
    r1 = np.abs(w1).max(axis=tuple(i for i in range(w1.ndim) if i != axis)).astype(np.float64)
    last = w2.ndim - 1  # input channels, and a depthwise layer's own, lie last
    r2 = np.abs(w2).max(axis=tuple(range(last))).astype(np.float64)
    factor = _shares(r1, r2)
    least = np.maximum(reach / max(float(reach.max()), 1e-300), 1 / MOST)
    factor = np.clip(total * factor, least, MOST) / total
    if factor.size and np.abs(np.log(factor)).max() < 1e-6:
        return 0.0
    _set(first, 1, (w1 / channelwise(first, factor)).astype(np.float32))
    bias = first.optional(2)
    if bias is not None and bias.data is not None:
        _set(first, 2, (bias.data / factor).astype(np.float32))
    _set(second, 1, (w2 * factor).astype(np.float32))
    total *= factor
    return float(np.abs(np.log(factor)).max(initial=0))


def _shares(r1: NDArray[np.float64], r2: NDArray[np.float64]) -> NDArray[np.float64]:
    """What divides each channel of the first layer so that both have its range alike.

    A channel that is dead on one side has no balance to find: its other side is brought down to what is usual there.
    """
    dead1, dead2 = r1 <= DEAD * r1.max(initial=0), r2 <= DEAD * r2.max(initial=0)
    alive = ~(dead1 | dead2)
    if not alive.any():
        return np.ones_like(r1)
    factor = np.ones_like(r1)
    factor[alive] = np.sqrt(r1[alive] / r2[alive])
    usual1, usual2 = np.median((r1 / factor)[alive]), np.median((r2 * factor)[alive])
    quiet = dead1 & ~dead2
    factor[quiet] = np.minimum(1, usual2 / r2[quiet])
    unread = dead2 & ~dead1
    factor[unread] = np.maximum(1, r1[unread] / usual1)
    return factor


def _set(node: Node, place: int, data: np.ndarray) -> None:
    old = node.input(place)
    node.inputs[place] = Value(old.name, old.shape, old.dtype, None, np.ascontiguousarray(data))


def _divide_ceiling(graph: Graph, node: Node, factor: NDArray[np.float64], spreads: Spreads) -> None:
    """Replace a clamp to ``hi`` by one to ``hi / factor`` for channels that reach it."""
    hi = node.attrs.get("hi", np.inf)
    if hi == np.inf or np.allclose(factor, 1):
        return
    out = node.outputs[0]
    ceilings = hi / factor
    node.attrs["hi"] = float(ceilings.max())
    reached = spreads[out].highs >= REACHED * hi
    if not (reached & (ceilings < 0.999 * node.attrs["hi"])).any():
        return
    inner = Value(out.name, out.shape, DType.F32)  # the layer keeps its name, which may be its result's
    limit = Value(f"{out.name}.ceilings", factor.shape, DType.F32, None, ceilings.astype(np.float32))
    node.outputs[0], inner.producer, out.name = inner, node, f"{out.name}.ceiling"
    clamp = Node("minimum", [inner, limit], [out], {}, f"{node.source or node.label}/ceiling", "")
    graph.nodes.insert(graph.nodes.index(node) + 1, clamp)
