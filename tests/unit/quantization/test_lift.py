"""Layers whose rounding costs boxes and pictures most: left in floats within a tenth of the work, or left alone."""

from __future__ import annotations

import numpy as np
import pytest

import edgesmith as es
from edgesmith.ir import Graph
from edgesmith.ops import Builder
from edgesmith.quantization.draft import Draft, noises, outputs_of
from edgesmith.quantization.lift import gives_numbers
from edgesmith.quantization.observe import observe
from edgesmith.quantization.plan import layers_of
from edgesmith.quantization.sensitivity import sensitivity
from edgesmith.types import DType

RNG = np.random.default_rng(5)
RUNS = [[RNG.standard_normal((1, 8, 8, 4)).astype(np.float32)] for _ in range(16)]


def network(flat: bool = False) -> Graph:
    """A first layer with a far channel that another takes away again, much work behind it, and two heads."""
    rng = np.random.default_rng(6)
    b = Builder("numbers")
    x = b.input("x", (1, 8, 8, 4), DType.F32)

    def layer(value: object, weights: np.ndarray, **attrs: object) -> object:
        return b.add("conv2d", value, b.constant(np.float32(weights[:, None, None, :])), **attrs)

    first = rng.standard_normal((4, 4))
    first[0] = first[1] + 40 * first[2]
    y = b.add("leaky_relu", layer(x, first), alpha=0.1)
    deep = y
    for _ in range(3):
        deep = layer(deep, rng.standard_normal((64, int(deep.shape[-1]))) / 8, lo=0.0)  # type: ignore[attr-defined]
    heads = [layer(y, rng.standard_normal((2, 4)) / [400, 1, 400, 1]), layer(deep, rng.standard_normal((2, 64)))]
    for name, head in zip(("near", "far"), heads, strict=True):
        b.output(b.add("reduce_mean", head, axes=(1, 2)) if flat else head, name)
    return b.graph


def test_the_noisiest_layers_stay_in_floats_within_a_tenth_of_the_work() -> None:
    made, strict = (es.quantize(network(), RUNS, measure_speed=False, lift=lift) for lift in (0.1, 0.0))
    facts = made.report.measured["lifted"]
    assert facts["layers"]
    assert 0 < facts["share"] <= 0.1
    assert facts["after_db"] > facts["before_db"] + 1
    assert "float" in made.plan.layers.values()
    assert any("left in floats, with what reads" in reason for reason in made.report.reasons)
    assert "lifted" not in strict.report.measured
    assert set(strict.plan.layers.values()) <= {"int8", "int16"}
    floats = es.load(network())
    wanted = [floats(*run) for run in RUNS]
    better, plain = (sum(noises(wanted, [model(*run) for run in RUNS])) for model in (made, strict))
    assert better < 0.8 * plain
    again = es.quantize(network(), RUNS, measure_speed=False, plan=made.plan)
    for one, other in zip(made(RUNS[0][0]), again(RUNS[0][0]), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_a_share_lies_between_nothing_and_everything(share: float) -> None:
    with pytest.raises(es.UsageError, match="lift is"):
        es.quantize(network(), RUNS, lift=share)


def test_scores_beside_each_other_are_no_numbers() -> None:
    assert gives_numbers(network())
    assert not gives_numbers(network(flat=True))


def test_an_output_that_ends_before_a_layer_does_not_count_for_it() -> None:
    graph = network()
    draft = Draft(graph, observe(graph, RUNS))
    wanted = outputs_of(graph, RUNS[:4])
    layers = layers_of(graph, draft.scales())
    found = sensitivity(draft, layers, graph.outputs, wanted, RUNS[:4], lambda *_: None)
    assert list(found) == list(layers)
    assert max(found.values()) < 1  # what is never computed would be all noise, or worse
