"""SmoothQuant on a block with outlying channels: the same floats, better integers."""

from __future__ import annotations

import numpy as np
import pytest

import edgesmith as es
from edgesmith.ir import Graph
from edgesmith.ops import Builder
from edgesmith.quantization.draft import Draft, decibels, noise, outputs_of
from edgesmith.quantization.observe import observe
from edgesmith.quantization.smooth import sites, smooth
from edgesmith.types import DType

RUNS = [[np.random.default_rng(seed).standard_normal((12, 24)).astype(np.float32)] for seed in range(6)]


def block(residual: bool) -> Graph:
    """A normalization with two channels a hundred times the others', and two layers that read it."""
    rng = np.random.default_rng(3)
    b = Builder("block")
    x = b.input("x", (12, 24), DType.F32)
    scale = np.ones(24, np.float32)
    scale[[4, 17]] = 100
    norm = b.add("layer_norm", x, b.constant(scale), b.constant(np.zeros(24, np.float32)))
    weights = rng.standard_normal((24, 24)).astype(np.float32)
    weights[:, [4, 17]] /= 100
    bias = b.constant(np.zeros(24, np.float32))
    one = b.add("fully_connected", norm, b.constant(weights), bias, lo=0.0)
    other = b.add("fully_connected", norm, b.constant(weights[::-1].copy()), bias)
    b.output(b.add("mul", one, other), "y")
    if residual:
        b.output(norm, "normed")
    return b.graph


@pytest.mark.parametrize("residual", [False, True])
def test_outlying_channels_go_into_weights(residual: bool) -> None:
    graph = block(residual)
    assert len(sites(graph)) == 1
    wanted = outputs_of(graph, RUNS)
    draft = Draft(graph, observe(graph, RUNS)).branch()
    smooth(draft, 0.5)
    assert decibels(noise(wanted, outputs_of(draft.graph, RUNS))) > 90
    plain = es.quantize(graph, RUNS, smooth=0, measure_speed=False)
    made = es.quantize(graph, RUNS, measure_speed=False)
    assert made.plan.smooth > 0
    db = [each.report.measured["signal_to_noise_db"]["y"] for each in (plain, made)]
    assert db[1] > db[0] + 4
    again = es.quantize(graph, RUNS, plan=made.plan, measure_speed=False)
    for one, other in zip(np.atleast_1d(again(*RUNS[0])), np.atleast_1d(made(*RUNS[0])), strict=True):
        np.testing.assert_array_equal(one, other)
