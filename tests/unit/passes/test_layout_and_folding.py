"""Passes keep what a graph computes, and leave the operators that they promise to leave."""

from __future__ import annotations

import numpy as np
import pytest

from edgesmith.compiler import compile_graph
from edgesmith.ir import Graph, Value, verify
from edgesmith.ops import Builder, interpret
from edgesmith.passes.fold_pads import fold_pads
from edgesmith.passes.fold_scale_and_shift import fold_scale_and_shift
from edgesmith.passes.fuse_activation import fuse_activation
from edgesmith.passes.fuse_hard_sigmoid import fuse_hard_sigmoid
from edgesmith.passes.remove_transposes import remove_transposes
from edgesmith.program.file import write
from edgesmith.runtime.session import Session
from edgesmith.types import DType

RNG = np.random.default_rng(7)
TO_LAST, TO_FIRST = (0, 2, 3, 1), (0, 3, 1, 2)


def array(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape).astype(np.float32)


def conv(b: Builder, x: Value, channels: int, pad: int = 1) -> Value:
    """A channels-first convolution as importers write it."""
    last = b.add("transpose", x, perm=TO_LAST)
    w = b.constant(array(channels, 3, 3, last.shape[-1]))
    bias = b.constant(array(channels))
    made = b.add("conv2d", last, w, bias, padding=((pad, pad), (pad, pad)))
    return b.add("transpose", made, perm=TO_FIRST)


def residual_net() -> Graph:
    b = Builder("residual")
    x = b.input("x", (1, 3, 6, 5), DType.F32)
    first = b.add("mul", conv(b, x, 4), b.constant(array(1, 4, 1, 1)))
    first = b.add("add", first, b.constant(array(4, 1, 1)))
    first = b.add("relu", first)
    second = conv(b, first, 4)
    joined = b.add("relu", b.add("add", first, second))
    both = b.add("concat", joined, first, axis=1)
    b.output(b.add("reduce_mean", both, axes=(2, 3), keepdims=True), "y")
    return b.graph


def ops(graph: Graph) -> list[str]:
    return [node.op for node in graph.nodes]


@pytest.fixture(autouse=True)
def _needs_operators() -> None:
    from edgesmith.ops import load_all

    missing = {"relu", "reduce_mean", "clip", "pad"} - set(load_all())
    if missing:
        pytest.skip(f"operators are missing: {missing}")


def test_channels_first_net_keeps_one_transpose_an_end() -> None:
    graph = residual_net()
    x = array(1, 3, 6, 5)
    before = interpret(graph, [x])[0]
    remove_transposes(graph)
    verify(graph)
    assert ops(graph).count("transpose") == 2
    np.testing.assert_allclose(interpret(graph, [x])[0], before, rtol=1e-5, atol=1e-5)
    fold_scale_and_shift(graph)
    fuse_activation(graph)
    verify(graph)
    assert ops(graph) == ["transpose", "conv2d", "conv2d", "add", "relu", "concat", "reduce_mean", "transpose"]
    np.testing.assert_allclose(interpret(graph, [x])[0], before, rtol=1e-4, atol=1e-5)
    with Session(write([compile_graph(graph)])) as session:
        np.testing.assert_allclose(session.run(x)[0], before, rtol=1e-4, atol=1e-4)


def test_a_value_that_others_read_is_not_folded() -> None:
    b = Builder()
    x = b.input("x", (1, 4, 4, 2), DType.F32)
    made = b.add("conv2d", x, b.constant(array(3, 1, 1, 2)), None, padding=((0, 0), (0, 0)))
    b.output(b.add("mul", made, b.constant(array(3))), "scaled")
    b.output(b.add("relu", made), "active")
    feed = array(1, 4, 4, 2)
    before = interpret(b.graph, [feed])
    fold_scale_and_shift(b.graph)
    fuse_activation(b.graph)
    assert ops(b.graph) == ["conv2d", "mul", "relu"]
    for got, want in zip(interpret(b.graph, [feed]), before, strict=True):
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize(
    ("op", "shape", "weights", "attrs"),
    [
        ("transpose_conv2d", (1, 4, 3, 4), (6, 2, 2, 2), {"strides": (2, 2), "groups": 2}),
        ("conv3d", (1, 3, 4, 3, 2), (6, 2, 2, 2, 2), {}),
    ],
)
def test_normalization_disappears_in_other_layers_too(
    op: str, shape: tuple[int, ...], weights: tuple[int, ...], attrs: dict[str, object]
) -> None:
    b = Builder()
    made = b.add(op, b.input("x", shape, DType.F32), b.constant(array(*weights)), None, **attrs)
    made = b.add("add", b.add("mul", made, b.constant(array(6))), b.constant(array(6)))
    b.output(b.add("relu", made), "y")
    feed = array(*shape)
    before = interpret(b.graph, [feed])[0]
    fold_scale_and_shift(b.graph)
    fuse_activation(b.graph)
    assert ops(b.graph) == [op]
    with Session(write([compile_graph(b.graph)])) as session:
        np.testing.assert_allclose(session.run(feed)[0], before, rtol=1e-4, atol=1e-4)


def test_scale_after_an_activation_stays() -> None:
    b = Builder()
    x = b.input("x", (1, 4, 4, 2), DType.F32)
    made = b.add("conv2d", x, b.constant(array(3, 1, 1, 2)), None, padding=((0, 0), (0, 0)))
    b.output(b.add("mul", b.add("relu", made), b.constant(-np.abs(array(3)))), "y")
    feed = array(1, 4, 4, 2)
    before = interpret(b.graph, [feed])[0]
    fuse_activation(b.graph)
    fold_scale_and_shift(b.graph)
    assert ops(b.graph) == ["conv2d", "mul"]
    np.testing.assert_array_equal(interpret(b.graph, [feed])[0], before)


