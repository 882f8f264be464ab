"""Lifting: the layers whose rounding moves a network's numbers most stay in floats, where few multiplications do it.

A class is the greatest of many scores and survives some noise. Boxes, masks and pictures are numbers that are used as
they are, so there each decibel counts, and the noise of a few layers at the start or the end is often most of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from edgesmith.ir import Graph, Node
from edgesmith.passes.legalize_quantized import UNARY
from edgesmith.quantization.budget import readers
from edgesmith.quantization.draft import Draft
from edgesmith.quantization.samples import Progress
from edgesmith.quantization.tail import work
from edgesmith.quantization.weights import is_layer
from edgesmith.types import DType

SHARE = 0.25  # of the multiplications, where nobody says how many
ENOUGH = 1e-3  # noise over signal (30 dB) that needs no lifting
WORTH = 0.5  # times its share of the multiplications that a layer must take off the noise
LEAST = 0.01  # of the noise: less is not worth a conversion
MOST_TRIES = 24


def gives_numbers(graph: Graph) -> bool:
    """Whether outputs are read place by place, as boxes and pictures are, rather than one score beside another."""
    return any(value.rank > 2 and value.size > value.shape[0] * value.shape[-1] for value in graph.outputs)


@dataclass(slots=True)
class Lift:
    """Leaves layers of a draft in floats, the noisiest that are worth their cost first; ``noise_of`` measures a draft.

    ``alone`` says how much noise each layer makes alone. ``lifted`` are the layers found, with the functions of their
    results and the layers that read them, and ``share`` is how much of all multiplications these do: ``most`` at most.
    """

    draft: Draft
    layers: Mapping[str, Node]
    alone: Mapping[str, float]
    noise_of: Callable[[Draft], float]
    tell: Progress
    most: float
    lifted: list[str] = field(default_factory=list)
    share: float = 0.0

    def run(self, least: float) -> float:
        """Lift layers until nothing is worth its cost; returns the noise that is left of ``least``."""
        units = self._units()
        whole = sum(work(node) for node in self.draft.graph.nodes if is_layer(node))
        names = {node: name for name, node in self.layers.items()}

        def cost(name: str) -> float:
            return sum(work(node) for node in units[name] if is_layer(node) and self._integer(node)) / whole

        def noise(name: str) -> float:
            return sum(self.alone.get(names[node], 0.0) for node in units[name])

        ranked = sorted(units, key=noise, reverse=True)[:MOST_TRIES]
        for tries, name in enumerate(ranked, 1):
            price = cost(name)
            if least <= ENOUGH or self.share + price > self.most:
                continue
            self.tell("lifting layers", tries, len(ranked))
            before = self.draft.kinds
            self.draft.decide(before | dict.fromkeys(units[name]))
            left = self.noise_of(self.draft)
            if least - left < max(LEAST, WORTH * price) * least:
                self.draft.decide(before)
                continue
            self.lifted.append(name)
            self.share += price
            least = left
        return least

    def _integer(self, node: Node) -> bool:
        return self.draft.kinds.get(node, DType.I8) is not None

    def _units(self) -> dict[str, list[Node]]:
        """Each layer in int8 with the functions of its result and the layers that read it: its result would be rounded
        there otherwise."""
        read = readers(self.draft.graph, self.layers)
        names = {node: name for name, node in self.layers.items()}

        def functions(node: Node) -> list[Node]:
            found = [node]
            while len(read[names[found[-1]]]) == 1 and (after := read[names[found[-1]]][0]).op in UNARY:
                found.append(after)
            return found

        units = {}
        for name, node in self.layers.items():
            if is_layer(node) and self._integer(node):
                own = functions(node)
                after = [other for user in read[names[own[-1]]] for other in functions(user)]
                units[name] = list(dict.fromkeys((*own, *after)))
        return units
