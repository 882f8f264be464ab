"""The cheapest plan within an allowed drop: the layers that cost most accuracy are lifted until it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edgesmith.ir import Graph, Node
from edgesmith.quantization.choose import MOVING
from edgesmith.quantization.draft import Draft, outputs_of
from edgesmith.quantization.metrics import Judge
from edgesmith.quantization.samples import Progress
from edgesmith.types import DType

MOST_RELAXED = 24  # lifted layers that are tried in int8 again


@dataclass(frozen=True, slots=True)
class Try:
    """A set of layers lifted to ``form``, and the metric that it reached."""

    lifted: frozenset[str]
    score: float
    form: DType | None = None


class Search:
    """Lifts layers to ``form`` in the order of their sensitivity. ``best`` is the best so far, whenever it is asked."""

    def __init__(
        self,
        draft: Draft,
        layers: Mapping[str, Node],
        ranked: Sequence[str],
        judge: Judge,
        floor: float,
        tell: Progress,
    ) -> None:
        self.draft = draft
        self.layers = layers
        self.ranked = ranked
        self.judge = judge
        self.floor = floor
        self.tell = tell
        self.readers = readers(draft.graph, layers)
        self.tries = 0
        self.start = dict(draft.kinds)
        self.best: Try | None = None
        self.interrupted = False

    def run(self, form: DType | None) -> Try:
        """The smallest number of lifted layers that holds the floor; the best score where none does, or on Ctrl-C.

        Where even all layers in int16 lose too much, floats are searched.
        """
        try:
            self._search(form)
            if form is not None and (self.best is None or self.best.score < self.floor):
                self._search(None)
        except KeyboardInterrupt:
            self.interrupted = True
        assert self.best is not None
        self.draft.kinds = self._kinds(self.best.lifted, self.best.form)
        return self.best

    def _search(self, form: DType | None) -> None:
        if self._holds(frozenset(), form):
            return
        count, total = 1, len(self.ranked)
        failed = 0
        while not self._holds(frozenset(self.ranked[:count]), form):
            if count == total:
                return
            failed, count = count, min(2 * count, total)
        while count - failed > 1:
            middle = (count + failed) // 2
            if self._holds(frozenset(self.ranked[:middle]), form):
                count = middle
            else:
                failed = middle
        lifted = frozenset(self.ranked[:count])
        for name in [*reversed(self.ranked[:count])][:MOST_RELAXED]:
            if len(lifted) > 1 and self._holds(lifted - {name}, form):
                lifted = lifted - {name}

    def _holds(self, lifted: frozenset[str], form: DType | None) -> bool:
        self.tries += 1
        self.tell("searching a plan", self.tries, 0)
        self.draft.kinds = self._kinds(lifted, form)
        score = self.judge(outputs_of(self.draft.build(), self.judge.runs))
        found, best = Try(lifted, score, form), self.best
        within = score >= self.floor
        if (
            best is None
            or (within and (best.score < self.floor or len(lifted) <= len(best.lifted)))
            or (best.score < self.floor and score > best.score)
        ):
            self.best = found
        return within

    def _kinds(self, lifted: frozenset[str], form: DType | None) -> dict[Node, DType | None]:
        """A layer is lifted with what reads it: its result would be rounded to int8 there otherwise."""
        kinds = dict(self.start)
        for name in lifted:
            for node in (self.layers[name], *self.readers[name]):
                if kinds.get(node, DType.I8) is not None:
                    kinds[node] = form
        return kinds


def readers(graph: Graph, layers: Mapping[str, Node]) -> dict[str, list[Node]]:
    """The layers that read each layer's result, behind whatever moves it."""
    known = set(layers.values())
    return {name: [node for node in found if node in known] for name, found in _behind(graph, layers).items()}


def followers(graph: Graph, layers: Mapping[str, Node]) -> dict[str, list[Node]]:
    """What only moves each layer's result, and computes with what the layer does."""
    known = set(layers.values())
    return {name: [node for node in found if node not in known] for name, found in _behind(graph, layers).items()}


def _behind(graph: Graph, layers: Mapping[str, Node]) -> dict[str, list[Node]]:
    uses, known = graph.uses(), set(layers.values())
    found: dict[str, list[Node]] = {}
    for name, node in layers.items():
        values, found[name] = list(node.outputs), []
        while values:
            for user, _ in uses.get(values.pop(), []):
                if user in known:
                    found[name].append(user)
                elif user.op in MOVING or user.op == "minimum":
                    found[name].append(user)
                    values.extend(user.outputs)
    return found
