"""Peers' ONNX files: channels first at the border, unsigned activations, and the same answers as before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgesmith.measure.bench_border import channels_first, unsigned

onnx = pytest.importorskip("onnx", reason="the extra [onnx] is not installed")


def qdq() -> bytes:
    """Channels last and int8 at the border: dequantize, transpose, a 1x1 convolution, quantize, transpose back."""
    helper, proto, array = onnx.helper, onnx.TensorProto, onnx.numpy_helper.from_array
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]),
        helper.make_node("DequantizeLinear", ["t", "s", "z"], ["d"]),
        helper.make_node("DequantizeLinear", ["w", "s", "wz"], ["f"]),
        helper.make_node("Conv", ["d", "f"], ["c"]),
        helper.make_node("QuantizeLinear", ["c", "s", "z"], ["q"]),
        helper.make_node("Transpose", ["q"], ["y"], perm=[0, 2, 3, 1]),
    ]
    weights = np.random.default_rng(0).integers(-127, 128, (4, 3, 1, 1)).astype(np.int8)
    constants = [
        array(np.float32(0.1), "s"),
        array(np.int8(-5), "z"),
        array(np.int8(0), "wz"),
        array(weights, "w"),
    ]
    ports = [helper.make_tensor_value_info(n, proto.INT8, [1, 5, 6, c]) for n, c in (("x", 3), ("y", 4))]
    graph = helper.make_graph(nodes, "qdq", ports[:1], ports[1:], constants)
    return bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
    )


def run(data: bytes, x: np.ndarray) -> Any:
    ort = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
    session = ort.InferenceSession(data, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def test_the_border_changes_and_the_answers_do_not() -> None:
    x = np.random.default_rng(1).integers(-128, 128, (1, 5, 6, 3)).astype(np.int8)
    changed = unsigned(channels_first(qdq()))
    graph = onnx.load_from_string(changed).graph
    assert "Transpose" not in {node.op_type for node in graph.node}
    assert [d.dim_value for d in graph.output[0].type.tensor_type.shape.dim] == [1, 4, 5, 6]
    before = run(qdq(), x)
    after = run(changed, (x.transpose(0, 3, 1, 2).astype(np.int16) + 128).astype(np.uint8))
    assert np.array_equal(before.astype(np.int16) + 128, after.transpose(0, 2, 3, 1))


def test_a_transpose_that_others_read_stays() -> None:
    helper, proto = onnx.helper, onnx.TensorProto
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]),
        helper.make_node("Relu", ["x"], ["r"]),
        helper.make_node("Relu", ["t"], ["y"]),
    ]
    ports = [helper.make_tensor_value_info(n, proto.FLOAT, s) for n, s in (("x", [1, 2, 3, 4]), ("y", None))]
    graph = helper.make_graph(nodes, "g", ports[:1], ports[1:])
    data = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
    kept = onnx.load_from_string(channels_first(data)).graph
    assert [node.op_type for node in kept.node] == ["Transpose", "Relu", "Relu"]
    assert [d.dim_value for d in kept.input[0].type.tensor_type.shape.dim] == [1, 2, 3, 4]