def test_zero_pad_moves_into_the_convolution_and_another_value_does_not() -> None:
    for value, left in ((0.0, ["conv2d"]), (1.0, ["pad", "conv2d"])):
        b = Builder()
        x = b.input("x", (1, 5, 5, 2), DType.F32)
        padded = b.add("pad", x, pads=((0, 0), (0, 1), (2, 1), (0, 0)), mode="constant", value=value)
        b.output(b.add("conv2d", padded, b.constant(array(3, 3, 3, 2)), None, padding=((0, 0), (1, 0))), "y")
        feed = array(1, 5, 5, 2)
        before = interpret(b.graph, [feed])[0]
        fold_pads(b.graph)
        assert ops(b.graph) == left
        np.testing.assert_allclose(interpret(b.graph, [feed])[0], before, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("axes", [(2, 3), (3, 2), (-1, 2)])
def test_a_reduction_that_drops_its_axes_reads_before_the_transpose(axes: tuple[int, ...]) -> None:
    b = Builder("pooled")
    first = b.add("transpose", b.input("x", (2, 5, 6, 3), DType.F32), perm=TO_FIRST)
    b.output(b.add("reduce_mean", first, axes=axes), "y")
    x = array(2, 5, 6, 3)
    before = interpret(b.graph, [x])[0]
    remove_transposes(b.graph)
    verify(b.graph)
    assert ops(b.graph) == ["reduce_mean"]
    np.testing.assert_allclose(interpret(b.graph, [x])[0], before, rtol=1e-5, atol=1e-6)


def test_a_reduction_that_would_turn_its_result_keeps_the_transpose() -> None:
    b = Builder("rows")
    first = b.add("transpose", b.input("x", (2, 5, 6, 3), DType.F32), perm=TO_FIRST)
    b.output(b.add("reduce_mean", first, axes=(0,)), "y")
    x = array(2, 5, 6, 3)
    before = interpret(b.graph, [x])[0]
    remove_transposes(b.graph)
    assert ops(b.graph) == ["transpose", "reduce_mean"]
    np.testing.assert_array_equal(interpret(b.graph, [x])[0], before)


def test_a_resize_moves_before_the_transpose() -> None:
    b = Builder("resized")
    first = b.add("transpose", b.input("x", (1, 4, 5, 3), DType.F32), perm=TO_FIRST)
    wide = b.add("resize", first, axes=(3, 2), sizes=(10, 6), scales=(2.0, 1.5), mode="linear")
    b.output(b.add("transpose", wide, perm=TO_LAST), "y")
    x = array(1, 4, 5, 3)
    before = interpret(b.graph, [x])[0]
    remove_transposes(b.graph)
    verify(b.graph)
    assert ops(b.graph) == ["resize"]
    assert (b.graph.nodes[0].attrs["axes"], b.graph.nodes[0].attrs["sizes"]) == ((1, 2), (6, 10))
    np.testing.assert_allclose(interpret(b.graph, [x])[0], before, rtol=1e-6, atol=1e-6)


def test_a_table_stays_as_it_is_where_a_transpose_passes_its_lookup() -> None:
    b = Builder()
    x = b.input("x", (2, 3, 5), DType.I8)
    table = b.constant(np.arange(256).astype(np.uint8).view(np.int8)[::-1])
    b.output(b.add("lookup", b.add("transpose", x, perm=(2, 0, 1)), table), "y")
    feed = RNG.integers(-128, 128, (2, 3, 5)).astype(np.int8)
    before = interpret(b.graph, [feed])[0]
    remove_transposes(b.graph)
    assert ops(b.graph) == ["lookup", "transpose"]
    np.testing.assert_array_equal(interpret(b.graph, [feed])[0], before)


@pytest.mark.parametrize("shared", [False, True])
def test_a_hard_sigmoid_moves_into_the_layer_that_only_it_reads(shared: bool) -> None:
    b = Builder("gate")
    x = b.input("x", (2, 7), DType.F32)
    made = b.add("fully_connected", x, b.constant(array(5, 7)), b.constant(array(5)))
    b.output(b.add("hard_sigmoid", made, alpha=1 / 6, beta=0.5), "y")
    if shared:
        b.output(made, "z")
    feed = array(2, 7) * np.float32(3)
    before = interpret(b.graph, [feed])
    fuse_hard_sigmoid(b.graph)
    verify(b.graph)
    assert ops(b.graph) == ["fully_connected", "hard_sigmoid"][: 2 if shared else 1]
    for got, wanted in zip(interpret(b.graph, [feed]), before, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)


def test_turned_values_take_no_name_that_is_there() -> None:
    """A file that was written after the pass has its names already."""
    b = Builder("again")
    x = b.add("transpose", b.input("x", (1, 3, 6, 5), DType.F32), perm=TO_LAST)
    y = b.add("relu", x)
    z = b.add("relu", b.add("max_pool2d", y, kernel=(2, 2), strides=(2, 2)))
    z.name = f"{y.name}.t"
    b.output(z, "z")
    remove_transposes(b.graph)
    names = [value.name for node in b.graph.nodes for value in node.outputs]
    assert f"{y.name}.t.t" in names
    assert len(set(names)) == len(names)
