"""Rounding weights together, and weights of few bits alone."""

from __future__ import annotations

import numpy as np
import pytest
from unit.quantization.test_methods import RUNS, network

import edgesmith as es
from edgesmith.ops import Builder
from edgesmith.quantization.light import LEVELS, group_steps, short, spread
from edgesmith.quantization.rounding import ROUNDINGS, loss, rows_of
from edgesmith.quantization.weights import is_layer
from edgesmith.types import DType


@pytest.mark.parametrize("rounding", ["gptq", "adaround"])
def test_rounding_together_loses_less(rounding: str) -> None:
    rng = np.random.default_rng(5)
    mix = rng.standard_normal((8, 40))  # inputs that depend on each other, as activations do
    x = (rng.standard_normal((500, 8)) @ mix + 0.3 * rng.standard_normal((500, 40))).astype(np.float32)
    weights = rng.standard_normal((12, 40)).astype(np.float32)
    matrix = x.T.astype(np.float64) @ x + np.eye(40)
    steps = spread(group_steps(weights, 20, np.diag(matrix)), 20, 40)
    losses = {}
    for name in ("nearest", rounding):
        whole = ROUNDINGS[name](weights, matrix, steps, LEVELS)
        assert np.abs(whole).max() <= LEVELS
        losses[name] = loss(weights, matrix, whole * steps)
    assert losses[rounding] < 0.5 * losses["nearest"]


def test_the_rows_of_a_layer_give_its_result() -> None:
    rng = np.random.default_rng(6)
    b = Builder("window")
    x = b.input("x", (1, 9, 8, 3), DType.F32)
    w = rng.standard_normal((5, 3, 2, 3)).astype(np.float32)
    window = {"strides": (2, 1), "dilations": (1, 2), "padding": ((1, 0), (2, 1))}
    b.output(b.add("conv2d", x, b.constant(w), **window), "y")
    given = rng.standard_normal((1, 9, 8, 3)).astype(np.float32)
    (node,) = b.graph.nodes
    wanted = es.load(b.graph)(given)
    found = rows_of(node, given) @ w.reshape(5, -1).T
    np.testing.assert_allclose(found.reshape(wanted.shape), wanted, atol=1e-4)


def test_short_steps_times_integers_are_half_floats() -> None:
    steps = short(np.geomspace(1e-3, 3, 100), 8)
    for whole in range(-LEVELS, LEVELS + 1):
        np.testing.assert_array_equal((whole * steps).astype(np.float16).astype(np.float64), whole * steps)
    assert (steps >= np.geomspace(1e-3, 3, 100)).all()
    assert (steps <= 1.01 * np.geomspace(1e-3, 3, 100)).all()


def layers(model: es.Model) -> list[np.ndarray]:
    return [node.input(1).data for node in model.graph().nodes if is_layer(node)]  # type: ignore[misc]


def test_light_weights_keep_float_activations_and_halve_the_file() -> None:
    source = es.load(network(low=0.5))
    noise = {}
    for scheme in ("weights8", "weights4", "f16", "bf16"):
        made = es.quantize(source, RUNS, scheme=scheme, measure_speed=False)
        assert {value.dtype for node in made.graph().nodes for value in node.outputs} == {DType.F32}
        noise[scheme] = made.report.measured["signal_to_noise_db"]["y"]
        if scheme == "weights4":
            first = layers(made)[0].reshape(16, 6)
            assert all(np.unique(row).size <= 2 * LEVELS + 1 for row in first)
        if scheme != "bf16":
            assert all((w.astype(np.float16) == w).all() for w in layers(made))
    assert noise["f16"] > noise["bf16"] > noise["weights4"]
    assert noise["weights8"] > noise["weights4"] > 10


def test_int8_weights_can_be_rounded_together() -> None:
    found = {}
    for rounding in ("nearest", "gptq", "adaround"):
        made = es.quantize(network(low=0.5), RUNS, rounding=rounding, measure_speed=False)
        found[rounding] = made.report.measured["signal_to_noise_db"]["y"]
        assert made.plan.rounding == rounding
    assert min(found.values()) > 20
    with pytest.raises(es.UsageError, match="no rounding 'up'"):
        es.quantize(network(), RUNS, rounding="up")
