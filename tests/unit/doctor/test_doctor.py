"""Each known killer is put into a healthy model, and must be found, blamed on the right layer, and cured on paper."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import edgesmith as es
from edgesmith.cli import main
from edgesmith.doctor import Diagnosis
from edgesmith.ir import Graph
from edgesmith.ops import Builder
from edgesmith.ops.quantized import dequantize_array, quantize_array
from edgesmith.types import DType, Quantization
from edgesmith.verify.subject import Subject

Batches = list[list[np.ndarray]]


@pytest.fixture(scope="module")
def source() -> es.Model:
    return es.load("zoo:ds_cnn_kws")


@pytest.fixture(scope="module")
def data(source: es.Model) -> Batches:
    rng = np.random.default_rng(0)
    shape = tuple(int(dim) for dim in source.inputs[0].shape or ())
    return [[rng.uniform(-1, 1, shape).astype(np.float32)] for _ in range(4)]


@pytest.fixture(scope="module")
def healthy(source: es.Model, data: Batches) -> Graph:
    return es.quantize(source, data).graph()


@pytest.fixture(autouse=True)
def even_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """A timing is never a test's condition."""
    monkeypatch.setattr(Subject, "times", lambda self, runs=20: {layer.value: 1.0 for layer in self.layers})


def kinds(found: Diagnosis, *levels: str) -> set[str]:
    return {finding.kind for finding in found.findings if finding.level in (levels or ("bad", "warning"))}


def test_a_healthy_model_is_blessed(source: es.Model, healthy: Graph, data: Batches) -> None:
    for given in (source, None):
        found = es.examine(healthy.copy(), data, source=given)
        assert found.blessed, [str(finding) for finding in found.findings]
        assert not kinds(found) - {"slower"}  # it has two steps more
        assert found.output_db is not None
        assert not found.remedies or found.output_db < 30
        assert found.output_db > 20


def test_a_float_model_is_quantized_to_see_what_would_go_wrong(source: es.Model, data: Batches) -> None:
    found = es.examine(source, data)
    assert found.quantized_here
    assert found.samples == len(data)


def test_an_output_that_has_collapsed_is_never_blessed(source: es.Model, healthy: Graph, data: Batches) -> None:
    graph = healthy.copy()
    last = next(node for node in reversed(graph.nodes) if node.op == "fully_connected")
    weights = last.input(1)
    assert weights.data is not None
    weights.data = np.zeros_like(weights.data)
    found = es.examine(graph, data, source=source)
    assert found.collapsed
    assert not found.blessed


def test_one_scale_for_all_channels_of_a_depthwise_layer(source: es.Model, data: Batches) -> None:
    skewed = source.graph().copy()
    layer = [node for node in skewed.nodes if node.op == "depthwise_conv2d"][3]
    weights = layer.input(1)
    assert weights.data is not None
    weights.data = weights.data * np.geomspace(0.02, 5, weights.shape[2]).astype(np.float32)[None, None]
    floats = es.load(skewed)
    graph = es.quantize(floats, data).graph()
    node = [node for node in graph.nodes if node.op == "depthwise_conv2d"][3]
    held = node.input(1)
    assert held.data is not None
    assert held.quant is not None
    real = dequantize_array(held.data, held.quant)
    whole = Quantization.make(np.abs(real).max() / 127)
    bias = node.input(2)
    assert bias.data is not None
    bias.data = np.rint(bias.data * (held.quant.scale / whole.scale)).astype(np.int32)
    held.data, held.quant = quantize_array(real, whole, DType.I8), whole
    found = es.examine(graph, data, source=floats)
    told = [finding for finding in found.findings if finding.kind == "per-tensor weights"]
    assert len(told) == 1
    assert told[0].level == "bad"
    assert told[0].before is not None
    assert told[0].after is not None
    assert told[0].after > told[0].before + 10


def test_calibration_on_other_data(source: es.Model, data: Batches) -> None:
    dim = es.quantize(source, [[array / 20 for array in batch] for batch in data])
    found = es.examine(dim, data, source=source)
    assert {"calibration", "saturation"} <= kinds(found, "bad")
    assert found.remedies[0].after_db > found.remedies[0].before_db + 3
    assert {remedy.flags for remedy in found.remedies} >= {"--method minmax", "its defaults", "--scheme int16x8"}
    cured = [finding for finding in found.findings if finding.kind == "saturation"]
    assert all(f.after is not None and f.before is not None and f.after > f.before for f in cured)


def test_pictures_prepared_in_another_way(healthy: Graph, data: Batches) -> None:
    graph = healthy.copy()
    given = graph.inputs[0]
    quantize = next(node for node in graph.nodes if node.op == "quantize" and node.input(0) is given)
    graph.inputs = [quantize.outputs[0]]
    graph.nodes.remove(quantize)
    quantize.outputs[0].producer = None
    quant = graph.inputs[0].quant
    assert quant is not None
    dark = [[quantize_array((batch[0] + 1) / 8 - 1, quant, DType.I8)] for batch in data]
    found = es.examine(graph, dark)
    assert "preprocessing" in kinds(found, "bad")


