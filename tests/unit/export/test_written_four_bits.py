"""Weights of four bits: four in the file, the same answers in LiteRT and ONNX Runtime, the same scales read again."""

from __future__ import annotations

import numpy as np
import pytest
from litert import LiteRT
from written import agree

import edgesmith as es
from edgesmith.exchange import lost_scales, stated_scales
from edgesmith.export import onnx_file, tflite_file
from edgesmith.importers.tflite.reader import read
from edgesmith.ir import Graph, remember
from edgesmith.ops import Builder, interpret
from edgesmith.types import DType, Quantization

RNG = np.random.default_rng(3)
STEPS = Quantization.make(np.float32([0.05]), np.int32([3]))


def per_output(count: int, axis: int) -> Quantization:
    return Quantization.make(RNG.uniform(0.01, 0.02, count).astype(np.float32), np.zeros(count, np.int32), axis)


def integers() -> Graph:
    """Layers of int8 whose weights lie within four bits, one scale an output."""
    b = Builder("integers")
    x = b.input("x", (1, 9, 8, 16), DType.I8, STEPS)
    for op, shape, axis in (("conv2d", (32, 3, 3, 16), 0), ("depthwise_conv2d", (3, 3, 32), 2)):
        w = b.constant(RNG.integers(-8, 8, shape).astype(np.int8), quant=per_output(shape[axis], axis), name=op)
        bias = b.constant(RNG.integers(-99, 99, 32).astype(np.int32), name=f"{op}.bias")
        x = b.add(op, x, w, bias, quant=STEPS, padding=((1, 1), (1, 1)))
    x = b.add("reshape", x, shape=(1, 9 * 8 * 32))
    w = b.constant(RNG.integers(-8, 8, (10, 9 * 8 * 32)).astype(np.int8), quant=per_output(10, 0), name="last")
    b.output(b.add("fully_connected", x, w, quant=Quantization.make(np.float32([0.1]), np.int32([0]))), "y")
    return b.graph


def grouped(columns: int) -> Graph:
    """Layers of floats with a step for each 32 weights of an output, the last group cut short or not."""

    def weights(*shape: int) -> np.ndarray:
        whole = RNG.integers(-7, 8, (shape[0], -(-np.prod(shape[1:]) // 32), 32))
        real = whole * RNG.integers(1, 99, (*whole.shape[:2], 1)) / 1024
        return real.reshape(shape[0], -1)[:, : np.prod(shape[1:])].reshape(shape).astype(np.float32)

    b = Builder("grouped")
    x = b.input("x", (1, 5, 4, columns), DType.F32)
    x = b.add("conv2d", x, b.constant(weights(64, 3, 3, columns)), padding=((1, 1), (1, 1)))
    x = b.add("reshape", x, shape=(20, 64))
    b.output(b.add("fully_connected", x, b.constant(weights(40, 64))), "y")
    return b.graph


def hybrid() -> Graph:
    """A layer that quantizes its input itself, as LiteRT's converter writes it."""
    b = Builder("hybrid")
    x = b.input("x", (2, 64), DType.F32)
    stored = b.constant(RNG.integers(-8, 8, (32, 64)).astype(np.int8), quant=per_output(32, 0), name="w")
    assert stored.data is not None
    assert stored.quant is not None
    real = b.constant(stored.data.astype(np.float32) * stored.quant.scale[:, None], name="w.real")
    remember(b.graph, stored, real, dynamic=True)
    b.output(b.add("fully_connected", x, real), "y")
    return b.graph


def feed(graph: Graph) -> np.ndarray:
    x = graph.inputs[0]
    if x.dtype is DType.I8:
        return RNG.integers(-128, 128, x.shape).astype(np.int8)
    return RNG.standard_normal(x.shape).astype(np.float32)


@pytest.mark.parametrize("graph", [integers(), grouped(32), grouped(20), hybrid()], ids=lambda graph: graph.name)
def test_a_tflite_file_holds_four_bits(graph: Graph) -> None:
    pytest.importorskip("ai_edge_litert", reason="LiteRT is not installed: pip install 'edgesmith[test]'")
    data = tflite_file.write(graph)
    kinds = [tensor.dtype for tensor in read(data, "file").subgraphs[0].tensors]
    layers = [node for node in graph.nodes if node.optional(1) is not None and node.input(1).is_constant]
    assert kinds.count("INT4") == len(layers)
    x = feed(graph)
    want = interpret(graph, [x])[0]
    again = es.load(data)
    np.testing.assert_allclose(interpret(again.graph(), [x])[0], want, rtol=1e-5, atol=1e-5)
    with LiteRT("default") as peer:
        got = peer.run(data, [x])[0]
    if graph.name == "hybrid":  # its input has eight bits there
        assert np.abs(got - want).max() < 0.05 * np.abs(want).max()
    else:
        agree(got, want, graph.name)
    assert not lost_scales(stated_scales(again), stated_scales(es.load(tflite_file.write(again))))
    assert len(tflite_file.write(again)) < len(data) + 512


@pytest.mark.parametrize("graph", [integers(), grouped(32), grouped(20)], ids=lambda graph: graph.name)
def test_an_onnx_file_holds_four_bits(graph: Graph) -> None:
    onnx = pytest.importorskip("onnx", reason="the extra [onnx] is not installed")
    ort = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
    data = onnx_file.write(graph)
    proto = onnx.load_from_string(data)
    onnx.checker.check_model(proto)
    narrow = [item for item in proto.graph.initializer if item.data_type == onnx.TensorProto.INT4]
    assert len(narrow) == len([node for node in graph.nodes if node.optional(1) is not None])
    x = feed(graph)
    want = interpret(graph, [x])[0]
    got = ort.InferenceSession(data, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
    agree(got, want, graph.name)
    again = es.load(data)
    agree(interpret(again.graph(), [x])[0], want, graph.name)
    assert not lost_scales(stated_scales(again), stated_scales(es.load(onnx_file.write(again))))


def test_a_weight_beyond_four_bits_keeps_all_weights_in_bytes() -> None:
    graph = integers()
    held = graph.nodes[0].input(1)
    assert held.data is not None
    held.data[0, 0, 0, 0] = 8
    kinds = [tensor.dtype for tensor in read(tflite_file.write(graph), "file").subgraphs[0].tensors]
    assert kinds.count("INT4") == 2
