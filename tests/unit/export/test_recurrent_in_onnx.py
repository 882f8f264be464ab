"""Recurrent layers as ONNX's own nodes: ONNX Runtime computes the same, and so does what is read back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import edgesmith as es
from edgesmith.export import onnx_file
from edgesmith.ir import Graph, Value
from edgesmith.ops import Builder, interpret
from edgesmith.types import DType

ort = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed: pip install 'edgesmith[test]'")
onnx = pytest.importorskip("onnx")

UNITS, WIDTH = 37, 11
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def written(op: str, steps: int, batch: int, *, first: bool = True, **attributes: Any) -> bytes:
    """A node of ONNX, which is read and written again: both directions, lengths and states where they are given."""
    rng, wide = np.random.default_rng(3), GATES[op] * UNITS
    both = 2 if attributes.get("direction") == "bidirectional" else 1
    cells = 2 if op == "LSTM" else 1
    shapes = {"w": (both, wide, WIDTH), "r": (both, wide, UNITS), "b": (both, 2 * wide)}
    shapes |= dict.fromkeys(("h", "c")[:cells], (both, batch, UNITS)) if first else {}
    constants = [
        onnx.numpy_helper.from_array((rng.standard_normal(shape) / 4).astype(np.float32), name)
        for name, shape in shapes.items()
    ]
    constants.append(onnx.numpy_helper.from_array(rng.integers(1, steps + 1, batch).astype(np.int32), "lengths"))
    outputs = ["y", "yh", "yc"][: cells + 1]
    names = ["x", "w", "r", "b", "lengths", *(("h", "c")[:cells] if first else ())]
    node = onnx.helper.make_node(op, names, outputs, hidden_size=UNITS, **attributes)
    ports = [onnx.helper.make_tensor_value_info(name, 1, None) for name in outputs]
    x = onnx.helper.make_tensor_value_info("x", 1, (steps, batch, WIDTH))
    graph = onnx.helper.make_graph([node], op, [x], ports, constants)
    opset = onnx.helper.make_opsetid("", 20)
    return bytes(onnx.helper.make_model(graph, opset_imports=[opset], ir_version=9).SerializeToString())


CASES: list[tuple[str, int, int, dict[str, Any]]] = [
    ("LSTM", 29, 1, {}),
    ("LSTM", 1, 3, {"direction": "reverse", "first": False}),
    ("LSTM", 5, 2, {"direction": "bidirectional", "input_forget": 1, "clip": 0.7}),
    ("LSTM", 4, 2, {"activations": ["Sigmoid", "LeakyRelu", "Elu"], "activation_alpha": [0.3, 0.6]}),
    ("GRU", 29, 1, {"direction": "bidirectional", "linear_before_reset": 1}),
    ("GRU", 6, 3, {"direction": "reverse"}),
    ("RNN", 7, 2, {"activations": ["ScaledTanh"], "activation_alpha": [0.8], "activation_beta": [1.2]}),
]


@pytest.mark.parametrize(("op", "steps", "batch", "more"), CASES)
def test_a_layer_of_onnx_is_written_as_itself(op: str, steps: int, batch: int, more: dict[str, Any]) -> None:
    source = written(op, steps, batch, **more)
    model = es.load(source)
    made = onnx_file.write(model)
    nodes = [node.op_type for node in onnx.load_from_string(made).graph.node]
    assert nodes.count(op) == (2 if more.get("direction") == "bidirectional" else 1)
    assert "MatMul" not in nodes  # the product of the input is the node's own again
    x = np.random.default_rng(4).standard_normal((steps, batch, WIDTH)).astype(np.float32)
    answers = [run(source, x), run(made, x), list(model(x)), list(es.load(made)(x))]
    for answer in answers[1:]:
        for want, found in zip(answers[0], answer, strict=True):
            np.testing.assert_allclose(found, want, rtol=1e-4, atol=3e-6)


def run(data: bytes, *feeds: np.ndarray) -> list[np.ndarray]:
    session = ort.InferenceSession(data, providers=["CPUExecutionProvider"])
    return list(session.run(None, dict(zip([port.name for port in session.get_inputs()], feeds, strict=True))))


def integers(reverse: bool) -> Graph:
    """An LSTM that ``quantize`` has made one of integers."""
    rng = np.random.default_rng(5)

    def constant(*shape: int) -> Value:
        return b.constant((rng.standard_normal(shape) / np.sqrt(shape[-1])).astype(np.float32))

    b = Builder("integers")
    x = b.input("x", (9, 1, WIDTH), DType.F32)
    total = b.add("fully_connected", x, constant(4 * UNITS, WIDTH), constant(4 * UNITS))
    states = [b.constant(np.zeros((1, UNITS), np.float32)) for _ in range(2)]
    y = b.add_multi("lstm", [total, constant(UNITS, 4 * UNITS), None, *states], attrs={"reverse": reverse})[0]
    b.output(b.add("fully_connected", y, constant(5, UNITS), None), "y")
    samples = list(rng.standard_normal((12, 9, 1, WIDTH)).astype(np.float32))
    return es.quantize(b.graph, samples, measure_speed=False).graph()


@pytest.mark.parametrize("reverse", [False, True])
def test_integers_lie_around_a_layer_that_computes_in_floats(reverse: bool) -> None:
    graph = integers(reverse)
    assert "lstm_q" in [node.op for node in graph.nodes]
    made = onnx_file.write(graph)
    nodes = [node.op_type for node in onnx.load_from_string(made).graph.node]
    assert nodes.count("LSTM") == 1
    weights = [
        item for item in onnx.load_from_string(made).graph.initializer if item.data_type == onnx.TensorProto.INT8
    ]
    assert {(4 * UNITS, WIDTH), (4 * UNITS, UNITS)} <= {tuple(item.dims) for item in weights}
    for x in np.random.default_rng(6).standard_normal((4, 9, 1, WIDTH)).astype(np.float32):
        (want,), (found,), again = interpret(graph, [x]), run(made, x), es.load(made)(x)
        assert np.abs(found - want).max() < 0.04 * np.abs(want).max()  # int8 steps of h between them
        np.testing.assert_allclose(again, found, atol=0.02 * np.abs(want).max())
