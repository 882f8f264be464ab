"""Weights alone as 8 or 4 bits, activations as they are: small files for layers that wait for memory.

Four bits have a step for each group of weights of an output. Layers are rounded in order, each on what the layers
rounded before it make of the data, so that later ones make up for earlier ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgesmith.ir import Graph, Node, Value, remember
from edgesmith.ops.conversion import convert
from edgesmith.quantization.observe import Run, probe
from edgesmith.quantization.rounding import ROUNDINGS, gather, has_matrix, rows_of
from edgesmith.quantization.samples import Progress
from edgesmith.quantization.weights import array_of, is_layer, nearest, scale_of
from edgesmith.types import DType

GROUP = 32  # weights that share a step
LEVELS = 7  # of four bits, symmetric
SHARES = np.linspace(1.0, 0.5, 26)  # of a group's range that are tried for its step


@dataclass(frozen=True, slots=True)
class Grouped:
    """Integers of four bits (outputs, K), and the step of each group of ``group`` of them (outputs, groups)."""

    whole: NDArray[np.int8]
    steps: NDArray[np.float32]
    group: int

    @property
    def real(self) -> NDArray[np.float32]:
        """The weights that the integers stand for, (outputs, K)."""
        return self.whole * spread(self.steps, self.group, self.whole.shape[1])


def spread(steps: NDArray[np.float32], group: int, length: int) -> NDArray[np.float32]:
    """The step of every single weight."""
    return np.repeat(steps, group, axis=1)[:, :length]


def group_steps(weights: NDArray[np.float32], group: int, importance: NDArray[np.float64]) -> NDArray[np.float32]:
    """Steps with the least squared error of rounding, each weight's error counting as much as what it multiplies."""
    outputs, length = weights.shape
    count = -(-length // group)
    padded = np.zeros((outputs, count * group), np.float32)
    padded[:, :length] = weights
    rows = padded.reshape(outputs, count, group)
    weight = np.zeros(count * group)
    weight[:length] = importance
    weight = weight.reshape(count, group)
    most = np.abs(rows).max(axis=2) / LEVELS
    most = np.where(most > np.finfo(np.float32).tiny, most, 1.0)
    best, least = most.copy(), np.full(most.shape, np.inf)
    for share in SHARES:
        step = (most * share)[..., None]
        error = np.square(rows - np.clip(np.rint(rows / step), -LEVELS, LEVELS) * step)
        cost = (error * weight).sum(axis=2)
        best, least = np.where(cost < least, step[..., 0], best), np.minimum(cost, least)
    return short(best, 8).astype(np.float32)


def short(steps: NDArray[np.floating], bits: int) -> NDArray[np.float64]:
    """The next greater numbers with so few significant bits that a half float holds their products with integers: eight
    beside four bits, four beside eight."""
    mantissa, exponent = np.frexp(np.asarray(steps, np.float64))
    return np.ldexp(np.ceil(mantissa * 2.0**bits) / 2.0**bits, exponent)


def halve(graph: Graph, kind: DType) -> None:
    """Round the weights of a float graph's layers to half floats, in place."""
    for node in filter(is_layer, graph.nodes):
        _set(node, 1, convert(convert(array_of(node), DType.F32, kind), kind, DType.F32))


def lighten(
    graph: Graph, runs: Sequence[Run], bits: int, rounding: str, tell: Progress, group: int = GROUP
) -> dict[Node, Grouped]:
    """Round the weights of a float graph's layers in place; returns the integers of those with four bits.

    Biases take up the mean error that is left. Layers whose outputs are no sums over all inputs keep eight bits.
    """
    layers = [node for node in graph.nodes if is_layer(node)]
    found: dict[Node, Grouped] = {}
    for count, node in enumerate(layers, 1):
        if bits == 4 and has_matrix(node):
            found[node] = _four(graph, node, runs, rounding, group)
        else:
            lighten_one(graph, node)
        tell("rounding layers", count, len(layers))
    return found


def lighten_one(graph: Graph, node: Node) -> None:
    """Round the weights of one layer to eight bits, as floats."""
    whole = nearest(node, short(scale_of(node), 4))
    _set(node, 1, whole.real)
    stored = Value(node.input(1).name, node.input(1).shape, DType.I8, whole.quant)
    remember(graph, stored, node.input(1))  # so that files of other formats hold bytes


def _four(graph: Graph, node: Node, runs: Sequence[Run], rounding: str, group: int) -> Grouped:
    x = node.input(0)
    weights = array_of(node)
    flat = weights.reshape(weights.shape[0], -1)
    inputs = (
        [arrays[0].copy() for arrays in probe(graph, [x], runs)]
        if x.producer
        else [run[_place(graph, x)] for run in runs]
    )
    group = min(group, flat.shape[1])
    matrix = gather(node, inputs)
    steps = group_steps(flat, group, np.diag(matrix))
    whole = ROUNDINGS[rounding](flat, matrix, spread(steps, group, flat.shape[1]), LEVELS)
    made = Grouped(whole, steps, group)
    _set(node, 1, made.real.reshape(weights.shape))
    mean = np.mean([rows_of(node, array).mean(axis=0) for array in inputs], axis=0)
    bias = node.optional(2)
    before = np.zeros(len(flat), np.float32) if bias is None or bias.data is None else bias.data
    after = (before + (flat - made.real) @ mean).astype(np.float32)
    node.inputs[2:3] = [
        Value(f"{node.input(1).name}.bias" if bias is None else bias.name, after.shape, DType.F32, None, after)
    ]
    return made


def _place(graph: Graph, value: Value) -> int:
    return graph.inputs.index(value)


def _set(node: Node, place: int, data: np.ndarray) -> None:
    old = node.input(place)
    node.inputs[place] = Value(old.name, old.shape, old.dtype, None, np.ascontiguousarray(data, np.float32))
