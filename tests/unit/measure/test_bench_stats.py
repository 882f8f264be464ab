"""Medians, percentiles and ratios."""

from __future__ import annotations

import pytest

from edgesmith.errors import UsageError
from edgesmith.measure.bench import ratios
from edgesmith.measure.bench_stats import best_peer, percentile, summarise


def test_a_percentile_lies_between_neighbours() -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.5
    assert percentile([1.0, 2.0, 3.0], 1.0) == 3.0
    assert percentile([7.0], 0.95) == 7.0
    with pytest.raises(UsageError, match="at least one value"):
        percentile([], 0.5)


def test_nanoseconds_are_summed_up_as_milliseconds_in_any_order() -> None:
    times = summarise([3_000_000, 1_000_000, 2_000_000] + [4_000_000] * 97)
    assert (times.median_ms, times.min_ms, times.runs) == (4.0, 1.0, 100)
    assert times.p95_ms == 4.0


def test_the_ratio_is_the_best_peers_over_ours() -> None:
    assert best_peer({"edgesmith": 2.0, "litert": 3.0, "ort": 2.5}, "edgesmith") == ("ort", 1.25)
    assert best_peer({"edgesmith": 2.0}, "edgesmith") is None
    assert best_peer({"litert": 3.0}, "edgesmith") is None


def test_engines_that_failed_have_no_part_in_the_ratio() -> None:
    engines = {
        "edgesmith": {"median_ms": 2.0, "min_ms": 1.0},
        "litert": {"error": "its answer differs"},
        "ort": {"median_ms": 1.0, "min_ms": 0.9},
        "ncnn": {"median_ms": 3.0, "min_ms": 0.8},
    }
    assert ratios(engines) == {"best_peer": "ort", "ratio": 0.5, "ratio_of_minima": 0.8}
    assert ratios({"edgesmith": {"median_ms": 2.0, "min_ms": 1.0}})["ratio"] is None
