"""Channels levelled, ranges that look behind functions, and the end of a network: what each changes, and what not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import edgesmith as es
from edgesmith.exchange import write
from edgesmith.importers.source import noted
from edgesmith.ir import Graph
from edgesmith.ops import Builder
from edgesmith.quantization.draft import decibels, noise, outputs_of
from edgesmith.quantization.level import MOVING, level, noted_factors
from edgesmith.quantization.observe import Spread, observe
from edgesmith.quantization.ranges import mse
from edgesmith.quantization.tail import wide_end
from edgesmith.types import DType

RNG = np.random.default_rng(0)
RUNS = [[RNG.standard_normal((1, 8, 8, 6)).astype(np.float32)] for _ in range(24)]


def detector() -> Graph:
    """Rectified layers beside each other, shuffled and joined; a head whose boxes are 50 times its scores."""
    rng = np.random.default_rng(4)
    b = Builder("detector")
    x = b.input("x", (1, 8, 8, 6), DType.F32)

    def layer(value: object, count: int, depth: int, span: float) -> object:
        weights = rng.standard_normal((count, 1, 1, depth)) * np.geomspace(1, span, count)[:, None, None, None]
        bias = b.constant(np.full(count, 0.1, np.float32))
        return b.add("conv2d", value, b.constant(weights.astype(np.float32)), bias)

    a = b.add("leaky_relu", layer(x, 8, 6, 30), alpha=0.1)
    joined = b.add("concat", a, b.add("leaky_relu", layer(a, 8, 8, 0.05), alpha=0.1), axis=3)
    shuffled = b.add("reshape", joined, shape=(1, 8, 8, 2, 8))
    shuffled = b.add("reshape", b.add("transpose", shuffled, perm=(0, 1, 2, 4, 3)), shape=(1, 8, 8, 16))
    head = layer(shuffled, 12, 16, 0.02)
    b.output(b.add("slice", head, starts=(0, 0, 0, 0), sizes=(1, 8, 8, 6)), "boxes")
    b.output(b.add("slice", head, starts=(0, 0, 0, 6), sizes=(1, 8, 8, 6)), "scores")
    return b.graph


def test_levelling_changes_no_answer_and_says_what_it_multiplied() -> None:
    graph, source = detector(), detector()
    wanted, names = outputs_of(graph, RUNS), {value.name for node in graph.nodes for value in node.outputs}
    added = level(graph, observe(graph, RUNS), {}, 0.5)
    assert [node.op for node in added] == ["mul", "mul"]
    assert decibels(noise(wanted, outputs_of(graph, RUNS))) > 100
    noted = noted_factors(graph.metadata)
    assert set(noted) <= names
    before, after = observe(source, RUNS), observe(graph, RUNS)
    for value, spread in before.items():
        other = next(found for one, found in after.items() if one.name == value.name)
        if value.producer is not None and value.producer.op not in MOVING:
            assert other.high <= spread.high * (1 + 1e-5)  # no tensor's range grows
        factors = noted.get(value.name, np.ones(1)).reshape(-1)
        if factors.size == spread.highs.size:
            np.testing.assert_allclose(other.highs, spread.highs * factors, rtol=1e-4)


def test_places_that_share_a_weight_share_a_factor() -> None:
    """The decoder of a generator: what one layer makes as single numbers, the next reads as places of channels."""
    rng = np.random.default_rng(6)
    b = Builder("decoder")
    weights = rng.standard_normal((48, 5)) * np.geomspace(1, 30, 48)[:, None]
    made = b.add("fully_connected", b.input("z", (1, 5), DType.F32), b.constant(weights.astype(np.float32)))
    for shape in ((1, 4, 2, 6), (1, 2, 4, 6)):
        made = b.add("reshape", made, shape=shape)
        weights = rng.standard_normal((6, 1, 1, 6)) * np.geomspace(1, 9, 6)
        made = b.add("conv2d", made, b.constant(weights.astype(np.float32)))
    b.output(made, "y")
    runs = [[rng.standard_normal((1, 5)).astype(np.float32)] for _ in range(8)]
    wanted = outputs_of(b.graph, runs)
    level(b.graph, observe(b.graph, runs), {}, 0.5)
    assert noted_factors(b.graph.metadata)
    assert decibels(noise(wanted, outputs_of(b.graph, runs))) > 100


def test_metadata_of_strangers_is_passed_over() -> None:
    for told in (3, {"a": 1}, {"a": [[-1], "b"]}, {"a": [[2], "b"]}, {"a": [["2"], "bc"]}, {"a": [[1], "é"]}):
        assert noted_factors({"levelled": told}) == {}


def test_far_channels_of_one_result_keep_their_steps_and_verify_agrees() -> None:
    made = es.quantize(detector(), RUNS, measure_speed=False)
    assert made.plan.level > 0
    facts = next(facts for name, facts in made.report.measured.items() if name.startswith("levelling"))
    assert facts["after_db"] > facts["before_db"] + 1
    again = es.quantize(detector(), RUNS, measure_speed=False, plan=made.plan)
    for one, other in zip(made(RUNS[0][0]), again(RUNS[0][0]), strict=True):
        np.testing.assert_array_equal(one, other)
    found = es.compare(es.load(detector()), made, RUNS[:2])
    assert found.ok
    assert not [row.name for row in found.rows if row.bad]


@pytest.mark.parametrize("suffix", [".tflite", ".onnx"])
def test_factors_come_along_in_files_of_other_formats(tmp_path: Path, suffix: str) -> None:
    made = es.quantize(detector(), RUNS, measure_speed=False)
    assert made.plan.level > 0
    write(made, tmp_path / f"levelled{suffix}")
    found = es.compare(es.load(detector()), es.load(tmp_path / f"levelled{suffix}"), RUNS[:2])
    right = es.compare(es.load(detector()), made, RUNS[:2])
    assert not [row.layer for row in found.rows if row.bad]
    wanted = {row.layer: row.sqnr_db for row in right.rows}
    for row in found.rows:
        if row.op in ("conv2d", "leaky_relu", "concat") and row.layer in wanted:
            twice = 2 if suffix == ".tflite" else 0.1  # where a leaky ReLU's sums are rounded as well
            assert row.sqnr_db == pytest.approx(wanted[row.layer], abs=twice), row.layer


@pytest.mark.parametrize("text", ["", "[", "3", "[" * 100_000, b"\xff", memoryview(b"[]")])
def test_entries_of_strangers_are_passed_over(text: str | bytes | memoryview) -> None:
    assert noted(text) == {}


def test_a_range_looks_behind_the_function_that_reads_it() -> None:
    numbers = RNG.standard_normal(100_000).astype(np.float32)
    spread = Spread.of(numbers[:, None], "numbers")
    low, high = mse(spread, lambda x: np.where(x > 0, x, 0.05 * x))
    plain = mse(spread)
    assert low > 0.75 * plain[0]
    assert high > 0.8 * plain[1]


def test_scores_end_in_int16_where_that_costs_next_to_nothing() -> None:
    b = Builder("classifier")
    x = b.input("x", (1, 8, 8, 6), DType.F32)
    wide = b.add(
        "conv2d", x, b.constant(RNG.standard_normal((64, 3, 3, 6)).astype(np.float32)), padding=((1, 1), (1, 1))
    )
    mean = b.add("reduce_mean", wide, axes=(1, 2))
    scores = b.add("fully_connected", mean, b.constant(RNG.standard_normal((10, 64)).astype(np.float32)))
    b.output(b.add("softmax", scores, axis=-1), "y")
    kinds = {node: None if node.op == "softmax" else DType.I8 for node in b.graph.nodes}
    assert [node.op for node in wide_end(b.graph, kinds)] == ["fully_connected"]  # the mean reads 2 % as many numbers
    made = es.quantize(b.graph, RUNS, measure_speed=False)
    assert made.plan.layers["fully_connected"] == "int16"
    assert any("int16" in reason for reason in made.report.reasons)
    plain = es.quantize(b.graph, RUNS, measure_speed=False, float_end=False)
    assert set(plain.plan.layers.values()) == {"int8"}
