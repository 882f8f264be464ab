"""Files that lie: numbers out of range in attributes, shapes and constants. Each is refused in one sentence, soon."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="needs the onnx package")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

import edgesmith as es  # noqa: E402
from edgesmith.errors import EdgesmithError, ModelError  # noqa: E402

HUGE = (2**30, 2**31 - 1, 2**31, 2**32, 2**40, 2**62)
NEGATIVE = (-1, -2, -(2**31), -(2**63))


def _model(op: str, shapes: list[tuple[int, ...]], constants: list[np.ndarray] = (), **attrs: object) -> bytes:  # type: ignore[assignment]
    inputs = [helper.make_tensor_value_info(f"x{i}", TensorProto.FLOAT, shape) for i, shape in enumerate(shapes)]
    names = [value.name for value in inputs]
    tensors = []
    for i, array in enumerate(constants):
        tensors.append(numpy_helper.from_array(np.asarray(array), f"k{i}"))
        names.append(f"k{i}")
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    graph = helper.make_graph([helper.make_node(op, names, ["y"], name="it", **attrs)], "g", inputs, outputs, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]).SerializeToString()


def _call(data: bytes, feeds: list[np.ndarray] | None) -> None:
    model = es.load(data)
    shapes = [[dim if isinstance(dim, int) else 1 for dim in spec.shape or ()] for spec in model.inputs]
    model(*(feeds or [np.ones(shape, np.float32) for shape in shapes]))


def _refused(data: bytes, feeds: list[np.ndarray] | None = None) -> str:
    """The message of the refusal; the model is called, as some forms are only known then."""
    start = time.process_time()
    with pytest.raises(EdgesmithError) as caught:
        _call(data, feeds)
    assert time.process_time() - start < 5
    return str(caught.value)


X, W = (1, 4, 9, 9), np.ones((4, 4, 3, 3), np.float32)


@pytest.mark.parametrize("name", ["strides", "dilations"])
@pytest.mark.parametrize("value", [0, *NEGATIVE, *HUGE[2:]])
@pytest.mark.parametrize("op", ["Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool"])
def test_window_options(op: str, name: str, value: int) -> None:
    more = {} if op.startswith("Conv") else {"kernel_shape": [3, 3]}
    if op == "AveragePool" and name == "dilations":
        name = "kernel_shape"
    constants = [W] if op.startswith("Conv") else []
    assert "'it'" in _refused(_model(op, [X], constants, **{**more, name: [value, 1]}))


@pytest.mark.parametrize("value", [0, -1, 3, 2**31])
@pytest.mark.parametrize("op", ["Conv", "ConvTranspose"])
def test_groups_that_do_not_divide(op: str, value: int) -> None:
    assert "'it'" in _refused(_model(op, [X], [W], group=value))


@pytest.mark.parametrize("pads", [[-1, 0, 0, 0], [2**40, 0, 0, 0], [2**31] * 4, [0, 0], [0] * 9])
@pytest.mark.parametrize("op", ["Conv", "MaxPool"])
def test_padding(op: str, pads: list[int]) -> None:
    constants = [W] if op == "Conv" else []
    more = {} if op == "Conv" else {"kernel_shape": [3, 3]}
    assert "'it'" in _refused(_model(op, [X], constants, pads=pads, **more))


@pytest.mark.parametrize("value", [4, -5, 99, 2**31, -(2**63)])
@pytest.mark.parametrize("op", ["Concat", "Softmax", "ArgMax", "Flatten", "Gather", "Split"])
def test_an_axis_outside_the_rank(op: str, value: int) -> None:
    if op == "Flatten":
        value += value > 0  # the rank itself is allowed there
    constants = [np.array([0], np.int64)] if op == "Gather" else []
    more = {"num_outputs": 2} if op == "Split" else {}
    assert "'it'" in _refused(_model(op, [X], constants, axis=value, **more))


@pytest.mark.parametrize("perm", [[0, 1, 2], [0, 0, 1, 2], [0, 1, 2, 4], [-1, 0, 1, 2], [0, 1, 2, 2**31]])
def test_a_permutation_that_is_none(perm: list[int]) -> None:
    assert "permutation" in _refused(_model("Transpose", [X], perm=perm))


@pytest.mark.parametrize("shape", [[-1, -1], [2**31, 2**31], [2**32, 0], [-2, 4], [7, -1], [0, 0, 0, 0, 0]])
@pytest.mark.parametrize("op", ["Reshape", "Expand", "Tile", "ConstantOfShape"])
def test_shapes(op: str, shape: list[int]) -> None:
    if (op, tuple(shape)) in {("ConstantOfShape", (0,) * 5), ("Expand", (0,) * 5)}:
        shape = [*shape, -1]
    inputs = [] if op == "ConstantOfShape" else [X]
    assert "'it'" in _refused(_model(op, inputs, [np.array(shape, np.int64)]), [np.ones(X, np.float32)][: len(inputs)])


@pytest.mark.parametrize("index", [-10, 9, 2**31, 2**40, -(2**63)])
@pytest.mark.parametrize("op", ["Gather", "GatherElements", "GatherND", "ScatterElements", "ScatterND"])
def test_constant_indices_outside(op: str, index: int) -> None:
    at = np.full((1, 1, 1, 1), index, np.int64)
    update = np.ones((1, 1, 1, 9, 9), np.float32) if op == "ScatterND" else np.ones((1, 1, 1, 1), np.float32)
    if op == "ScatterND":
        at, update = np.array([[0, 0, index, 0]]), np.ones(1, np.float32)
    constants = [at, update] if op.startswith("Scatter") else [at]
    more = {} if op.endswith("ND") else {"axis": 2}
    _refused(_model(op, [X], constants, **more))


def test_a_range_without_end() -> None:
    for limit, step in itertools.product((2**50, 2**62, np.iinfo(np.int64).max), (1,)):
        numbers = [np.array(item, np.int64) for item in (0, limit, step)]
        assert "too many" in _refused(_model("Range", [], numbers), [])
    zero = [np.array(item, np.int64) for item in (0, 5, 0)]
    assert "step" in _refused(_model("Range", [], zero), [])


def _loop(trips: int) -> bytes:
    body = helper.make_graph(
        [helper.make_node("Identity", ["c"], ["d"]), helper.make_node("Add", ["v", "v"], ["w"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("c", TensorProto.BOOL, []),
            helper.make_tensor_value_info("v", TensorProto.FLOAT, [2]),
        ],
        [
            helper.make_tensor_value_info("d", TensorProto.BOOL, []),
            helper.make_tensor_value_info("w", TensorProto.FLOAT, [2]),
        ],
    )
    node = helper.make_node("Loop", ["n", "", "x"], ["y"], name="it", body=body)
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in "xy")
    graph = helper.make_graph([node], "g", [x], [y], [numpy_helper.from_array(np.array(trips, np.int64), "n")])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]).SerializeToString()


def test_loops_have_a_budget() -> None:
    np.testing.assert_array_equal(es.load(_loop(3))(np.ones(2, np.float32)), [8, 8])
    start = time.process_time()
    with pytest.raises(ModelError, match="once loops are unrolled"):
        es.load(_loop(2**40)).graph()
    assert time.process_time() - start < 30


@pytest.mark.parametrize("scale", [0.0, -1.0, np.nan, np.inf, 1e-45])
def test_quantization_parameters_without_sense_compute_what_the_formula_says(scale: float) -> None:
    data = _model("QuantizeLinear", [(4,)], [np.float32(scale), np.array(3, np.int8)])
    model = onnx.load_from_string(data)
    model.graph.output[0].type.tensor_type.elem_type = TensorProto.INT8
    got = es.load(model.SerializeToString())(np.array([-1, 0, 1, 2], np.float32))
    assert got.dtype == np.int8


def test_a_scalar_where_a_matrix_belongs() -> None:
    for op, count in (("Gemm", 2), ("Conv", 2), ("MatMul", 2), ("LSTM", 3), ("BatchNormalization", 5), ("Resize", 1)):
        assert "'it'" in _refused(_model(op, [()] * count))


def test_missing_inputs_and_attributes_are_named() -> None:
    assert "input 1 is required" in _refused(_model("MatMul", [(2, 2)]))
    assert "'to' is required" in _refused(_model("Cast", [(2, 2)]))
    assert "must be an integer" in _refused(_model("Softmax", [(2, 2)], axis="x"))


def test_a_list_where_a_tensor_belongs() -> None:
    assert "must be a tensor" in _refused(_model("ConstantOfShape", [], [np.array([2])], value=[1.0]), [])


def test_a_split_into_more_parts_than_there_are_outputs() -> None:
    assert "num_outputs" in _refused(_model("Split", [(4,)], num_outputs=2**40))
