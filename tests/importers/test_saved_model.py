"""SavedModels: what a signature reaches is looked at before TensorFlow reads a byte; honest ones give their answers."""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np
import pytest
from wire_files import entry as field

import edgesmith as es
from edgesmith.errors import MissingExtraError, ModelError, UnsupportedError
from edgesmith.importers.keras.jail import backends
from edgesmith.importers.keras.saved_model import check
from edgesmith.importers.keras.tf_ops import COMPUTES, RESTORES, TOUCHES


def entry(number: int, key: str, value: bytes) -> bytes:
    """An entry of a map."""
    return field(number, field(1, key) + field(2, value))


def node(name: str, operator: str, *inputs: str, calls: str = "") -> bytes:
    made = field(1, name) + field(2, operator) + b"".join(field(3, item) for item in inputs)
    return made + (entry(5, "f", field(10, field(1, calls))) if calls else b"")


def function(name: str, *nodes: bytes) -> bytes:
    return field(1, field(1, name)) + b"".join(field(3, item) for item in nodes)


def meta(nodes: list[bytes], functions: list[bytes], *more: bytes, tag: str = "serve", result: str = "y:0") -> bytes:
    """A graph whose signature ends at the node ``y``."""
    library = b"".join(field(1, item) for item in functions)
    graph = b"".join(field(1, item) for item in nodes) + field(2, library)
    signature = entry(2, "out", field(1, result))
    return field(1, field(4, tag)) + field(2, graph) + entry(5, "serving_default", signature) + b"".join(more)


def saved(*metas: bytes) -> bytes:
    return field(1, 1) + b"".join(field(2, item) for item in metas)


CALL = node("y", "StatefulPartitionedCall", "x", calls="inner")
X = node("x", "Placeholder")


def test_an_honest_graph_passes() -> None:
    functions = [function("inner", node("a", "MatMul"), node("b", "PartitionedCall", calls="deeper"))]
    functions += [function("deeper", node("c", "Relu")), function("unused", node("w", "WriteFile"))]
    assert check(saved(meta([X, CALL, node("loose", "WriteFile")], functions)), "m") == ("serve", "serving_default")


@pytest.mark.parametrize("operator", ["WriteFile", "ReadFile", "PyFunc", "EagerPyFunc", "SaveV2", "PrintV2", "Mystery"])
def test_an_operator_within_reach_is_refused_by_name(operator: str) -> None:
    functions = [function("inner", node("a", "If", calls="deeper")), function("deeper", node("bad", operator))]
    with pytest.raises(UnsupportedError, match=f"{operator} 'deeper/bad'"):
        check(saved(meta([X, CALL], functions)), "m")


def initializer(bad: bytes) -> bytes:
    """An object with a table's initializer, which loading calls."""
    root = field(1, field(1, 1) + field(2, "_initialize"))
    return field(7, field(1, root) + field(1, field(6, field(1, "start"))))


HIDDEN = {
    "main graph": meta([X, node("y", "Identity", "r:0", "^w"), node("r", "Relu"), node("w", "WriteFile")], []),
    "input": meta([node("y", "Relu", "x"), node("x", "ReadFile")], []),
    "initializer": meta([node("y", "Relu")], [function("start", node("w", "WriteFile"))], initializer(b"")),
    "main operator": meta(
        [node("y", "Relu"), node("go", "WriteFile")], [], entry(4, "saved_model_main_op", field(1, field(1, "go")))
    ),
    "restoring": meta([node("y", "Relu"), node("r", "WriteFile")], [], field(3, field(3, "r"))),
    "restore of an object": meta(
        [node("y", "Relu")],
        [function("back", node("w", "WriteFile"))],
        field(7, field(1, entry(11, "v", field(3, 1))) + field(1, field(6, field(1, "back")))),
    ),
    "second graph part": meta([node("y", "Relu", "x")], [], field(2, field(1, node("x", "ReadFile")))),
    "second node of a name": meta([node("y", "Relu"), node("y", "WriteFile")], []),
    "second function of a name": meta(
        [X, CALL], [function("inner", node("a", "Relu")), function("inner", node("a", "WriteFile"))]
    ),
    "second graph": meta([node("y", "WriteFile")], [], tag="train"),
    "function called as an operator": meta([X, node("y", "WriteFile")], [function("WriteFile", node("a", "Relu"))]),
    "list of functions": meta(
        [node("y", "Case", "x") + entry(5, "branches", field(1, field(9, field(1, "inner"))))],
        [function("inner", node("w", "WriteFile"))],
    ),
}


