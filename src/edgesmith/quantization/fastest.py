"""Leaves layers in floats where integers were measured slower, as far as the whole gets faster by it.

A layer in floats between layers of integers brings conversions with it, so every switch is measured again as a whole.
"""

from __future__ import annotations

from collections.abc import Callable

from edgesmith.ir import Graph, Node
from edgesmith.quantization.budget import followers
from edgesmith.quantization.draft import Draft
from edgesmith.quantization.observe import Run
from edgesmith.quantization.plan import layers_of
from edgesmith.quantization.samples import Progress
from edgesmith.quantization.speed import SLOWER, Clock, Times, spoken
from edgesmith.types import DType

FASTER = 0.99  # of the time of the whole: what goes into floats must leave no more than this
MOST_TRIES = 16  # layers that are tried one by one, those that lose most first


class Fastest:
    """Finds the fastest mixture of integers and floats for a draft, whose ``kinds`` change.

    ``reasons`` says for each layer that integers did not pay for what was measured and done; ``floats`` are those that
    were left in floats.
    """

    def __init__(
        self, draft: Draft, source: Graph, clock: Clock, run: Run, allowed: Callable[[Graph], bool], tell: Progress
    ) -> None:
        self.draft, self.source, self.clock, self.run = draft, source, clock, run
        self.allowed, self.tell = allowed, tell
        known = layers_of(draft.graph, draft.scales())
        self.layers = {name: node for name, node in known.items() if draft.kinds.get(node, DType.I8) is not None}
        self.labels = {
            name: {node.label, *(follower.label for follower in found)}
            for (name, node), found in zip(
                self.layers.items(), followers(draft.graph, self.layers).values(), strict=True
            )
        }
        self.start = dict(draft.kinds)
        self.best = draft.build()
        self.floats: frozenset[str] = frozenset()
        self.reasons: dict[str, str] = {}
        self.tries = 0
        self.interrupted = False

    def search(self) -> None:
        """Try all slow layers in floats together, then each alone the other way; last everything, as the source is.

        Ctrl-C ends it with the best so far.
        """
        told: dict[str, str] = {}
        try:
            self._search(told)
        except KeyboardInterrupt:
            self.interrupted = True
        finally:
            self.draft.decide(self._kinds(self.floats))
        for name, text in told.items():
            form = "left in floats" if name in self.floats else "kept in integers"
            self.reasons[name] = f"{self.reasons.get(name, '')}{form}: {text}"

    def _search(self, told: dict[str, str]) -> None:
        """What each try found goes into ``told``, by layer."""
        before, after = self.clock.race([self.source, self.best], self.run)
        slow = self._slow(before, after)
        for name in slow:
            floats, integers = self._both(name, before, after)
            moved = " with what only moves the result" if len(self.labels[name]) > 1 else ""
            self.reasons[name] = f"integers took {self._say(integers)}, floats {self._say(floats)}{moved}; "
        if slow:
            told |= dict.fromkeys(slow, self._try(frozenset(slow)))
        for name in slow[:MOST_TRIES] if len(slow) > 1 else ():
            told[name] = self._try(self.floats ^ {name})
        everything = frozenset(self.layers)
        floats, mixed = self._totals(self.source, self.best)
        if mixed > floats and self.floats != everything:
            text = self._try(everything)
            if self.floats == everything:
                told |= dict.fromkeys(self.layers, text)

    def summary(self) -> str:
        """One sentence for a report."""
        where = self.clock.where
        if not self.reasons:
            known = " that was counted" if self.clock.exact else ""
            return f"integers pay in every layer{known} {where}, so none is left in floats"
        if not self.floats:
            return f"no layer is left in floats: none of {len(self.reasons)} makes the whole faster so {where}"
        listed = ", ".join(f"'{name}'" for name in self.layers if name in self.floats)
        return f"left in floats, since the whole is faster so {where}: {listed}"

    def _slow(self, before: Times, after: Times) -> list[str]:
        """Layers that integers do not pay for, those that lose most first."""
        both = {name: self._both(name, before, after) for name in self.layers}
        loss = {name: integers - floats for name, (floats, integers) in both.items() if integers > SLOWER * floats}
        return sorted(loss, key=lambda name: -loss[name])

    def _both(self, name: str, before: Times, after: Times) -> tuple[float, float]:
        """The time of a layer, and of what moves its result, in floats and in integers."""
        labels = [label for label in self.labels[name] if label in before and label in after]
        return sum(before[label] for label in labels), sum(after[label] for label in labels)

    def _try(self, floats: frozenset[str]) -> str:
        """Take other layers in floats if the whole is faster so, measured twice; says what was found."""
        self.tries += 1
        self.tell("leaving layers in floats", self.tries, 0)
        self.draft.decide(self._kinds(floats))
        made = self.draft.build()
        for _ in range(1 if self.clock.exact else 2):
            best, found = self._totals(self.best, made)
            if found > (FASTER if floats - self.floats else 1.0) * best:
                return self._told(floats, found, best)
        if not self.allowed(made):
            return "the metric falls below what is allowed otherwise"
        text = self._told(floats, found, best)
        self.best, self.floats = made, floats
        return text

    def _totals(self, one: Graph, other: Graph) -> tuple[float, float]:
        """What two graphs take as a whole: on a chip, of what is counted in both."""
        first, second = self.clock.race([one, other], self.run)
        both = first.keys() & second.keys() if self.clock.exact else first.keys() | second.keys()
        return sum(first.get(name, 0.0) for name in both), sum(second.get(name, 0.0) for name in both)

    def _told(self, floats: frozenset[str], found: float, best: float) -> str:
        """The whole with the layers that differ in floats, and without."""
        more = bool(floats - self.floats)
        inside, outside = (found, best) if more else (best, found)
        changed = len(floats ^ self.floats)
        what = "it" if changed == 1 else f"{changed} such layers"
        return f"the whole takes {self._say(inside)} with {what} in floats, {self._say(outside)} without"

    def _say(self, time: float) -> str:
        return spoken(time, self.clock.unit)

    def _kinds(self, floats: frozenset[str]) -> dict[Node, DType | None]:
        return self.start | {self.layers[name]: None for name in floats}
