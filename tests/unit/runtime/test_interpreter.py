"""``edgesmith.Interpreter`` beside LiteRT's, call by call."""

from __future__ import annotations

import numpy as np
import pytest
from tflite_builder import TFLiteBuilder

import edgesmith as es


@pytest.fixture
def model() -> bytes:
    b = TFLiteBuilder()
    x = b.tensor("x", (1, 4), "FLOAT32", signature=(-1, 4))
    w = b.const("w", np.arange(12, dtype=np.float32).reshape(3, 4))
    y = b.tensor("y", (1, 3), "FLOAT32", signature=(-1, 3))
    b.op("FULLY_CONNECTED", [x, w, None], [y], {"keep_num_dims": False})
    b.inputs(x)
    b.outputs(y)
    b.signature("serving_default", {"features": x}, {"scores": y})
    return b.build()


def test_the_calls_of_litert_give_what_litert_gives(model: bytes) -> None:
    litert = pytest.importorskip("ai_edge_litert.interpreter", reason="LiteRT is not installed")
    x = np.random.default_rng(0).standard_normal((1, 4)).astype(np.float32)
    results = []
    for kind in (es.Interpreter, litert.Interpreter):
        interpreter = kind(model_content=model)
        interpreter.allocate_tensors()
        (given,), (made,) = interpreter.get_input_details(), interpreter.get_output_details()
        assert given["name"] == "x"
        assert given["dtype"] is np.float32
        assert given["shape"].tolist() == [1, 4]
        assert given["shape_signature"].tolist() == [-1, 4]
        assert made["shape"].tolist() == [1, 3]
        interpreter.set_tensor(given["index"], x)
        interpreter.invoke()
        results.append(interpreter.get_tensor(made["index"]))
        assert interpreter.get_signature_list() == {"serving_default": {"inputs": ["features"], "outputs": ["scores"]}}
    np.testing.assert_allclose(results[0], results[1], rtol=1e-6)


def test_resize_changes_the_batch(model: bytes) -> None:
    interpreter = es.Interpreter(model_content=model)
    index = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(index, [5, 4])
    with pytest.raises(es.UsageError, match="allocate_tensors"):
        interpreter.invoke()
    interpreter.allocate_tensors()
    x = np.ones((5, 4), np.float32)
    interpreter.set_tensor(index, x)
    interpreter.invoke()
    got = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_allclose(got, x @ np.arange(12, dtype=np.float32).reshape(3, 4).T)
    with pytest.raises(es.UsageError, match="not open"):
        interpreter.resize_tensor_input(index, [5, 7], strict=True)


def test_signature_runner_takes_names_and_any_batch(model: bytes) -> None:
    runner = es.Interpreter(model_content=model).get_signature_runner()
    x = np.random.default_rng(1).standard_normal((2, 4)).astype(np.float32)
    got = runner(features=x)["scores"]
    np.testing.assert_allclose(got, x @ np.arange(12, dtype=np.float32).reshape(3, 4).T, rtol=1e-5)
    with pytest.raises(es.UsageError, match="Did you mean 'features'"):
        runner(feature=x)


def test_misuse_is_an_error_that_says_what_to_do(model: bytes) -> None:
    interpreter = es.Interpreter(model_content=model)
    with pytest.raises(es.UsageError, match="allocate_tensors"):
        interpreter.set_tensor(0, np.zeros((1, 4), np.float32))
    interpreter.allocate_tensors()
    with pytest.raises(es.UsageError, match="float64"):
        interpreter.set_tensor(0, np.zeros((1, 4)))
    with pytest.raises(es.UsageError, match="shape"):
        interpreter.set_tensor(0, np.zeros((1, 5), np.float32))
    with pytest.raises(es.UsageError, match="no input"):
        interpreter.set_tensor(1, np.zeros((1, 3), np.float32))
    with pytest.raises(es.UsageError, match="delegates"):
        es.Interpreter(model_content=model, experimental_delegates=[object()])
    with pytest.raises(es.UsageError, match="both"):
        es.Interpreter()
