"""Compositions of movements against plain NumPy, and what the runtime says of an index outside its tensor."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from edgesmith.compiler import compile_graph
from edgesmith.errors import ModelError, RunError
from edgesmith.ir import Value
from edgesmith.ops import Builder, compositions, interpret
from edgesmith.program.file import write
from edgesmith.runtime.session import Session
from edgesmith.types import DType

X = np.arange(2 * 4 * 6 * 8, dtype=np.float32).reshape(2, 4, 6, 8)


def run(make: Callable[[Builder, Value], Value]) -> np.ndarray:
    """The composition on X, by the NumPy meanings and by the C runtime, which must agree."""
    builder = Builder("t")
    builder.output(make(builder, builder.input("x", X.shape, DType.F32)), "y")
    (want,) = interpret(builder.graph, [X])
    with Session(write([compile_graph(builder.graph)])) as session:
        (got,) = session.run(X)
        np.testing.assert_array_equal(got, want)
    return want


def test_split_gives_consecutive_parts() -> None:
    builder = Builder("t")
    parts = compositions.split(builder, builder.input("x", X.shape, DType.F32), 2, [1, 0, 5])
    assert [part.shape for part in parts] == [(2, 4, 1, 8), (2, 4, 0, 8), (2, 4, 5, 8)]
    with pytest.raises(ModelError, match="add up to 6"):
        compositions.split(builder, builder.graph.inputs[0], 2, [1, 6])


def test_pad_or_crop() -> None:
    pads = [(0, 0), (-1, 2), (1, -2), (0, 0)]
    want = np.pad(X[:, 1:, :4], [(0, 0), (0, 2), (1, 0), (0, 0)])
    np.testing.assert_array_equal(run(lambda b, x: compositions.pad_or_crop(b, x, pads)), want)


def test_center_crop_pad() -> None:
    got = run(lambda b, x: compositions.center_crop_pad(b, x, (1, 2), (7, 3)))
    np.testing.assert_array_equal(got, np.pad(X[:, :, 1:4], [(0, 0), (1, 2), (0, 0), (0, 0)]))


@pytest.mark.parametrize("shift", [0, 1, -2, 13])
def test_roll(shift: int) -> None:
    np.testing.assert_array_equal(run(lambda b, x: compositions.roll(b, x, 2, shift)), np.roll(X, shift, 2))


def test_space_and_depth_are_inverse() -> None:
    deep = run(lambda b, x: compositions.space_to_depth(b, x, 2))
    assert deep.shape == (2, 2, 3, 32)
    np.testing.assert_array_equal(deep[1, 1, 2], X[1, 2:4, 4:6].ravel())
    back = run(lambda b, x: compositions.depth_to_space(b, compositions.space_to_depth(b, x, 2), 2))
    np.testing.assert_array_equal(back, X)


def test_depth_to_space_channels_first() -> None:
    got = run(lambda b, x: compositions.depth_to_space(b, x, 2, channels_first=True))
    assert got[1, 3, 4, 1] == X[1, 1, 2, 4 + 2 + 0]


def test_space_and_batch_are_inverse() -> None:
    pads = [(0, 0), (1, 2)]
    moved = run(lambda b, x: compositions.space_to_batch(b, x, [2, 3], pads))
    padded = np.pad(X, [(0, 0), *pads, (0, 0)])
    assert moved.shape == (12, 2, 3, 8)
    np.testing.assert_array_equal(moved[2 * (1 * 3 + 2) + 1], padded[1, 1::2, 2::3])

    def there_and_back(b: Builder, x: Value) -> Value:
        return compositions.batch_to_space(b, compositions.space_to_batch(b, x, [2, 3], pads), [2, 3], pads)

    np.testing.assert_array_equal(run(there_and_back), X)


@pytest.mark.parametrize("index", [5, -1, -(2**62), 2**62])
@pytest.mark.parametrize("op", ["gather", "gather_nd", "gather_elements", "scatter_nd", "scatter_elements"])
def test_an_index_outside_is_an_error_of_the_run(op: str, index: int) -> None:
    builder = Builder("t")
    x = builder.input("x", (5, 1), DType.F32)
    at = builder.input("at", (2, 1), DType.I64)
    updates = [builder.input("u", (2, 1), DType.F32)] if op.startswith("scatter") else []
    builder.output(builder.add(op, x, at, *updates), "y")
    feeds = [np.ones(value.shape, value.dtype.numpy) for value in builder.graph.inputs]
    with Session(write([compile_graph(builder.graph)])) as session:
        session.run(*feeds)
        feeds[1][1] = index
        with pytest.raises(RunError, match="index"):
            session.run(*feeds)
    with pytest.raises(ModelError, match="index"):
        interpret(builder.graph, feeds)


def test_a_length_outside_is_an_error_of_the_run() -> None:
    builder = Builder("t")
    x, lengths = builder.input("x", (2, 4), DType.F32), builder.input("n", (2,), DType.I32)
    builder.output(builder.add("reverse_sequence", x, lengths, seq_axis=1, batch_axis=0), "y")
    with Session(write([compile_graph(builder.graph)])) as session, pytest.raises(RunError, match="index"):
        session.run(np.ones((2, 4), np.float32), np.array([1, 5], np.int32))