@pytest.mark.parametrize("place", HIDDEN)
def test_no_place_that_runs_is_overlooked(place: str) -> None:
    others = [] if place != "second graph" else [meta([node("y", "Relu")], [])]
    with pytest.raises(UnsupportedError, match=r"WriteFile|ReadFile"):
        check(saved(*others, HIDDEN[place]), "m")


def test_what_touches_the_system_is_on_no_list_of_what_computes() -> None:
    assert not COMPUTES & set(TOUCHES)
    assert not COMPUTES & RESTORES


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no graph"),
        (b"\x12\xff\xff\xff\xff\x0f", "cut off"),
        (b"\xff" * 20, "more than ten bytes"),
        (b"\x13\x14", "which this format has not"),
        (saved(meta([node("y", "Relu")], [], tag="train")), "tag 'serve'"),
        (saved(field(1, field(4, "serve")) + entry(5, "a", b"") + entry(5, "b", b"")), "found 'a', 'b'"),
    ],
)
def test_damaged_files_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        check(data, "m")


def test_functions_that_call_each_other_end() -> None:
    functions = [function(a, node("n", "PartitionedCall", calls=b)) for a, b in (("inner", "two"), ("two", "inner"))]
    assert check(saved(meta([X, CALL], functions)), "m") == ("serve", "serving_default")


def test_attributes_nested_without_end_are_refused() -> None:
    inner = b""
    for _ in range(40):
        inner = field(10, field(1, "f") + entry(2, "a", inner))
    with pytest.raises(ModelError, match="nested more than"):
        check(saved(meta([node("y", "Relu") + entry(5, "a", inner)], [])), "m")


def test_folders_that_are_no_saved_model_say_so(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ModelError, match=r"a folder without saved_model\.pb"):
        es.load(tmp_path)
    (tmp_path / "other").write_bytes(saved(meta([node("y", "Relu")], [])))
    (tmp_path / "saved_model.pb").symlink_to(tmp_path / "other")
    with pytest.raises(ModelError, match="not a plain file"):
        es.load(tmp_path)


@pytest.mark.skipif("tensorflow" in backends(), reason="the extra [tensorflow] is installed")
def test_without_tensorflow_the_error_names_the_command(tmp_path: pathlib.Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(saved(meta([node("y", "Relu")], [])))
    with pytest.raises(MissingExtraError, match=r'pip install "edgesmith\[tensorflow\]"'):
        es.load(tmp_path)


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any, pathlib.Path]:
    """TensorFlow, a module with an honest signature and a method that writes a file, and the folder of both."""
    if "tensorflow" not in backends():
        pytest.skip("the extra [tensorflow] is not installed")
    import tensorflow as tf

    folder = tmp_path_factory.mktemp("saved")
    canary = str(folder / "canary")

    class Net(tf.Module):
        def __init__(self) -> None:
            self.kernel = tf.Variable(tf.random.normal([3, 3, 2, 4]))

        @tf.function(input_signature=[tf.TensorSpec([None, 8, 8, 2], tf.float32)])
        def run(self, picture: Any) -> Any:
            return {"features": tf.nn.relu(tf.nn.conv2d(picture, self.kernel, 2, "SAME"))}

        @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32)])
        def spy(self, x: Any) -> Any:
            tf.io.write_file(canary, "here")
            return x

    net = Net()
    tf.saved_model.save(net, folder / "honest", signatures={"serving_default": net.run})
    tf.saved_model.save(net, folder / "hostile", signatures={"serving_default": net.spy})
    return tf, net, folder


def test_a_saved_module_answers_as_in_tensorflow(module: tuple[Any, Any, pathlib.Path]) -> None:
    tf, net, folder = module
    model = es.load(folder / "honest")
    assert [spec.name for spec in model.inputs] == ["picture"]
    assert [spec.name for spec in model.outputs] == ["features"]
    picture = np.random.default_rng(1).random((2, 8, 8, 2), np.float32)
    want = net.run(tf.constant(picture))["features"].numpy()
    np.testing.assert_allclose(model(picture), want, rtol=1e-5, atol=1e-5)


def test_a_signature_that_writes_is_refused_before_it_runs(module: tuple[Any, Any, pathlib.Path]) -> None:
    folder = module[2]
    with pytest.raises(UnsupportedError, match=r"WriteFile '.*spy"):
        es.load(folder / "hostile")
    assert not (folder / "canary").exists()


def test_missing_variables_are_named(module: tuple[Any, Any, pathlib.Path], tmp_path: pathlib.Path) -> None:
    data = (module[2] / "honest" / "saved_model.pb").read_bytes()
    (tmp_path / "saved_model.pb").write_bytes(data)
    with pytest.raises(ModelError, match="variables"):
        es.load(tmp_path)
