"""Operators that are missing here run in ONNX Runtime, between parts that run in ours, and never silently."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgesmith as es
from edgesmith.cli import main

onnx = pytest.importorskip("onnx", reason="the extra [onnx] is not installed")
ort = pytest.importorskip("onnxruntime", reason="the extra [compat] is not installed")
FLOAT = 1


def save(
    path: Path, nodes: list[Any], constants: dict[str, np.ndarray], shape: list[int | str], out: str = "y"
) -> Path:
    helper = onnx.helper
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", FLOAT, shape)],
        [helper.make_tensor_value_info(out, FLOAT, None)],
        [onnx.numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    domains = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    path.write_bytes(helper.make_model(graph, opset_imports=domains, ir_version=8).SerializeToString())
    return path


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Two operators that are missing here, in the middle of a branch and at its end, among some that are not."""
    rng = np.random.default_rng(0)
    node = onnx.helper.make_node
    nodes = [
        node("MatMul", ["x", "w"], ["a"]),
        node("BiasGelu", ["a", "b"], ["g"], domain="com.microsoft"),
        node("Relu", ["x"], ["r"]),
        node("Add", ["g", "r"], ["s"]),
        node("MatMul", ["s", "w"], ["t"]),
        node("BiasGelu", ["t", "b"], ["y"], domain="com.microsoft"),
    ]
    constants = {"w": rng.standard_normal((8, 8)).astype(np.float32), "b": np.ones(8, np.float32)}
    return save(tmp_path / "mixed.onnx", nodes, constants, ["n", 8])


def test_it_is_off_by_default_and_says_what_it_does(mixed: Path) -> None:
    with pytest.raises(es.UnsupportedError, match="BiasGelu"):
        es.load(mixed)
    with pytest.warns(UserWarning, match=r"2 BiasGelu.*host"):
        model = es.open_compat(mixed)
    assert isinstance(model, es.CompatModel)
    assert [part.engine for part in model.parts] == ["edgesmith", "onnxruntime", "edgesmith", "onnxruntime"]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("rows", [1, 5])
def test_the_answer_is_that_of_the_whole_model(mixed: Path, rows: int) -> None:
    model = es.open_compat(mixed)
    x = np.random.default_rng(rows).standard_normal((rows, 8)).astype(np.float32)
    wanted = ort.InferenceSession(mixed).run(None, {"x": x})[0]
    np.testing.assert_allclose(model(x), wanted, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(model(x=x), model(x))
    assert isinstance(model, es.CompatModel)
    assert "% of the time" in model.cost()
    assert model.shares["edgesmith"].operators == {"MatMul": 2, "Relu": 1, "Add": 1}
    assert model.shares["onnxruntime"].operators == {"BiasGelu": 2}


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_wrong_inputs_are_named(mixed: Path) -> None:
    model = es.open_compat(mixed)
    with pytest.raises(es.UsageError, match="no input 'z'"):
        model(z=np.zeros((1, 8), np.float32))
    with pytest.raises(es.UsageError, match="takes x"):
        model()


def test_what_neither_engine_knows_is_an_error(tmp_path: Path) -> None:
    node = onnx.helper.make_node("Frobnicate", ["x"], ["y"], domain="nowhere")
    path = save(tmp_path / "odd.onnx", [node], {}, [1, 8])
    with pytest.warns(UserWarning, match="Frobnicate"):
        model = es.open_compat(path)
    with pytest.raises(es.ModelError, match="ONNX Runtime cannot run Frobnicate either"):
        model(np.zeros((1, 8), np.float32))


def test_a_model_that_needs_none_of_it_is_an_ordinary_one(tmp_path: Path) -> None:
    path = save(tmp_path / "plain.onnx", [onnx.helper.make_node("Relu", ["x"], ["y"])], {}, [1, 8])
    assert isinstance(es.open_compat(path), es.Model)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_sequence_stays_with_the_engine_that_made_it(tmp_path: Path) -> None:
    node = onnx.helper.make_node
    nodes = [
        node("BiasGelu", ["x", "b"], ["g"], domain="com.microsoft"),
        node("SplitToSequence", ["g"], ["parts"], axis=0),
        node("ConcatFromSequence", ["parts"], ["y"], axis=0),
    ]
    path = save(tmp_path / "sequence.onnx", nodes, {"b": np.ones(8, np.float32)}, ["n", 8])
    x = np.random.default_rng(1).standard_normal((3, 8)).astype(np.float32)
    wanted = ort.InferenceSession(path).run(None, {"x": x})[0]
    np.testing.assert_allclose(es.open_compat(path)(x), wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_verb_runs_it_and_says_its_cost(mixed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "x.npy", np.ones((1, 8), np.float32))
    with pytest.raises(SystemExit) as stop:
        main(["run", str(mixed), "--compat", "--input", str(tmp_path / "x.npy")])
    assert stop.value.code == 0
    assert "ONNX Runtime runs 2 BiasGelu" in capsys.readouterr().out
    with pytest.raises(SystemExit) as stop:
        main(["run", str(mixed), "--input", str(tmp_path / "x.npy")])
    assert stop.value.code == 3
