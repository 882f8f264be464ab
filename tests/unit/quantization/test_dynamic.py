"""Layers whose inputs become integers as the model runs: ours, and those of other tools' files."""

from __future__ import annotations

import pathlib

import numpy as np
import onnx
import onnxruntime as ort
import pytest

import edgesmith as es
from edgesmith.ir import Graph, Value
from edgesmith.ops import Builder, interpret
from edgesmith.types import DType

helper, held = onnx.helper, onnx.numpy_helper


def network(batch: int = 3) -> Graph:
    """A window, a depthwise window, pixels, and two layers that read the same rows."""
    rng = np.random.default_rng(0)

    def constant(*shape: int) -> Value:
        return b.constant((rng.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32))

    b = Builder("dynamic")
    x = b.input("x", (batch, 9, 8, 16), DType.F32)
    y = b.add("conv2d", x, constant(20, 3, 3, 16), constant(20), padding=((1, 1), (1, 1)), lo=0.0)
    y = b.add("depthwise_conv2d", y, constant(3, 3, 20), None)
    y = b.add("conv2d", y, constant(24, 1, 1, 20), constant(24), lo=0.0)
    y = b.add("reduce_mean", y, axes=(1, 2), keepdims=False)
    left, right = (b.add("fully_connected", y, constant(10, 24), constant(10)) for _ in range(2))
    b.output(b.add("add", left, right), "y")
    return b.graph


def samples(count: int, batch: int = 3) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [rng.standard_normal((batch, 9, 8, 16)).astype(np.float32) for _ in range(count)]


def test_each_row_has_its_own_range_and_the_result_is_near_whatever_the_data() -> None:
    source = es.load(network())
    made = es.quantize(source, samples(4), scheme="dynamic", measure_speed=False)
    ops = [node.op for node in made.graph().nodes]
    assert ops.count("fully_connected_dynamic") == ops.count("conv2d_dynamic") == 2
    assert ops.count("quantize_rows") == 3  # two layers share one
    assert "depthwise_conv2d" in ops
    x = samples(1)[0] * 50  # no range was taken from calibration
    x[1] *= 1e-3  # and none from a neighbour in the batch
    for got, want in zip(made(x), source(x), strict=True):
        assert np.abs(got - want).max() < 0.03 * np.abs(want).max()
    np.testing.assert_array_equal(made(x[:1].repeat(3, 0))[1], made(x)[0])


def test_windows_of_few_channels_stay_floats() -> None:
    b = Builder("first")
    x = b.input("x", (1, 8, 8, 3), DType.F32)
    w = np.random.default_rng(2).standard_normal((8, 3, 3, 3)).astype(np.float32)
    b.output(b.add("conv2d", x, b.constant(w)), "y")
    made = es.quantize(b.graph, [np.ones((1, 8, 8, 3), np.float32)] * 2, scheme="dynamic", measure_speed=False)
    assert [node.op for node in made.graph().nodes] == ["conv2d"]


def test_written_files_give_other_runtimes_the_same_answer(tmp_path: pathlib.Path) -> None:
    """One row a layer, so that ONNX's range of a whole tensor is the same one."""
    interpreter = pytest.importorskip("ai_edge_litert.interpreter")
    graph = network(batch=1)
    made = es.quantize(es.load(graph), samples(4, 1), scheme="dynamic", measure_speed=False)
    x = samples(5, 1)[-1]
    wanted = made(x)
    for suffix in ("onnx", "tflite"):
        assert es.write(made, tmp_path / f"m.{suffix}").lost == ()
    session = ort.InferenceSession(tmp_path / "m.onnx", providers=["CPUExecutionProvider"])
    (theirs,) = session.run(None, {"x": x})
    assert np.abs(theirs - wanted).max() < 0.01 * np.abs(wanted).max()
    np.testing.assert_allclose(es.load(tmp_path / "m.onnx")(x), theirs, rtol=1e-5, atol=1e-5)
    engine = interpreter.Interpreter(model_content=(tmp_path / "m.tflite").read_bytes())
    engine.allocate_tensors()
    engine.set_tensor(engine.get_input_details()[0]["index"], x)
    engine.invoke()
    theirs = engine.get_tensor(engine.get_output_details()[0]["index"])
    assert np.abs(theirs - wanted).max() < 0.01 * np.abs(wanted).max()


def product(kind: str, unsigned: bool, bias: bool) -> tuple[bytes, np.ndarray]:
    """What ONNX Runtime's quantizer makes of a layer: a matrix product, or a convolution."""
    rng = np.random.default_rng(3)
    matrix = kind == "MatMulInteger"
    shape, size = ((2, 5, 40), (40, 9)) if matrix else ((2, 8, 7, 6), (9, 8, 3, 3))
    zero = np.uint8(119) if unsigned or not matrix else np.int8(0)
    info = np.iinfo(zero.dtype)
    each = (9,) if matrix else (9, 1, 1)
    tensors = {
        "w": rng.integers(info.min, info.max, size, dtype=zero.dtype, endpoint=True), "z": zero,
        "s": rng.uniform(0.01, 0.02, each if not unsigned else ()).astype(np.float32),
        "b": rng.standard_normal(each).astype(np.float32),
    }  # fmt: skip
    window = {} if matrix else {"pads": [1, 0, 1, 1], "strides": [2, 1], "kernel_shape": [3, 3]}
    nodes = [
        helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "qs", "qz"]),
        helper.make_node(kind, ["q", "w", "qz", "z"], ["sums"], **window),
        helper.make_node("Cast", ["sums"], ["real"], to=1),
        helper.make_node("Mul", ["qs", "s"], ["scale"]),
        helper.make_node("Mul", ["real", "scale"], ["scaled"]),
        helper.make_node("Add", ["b", "scaled"], ["y"]) if bias else helper.make_node("Relu", ["scaled"], ["y"]),
    ]
    ports = [helper.make_tensor_value_info("x", 1, shape), helper.make_tensor_value_info("y", 1, None)]
    constants = [held.from_array(np.asarray(array), name) for name, array in tensors.items()]
    graph = helper.make_graph(nodes, kind, ports[:1], ports[1:], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString(), rng.standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("unsigned", [True, False])
@pytest.mark.parametrize("kind", ["MatMulInteger", "ConvInteger"])
def test_what_onnx_runtime_quantizes_dynamically_is_one_layer_and_equal(kind: str, unsigned: bool, bias: bool) -> None:
    data, x = product(kind, unsigned, bias)
    model = es.load(data)
    graph = model.graph()
    names = {"MatMulInteger": "fully_connected_dynamic", "ConvInteger": "conv2d_dynamic"}
    assert names[kind] in [node.op for node in graph.nodes]
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    (theirs,) = session.run(None, {"x": x})
    np.testing.assert_array_equal(model(x), theirs)
    np.testing.assert_array_equal(interpret(graph, [x])[0], theirs)
