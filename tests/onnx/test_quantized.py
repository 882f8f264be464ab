"""Models with explicit quantization compute with integers, and agree with what the standard writes in floats."""

from __future__ import annotations

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="needs the onnx package")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402
from onnx.reference import ReferenceEvaluator  # noqa: E402

import edgesmith as es  # noqa: E402
from edgesmith.compiler import compile_model  # noqa: E402
from edgesmith.ir import Node  # noqa: E402

RNG = np.random.default_rng(7)
TYPES = {"int8": (TensorProto.INT8, -3), "uint8": (TensorProto.UINT8, 117)}


class _Writer:
    """Writes a graph of quantize and dequantize pairs around float operators."""

    def __init__(self, kind: str) -> None:
        self.kind = np.dtype(kind)
        self.zero = TYPES[kind][1]
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, array: np.ndarray) -> str:
        name = f"k{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def op(self, op: str, *inputs: str, **attrs: object) -> str:
        out = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [out], **attrs))
        return out

    def pair(self, x: str, scale: float) -> str:
        s, z = self.constant(np.float32(scale)), self.constant(np.array(self.zero, self.kind))
        return self.op("DequantizeLinear", self.op("QuantizeLinear", x, s, z), s, z)

    def weight(self, shape: tuple[int, ...], channels: bool) -> str:
        data = RNG.integers(-127, 128, shape).astype(np.int8)
        scale = RNG.uniform(0.002, 0.01, shape[0] if channels else ()).astype(np.float32)
        zero = np.zeros(scale.shape, np.int8)
        names = [self.constant(item) for item in (data, scale, zero)]
        return self.op("DequantizeLinear", *names, axis=0) if channels else self.op("DequantizeLinear", *names)

    def bytes(self, x_shape: tuple[int, ...], out: str) -> bytes:
        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, x_shape)
        y = helper.make_tensor_value_info(out, TensorProto.FLOAT, None)
        graph = helper.make_graph(self.nodes, "g", [x], [y], self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)]).SerializeToString()


def _network(kind: str, channels: bool) -> tuple[bytes, tuple[int, ...]]:
    w = _Writer(kind)
    x = w.pair("x", 0.03)
    bias = w.constant(RNG.normal(size=8).astype(np.float32) * 0.1)
    a = w.op("Relu", w.op("Conv", x, w.weight((8, 3, 3, 3), channels), bias, pads=[1, 1, 1, 1]))
    a = w.pair(a, 0.04)
    b = w.pair(w.op("Conv", a, w.weight((8, 1, 3, 3), channels), pads=[1, 1, 1, 1], group=8), 0.05)
    c = w.pair(w.op("Add", a, b), 0.07)
    d = w.pair(w.op("MaxPool", c, kernel_shape=[2, 2], strides=[2, 2]), 0.07)
    e = w.pair(w.op("Mul", d, w.pair(w.op("Sigmoid", d), 1 / 256)), 0.06)
    f = w.op("Flatten", w.pair(w.op("AveragePool", e, kernel_shape=[4, 4]), 0.05))
    return w.bytes((1, 3, 8, 8), w.pair(w.op("Gemm", f, w.weight((5, 8), channels), transB=1), 0.02)), (1, 3, 8, 8)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("channels", [False, True], ids=["tensor", "channels"])
def test_a_quantized_network_stays_integer(kind: str, channels: bool) -> None:
    data, _ = _network(kind, channels)
    graph = compile_model(es.load(data)).graph
    floats = [node for node in graph.nodes if node.op not in ("quantize", "dequantize") and _is_float(node)]
    assert not floats, "\n".join(map(str, floats))
    assert not graph.metadata.get("float_islands")


def _is_float(node: Node) -> bool:
    return any(value is not None and value.dtype.is_float for value in [*node.inputs, *node.outputs])


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("channels", [False, True], ids=["tensor", "channels"])
def test_a_quantized_network_agrees_with_the_standard(kind: str, channels: bool) -> None:
    data, shape = _network(kind, channels)
    x = RNG.normal(size=shape).astype(np.float32)
    with np.errstate(all="ignore"):
        expected = ReferenceEvaluator(onnx.load_from_string(data)).run(None, {"x": x})[0]
    got = es.load(data)(x)
    assert np.abs(got - expected).max() <= 0.0201, "more than one step of the output's scale"


def test_weights_without_quantized_activations_become_floats() -> None:
    w = _Writer("int8")
    data = w.bytes((2, 8), w.op("Gemm", "x", w.weight((5, 8), True), transB=1))
    model = es.load(data)
    assert [node.op for node in compile_model(model).graph.nodes] == ["fully_connected"]
    x = RNG.normal(size=(2, 8)).astype(np.float32)
    expected = ReferenceEvaluator(onnx.load_from_string(data)).run(None, {"x": x})[0]
    np.testing.assert_allclose(model(x), expected, rtol=1e-5, atol=1e-6)


def test_integers_of_a_quantized_tensor_are_mere_numbers_to_other_operators() -> None:
    w = _Writer("int8")
    s, z = w.constant(np.float32(0.5)), w.constant(np.array(3, np.int8))
    q = w.op("QuantizeLinear", "x", s, z)
    total = w.op("Cast", w.op("Add", q, q), to=TensorProto.FLOAT)
    x = np.array([0.0, 1.0, -7.5], np.float32)
    np.testing.assert_array_equal(es.load(w.bytes((3,), total))(x), [6.0, 10.0, -24.0])
