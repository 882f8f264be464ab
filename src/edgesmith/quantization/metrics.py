"""How good answers are: the figure that an allowed drop is a drop of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from edgesmith.errors import UsageError, nearest
from edgesmith.quantization.draft import Outputs

Metric = Callable[[Outputs, Sequence[Any]], float]


def top(count: int) -> Metric:
    """The share of runs whose label is among the ``count`` greatest numbers of the first output."""

    def share(outputs: Outputs, labels: Sequence[Any]) -> float:
        hits = 0
        for found, label in zip(outputs, labels, strict=True):
            scores = found[0].reshape(-1)
            hits += int(label) in np.argpartition(-scores, min(count, scores.size) - 1)[:count]
        return hits / max(len(outputs), 1)

    return share


def cosine(outputs: Outputs, labels: Sequence[Any]) -> float:
    """The mean cosine between the outputs and what they should be, the worst output's."""
    worst = 1.0
    for place in range(len(outputs[0])):
        found = []
        for one, other in zip(outputs, labels, strict=True):
            a, b = one[place].reshape(-1).astype(np.float64), other[place].reshape(-1).astype(np.float64)
            found.append(float(a @ b) / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-300))
        worst = min(worst, float(np.mean(found)))
    return worst


METRICS: dict[str, Metric] = {"top1": top(1), "top5": top(5), "cosine": cosine}


def _fit(labels: Sequence[Any], classes: int) -> None:
    """Raises: UsageError: labels that are no class of the first output, which would make any result right."""
    for place, label in enumerate(labels, 1):
        if not isinstance(label, (int, np.integer)) or not 0 <= label < classes:
            raise UsageError(
                f"label {place} is {label!r}; expected a class from 0 to {classes - 1}, as the first output has them"
            )


class Judge:
    """A metric with the runs and labels that it is taken on.

    Without labels, the answers of the float model are right: "top1" is then how often the results agree with it.
    """

    def __init__(
        self, metric: str | Metric, runs: Sequence[Sequence[np.ndarray]], labels: Sequence[Any] | None, floats: Outputs
    ) -> None:
        if isinstance(metric, str) and metric not in METRICS:
            raise UsageError(f"there is no metric '{metric}'.{nearest(metric, METRICS)} Known: {', '.join(METRICS)}")
        self.metric = METRICS[metric] if isinstance(metric, str) else metric
        self.name = metric if isinstance(metric, str) else getattr(metric, "__name__", "metric")
        self.runs = runs
        if labels is None:
            self.name += " (agreement with the float model)"
            labels = floats if metric == "cosine" else [int(found[0].argmax()) for found in floats]
        elif isinstance(metric, str) and metric != "cosine":
            _fit(labels, floats[0][0].size if floats else 0)
        self.labels = labels
        self.float_score = self(floats)

    def __call__(self, outputs: Outputs) -> float:
        return float(self.metric(outputs, self.labels))