def test_pixels_where_numbers_to_one_are_taken(source: es.Model, data: Batches) -> None:
    unit = [[(array - array.min()) / np.ptp(array) for array in batch] for batch in data]
    told = es.examine(es.quantize(source, unit), [[array * 255 for array in batch] for batch in unit], source=source)
    assert kinds(told, "bad") == {"preprocessing"}
    (finding,) = [finding for finding in told.findings if finding.level == "bad"]
    assert finding.cure == "divide the numbers by 255"
    assert (finding.before or 0) > 90 > 1 > (finding.after or 0)


def test_one_scale_that_is_written_for_each_channel(source: es.Model, data: Batches) -> None:
    skewed = source.graph().copy()
    layer = [node for node in skewed.nodes if node.op == "depthwise_conv2d"][3]
    weights = layer.input(1)
    assert weights.data is not None
    weights.data = weights.data * np.geomspace(0.02, 5, weights.shape[2]).astype(np.float32)[None, None]
    told = es.examine(es.quantize(skewed, data, per_channel=False, equalize=False), data, source=es.load(skewed))
    assert layer.label in {finding.layer for finding in told.findings if finding.kind == "per-tensor weights"}


def colours() -> Graph:
    """A classifier that tells dark, middling and light reds from each other."""
    b = Builder("colours")
    mean = b.add("reduce_mean", b.input("x", (1, 4, 4, 3), DType.F32), axes=(1, 2), keepdims=False)
    weights = b.constant(np.array([[-40, 0, 0], [0, 0, 0], [40, 0, 0]], np.float32))
    made = b.add("fully_connected", mean, weights, b.constant(np.array([14, 0, -26], np.float32)))
    b.output(b.add("softmax", made, axis=-1), "reds")
    return b.graph


def test_colours_in_another_order_and_pixels_of_another_range_are_named_and_right_ones_are_not() -> None:
    rng = np.random.default_rng(2)
    right = [rng.uniform(0, 1, (1, 1, 1, 3)) * [1, 0.3, 0.1] + rng.uniform(0, 0.05, (1, 4, 4, 3)) for _ in range(16)]
    right[0][0, 0, 0] = 1.0
    for change, words in (
        (lambda x: x, None),
        (lambda x: x[..., ::-1], "where its channels are reversed"),
        (lambda x: x / 255, None),  # are no pixels of any usual range
        (lambda x: x * 2 - 1, "moved from -1..1 to 0..1"),
        (lambda x: x * 255, "divided by 255"),
    ):
        runs = [[np.ascontiguousarray(change(array), np.float32)] for array in right]
        found = es.examine(colours(), runs)
        told = [finding for finding in found.findings if finding.kind == "preprocessing"]
        assert [words in finding.text for finding in told if words] == [True] * (words is not None), words
        assert not told or (told[0].after or 0) > 1.2 * (told[0].before or 0)


def test_boxes_and_scores_under_one_scale() -> None:
    rng = np.random.default_rng(1)
    b = Builder("detector")
    x = b.input("x", (1, 8, 8, 16), DType.F32)

    def head(size: float) -> object:
        w = b.constant((size * rng.standard_normal((4, 1, 1, 16))).astype(np.float32))
        return b.add("conv2d", x, w, b.constant(np.zeros(4, np.float32)), strides=(1, 1), padding=((0, 0), (0, 0)))

    b.output(b.add("concat", head(100), head(0.1), axis=3), "all")
    runs = [[rng.standard_normal((1, 8, 8, 16)).astype(np.float32)] for _ in range(3)]
    found = es.examine(b.graph, runs)
    told = [finding for finding in found.findings if finding.kind == "mixed ranges"]
    assert len(told) == 1
    assert told[0].level == "bad"
    assert (told[0].after or 0) > (told[0].before or 0) + 20
    assert {remedy.flags for remedy in found.remedies} == {"", "its defaults", "--scheme int16x8"}


def test_layers_that_integers_make_slower(
    source: es.Model, healthy: Graph, data: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    def times(subject: Subject, runs: int = 20) -> dict[str, float]:
        return {layer.value: 9.0 if layer.dtype == "i8" and "conv" in layer.op else 2.0 for layer in subject.layers}

    monkeypatch.setattr(Subject, "times", times)
    found = es.examine(healthy.copy(), data, source=source)
    assert "slower" in kinds(found, "warning")
    slow = {finding.layer for finding in found.findings if finding.kind == "slower layer"}
    assert slow == {node.label for node in source.graph().nodes if "conv" in node.op}


def test_the_verb_speaks_in_sentences_and_refuses_what_collapsed(
    source: es.Model, healthy: Graph, data: Batches, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("onnx")
    from edgesmith.export import tflite_file

    graph = healthy.copy()
    last = next(node for node in reversed(graph.nodes) if node.op == "fully_connected")
    weights = last.input(1)
    assert weights.data is not None
    weights.data = np.zeros_like(weights.data)
    path, arrays = tmp_path / "flat.tflite", tmp_path / "data.npz"
    path.write_bytes(tflite_file.write(graph))
    np.savez(arrays, x=np.concatenate([batch[0] for batch in data]))
    with pytest.raises(SystemExit) as stop:
        main(["doctor", str(path), "--data", str(arrays)])
    assert stop.value.code == 1
    assert "do not ship it" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["doctor", str(path), "--data", str(arrays), "--json"])
    assert json.loads(capsys.readouterr().out)["collapsed"] is True
