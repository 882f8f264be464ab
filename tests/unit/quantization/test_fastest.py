"""What is fastest, by a clock that the test sets: which layers stay in floats, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from unit.quantization.test_methods import RUNS, network

import edgesmith as es
from edgesmith.ir import Graph, Node
from edgesmith.ops import Builder
from edgesmith.quantization.budget import followers, readers
from edgesmith.quantization.draft import Draft
from edgesmith.quantization.fastest import Fastest
from edgesmith.quantization.observe import Run, observe
from edgesmith.quantization.plan import layers_of
from edgesmith.quantization.speed import Clock, Times
from edgesmith.types import DType

NAMES = ["conv2d", "depthwise_conv2d", "conv2d.1"]
Costs = dict[str, tuple[float, float]]  # of a layer in integers, and in floats


def clock(costs: Costs, conversion: float) -> Clock:
    """Time passes as a table says, and for every conversion between integers and floats."""

    def time(node: Node) -> float:
        if node.op in ("quantize", "dequantize", "requantize"):
            return conversion
        return costs.get(node.label, (1.0, 1.0))[node.outputs[0].dtype.is_float]

    def race(graphs: Sequence[Graph], run: Run) -> list[Times]:
        found: list[Times] = []
        for graph in graphs:
            sums: Times = {}
            for node in graph.nodes:
                sums[node.label] = sums.get(node.label, 0.0) + time(node)
            found.append(sums)
        return found

    return Clock("us", "in this test", race)


@pytest.fixture
def quantized(monkeypatch: pytest.MonkeyPatch) -> Callable[..., es.Quantized]:
    def made(costs: Costs, conversion: float = 5.0, **options: object) -> es.Quantized:
        monkeypatch.setattr("edgesmith.quantization.post_training.MACHINE", clock(costs, conversion))
        return es.quantize(network(), RUNS, **{"fastest": True, **options})  # type: ignore[arg-type]

    return made


def test_a_layer_that_integers_do_not_pay_for_stays_in_floats(
    quantized: Callable[..., es.Quantized], tmp_path: Path
) -> None:
    made = quantized(
        {"conv2d": (10, 50), "depthwise_conv2d": (100, 10), "conv2d.1": (10, 50)}, method="minmax", correct_bias=True
    )
    assert made.plan.layers == {"conv2d": "int8", "depthwise_conv2d": "float", "conv2d.1": "int8"}
    types = [node.outputs[0].dtype for node in made.graph().nodes if "conv" in node.op]
    assert types == [DType.I8, DType.F32, DType.I8]
    why = (
        "integers took 100 us, floats 10.0 us; "
        "left in floats: the whole takes 50.0 us with it in floats, 130 us without"
    )
    assert made.plan.why["depthwise_conv2d"] == why
    rows = {row["layer"]: row for row in made.report.layers}
    assert (rows["depthwise_conv2d"]["why"], rows["depthwise_conv2d"]["pays"]) == (why, False)
    assert rows["conv2d"]["why"] == "int8 takes 10.0 us, floats 50.0 us"
    assert "left in floats, since the whole is faster so in this test: 'depthwise_conv2d'" in made.report.reasons
    assert made.report.measured["us"] == 50
    made.plan.save(tmp_path / "plan.toml")
    assert f"# {why}\n" in (tmp_path / "plan.toml").read_text()
    again = es.quantize(network(), RUNS, plan=es.Plan.read(tmp_path / "plan.toml"), measure_speed=False)
    np.testing.assert_array_equal(again(*RUNS[0]), made(*RUNS[0]))  # biases that no weights are rounded for and all


def test_conversions_may_eat_what_floats_would_gain(quantized: Callable[..., es.Quantized]) -> None:
    made = quantized({"conv2d": (10, 500), "depthwise_conv2d": (100, 10), "conv2d.1": (10, 500)}, conversion=60)
    assert set(made.plan.layers.values()) == {"int8"}
    assert made.plan.why["depthwise_conv2d"].endswith(
        "kept in integers: the whole takes 270 us with it in floats, 240 us without"
    )
    assert "no layer is left in floats: none of 1 makes the whole faster so in this test" in made.report.reasons
    assert any(text.startswith("integers do not pay in 1 of 3 layers") for text in made.report.reasons)


def test_only_what_gains_stays_in_floats_of_those_that_are_slow() -> None:
    graph = network()
    draft = Draft(graph, observe(graph, RUNS))
    plain = clock({"conv2d": (30, 5), "depthwise_conv2d": (20, 100), "conv2d.1": (18, 16)}, 5)

    def crowded(graphs: Sequence[Graph], run: Run) -> list[Times]:
        """Both convolutions in floats push each other out of a cache, which costs more than the second gains."""
        found = plain.race(graphs, run)
        for made, sums in zip(graphs, found, strict=True):
            types = {node.label: node.outputs[0].dtype for node in made.nodes}
            if types["conv2d"] is types["conv2d.1"] is DType.F32 is not types["depthwise_conv2d"]:
                sums["memory"] = 3.0
        return found

    found = Fastest(draft, graph, Clock("us", "here", crowded), RUNS[0], lambda made: True, lambda *_: None)
    found.search()
    assert found.floats == {"conv2d"}
    assert found.reasons["conv2d"].endswith(
        "left in floats: the whole takes 54.0 us with it in floats, 76.0 us without"
    )
    assert found.reasons["conv2d.1"].endswith("the whole takes 54.0 us with it in floats, 53.0 us without")
    assert "kept in integers" in found.reasons["conv2d.1"]


def test_a_model_that_integers_do_not_pay_for_stays_as_it_is(quantized: Callable[..., es.Quantized]) -> None:
    made = quantized(dict.fromkeys(NAMES, (21.0, 20.0)), conversion=5)  # each too close to call, conversions on top
    assert set(made.plan.layers.values()) == {"float"}
    assert {node.outputs[0].dtype for node in made.graph().nodes} == {DType.F32}
    assert not made.report.warnings
    with pytest.warns(UserWarning, match="slower than its source in this test: 73.0 us a run instead of 60"):
        quantized(dict.fromkeys(NAMES, (21.0, 20.0)), conversion=5, fastest=False)


def test_nothing_is_switched_at_the_cost_of_an_allowed_drop() -> None:
    graph = network()
    draft = Draft(graph, observe(graph, RUNS))
    found = Fastest(draft, graph, clock({"conv2d.1": (90, 1)}, 1), RUNS[0], lambda made: False, lambda *_: None)
    found.search()
    assert not found.floats
    assert "below what is allowed" in found.reasons["conv2d.1"]
    assert draft.kinds == dict.fromkeys(draft.kinds, DType.I8)


def test_ctrl_c_keeps_what_was_found_so_far() -> None:
    graph = network()
    draft = Draft(graph, observe(graph, RUNS))

    def stop(what: str, done: int, whole: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    costs = {"conv2d": (30.0, 5.0), "conv2d.1": (18.0, 6.0)}
    found = Fastest(draft, graph, clock(costs, 1), RUNS[0], lambda made: True, stop)
    found.search()
    assert found.interrupted
    assert found.floats == {"conv2d", "conv2d.1"}
    kinds = {name: draft.kinds.get(node, DType.I8) for name, node in layers_of(graph, draft.scales()).items()}
    assert kinds == {"conv2d": None, "depthwise_conv2d": DType.I8, "conv2d.1": None}


def test_what_moves_a_result_goes_with_its_layer() -> None:
    b = Builder("moved")
    x = b.input("x", (1, 4, 4, 2), DType.F32)
    weights = b.constant(np.random.default_rng(2).standard_normal((3, 1, 1, 2)).astype(np.float32))
    first = b.add("conv2d", x, weights)
    b.output(b.add("relu", b.add("transpose", first, perm=(0, 2, 1, 3))), "y")
    runs = [[np.random.default_rng(5).standard_normal((1, 4, 4, 2)).astype(np.float32)]]
    draft = Draft(b.graph, observe(b.graph, runs))
    layers = layers_of(b.graph, draft.scales())
    assert [node.op for node in followers(b.graph, layers)["conv2d"]] == ["transpose"]
    assert [node.op for node in readers(b.graph, layers)["conv2d"]] == ["relu"]
    found = Fastest(draft, b.graph, clock({"transpose": (90, 1)}, 1), runs[0], lambda made: True, lambda *_: None)
    found.search()
    assert "conv2d" in found.floats
    assert found.reasons["conv2d"].startswith("integers took 91.0 us, floats 2.0 us with what only moves the result")


@pytest.mark.parametrize("target", ["cortex-m0+", "cortex-m4", "cortex-m55", "rv32imc"])
def test_what_pays_on_a_chip_is_counted_there(target: str) -> None:
    made = es.quantize(network(), RUNS, target=target, fastest=True)
    rows = {row["layer"]: row for row in made.report.layers}
    assert set(NAMES) - set(made.plan.layers) == set()
    counted = [name for name in NAMES if made.plan.layers[name] == "int8"]
    assert counted
    for name in counted:
        assert 0 < rows[name]["instructions"] < rows[name]["float_instructions"]
        assert made.plan.why[name].startswith("int8 takes ")
    assert made.report.measured["instructions"] == sum(row["instructions"] for row in rows.values())
    assert "floats pay in none of them" in made.report.reasons
    assert any(f"that was counted on {target}, so none is left in floats" in text for text in made.report.reasons)


def test_a_chip_that_was_never_measured_is_not_guessed_at() -> None:
    made = es.quantize(network(), RUNS, target="c99", fastest=True)
    assert "what pays on c99 is not known: none of the kernels was measured there" in made.report.reasons
    assert not made.report.layers


def test_a_model_that_a_chip_cannot_run_is_said_to_be_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(graphs: Sequence[Graph], run: Run) -> list[Times]:
        raise es.ModelError("there is no kernel for 'far'")

    clock = Clock("instructions", "on a chip", refuse, exact=True)
    monkeypatch.setattr("edgesmith.quantization.post_training.chip", lambda target: clock)
    with pytest.warns(UserWarning, match="not known: there is no kernel for 'far'"):
        made = es.quantize(network(), RUNS, target="a chip", fastest=True)
    assert set(made.plan.layers.values()) == {"int8"}
    assert len(made.report.warnings) == 2


def test_words_that_are_not_known_are_refused() -> None:
    with pytest.raises(es.UsageError, match="no target 'cortex-m5'"):
        es.quantize(network(), RUNS, target="cortex-m5")
    with pytest.raises(es.UsageError, match="nothing for fastest to choose"):
        es.quantize(network(), RUNS, scheme="weights8", fastest=True)
