"""Ranges from histograms, equalization and bias correction, each on numbers whose answer is known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import edgesmith as es
from edgesmith.ir import Graph
from edgesmith.ops import Builder
from edgesmith.quantization.correct import correct_biases
from edgesmith.quantization.draft import Draft, decibels, noise, outputs_of
from edgesmith.quantization.equalize import equalize, pairs
from edgesmith.quantization.histogram import Histogram
from edgesmith.quantization.observe import Spread, observe
from edgesmith.quantization.ranges import METHODS
from edgesmith.quantization.samples import Reservoir
from edgesmith.quantization.weights import array_of, is_layer
from edgesmith.types import DType

RNG = np.random.default_rng(0)
RUNS = [[RNG.standard_normal((1, 9, 9, 6)).astype(np.float32)] for _ in range(12)]


def network(ceiling: float = 6.0, low: float = 0.02) -> Graph:
    """Pointwise, depthwise, pointwise, with channels of very different ranges, one of them dead."""
    rng = np.random.default_rng(4)
    b = Builder("unequal")
    x = b.input("x", (1, 9, 9, 6), DType.F32)
    span = np.geomspace(low, 4, 16).astype(np.float32)
    first = rng.standard_normal((16, 1, 1, 6)).astype(np.float32) * span[:, None, None, None]
    first[3] = 0
    bias = (0.1 * rng.standard_normal(16) * span).astype(np.float32)
    bias[3] = -0.5
    clamp = {"lo": 0.0, "hi": ceiling}
    a = b.add("conv2d", x, b.constant(first), b.constant(bias), **clamp)
    middle = (rng.standard_normal((3, 3, 16)) / span[::-1]).astype(np.float32)
    middle[..., 3] = 500
    d = b.add(
        "depthwise_conv2d", a, b.constant(middle), b.constant(bias[::-1].copy()), padding=((1, 1), (1, 1)), **clamp
    )
    last = rng.standard_normal((5, 1, 1, 16)).astype(np.float32)
    b.output(b.add("conv2d", d, b.constant(last), b.constant(np.zeros(5, np.float32))), "y")
    return b.graph


def test_a_histogram_grows_and_forgets_nothing() -> None:
    seen = Histogram()
    parts = [RNG.standard_normal(1000).astype(np.float32) * 10.0**power for power in (-9, -2, 0, 3)]
    for part in parts:
        seen.add(part)
    middles, counts = seen.occupied()
    assert counts.sum() == 4000
    numbers = np.concatenate(parts).astype(np.float64)
    assert np.abs(middles).max() == pytest.approx(np.abs(numbers).max(), abs=seen.width)
    assert middles @ counts == pytest.approx(numbers.sum(), abs=4000 * seen.width)
    joined, other = Histogram(), Histogram()
    joined.add(parts[0])
    other.add(np.concatenate(parts[1:]))
    joined.join(other)
    assert joined.exponent == seen.exponent
    assert joined.counts.sum() == 4000


def test_methods_leave_out_what_is_alone() -> None:
    numbers = np.abs(RNG.standard_normal(200_000)).astype(np.float32)
    numbers[7] = 100
    spread = Spread()
    for part in np.split(numbers, 50):
        spread.include(part.reshape(-1, 1), "numbers")
    found = {name: method(spread) for name, method in METHODS.items()}
    assert found["minmax"] == (numbers.min(), 100)
    for name in ("percentile", "mse", "kl"):
        low, high = found[name]
        assert 0 <= low < 0.1
        assert 2 < high < 90, name
    with pytest.raises(es.UsageError, match="Did you mean 'percentile'"):
        es.quantize(network(), RUNS, method="percentil")


def test_mse_finds_the_least_error() -> None:
    numbers = RNG.standard_t(3, size=100_000).astype(np.float32)
    spread = Spread.of(numbers[:, None], "numbers")

    def error(low: float, high: float) -> float:
        step = (high - low) / 255
        return float(np.square(numbers - np.clip(np.rint(numbers / step) * step, low, high)).sum())

    best = error(*METHODS["mse"](spread))
    assert best < 0.9 * error(*METHODS["minmax"](spread))
    assert best < 1.05 * min(error(-most, most) for most in np.geomspace(2, 100, 60))


def test_equalization_changes_no_answer_and_balances_ranges() -> None:
    graph = network()
    spreads = observe(graph, RUNS)
    wanted = outputs_of(graph, RUNS)
    assert len(pairs(graph)) == 2
    assert equalize(graph, spreads) == 2
    assert decibels(noise(wanted, outputs_of(graph, RUNS))) > 90
    ratios = []
    for node in filter(is_layer, graph.nodes[:1]):
        ranges = np.abs(array_of(node)).max(axis=(1, 2, 3))
        ratios.append(ranges.max() / np.median(ranges))
    assert max(ratios) < 12  # 45 before


def test_one_scale_for_all_weights_is_cured(figure: object) -> None:
    found = {}
    for name, choice in {"naive": {"equalize": False, "correct_bias": False}, "default": {}}.items():
        made = es.quantize(network(), RUNS, per_channel=False, measure_speed=False, **choice)  # type: ignore[arg-type]
        found[name] = made.report.measured["signal_to_noise_db"]["y"]
    assert found["default"] > found["naive"] + 6
    assert made.plan.equalize


def test_biases_take_the_mean_error() -> None:
    graph = network(low=0.5)
    draft = Draft(graph, observe(graph, RUNS), per_channel=False)
    wanted = outputs_of(graph, RUNS)
    draft = draft.branch()
    before = noise(wanted, outputs_of(draft.build(), RUNS))
    assert correct_biases(draft, RUNS) > 0
    assert noise(wanted, outputs_of(draft.build(), RUNS)) < before


def test_what_is_kept_is_bounded_and_fair() -> None:
    kept = Reservoir(10, 1 << 20)
    alive = 0

    def runs() -> Iterator[list[np.ndarray]]:
        nonlocal alive
        for number in range(1000):
            alive += 1
            yield [np.full((4,), number, np.float32)]

    assert sum(1 for _ in kept.through(runs())) == alive == 1000
    found, places = kept.ordered()
    assert len(found) == 10
    assert places == sorted(places) == [int(run[0][0]) for run in found]
    assert max(places) > 500
    small = Reservoir(10, 40)
    list(small.through(runs()))
    assert len(small.runs) == 2
