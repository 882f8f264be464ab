"""Every way in which a result can differ from its source is found, blamed on the right layer, and named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import edgesmith as es
from edgesmith.ir import Graph, Node, Value
from edgesmith.measure.model_explorer import node_data
from edgesmith.measure.verify_page import draw
from edgesmith.ops import Builder
from edgesmith.types import DType
from edgesmith.verify.models import Side, compare_sides

NETWORK = "zoo:mobilenet_v1_vww"


@pytest.fixture(scope="module")
def source() -> es.Model:
    return es.load(NETWORK)


@pytest.fixture(scope="module")
def data(source: es.Model) -> list[list[np.ndarray]]:
    rng = np.random.default_rng(0)
    shape = tuple(int(dim) for dim in source.inputs[0].shape or ())
    return [[rng.uniform(-1, 1, shape).astype(np.float32)] for _ in range(2)]


def layers(graph: Graph, op: str) -> list[Node]:
    return [node for node in graph.nodes if node.op == op]


def constant(node: Node, index: int) -> Value:
    value = node.input(index)
    assert value.data is not None
    return value


def test_a_model_agrees_with_itself_in_every_layer(source: es.Model, data: list[list[np.ndarray]]) -> None:
    found = es.compare(source, source.graph(), data)
    assert found.ok
    assert found.samples == 2
    assert len(found.rows) == 30
    assert not found.causes
    assert all(row.sqnr_db == float("inf") and row.how == "name" for row in found.rows)


def test_integers_agree_with_their_source_and_say_what_each_layer_adds(
    source: es.Model, data: list[list[np.ndarray]]
) -> None:
    found = es.compare(source, es.quantize(source, data), data)
    assert found.ok
    assert found.quantized
    assert not found.causes
    assert len(found.rows) == 30
    alone = [row.own_db for row in found.rows if row.own_db is not None]
    assert len(alone) == 30
    assert np.median(alone) > 25
    assert sum(row.sqnr_db < (row.own_db or 0) for row in found.rows) > 20  # errors add up along the way


def test_reversed_channels_are_preprocessing(source: es.Model, data: list[list[np.ndarray]]) -> None:
    graph = source.graph().copy()
    weights = constant(layers(graph, "conv2d")[0], 1)
    weights.data = np.ascontiguousarray(constant(layers(graph, "conv2d")[0], 1).data[..., ::-1])  # type: ignore[index]
    found = es.compare(source, graph, data)
    assert not found.ok
    assert [cause.kind for cause in found.causes] == ["preprocessing"]
    assert "channels are reversed" in found.causes[0].text
    assert found.causes[0].db_after > 100


def test_another_range_of_pixels_is_preprocessing(source: es.Model, data: list[list[np.ndarray]]) -> None:
    graph = source.graph().copy()
    weights = constant(layers(graph, "conv2d")[0], 1)
    weights.data = (weights.data / np.float32(255)).astype(np.float32)  # type: ignore[operator]
    found = es.compare(source, graph, data)
    assert [cause.kind for cause in found.causes] == ["preprocessing"]
    assert "multiplied by 255" in found.causes[0].text


def test_other_weights_are_named_with_their_layer(source: es.Model, data: list[list[np.ndarray]]) -> None:
    graph = source.graph().copy()
    node = layers(graph, "conv2d")[5]
    weights = constant(node, 1)
    weights.data = weights.data * np.float32(1.02)  # type: ignore[operator]
    found = es.compare(source, graph, data)
    assert found.first_bad is not None
    assert found.first_bad.layer == node.label
    assert [(cause.kind, cause.layer) for cause in found.causes] == [("weights", node.label)]


def test_another_clamp_is_named_with_both_numbers(source: es.Model, data: list[list[np.ndarray]]) -> None:
    graph = source.graph().copy()
    node = layers(graph, "conv2d")[2]
    node.attrs = {**node.attrs, "hi": 0.25}
    (cause,) = es.compare(source, graph, data).causes
    assert (cause.kind, cause.layer) == ("operator", node.label)
    assert "and 0.25 in the result" in cause.text


@pytest.mark.parametrize("often", [True, False])
def test_values_flattened_in_another_order_are_layout(often: bool) -> None:
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((5, 3 * 4 * 6)).astype(np.float32)

    def flat(first: bool) -> Graph:
        b = Builder("flat")
        x = b.add("sigmoid", b.input("x", (1, 3, 4, 6), DType.F32))
        x = b.add("transpose", x, perm=(0, 3, 1, 2)) if first else x
        b.output(b.add("fully_connected", b.add("reshape", x, shape=(1, 72)), b.constant(weights)), "y")
        return b.graph

    runs = [[rng.standard_normal((1, 3, 4, 6)).astype(np.float32)] for _ in range(2)]
    assert "layout" in {cause.kind for cause in es.compare(flat(often), flat(not often), runs).causes}


def test_axes_turned_on_the_way_are_layout(source: es.Model, data: list[list[np.ndarray]]) -> None:
    graph = source.graph().copy()
    node = layers(graph, "conv2d")[4]
    value = node.outputs[0]
    turned = Value("turned", value.shape, value.dtype)
    after = graph.nodes.index(node) + 1
    for other in graph.nodes:
        other.inputs = [turned if operand is value else operand for operand in other.inputs]
    graph.nodes.insert(after, Node("transpose", [value], [turned], {"perm": (0, 2, 1, 3)}))
    found = es.compare(source, graph, data)
    assert "layout" in {cause.kind for cause in found.causes}
    assert "[0, 2, 1, 3]" in next(cause.text for cause in found.causes if cause.kind == "layout")


def test_a_range_that_cuts_values_off_is_precision(source: es.Model, data: list[list[np.ndarray]]) -> None:
    small = [[array / 20 for array in batch] for batch in data]
    found = es.compare(source, es.quantize(source, small), data)
    assert "precision" in {cause.kind for cause in found.causes}
    assert any("cut off" in cause.text for cause in found.causes)


def test_an_output_that_no_longer_varies_is_not_ok(source: es.Model, data: list[list[np.ndarray]]) -> None:
    graph = source.graph().copy()
    last = layers(graph, "softmax")[0].input(0).producer
    assert last is not None
    weights = constant(last, 1)
    weights.data = np.zeros_like(weights.data)  # type: ignore[arg-type]
    found = es.compare(source, graph, data)
    assert not found.ok
    assert found.first_bad is not None
    assert any(row.collapsed for row in found.outputs) or found.first_bad.spread < 0.05


def test_a_file_of_steps_is_compared_layer_by_layer(
    source: es.Model, data: list[list[np.ndarray]], tmp_path: Path
) -> None:
    quantized = es.quantize(source, data)
    path = tmp_path / "small.edge"
    es.compile(quantized).save(path)
    found = es.compare(source, path, data)
    kept = es.compare(source, quantized, data)
    assert found.ok
    assert [row.sqnr_db for row in found.rows] == [row.sqnr_db for row in kept.rows]
    assert all(row.own_db is None for row in found.rows)


def test_inputs_in_another_order_of_axes_are_turned(source: es.Model, data: list[list[np.ndarray]]) -> None:
    pytest.importorskip("onnx")
    from edgesmith.export import onnx_file

    found = es.compare(source, onnx_file.write(source, channels_first=True), data)
    assert found.ok
    assert found.rows[0].sqnr_db > 100


def test_models_that_cannot_stand_for_each_other_are_an_error(source: es.Model) -> None:
    with pytest.raises(es.UsageError, match="no order of axes makes them equal"):
        es.compare(source, "zoo:resnet8_cifar10")
    with pytest.raises(es.UsageError, match="at least one sample"):
        es.compare(source, source, [])


def test_the_page_shows_both_models_and_the_viewer_data_every_layer(
    source: es.Model, data: list[list[np.ndarray]]
) -> None:
    first, second = Side.open(source), Side.open(es.quantize(source, data))
    with first.subject, second.subject:
        found = compare_sides(first, second, data)
        page = draw(
            found, found.causes, first.subject, second.subject, (first.subject.times(3), second.subject.times(3))
        )
    assert page.count("<circle class=") == len(first.subject.layers)
    for row in found.rows:
        assert row.layer in page
        assert f'"{row.other}"' in node_data(found)
    assert "http" not in page  # nothing is fetched


def test_viewers_of_onnx_see_the_error_at_each_node(source: es.Model, data: list[list[np.ndarray]]) -> None:
    onnx = pytest.importorskip("onnx")
    from edgesmith.export import onnx_file
    from edgesmith.measure.netron import annotate

    quantized = es.quantize(source, data)
    found = es.compare(source, quantized, data)
    file, told = annotate(onnx_file.write(quantized), found)
    assert told >= len(found.rows) - 1  # the scores before the softmax are floats, which bear another name in the file
    notes = [node.doc_string for node in onnx.load_model_from_string(file).graph.node if node.doc_string]
    assert len(notes) == told
    assert all("dB like" in note for note in notes)
