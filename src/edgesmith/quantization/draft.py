"""A quantized network in the making: floats, what was seen of them, and each decision taken so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from edgesmith.compiler import compile_graph
from edgesmith.ir import Graph, Node, Value
from edgesmith.program.file import write
from edgesmith.quantization.apply import apply
from edgesmith.quantization.choose import Scales, choose
from edgesmith.quantization.observe import Run, Spreads
from edgesmith.quantization.weights import Rounded, is_layer, nearest, scale_of
from edgesmith.runtime.session import Session
from edgesmith.types import DType

Outputs = list[list[np.ndarray]]


@dataclass(slots=True)
class Draft:
    """``graph`` has floats only; methods that change weights or biases do so there. ``kinds`` and ``rounded`` are as
    ``apply`` takes them, for the graph's own nodes. ``uncorrected`` has the biases of layers whose own make up for
    rounded weights: what they get where they are computed with floats after all. ``cells`` says how far the cells of
    LSTMs reach, ``functions`` whether layers compute functions before they round."""

    graph: Graph
    spreads: Spreads
    method: str = "minmax"
    per_channel: bool = True
    kinds: dict[Node, DType | None] = field(default_factory=dict)
    rounded: dict[Node, Rounded] = field(default_factory=dict)
    uncorrected: dict[Node, list[Value | None]] = field(default_factory=dict)
    cells: dict[Node, float] = field(default_factory=dict)
    functions: bool = True
    _scales: dict[tuple[str, DType], Scales] = field(default_factory=dict)

    def decide(self, kinds: dict[Node, DType | None]) -> None:
        """Take other kinds, and the scales that follow from them."""
        self.kinds = kinds
        self._scales = {}

    def scales(self, dtype: DType = DType.I8) -> Scales:
        """The quantization of every value, by the method of this draft."""
        key = (self.method, dtype)
        if key not in self._scales:
            apart = {node for node, kind in self.kinds.items() if kind is None and node.op == "concat"}
            self._scales[key] = choose(self.graph, self.spreads, self.method, dtype, apart)
        return self._scales[key]

    def weights(self, node: Node) -> Rounded:
        """The integers of a layer's weights."""
        if node not in self.rounded:
            self.rounded[node] = nearest(node, scale_of(node, self.per_channel))
        return self.rounded[node]

    def branch(self, keep_weights: bool = True) -> Draft:
        """A draft to try something on: a graph of its own, what was seen and decided carried over."""
        graph = self.graph.copy()
        values, nodes = twins(self.graph, graph)
        return replace(
            self,
            graph=graph,
            spreads={values[value]: spread for value, spread in self.spreads.items() if value in values},
            kinds={nodes[node]: kind for node, kind in self.kinds.items()},
            rounded={nodes[node]: held for node, held in self.rounded.items()} if keep_weights else {},
            uncorrected={nodes[node]: bias for node, bias in self.uncorrected.items()},
            cells={nodes[node]: reach for node, reach in self.cells.items()},
            _scales={},
        )

    def build(self, outputs: Sequence[Value] | None = None) -> Graph:
        """The graph of integers, or what of it is needed for some values as floats. The draft stays as it is."""
        for node in filter(is_layer, self.graph.nodes):
            self.weights(node)
        part = self.graph
        if outputs is not None:
            names = [value.name for value in outputs]
            part = Graph(part.name, part.inputs, list(outputs), part.nodes, part.states, {}, names)
        graph = part.copy()
        values, nodes = twins(part, graph)
        kinds = {nodes[node]: kind for node, kind in self.kinds.items() if node in nodes}
        rounded = {nodes[node]: held for node, held in self.rounded.items() if node in nodes}
        for node, bias in self.uncorrected.items():
            if node in nodes and self.kinds.get(node, DType.I8) is None:
                nodes[node].inputs[2:3] = bias
        wanted = {DType.I8, *(kind for kind in kinds.values() if kind is not None)}
        scales = {
            kind: {values[value]: quant for value, quant in self.scales(kind).items() if value in values}
            for kind in wanted
        }
        cells = {nodes[node]: reach for node, reach in self.cells.items() if node in nodes}
        return apply(graph, scales, kinds, rounded, cells, self.functions)


def twins(graph: Graph, copy: Graph) -> tuple[dict[Value, Value], dict[Node, Node]]:
    """Which value and node of a copy stands for which of the original."""
    nodes = dict(zip(graph.nodes, copy.nodes, strict=True))
    values = dict(zip(graph.inputs, copy.inputs, strict=True))
    for one, other in nodes.items():
        for old, new in zip((*one.inputs, *one.outputs), (*other.inputs, *other.outputs), strict=True):
            if old is not None and new is not None:
                values[old] = new
    return values, nodes


def outputs_of(graph: Graph, runs: Sequence[Run]) -> Outputs:
    """The outputs of a graph for each run; the graph is left as it is."""
    with Session(write([compile_graph(graph.copy())], {})) as session:
        found = []
        for run in runs:
            session.reset()
            found.append(session.run(*run))
        return found


def noises(wanted: Outputs, found: Outputs) -> list[float]:
    """For each output, the energy of the error over that of the signal: 0 is perfect, 1 is as good as nothing.

    An answer of another size, such as one more box found, is all error.
    """
    ratios = []
    for place in range(len(wanted[0]) if wanted else 0):
        pairs = [(one[place].astype(np.float64), other[place]) for one, other in zip(wanted, found, strict=True)]
        signal = sum(float(np.square(one).sum()) for one, _ in pairs)
        error = sum(float(np.square(one - other if one.shape == other.shape else one).sum()) for one, other in pairs)
        ratios.append(error / max(signal, 1e-300))
    return ratios


def noise(wanted: Outputs, found: Outputs) -> float:
    """That of the worst output."""
    return max(noises(wanted, found), default=0.0)


def all_noise(wanted: Outputs, found: Outputs) -> float:
    """The sum over the outputs."""
    return sum(noises(wanted, found))


def decibels(ratio: float) -> float:
    """Signal to noise in dB from noise to signal."""
    return float(-10 * np.log10(max(ratio, 1e-30)))
