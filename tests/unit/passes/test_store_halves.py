"""Weights in 16 bits: rounded once, computed in float32; exact ones without being asked."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from tflite_builder import TFLiteBuilder

import edgesmith as es
from edgesmith.ir import Graph
from edgesmith.ops import Builder, interpret
from edgesmith.ops.conversion import convert
from edgesmith.runtime.session import Session
from edgesmith.types import DType

onnx = pytest.importorskip("onnx", reason="the onnx package is not installed")

RNG = np.random.default_rng(5)


def network(dtype: DType | None = None, scale: float = 1.0) -> Graph:
    """A table, a convolution and a layer; weights as ``dtype`` holds them."""

    def weights(*shape: int) -> np.ndarray:
        array = (RNG.standard_normal(shape) * scale).astype(np.float32)
        return array if dtype is None else convert(convert(array, DType.F32, dtype), dtype, DType.F32)

    b = Builder("network")
    ids = b.input("ids", (6 * 5,), DType.I32)
    rows = b.add("gather", b.constant(weights(100, 40)), ids, axis=0)
    image = b.add("reshape", rows, shape=(1, 6, 5, 40))
    x = b.add("conv2d", image, b.constant(weights(24, 3, 3, 40)), padding=((1, 1), (1, 1)), strides=(2, 2))
    y = b.add("fully_connected", b.add("reshape", x, shape=(1, 9 * 24)), b.constant(weights(30, 9 * 24)))
    b.output(y, "y")
    return b.graph


def kernels(compiled: es.Compiled) -> Counter[str]:
    return Counter(step.kernel for step in compiled.program.steps)


@pytest.mark.parametrize("kind", ["f16", "bf16"])
def test_rounded_weights_are_the_network_of_rounded_weights(kind: str) -> None:
    graph = network()
    ids = np.arange(30, dtype=np.int32)
    compiled = es.compile(es.load(graph.copy()), weights=kind)
    assert {f"conv2d_f32_{kind}", f"fully_connected_f32_{kind}", f"widen_{kind}"} <= set(kernels(compiled))
    assert compiled.metadata["weights"] == kind

    for value in {v for node in graph.nodes for v in node.inputs if v is not None and v.data is not None}:
        assert value.data is not None
        if value.dtype is DType.F32:
            value.data = convert(convert(value.data, DType.F32, DType(kind)), DType(kind), DType.F32)
    with Session(compiled.to_bytes()) as session:
        (got,) = session.run(ids)
    np.testing.assert_allclose(got, interpret(graph, [ids])[0], rtol=1e-5, atol=2e-4)


def test_a_file_is_half_as_large() -> None:
    sizes = {kind: len(es.compile(es.load(network()), weights=kind).program.weights) for kind in (None, "f16", "bf16")}
    assert sizes["f16"] == sizes["bf16"]
    assert sizes["f16"] < 0.51 * sizes[None]


@pytest.mark.parametrize(("kind", "scale"), [(DType.F16, 1.0), (DType.BF16, 1e6)])
def test_weights_that_were_halves_stay_so(kind: DType, scale: float) -> None:
    """bfloat16 of common sizes are float16 as well; those that are not stay bfloat16."""
    ids = np.arange(30, dtype=np.int32)
    graph = network(kind, scale)
    compiled = es.compile(es.load(graph.copy()))
    assert f"conv2d_f32_{kind}" in kernels(compiled)
    with Session(compiled.to_bytes()) as session:
        (got,) = session.run(ids)
    want = interpret(graph, [ids])[0]
    np.testing.assert_allclose(got, want, atol=1e-6 * np.abs(want).max())


def test_other_weights_stay_floats() -> None:
    found = kernels(es.compile(es.load(network())))
    assert {"conv2d_f32", "fully_connected_f32"} <= set(found)


def test_what_half_floats_cannot_hold_stays_float() -> None:
    found = kernels(es.compile(es.load(network(scale=1e6)), weights="f16"))
    assert {"conv2d_f32", "fully_connected_f32"} <= set(found)


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(es.UsageError, match="'f8'; expected f16 or bf16"):
        es.compile(es.load(network()), weights="f8")


def test_a_product_with_a_constant_is_a_layer() -> None:
    b = Builder()
    x = b.input("x", (2, 3, 8), DType.F32)
    matrices = [RNG.standard_normal((1, 8, 5)).astype(np.float32), RNG.standard_normal((7, 5)).astype(np.float32)]
    y = b.add("matmul", b.add("matmul", x, b.constant(matrices[0])), b.constant(matrices[1]), transpose_b=True)
    b.output(y, "y")
    compiled = es.compile(es.load(b.graph))
    assert kernels(compiled) == {"fully_connected_f32": 2}
    feed = RNG.standard_normal((2, 3, 8)).astype(np.float32)
    with Session(compiled.to_bytes()) as session:
        (got,) = session.run(feed)
    np.testing.assert_allclose(got, feed @ matrices[0] @ matrices[1].T, rtol=1e-4, atol=1e-4)


def test_models_that_bring_half_floats_are_not_doubled() -> None:
    """As TensorFlow Lite writes float16 models (DEQUANTIZE of constants), and ONNX a network of halves."""
    weights = RNG.standard_normal((40, 64)).astype(np.float16)
    b = TFLiteBuilder()
    x, y, wide = b.tensor("x", (6, 64)), b.tensor("y", (6, 40)), b.tensor("wide", (40, 64))
    b.op("DEQUANTIZE", [b.const("w", weights)], [wide])
    b.op("FULLY_CONNECTED", [x, wide, None], [y], {"keep_num_dims": True})
    compiled = es.compile(es.load(b.inputs(x).outputs(y).build()))
    assert kernels(compiled) == {"fully_connected_f32_f16": 1}
    feed = RNG.standard_normal((6, 64)).astype(np.float32)
    with Session(compiled.to_bytes()) as session:
        (got,) = session.run(feed)
    np.testing.assert_allclose(got, feed @ weights.astype(np.float32).T, rtol=1e-5, atol=2e-5)

    kind = onnx.TensorProto.FLOAT16
    ends = [onnx.helper.make_tensor_value_info(name, kind, (6, n)) for name, n in (("x", 64), ("y", 40))]
    node = onnx.helper.make_node("MatMul", ["x", "w"], ["y"])
    constant = onnx.numpy_helper.from_array(np.ascontiguousarray(weights.T), "w")
    graph = onnx.helper.make_graph([node], "halves", ends[:1], ends[1:], [constant])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    assert kernels(es.compile(es.load(model.SerializeToString())))["fully_connected_f32_f16"] == 1
