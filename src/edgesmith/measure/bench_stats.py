"""Statistics of timings: what a distribution of nanoseconds is summed up as, and how two engines compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from edgesmith.errors import UsageError


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of many runs of one engine."""

    median_ms: float
    p95_ms: float
    min_ms: float
    runs: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0 to 1) of a sorted sequence lies, interpolated linearly between neighbours."""
    if not ordered:
        raise UsageError("a percentile needs at least one value")
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def summarise(nanoseconds: Sequence[int]) -> Times:
    """Median, 95th percentile and minimum.

    Raises:
        UsageError: there is nothing to sum up.
    """
    ordered = sorted(value / 1e6 for value in nanoseconds)
    return Times(percentile(ordered, 0.5), percentile(ordered, 0.95), percentile(ordered, 0.0), len(ordered))


def best_peer(medians: Mapping[str, float], ours: str) -> tuple[str, float] | None:
    """The fastest of the others and its median over ours (above 1: we are faster), or None where nobody else ran."""
    peers = {name: value for name, value in medians.items() if name != ours}
    if not peers or ours not in medians or medians[ours] <= 0:
        return None
    name = min(peers, key=lambda peer: peers[peer])
    return name, peers[name] / medians[ours]
