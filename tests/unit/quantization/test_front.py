"""What makes levels of a signal stays in floats, since 256 equal steps hold no spectrum; scores do not."""

from __future__ import annotations

import numpy as np

from edgesmith.ir import Graph
from edgesmith.ops import Builder, interpret
from edgesmith.quantization import quantize
from edgesmith.types import DType

RNG = np.random.default_rng(3)
# From loud to forty thousand times softer, as sound is.
SOUNDS = [[(RNG.standard_normal((1, 64)) * 10.0**-exponent).astype(np.float32)] for exponent in np.linspace(0, 4.6, 8)]


def levels(biased: bool) -> Graph:
    """Filters, powers, a logarithm, and a layer that reads it; or a layer with a bias in place of the filters."""
    b = Builder("levels")
    w = b.constant(RNG.standard_normal((16, 64)).astype(np.float32))
    bias = (b.constant(np.ones(16, np.float32)),) if biased else ()
    y = b.add("fully_connected", b.input("samples", (1, 64), DType.F32), w, *bias)
    y = b.add("clip", b.add("mul", y, y), lo=1e-9, hi=1e9)
    w = b.constant(RNG.standard_normal((4, 16)).astype(np.float32))
    b.output(b.add("fully_connected", b.add("log", y), w, b.constant(np.zeros(4, np.float32))), "y")
    return b.graph


def kinds(biased: bool) -> list[str]:
    plan = quantize(levels(biased), SOUNDS, measure_speed=False).plan
    return list(plan.layers.values())


def test_a_spectrum_stays_in_floats_and_the_network_behind_it_does_not() -> None:
    graph = levels(biased=False)
    model = quantize(graph, SOUNDS, measure_speed=False)
    assert list(model.plan.layers.values()) == ["float"] * 4 + ["int8"]
    assert "make levels of a signal" in str(model.report)
    wanted = [interpret(graph, run)[0] for run in SOUNDS]
    got = [model(*run) for run in SOUNDS]
    np.testing.assert_allclose(got, wanted, atol=0.03 * np.abs(wanted).max())


def test_a_logarithm_behind_trained_layers_is_left_to_its_range() -> None:
    assert set(kinds(biased=True)) == {"int8"}
