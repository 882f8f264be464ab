"""Inputs and outputs of engines with other layouts and types."""

from __future__ import annotations

import numpy as np
import pytest

from edgesmith.errors import CheckFailed
from edgesmith.measure.bench_agree import compare, random_feeds, reorder, translate
from edgesmith.measure.engines import Port

IMAGE = np.arange(24, dtype=np.float32).reshape(1, 2, 4, 3)


def test_channels_move_where_the_other_engine_has_them_elsewhere() -> None:
    first = reorder(IMAGE, (1, 3, 2, 4), "input 'x'")
    assert np.array_equal(first, IMAGE.transpose(0, 3, 1, 2))
    assert np.array_equal(reorder(first, IMAGE.shape, "input 'x'"), IMAGE)
    assert reorder(IMAGE[:1, :1, :1], (3,), "input 'x'").shape == (3,)
    with pytest.raises(CheckFailed, match=r"input 'x' has shape \(1, 2, 4, 3\) for us"):
        reorder(IMAGE, (1, 5), "input 'x'")


def test_quantized_inputs_become_what_the_other_engine_takes() -> None:
    q = np.array([[-128, 0, 127]], np.int8)
    ours = Port("x", (1, 3), "int8", 0.5, -128)
    assert translate(q, ours, Port("x", (1, 3), "float32")).tolist() == [[0.0, 64.0, 127.5]]
    assert translate(q, ours, Port("x", (1, 3), "uint8")).tolist() == [[0, 128, 255]]
    assert translate(q, ours, Port("x", (1, 3), "int8")) is q
    with pytest.raises(CheckFailed, match="is float32 for us and int8 for the other"):
        translate(IMAGE, Port("x", IMAGE.shape, "float32"), Port("x", IMAGE.shape, "int8"))


def test_floats_differ_relative_to_the_largest_value() -> None:
    port = Port("y", (1, 2), "float32")
    found = compare([np.float32([[1, -4]])], [port], [np.float32([[1, -4.4]])], [port])
    assert found.unit == "relative"
    assert found.most == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("got", "theirs"),
    [
        (np.int8([[3, 8]]), Port("y", (1, 2), "int8", 0.25, 1)),
        (np.uint8([[131, 136]]), Port("y", (1, 2), "uint8")),
        (np.float32([[0.5, 1.75]]), Port("y", (1, 2), "float32")),
    ],
)
def test_quantized_outputs_differ_by_steps(got: np.ndarray, theirs: Port) -> None:
    ours = Port("y", (1, 2), "int8", 0.25, 1)
    found = compare([np.int8([[3, 10]])], [ours], [got], [theirs])
    assert (found.unit, found.most, found.mean) == ("steps", 2.0, 1.0)
    assert str(found) == "2 steps"


def test_outputs_that_cannot_be_compared_are_refused() -> None:
    port = Port("y", (2,), "float32")
    with pytest.raises(CheckFailed, match="1 outputs, the other engine 0"):
        compare([np.zeros(2, np.float32)], [port], [], [])
    with pytest.raises(CheckFailed, match="not finite"):
        compare([np.zeros(2, np.float32)], [port], [np.float32([0, np.nan])], [port])


def test_random_inputs_fit_their_ports() -> None:
    ports = [Port("a", (2, 3), "float32"), Port("b", (50,), "int8", 0.1), Port("c", (9,), "int64")]
    a, b, c = random_feeds(ports)
    assert a.dtype == np.float32
    assert b.min() < -90 < 90 < b.max()
    assert set(c.tolist()) <= {0, 1}
