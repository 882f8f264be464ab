"""What a diagnosis looks at: the integer model, the float network that it stands for, and both run on data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from edgesmith.ir import Graph, Node
from edgesmith.verify.causes import find_causes
from edgesmith.verify.layers import Comparison
from edgesmith.verify.layers import compare as compare_subjects
from edgesmith.verify.layout import input_order
from edgesmith.verify.models import Side
from edgesmith.verify.subject import Layer

KEPT = 8  # samples that cures are measured on
MORE, MORE_BYTES = 24, 64 << 20  # further ones, which cures take ranges from


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or costs. ``level`` is "bad", "warning" or "note".

    ``before`` and ``after`` are measured: what is, and what is with the cure, in ``unit``; None where the cure cannot
    be tried from what was given.
    """

    kind: str
    layer: str
    level: str
    text: str
    cure: str
    before: float | None = None
    after: float | None = None
    unit: str = "dB"

    def __str__(self) -> str:
        gain = "" if self.after is None else f" [measured: {self.before:.3g} to {self.after:.3g} {self.unit}]"
        where = f" '{self.layer}'" if self.layer else ""
        return f"{self.level}: {self.kind}{where}: {self.text}. Cure: {self.cure}{gain}"


@dataclass(slots=True)
class Seen:
    """The least and greatest of each channel (the last axis) of a value, over all samples."""

    low: np.ndarray
    high: np.ndarray

    def include(self, array: np.ndarray) -> None:
        rows = array.reshape(-1, array.shape[-1] if array.ndim else 1)
        self.low = np.minimum(self.low, rows.min(0))
        self.high = np.maximum(self.high, rows.max(0))


@dataclass(slots=True)
class Case:
    """An integer model (``result``) beside floats (``source``), and what both computed."""

    result: Side
    source: Side | None
    source_given: bool
    random: bool
    samples: list[Sequence[np.ndarray]] = field(default_factory=list)
    more: list[Sequence[np.ndarray]] = field(default_factory=list)
    count: int = 0
    found: Comparison | None = None
    seen: dict[str, Seen] = field(default_factory=dict)
    outputs: list[list[np.ndarray]] = field(default_factory=list)

    @property
    def graph(self) -> Graph:
        graph = self.result.subject.graph
        assert graph is not None, "a case is made of models, not of .edge files"
        return graph

    @property
    def layers(self) -> list[Layer]:
        return self.result.subject.layers

    def node(self, layer: Layer) -> Node | None:
        return self.result.subject.nodes.get(layer.value)

    def for_result(self, sample: Sequence[np.ndarray]) -> list[np.ndarray]:
        """A sample, which is in the source's order of inputs and axes, as the result takes it."""
        if self.source is None:
            return list(sample)
        orders = input_order(self.source.subject, self.result.subject)
        return [np.ascontiguousarray(sample[index].transpose(order)) for index, order in orders]

    def look(self, samples: Iterable[Sequence[np.ndarray]]) -> None:
        """Run everything once; a bounded number of samples is kept."""
        if self.source is not None:
            first, second = self.source.subject, self.result.subject
            self.found = compare_subjects(first, second, self._watched(samples))
            kept = self.samples[0]
            self.found.causes = find_causes(first, second, self.found, kept, self.source.model, self.result.model)
        else:
            for _ in self._watched(samples):
                pass

    def _watched(self, samples: Iterable[Sequence[np.ndarray]]) -> Iterator[Sequence[np.ndarray]]:
        subject = self.result.subject
        for sample in samples:
            self.count += 1
            if len(self.samples) < KEPT:
                self.samples.append(sample)
            elif (len(self.more) + 1) * sum(array.nbytes for array in sample) <= MORE_BYTES and len(self.more) < MORE:
                self.more.append(sample)
            for name, array in subject.run(self.for_result(sample)).items():
                if array.size:
                    rows = array.reshape(-1, array.shape[-1] if array.ndim else 1)
                    self.seen.setdefault(name, Seen(rows[0].copy(), rows[0].copy())).include(array)
            self.outputs.append([array.copy() for array in subject.outputs()])
            yield sample

    def close(self) -> None:
        """Free both sessions."""
        for side in (self.result, self.source):
            if side is not None:
                side.subject.close()
