"""The pass on small graphs: what becomes of each operator, and how far integers are from real arithmetic."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from edgesmith.compiler import compile_graph
from edgesmith.ir import Graph, Value, verify
from edgesmith.ops import Builder, interpret
from edgesmith.ops.quantized import dequantize_array
from edgesmith.passes.legalize_quantized import legalize_quantized
from edgesmith.program.file import write
from edgesmith.runtime.session import Session
from edgesmith.types import DType, Quantization

X = Quantization.make(0.05, -3)
Y = Quantization.make(0.031, 9)
WIDE = Quantization.make(0.0003, 0)
PROBABILITY = Quantization.make(1 / 256, -128)


def real(q: np.ndarray, quant: Quantization | None) -> np.ndarray:
    assert quant is not None
    return dequantize_array(q, quant).astype(np.float64)


def run(graph: Graph, *feeds: np.ndarray) -> list[np.ndarray]:
    """Legalize, compute by the NumPy meaning, and require the same bits of the C runtime."""
    legalize_quantized(graph)
    verify(graph, "legalize_quantized")
    expected = interpret(graph, feeds)
    with Session(write([compile_graph(graph)])) as session:
        for got, want in zip(session.run(*feeds), expected, strict=True):
            np.testing.assert_array_equal(got, want)
    return expected


def every(dtype: DType) -> np.ndarray:
    info = np.iinfo(np.dtype(dtype.numpy).str)
    return np.arange(info.min, info.max + 1).astype(dtype.numpy)


def ops(graph: Graph) -> list[str]:
    return [node.op for node in graph.nodes]


def exact(got: np.ndarray, quant: Quantization, want: np.ndarray, steps: float = 1.0) -> None:
    """Within so many steps of the real result, where the output can hold it."""
    info = np.iinfo(got.dtype)
    low, high = real(np.array([info.min, info.max], got.dtype), quant)
    assert np.abs(real(got, quant) - np.clip(want, low, high)).max() <= steps * quant.scale0


@pytest.mark.parametrize(
    ("op", "function"), [("add", np.add), ("sub", np.subtract), ("mul", np.multiply), ("maximum", np.maximum)]
)
def test_binary_operators_compute_with_integers(op: str, function: Callable[..., np.ndarray]) -> None:
    b = Builder()
    x = b.input("x", (256, 1), DType.I8, X)
    z = b.input("z", (1, 256), DType.I8, Y)
    out = b.add(op, x, z, quant=X)
    b.output(out, "y")
    feeds = every(DType.I8).reshape(256, 1), every(DType.I8).reshape(1, 256)
    (got,) = run(b.graph, *feeds)
    assert ops(b.graph) == [f"{op}_q"]
    exact(got, X, function(real(feeds[0], X), real(feeds[1], Y)), 0.51)


def test_a_clamp_goes_into_the_addition_before_it() -> None:
    b = Builder()
    x = b.input("x", (256,), DType.I8, X)
    total = b.add("add", x, x, quant=X)
    clamped = b.add("clip", b.add("relu", total, quant=X), quant=X, lo=0.0, hi=6.0)
    b.output(clamped, "y")
    (got,) = run(b.graph, every(DType.I8))
    assert ops(b.graph) == ["add_q"]
    exact(got, X, np.clip(2 * real(every(DType.I8), X), 0, 6), 0.51)


def test_a_clamp_stays_where_others_read_what_it_clamps() -> None:
    b = Builder()
    x = b.input("x", (256,), DType.I8, X)
    total = b.add("add", x, x, quant=X)
    b.output(b.add("relu", total, quant=X), "y")
    b.output(total, "sum")
    clamped, total_q = run(b.graph, every(DType.I8))
    assert ops(b.graph) == ["add_q", "lookup"]
    assert real(clamped, X).min() >= 0 > real(total_q, X).min()


def test_two_clamps_keep_the_later_one_where_their_ranges_do_not_meet() -> None:
    b = Builder()
    x = b.input("x", (256,), DType.I8, X)
    total = b.add("add", x, x, quant=X)
    low = b.add("clip", total, quant=X, lo=-3.0, hi=-2.0)
    b.output(b.add("clip", low, quant=X, lo=1.0, hi=2.0), "y")
    (got,) = run(b.graph, every(DType.I8))
    assert ops(b.graph) == ["add_q"]
    np.testing.assert_allclose(real(got, X), 1.0)


def test_relu_that_changes_nothing_disappears() -> None:
    quant = Quantization.make(0.02, -128)
    b = Builder()
    x = b.input("x", (256,), DType.I8, quant)
    y = b.add("tanh", b.add("relu", x, quant=quant), quant=Y)
    b.output(y, "y")
    (got,) = run(b.graph, every(DType.I8))
    assert ops(b.graph) == ["lookup"]
    exact(got, Y, np.tanh(real(every(DType.I8), quant)), 0.51)


@pytest.mark.parametrize("op", ["sigmoid", "tanh", "hard_swish", "exp", "rsqrt"])
def test_functions_become_tables(op: str) -> None:
    functions = {
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
        "tanh": np.tanh,
        "hard_swish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
        "exp": np.exp,
        "rsqrt": lambda x: 1 / np.sqrt(x),
    }
    for dtype, source, target in ((DType.I8, X, Y), (DType.I16, WIDE, Quantization.make(0.0004, 0))):
        b = Builder()
        x = b.input("x", (every(dtype).size,), dtype, source)
        b.output(b.add(op, x, quant=target), "y")
        (got,) = run(b.graph, every(dtype))
        assert ops(b.graph) == ["lookup"]
        with np.errstate(all="ignore"):
            want = functions[op](real(every(dtype), source))
        fine = np.isfinite(want)
        exact(got[fine], target, want[fine], 0.51 if dtype is DType.I8 else 1.51)


def test_smooth_functions_of_int16_take_four_kilobytes() -> None:
    b = Builder()
    x = b.input("x", (4,), DType.I16, Quantization.make(2.0**-12))
    b.output(b.add("tanh", x, quant=Quantization.make(2.0**-15)), "y")
    run(b.graph, np.array([-9, 0, 9, 32767], np.int16))
    table = b.graph.nodes[0].input(1)
    assert table.size == 2049


@pytest.mark.parametrize(("dtype", "quant"), [(DType.I8, X), (DType.I16, WIDE)])
@pytest.mark.parametrize("op", ["softmax", "log_softmax"])
def test_softmax_is_within_a_step(op: str, dtype: DType, quant: Quantization) -> None:
    target = {
        ("softmax", DType.I8): PROBABILITY,
        ("softmax", DType.I16): Quantization.make(1 / 32768, 0),
        ("log_softmax", DType.I8): Quantization.make(1 / 16, 127),
        ("log_softmax", DType.I16): Quantization.make(1 / 2048, 32767),
    }[op, dtype]
    b = Builder()
    x = b.input("x", (64, 19), dtype, quant)
    b.output(b.add(f"{op}_q", x, axis=-1, quant=target), "y")
    feed = np.random.default_rng(1).choice(every(dtype), (64, 19))
    (got,) = run(b.graph, feed)
    assert ops(b.graph) == [f"{op}_q"]
    reals = real(feed, quant)
    want = reals - np.log(np.exp(reals).sum(-1, keepdims=True))
    exact(got, target, np.exp(want) if op == "softmax" else want, 0.55)


def test_movement_keeps_integers_and_requantizes_where_parameters_differ() -> None:
    b = Builder()
    x = b.input("x", (3, 256), DType.I8, X)
    z = b.input("z", (3, 256), DType.I8, Y)
    turned = b.add("transpose", x, perm=(1, 0), quant=Y)
    b.output(turned, "y")
    first = b.constant(np.arange(256) % 3 == 0)
    b.output(b.add("select", first, x, z, quant=PROBABILITY), "both")
    feeds = np.stack([every(DType.I8)] * 3), np.stack([every(DType.I8)] * 3)
    got = run(b.graph, *feeds)
    exact(got[0], Y, real(feeds[0], X).T, 0.51)
    chosen = np.where(np.arange(256) % 3 == 0, real(feeds[0], X), real(feeds[1], Y))
    exact(got[1], PROBABILITY, chosen, 0.51)
    assert sorted(ops(b.graph)) == ["requantize"] * 3 + ["select", "transpose"]


def test_mean_is_an_integer_sum_and_one_rounding() -> None:
    b = Builder()
    x = b.input("x", (1, 16, 16, 5), DType.I8, X)
    b.output(b.add("reduce_mean", x, axes=(1, 2), keepdims=False, quant=Y), "y")
    feed = np.random.default_rng(2).integers(-128, 128, (1, 16, 16, 5)).astype(np.int8)
    (got,) = run(b.graph, feed)
    assert ops(b.graph) == ["reduce_mean_q"]
    exact(got, Y, real(feed, X).mean((1, 2)), 0.51)


def test_what_has_no_integer_form_is_an_island_and_listed() -> None:
    b = Builder()
    b.source = "angle"
    x: Value = b.input("x", (7, 5), DType.I8, X)
    z = b.constant(np.full((5,), 30, np.int8), quant=Y)
    b.output(b.add("atan2", x, z, quant=Y), "y")
    feed = np.random.default_rng(3).integers(-128, 128, (7, 5)).astype(np.int8)
    legalize_quantized(b.graph)
    assert ops(b.graph) == ["dequantize", "atan2", "quantize"]
    assert b.graph.metadata["float_islands"] == ["atan2 'angle'"]
    (got,) = interpret(b.graph, [feed])
    exact(got, Y, np.arctan2(real(feed, X), real(np.int8(30), Y)), 0.51)


def test_plain_integers_are_left_alone() -> None:
    b = Builder()
    x = b.input("x", (4,), DType.I32)
    b.output(b.add("add", x, x), "y")
    legalize_quantized(b.graph)
    assert ops(b.graph) == ["add"]
    assert "float_islands" not in b.graph.metadata
