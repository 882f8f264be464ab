"""Plans: written, read, edited, refused; and the search for one within an allowed drop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from unit.quantization.test_methods import RUNS, network

import edgesmith as es
from edgesmith.ops import Builder
from edgesmith.quantization.budget import Search
from edgesmith.quantization.draft import Draft
from edgesmith.quantization.metrics import Judge
from edgesmith.quantization.observe import observe
from edgesmith.quantization.plan import layers_of
from edgesmith.quantization.sensitivity import sensitivity
from edgesmith.types import DType

QUIET = {"measure_speed": False}


def kinds(model: es.Model) -> set[DType]:
    return {value.dtype for node in model.graph().nodes for value in node.outputs}


def test_a_plan_is_read_as_it_was_written_and_decides_the_same(tmp_path: Path) -> None:
    made = es.quantize(network(), RUNS, per_channel=False, measure_speed=False)
    made.plan.save(tmp_path / "plan.toml")
    plan = es.Plan.read(tmp_path / "plan.toml")
    assert plan == made.plan
    again = es.quantize(network(), RUNS, plan=plan, measure_speed=False)
    for run in RUNS[:3]:
        np.testing.assert_array_equal(again(*run), made(*run))


def test_layers_are_computed_as_the_plan_says() -> None:
    first = es.quantize(network(), RUNS, method="minmax", measure_speed=False)
    names = list(first.plan.layers)
    assert names == ["conv2d", "depthwise_conv2d", "conv2d.1"]
    first.plan.layers["depthwise_conv2d"] = "int16"
    first.plan.layers["conv2d.1"] = "float"
    mixed = es.quantize(network(), RUNS, plan=first.plan, measure_speed=False)
    assert kinds(mixed) == {DType.I8, DType.I16, DType.F32}
    assert [node.outputs[0].dtype for node in mixed.graph().nodes if "conv" in node.op] == [
        DType.I8,
        DType.I16,
        DType.F32,
    ]
    wide = es.quantize(network(), RUNS, scheme="int16x8", measure_speed=False)
    assert kinds(wide) == {DType.I16, DType.F32}
    db = [made.report.measured["signal_to_noise_db"]["y"] for made in (first, wide)]
    assert db[1] > db[0]
    for made in (mixed, wide):
        wanted = es.load(network())(*RUNS[0])
        assert np.abs(made(*RUNS[0]) - wanted).max() < 0.1 * np.abs(wanted).max()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('methd = "mse"', "Did you mean 'method'"),
        ('method = "best"', "method is 'best'; expected one of minmax"),
        ("per_channel = 3", "per_channel is 3; expected true or false"),
        ("level = nan", "level is nan; expected a number from 0 to 1"),
        ("smooth = true", "smooth is True; expected a number"),
        ("bits = 3", "bits is 3; expected one of 4, 8, 16"),
        ('[layers]\nconv2d = ["int8"]', "layer 'conv2d' is .'int8'.; expected one of int8"),
        ('[layers]\nconv2d = "int9"', "layer 'conv2d' is 'int9'"),
        ("= 3", "not a plan"),
        ('[layers]\nconv2e = "int8"', "a layer 'conv2e', which model does not have. Did you mean 'conv2d'"),
    ],
)
def test_a_wrong_plan_is_refused(text: str, word: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(text)
    with pytest.raises(es.UsageError, match=word):
        es.quantize(network(), RUNS, plan=es.Plan.read(path), measure_speed=False)


def labels(model: es.Model) -> list[int]:
    return [int(model(*run).argmax()) for run in RUNS]


def test_the_allowed_drop_is_kept_by_lifting_the_layers_that_cost_most() -> None:
    source = es.load(network(low=0.002))
    bad = {"per_channel": False, "equalize": False, "correct_bias": False, "method": "minmax", "measure_speed": False}
    naive = es.quantize(source, RUNS, **bad)  # type: ignore[arg-type]
    wanted = [source(*run).reshape(-1) for run in RUNS]

    def cosine(model: es.Model) -> float:
        found = [model(*run).reshape(-1) for run in RUNS]
        return float(
            np.mean([a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in zip(wanted, found, strict=True)])
        )

    assert cosine(naive) < 0.99
    made = es.quantize(source, RUNS, max_drop=0.002, metric="cosine", **bad)  # type: ignore[arg-type]
    assert cosine(made) >= 0.998
    assert made.report.measured["budget"]["lifted"]
    assert {"int8"} < set(made.plan.layers.values())
    again = es.quantize(source, RUNS, plan=made.plan, measure_speed=False)
    np.testing.assert_array_equal(again(*RUNS[0]), made(*RUNS[0]))


def test_labels_decide_what_is_right_and_must_fit() -> None:
    source = es.load(network())
    made = es.quantize(source, RUNS, max_drop=0.0, labels=labels(source), measure_speed=False)
    assert made.report.measured["budget"]["float"] <= 1
    with pytest.raises(es.UsageError, match="3 labels for 12 batches"):
        es.quantize(source, RUNS, max_drop=0.0, labels=[1, 2, 3])
    with pytest.raises(es.UsageError, match="no metric 'top2'"):
        es.quantize(source, RUNS, max_drop=0.0, metric="top2")
    with pytest.raises(es.UsageError, match="max_drop is 3"):
        es.quantize(source, RUNS, max_drop=3)
    with pytest.raises(es.UsageError, match="label 2 is 1000000; expected a class from 0 to"):
        es.quantize(source, RUNS, max_drop=0.0, labels=[0, 10**6, *[0] * (len(RUNS) - 2)])
    with pytest.raises(es.UsageError, match="nothing for max_drop to choose"):
        es.quantize(source, RUNS, max_drop=0.0, scheme="weights4")
    with pytest.raises(es.UsageError, match="computes with integers already"):
        es.quantize(made, RUNS)


def _exact(outputs: list[list[np.ndarray]], labels: list[np.ndarray]) -> float:
    """A metric that nothing but floats satisfies."""
    return min(float(np.abs(found[0] - right).max() < 1e-4) for found, right in zip(outputs, labels, strict=True))


@pytest.mark.parametrize("scheme", ["int8", "int16x8"])
def test_no_drop_is_small_enough_to_be_out_of_reach(scheme: str) -> None:
    """All layers can be lifted: those in int16 as well, and what moves the input comes along."""
    rng = np.random.default_rng(3)
    b = Builder("channels first")
    made = b.add("transpose", b.input("x", (1, 6, 5, 5), DType.F32), perm=(0, 2, 3, 1))
    for shape in ((8, 3, 3, 6), (8, 3, 3, 8)):
        weights = b.constant(rng.standard_normal(shape).astype(np.float32))
        made = b.add("relu", b.add("conv2d", made, weights, padding=((1, 1), (1, 1))))
    made = b.add("reduce_mean", made, axes=(1, 2), keepdims=False)
    b.output(b.add("fully_connected", made, b.constant(rng.standard_normal((4, 8)).astype(np.float32))), "y")
    runs = [[rng.standard_normal((1, 6, 5, 5)).astype(np.float32)] for _ in range(4)]
    right = [es.load(b.graph.copy())(*run) for run in runs]
    wide = es.quantize(b.graph.copy(), runs, scheme="int16x8", measure_speed=False)
    assert DType.I8 not in kinds(wide)
    made = es.quantize(
        b.graph.copy(), runs, scheme=scheme, metric=_exact, labels=right, max_drop=0.0, measure_speed=False
    )
    assert made.report.measured["budget"]["result"] == 1


def test_ctrl_c_gives_the_best_plan_so_far() -> None:
    graph = network(low=0.002)
    draft = Draft(graph, observe(graph, RUNS), per_channel=False)
    layers = layers_of(graph, draft.scales())
    floats = [[es.load(graph)(*run)] for run in RUNS]
    judge = Judge("cosine", RUNS, None, floats)

    def stop(what: str, done: int, whole: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    search = Search(draft, layers, list(layers), judge, 2.0, stop)
    best = search.run(None)
    assert search.interrupted
    assert search.tries == 3
    assert 0 < best.score <= 1


@pytest.mark.parametrize("when", ["measuring layers", "searching a plan"])
def test_ctrl_c_at_any_time_gives_a_model_and_its_plan(when: str, tmp_path: Path) -> None:
    def stop(what: str, done: int, whole: int) -> None:
        if what == when and done == 2:
            raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="interrupted"):
        made = es.quantize(
            network(low=0.002), RUNS, per_channel=False, metric=_never, max_drop=0.0, progress=stop, measure_speed=False
        )
    assert made.report.measured["budget"]["interrupted"]
    made.plan.save(tmp_path / "plan.toml")
    again = es.quantize(network(low=0.002), RUNS, plan=es.Plan.read(tmp_path / "plan.toml"), measure_speed=False)
    np.testing.assert_array_equal(made(RUNS[0][0]), again(RUNS[0][0]))


def _never(outputs: object, labels: object) -> float:
    """A metric that floats alone satisfy, since it is taken of them first."""
    _never.calls = getattr(_never, "calls", 0) + 1  # type: ignore[attr-defined]
    return 1.0 / _never.calls  # type: ignore[attr-defined]


def test_each_layer_is_measured_alone() -> None:
    graph = network(low=0.002)
    draft = Draft(graph, observe(graph, RUNS), per_channel=False)
    layers = layers_of(graph, draft.scales())
    wanted = [[es.load(graph)(*run)] for run in RUNS[:4]]
    found = sensitivity(draft, layers, graph.outputs, wanted, RUNS[:4], lambda *_: None)
    assert list(found) == list(layers)
    for name, node in layers.items():  # the same, computed whole
        other = Draft(graph, draft.spreads, per_channel=False)
        other.kinds = {each: DType.I8 if each is node else None for each in layers.values()}
        made = es.load(other.build())
        error = sum(float(np.square(made(*run) - right[0]).sum()) for run, right in zip(RUNS, wanted, strict=False))
        signal = sum(float(np.square(right[0]).sum()) for right in wanted)
        assert found[name] == pytest.approx(error / signal, rel=0.05)
