"""Branches, loops, calls and variables, flattened; and everything that cannot be converted, told at once."""

from __future__ import annotations

import numpy as np
import pytest
from importers.single import ours
from tflite_builder import TFLiteBuilder

from edgesmith.errors import ModelError, UnsupportedError
from edgesmith.model import load

NONE = {"fused_activation_function": "NONE"}


def _unary(b: TFLiteBuilder, name: str, op: str, number: float) -> int:
    """A subgraph y = x op number."""
    index = b.subgraph(name)
    x, y = b.tensor("x", (3,)), b.tensor("y", (3,))
    b.op(op, [x, b.const("k", np.float32(number))], [y], NONE).inputs(x).outputs(y)
    return index


def test_a_branch_on_a_run_time_condition_chooses() -> None:
    b = TFLiteBuilder()
    c, x, y = b.tensor("c", (1,), "BOOL"), b.tensor("x", (3,)), b.tensor("y", (3,))
    b.op("IF", [c, x], [y], {"then_subgraph_index": 1, "else_subgraph_index": 2}).inputs(c, x).outputs(y)
    _unary(b, "then", "ADD", 1)
    _unary(b, "else", "MUL", 10)
    data, feed = b.build(), np.array([1, 2, 3], np.float32)
    np.testing.assert_array_equal(ours(data, [np.array([True]), feed])[0], feed + 1)
    np.testing.assert_array_equal(ours(data, [np.array([False]), feed])[0], feed * 10)


def _loop(limit: int) -> bytes:
    b = TFLiteBuilder()
    x, y, i = b.tensor("x", (3,)), b.tensor("y", (3,)), b.const("i", np.int32(0))
    out = b.tensor("count", (), "INT32")
    options = {"cond_subgraph_index": 1, "body_subgraph_index": 2}
    b.op("WHILE", [i, x], [out, y], options).inputs(x).outputs(y, out)
    b.subgraph("cond")
    i, x, go = b.tensor("i", (), "INT32"), b.tensor("x", (3,)), b.tensor("go", (), "BOOL")
    b.op("LESS", [i, b.const("limit", np.int32(limit))], [go]).inputs(i, x).outputs(go)
    b.subgraph("body")
    i, x = b.tensor("i", (), "INT32"), b.tensor("x", (3,))
    j, y = b.tensor("j", (), "INT32"), b.tensor("y", (3,))
    b.op("ADD", [i, b.const("one", np.int32(1))], [j], NONE).op("ADD", [x, x], [y], NONE)
    return b.inputs(i, x).outputs(j, y).build()


def test_a_loop_of_known_length_is_unrolled() -> None:
    feed = np.array([1, 2, 3], np.float32)
    y, count = ours(_loop(5), [feed])
    np.testing.assert_array_equal(y, feed * 32)
    assert count == 5


def test_a_loop_without_end_is_refused() -> None:
    with pytest.raises((UnsupportedError, ModelError), match=r"iterations|flattening"):
        load(_loop(2**31 - 1)).graph()


def test_a_call_is_inlined_and_recursion_ends() -> None:
    b = TFLiteBuilder()
    x, y = b.tensor("x", (3,)), b.tensor("y", (3,))
    b.op("CALL", [x], [y], {"subgraph": 1}).inputs(x).outputs(y)
    _unary(b, "callee", "MUL", 2)
    feed = np.array([1, 2, 3], np.float32)
    np.testing.assert_array_equal(ours(b.build(), [feed])[0], feed * 2)
    b = TFLiteBuilder()
    x, y = b.tensor("x", (3,)), b.tensor("y", (3,))
    b.op("CALL", [x], [y], {"subgraph": 0}).inputs(x).outputs(y)
    with pytest.raises(ModelError, match="nested deeper"):
        load(b.build()).graph()


def test_a_variable_starts_from_its_initialisation_and_lives_between_runs() -> None:
    b = TFLiteBuilder()
    x, handle = b.tensor("x", (3,)), b.tensor("handle", (), "RESOURCE")
    old, new = b.tensor("old", (3,)), b.tensor("new", (3,))
    named = {"container": "", "shared_name": "total"}
    b.op("CALL_ONCE", [], [], {"init_subgraph_index": 1}).op("VAR_HANDLE", [], [handle], named)
    b.op("READ_VARIABLE", [handle], [old]).op("ADD", [old, x], [new], NONE).op("ASSIGN_VARIABLE", [handle, new], [])
    b.inputs(x).outputs(new)
    b.subgraph("init")
    handle = b.tensor("handle", (), "RESOURCE")
    b.op("VAR_HANDLE", [], [handle], named)
    b.op("ASSIGN_VARIABLE", [handle, b.const("start", np.array([100, 200, 300], np.float32))], [])
    feed = np.array([1, 2, 3], np.float32)
    np.testing.assert_array_equal(ours(b.build(), [feed], runs=3)[0], [103, 206, 309])


def test_all_that_is_missing_is_told_at_once() -> None:
    b = TFLiteBuilder()
    x = b.tensor("x", (3,))
    one, two, three = b.tensor("one", (3,)), b.tensor("two", (3,)), b.tensor("three", (3,))
    b.op("FlexErf", [x], [one]).op("SKIP_GRAM", [one], [two], {}).op("MyOwn", [two], [three])
    with pytest.raises(UnsupportedError) as caught:
        load(b.inputs(x).outputs(three).build()).graph()
    assert [(item.operator, item.node) for item in caught.value.items] == [
        ("FlexErf", "one"), ("SKIP_GRAM", "two"), ("MyOwn", "three"),
    ]  # fmt: skip
    assert "SELECT_TF_OPS" in str(caught.value)


def test_a_shape_that_the_file_states_wrongly_is_an_error() -> None:
    b = TFLiteBuilder()
    x, y = b.tensor("x", (3,)), b.tensor("y", (4,))
    b.op("ADD", [x, x], [y], NONE)
    with pytest.raises(ModelError, match="'y'"):
        load(b.inputs(x).outputs(y).build()).graph()


def test_another_batch_computes_all_shapes_anew() -> None:
    b = TFLiteBuilder()
    x, y = b.tensor("x", (1, 3), signature=(-1, 3)), b.tensor("y", (1, 3), signature=(-1, 3))
    b.op("ADD", [x, x], [y], NONE)
    feed = np.arange(12, dtype=np.float32).reshape(4, 3)
    np.testing.assert_array_equal(ours(b.inputs(x).outputs(y).build(), [feed])[0], 2 * feed)


def test_a_shape_from_an_input_value_specialises() -> None:
    b = TFLiteBuilder()
    x, shape, y = b.tensor("x", (6,)), b.tensor("shape", (2,), "INT32"), b.tensor("y", (), ranked=False)
    b.op("RESHAPE", [x, shape], [y], {"new_shape": []})
    model = load(b.inputs(x, shape).outputs(y).build())
    feed = np.arange(6, dtype=np.float32)
    assert model(feed, np.array([2, 3], np.int32)).shape == (2, 3)
    assert model(feed, np.array([3, 2], np.int32)).shape == (3, 2)
