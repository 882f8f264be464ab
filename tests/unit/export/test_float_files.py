"""Float networks as ONNX and TensorFlow Lite files: other engines agree, and reading them again changes no bit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from litert import LiteRT
from small_zoo import feeds, listed, small

import edgesmith
from edgesmith import ModelError, UnsupportedError, zoo
from edgesmith.export import onnx_file, tflite_file
from edgesmith.ops import Builder
from edgesmith.types import DType, Quantization

onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")
CLOSE = 2e-5  # of the largest output: sums of thousands of products in another order


@pytest.fixture(scope="module")
def litert() -> Iterator[LiteRT]:
    pytest.importorskip("ai_edge_litert")
    with LiteRT("default") as peer:
        yield peer


def close(got: list[np.ndarray], wanted: list[np.ndarray]) -> None:
    for a, b in zip(got, wanted, strict=True):
        assert a.shape == b.shape
        assert np.abs(a - b).max() <= CLOSE * np.abs(b).max()


@pytest.mark.parametrize("name", zoo.names())
def test_onnx_runtime_and_a_second_reading_agree(name: str) -> None:
    graph = small(name)
    inputs, data = feeds(graph), onnx_file.write(graph)
    onnx.checker.check_model(onnx.load_from_string(data), full_check=True)
    session = ort.InferenceSession(data, providers=["CPUExecutionProvider"])
    ours = listed(edgesmith.load(graph)(*inputs))
    close(ours, session.run(None, {port.name: x for port, x in zip(session.get_inputs(), inputs, strict=True)}))
    for a, b in zip(ours, listed(edgesmith.load(data)(*inputs)), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", zoo.names())
def test_litert_and_a_second_reading_agree(name: str, litert: LiteRT) -> None:
    graph = small(name)
    inputs, data = feeds(graph), tflite_file.write(graph)
    ours = listed(edgesmith.load(graph)(*inputs))
    close(ours, litert.run(data, inputs))
    for a, b in zip(ours, listed(edgesmith.load(data)(*inputs)), strict=True):
        np.testing.assert_array_equal(a, b)


def test_images_are_transposed_at_the_border_only() -> None:
    nodes = onnx.load_from_string(onnx_file.write(small("mobilenet_v3_small"))).graph.node
    assert Counter(node.op_type for node in nodes)["Transpose"] == 1


def test_images_may_have_their_channels_first() -> None:
    graph = small("deeplab_mobilenet_v2")
    (x,) = feeds(graph)
    data = onnx_file.write(graph, channels_first=True)
    assert "Transpose" not in {node.op_type for node in onnx.load_from_string(data).graph.node}
    session = ort.InferenceSession(data, providers=["CPUExecutionProvider"])
    (theirs,) = session.run(None, {"input": x.transpose(0, 3, 1, 2)})
    close(listed(edgesmith.load(graph)(x)), [theirs.transpose(0, 2, 3, 1)])


def test_unsigned_files_have_unsigned_borders() -> None:
    b = Builder("bytes")
    quant = Quantization.make(0.1, -5)
    x = b.input("x", (1, 4, 5, 3), DType.I8, quant)
    b.output(b.add("max_pool2d", x, kernel=(2, 2)), "y")
    b.output(x, "z")
    data = onnx_file.write(b.graph, channels_first=True, unsigned=True)
    session = ort.InferenceSession(data, providers=["CPUExecutionProvider"])
    feed = np.random.default_rng(4).integers(-128, 128, x.shape).astype(np.int8)
    results = session.run(None, {"x": (feed.view(np.uint8) ^ 0x80).transpose(0, 3, 1, 2)})
    for got, wanted in zip(results, edgesmith.load(b.graph)(feed), strict=True):
        assert got.dtype == np.uint8
        np.testing.assert_array_equal((got ^ 0x80).view(np.int8).transpose(0, 2, 3, 1), wanted)


def test_names_of_inputs_and_outputs_are_kept() -> None:
    graph = small("autoencoder_ad")
    for data in (onnx_file.write(graph), tflite_file.write(graph)):
        model = edgesmith.load(data)
        assert [spec.name for spec in model.inputs] == ["input"]
        assert [spec.name for spec in model.outputs] == ["reconstruction"]


def test_an_imported_file_is_written_in_the_other_format(litert: LiteRT) -> None:
    graph = small("mobilenet_v2")
    inputs = feeds(graph)
    there = tflite_file.write(edgesmith.load(onnx_file.write(graph)))
    back = onnx_file.write(edgesmith.load(there))
    ours = listed(edgesmith.load(graph)(*inputs))
    close(ours, litert.run(there, inputs))
    np.testing.assert_array_equal(ours[0], edgesmith.load(back)(*inputs))


def test_all_that_a_format_cannot_say_is_named_at_once() -> None:
    b = Builder("odd")
    x = b.input("x", (3, 5), DType.F32)
    b.source = "first"
    y = b.add("expm1", x)
    b.source = "second"
    y = b.add("log1p", y)
    b.output(y, "y")
    for write in (onnx_file.write, tflite_file.write):
        with pytest.raises(UnsupportedError) as caught:
            write(b.graph)
        assert [(item.operator, item.node) for item in caught.value.items] == [
            ("expm1", "first"),
            ("log1p", "second"),
        ]


def test_a_file_above_the_format_s_size_is_refused_before_it_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = small("autoencoder_ad")
    for module in (onnx_file, tflite_file):
        monkeypatch.setattr(module, "MOST_BYTES", 100_000)
        with pytest.raises(ModelError, match=r"bytes of constants; an? \.\w+ file holds less than 2 GB"):
            module.write(graph)
