"""GELU, SiLU, Mish and layer normalisation, as files spell them out, become one node each and compute the same."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from edgesmith.ir import Graph, Value, verify
from edgesmith.ops import Builder, interpret
from edgesmith.passes.fold_matmul_transposes import fold_matmul_transposes
from edgesmith.passes.fuse_activation import fuse_activation
from edgesmith.passes.fuse_attention import fuse_attention
from edgesmith.passes.fuse_gelu import fuse_gelu
from edgesmith.passes.fuse_layer_norm import fuse_layer_norm
from edgesmith.passes.fuse_residual import fuse_residual
from edgesmith.passes.fuse_silu import fuse_silu
from edgesmith.types import DType

RNG = np.random.default_rng(11)


def checked(graph: Graph, rewrite: Callable[[Graph], None]) -> list[str]:
    """The operators after a rewrite that must not change what the graph computes."""
    feeds = [RNG.standard_normal(value.shape).astype(np.float32) for value in graph.inputs]
    before = interpret(graph, feeds)
    rewrite(graph)
    verify(graph, rewrite.__name__)
    for old, new in zip(before, interpret(graph, feeds), strict=True):
        np.testing.assert_allclose(new, old, rtol=1e-5, atol=1e-6)
    return [node.op for node in graph.nodes]


def gelu(b: Builder, x: Value, spelling: str) -> Value:
    def constant(number: float) -> Value:
        return b.constant(np.float32(number))

    inner = b.add("div", x, constant(math.sqrt(2))) if spelling != "times" else b.add("mul", x, constant(0.5**0.5))
    total = b.add("add", b.add("erf", inner), constant(1))
    if spelling == "half-first":
        return b.add("mul", b.add("mul", x, constant(0.5)), total)
    if spelling == "half-last":
        return b.add("mul", b.add("mul", x, total), constant(0.5))
    return b.add("mul", x, b.add("mul", constant(0.5), total))


@pytest.mark.parametrize("spelling", ["half-first", "half-last", "times"])
def test_gelu(spelling: str) -> None:
    b = Builder()
    b.output(gelu(b, b.input("x", (3, 8), DType.F32), spelling), "y")
    assert checked(b.graph, fuse_gelu) == ["gelu"]


def test_another_constant_is_no_gelu() -> None:
    b = Builder()
    x = b.input("x", (3, 8), DType.F32)
    total = b.add("add", b.add("erf", b.add("div", x, b.constant(np.float32(1.5)))), b.constant(np.float32(1)))
    b.output(b.add("mul", b.add("mul", x, total), b.constant(np.float32(0.5))), "y")
    assert "gelu" not in checked(b.graph, fuse_gelu)


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(("op", "factor"), [("silu", ["sigmoid"]), ("mish", ["softplus", "tanh"])])
def test_silu_and_mish(op: str, factor: list[str], swapped: bool) -> None:
    b = Builder()
    x = y = b.input("x", (3, 8), DType.F32)
    for name in factor:
        y = b.add(name, y)
    b.output(b.add("mul", *((y, x) if swapped else (x, y))), "y")
    assert checked(b.graph, fuse_silu) == [op]


@pytest.mark.parametrize("read_again", [False, True])
def test_a_gate_of_something_else_is_no_silu(read_again: bool) -> None:
    b = Builder()
    x, z = b.input("x", (3, 8), DType.F32), b.input("z", (3, 8), DType.F32)
    gate = b.add("sigmoid", x)
    b.output(b.add("mul", x if read_again else z, gate), "y")
    if read_again:
        b.output(b.add("neg", gate), "negated")  # the sigmoid is needed anyway
    assert "silu" not in checked(b.graph, fuse_silu)


def layer_norm(b: Builder, x: Value, axes: tuple[int, ...], spelling: str = "div", twice: bool = False) -> Value:
    def centred() -> Value:
        return b.add("sub", x, b.add("reduce_mean", x, axes=axes, keepdims=True))

    d = centred()
    base = centred() if twice else d
    square = b.add("pow", base, b.constant(np.float32(2))) if spelling == "div" else b.add("mul", base, base)
    spread = b.add("add", b.add("reduce_mean", square, axes=axes, keepdims=True), b.constant(np.float32(1e-5)))
    if spelling == "rsqrt":
        return b.add("mul", d, b.add("rsqrt", spread))
    root = b.add("sqrt", spread)
    return b.add("div", d, root) if spelling == "div" else b.add("mul", b.add("reciprocal", root), d)


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("spelling", ["div", "rsqrt", "reciprocal"])
def test_layer_norm_with_scale_and_bias(spelling: str, twice: bool) -> None:
    b = Builder()
    y = layer_norm(b, b.input("x", (2, 5, 8), DType.F32), (-1,), spelling, twice)
    y = b.add("mul", y, b.constant(RNG.standard_normal(8).astype(np.float32)))
    b.output(b.add("add", b.constant(RNG.standard_normal((1, 1, 8)).astype(np.float32)), y), "y")
    assert checked(b.graph, fuse_layer_norm) == ["layer_norm"]


def test_a_second_reader_keeps_scale_outside() -> None:
    b = Builder()
    y = layer_norm(b, b.input("x", (5, 8), DType.F32), (1,))
    b.output(y, "plain")
    b.output(b.add("mul", y, b.constant(RNG.standard_normal(8).astype(np.float32))), "scaled")
    assert checked(b.graph, fuse_layer_norm) == ["layer_norm", "mul"]


def test_scale_along_other_axes_stays() -> None:
    b = Builder()
    y = layer_norm(b, b.input("x", (5, 8), DType.F32), (1,))
    b.output(b.add("mul", y, b.constant(RNG.standard_normal((5, 1)).astype(np.float32))), "y")
    assert checked(b.graph, fuse_layer_norm) == ["layer_norm", "mul"]


def test_first_axes_are_no_layer_norm() -> None:
    b = Builder()
    b.output(layer_norm(b, b.input("x", (5, 8), DType.F32), (0,)), "y")
    assert "layer_norm" not in checked(b.graph, fuse_layer_norm)


def block(b: Builder, x: Value, weights: Value | None = None, both: bool = False) -> Value:
    """relu(x + conv(x)), or the sum of two convolutions."""
    w = b.constant(RNG.standard_normal((6, 1, 1, 6)).astype(np.float32)) if weights is None else weights
    branch = b.add("conv2d", x, w)
    other = b.add("conv2d", x, w) if both else x
    return b.add("relu", b.add("add", other, branch))


@pytest.mark.parametrize("both", [False, True])
def test_residuals(both: bool) -> None:
    b = Builder()
    x = b.input("x", (1, 3, 4, 6), DType.F32)
    b.output(block(b, block(b, x, both=both)), "y")
    assert checked(b.graph, fuse_residual) == ["conv2d", "conv2d", "relu", "conv2d", "relu"][1 - both :]
    assert checked(b.graph, fuse_activation) == ["conv2d", "conv2d", "conv2d"][1 - both :]


def test_residuals_of_fully_connected_layers() -> None:
    b = Builder()
    x = b.input("x", (5, 6), DType.F32)
    y = b.add("fully_connected", x, b.constant(RNG.standard_normal((6, 6)).astype(np.float32)))
    b.output(b.add("relu", b.add("add", y, x)), "y")
    assert checked(b.graph, fuse_residual) == ["fully_connected", "relu"]
    assert checked(b.graph, fuse_activation) == ["fully_connected"]


def test_sums_that_stay() -> None:
    """Weights computed at run time, a convolution that others read, one that clamps first, and x + x."""
    b = Builder()
    x = b.input("x", (1, 3, 4, 6), DType.F32)
    b.output(block(b, x, b.input("w", (6, 1, 1, 6), DType.F32)), "dynamic")
    w = b.constant(RNG.standard_normal((6, 1, 1, 6)).astype(np.float32))
    read = b.add("conv2d", x, w)
    b.output(b.add("add", x, read), "sum")
    b.output(read, "read")
    b.output(b.add("add", x, b.add("conv2d", x, w, lo=0.0)), "clamped")
    twice = b.add("conv2d", x, w)
    b.output(b.add("add", twice, twice), "twice")
    assert checked(b.graph, fuse_residual).count("add") == 4


def attention_scores(batch: int) -> Graph:
    b = Builder()
    q, k = (b.input(name, (batch, 5, 3, 4), DType.F32) for name in "qk")
    heads, keys = b.add("transpose", q, perm=(0, 2, 1, 3)), b.add("transpose", k, perm=(0, 2, 3, 1))
    b.output(b.add("matmul", heads, keys), "y")
    return b.graph


def test_transposes_of_heads_become_steps() -> None:
    assert checked(attention_scores(1), fold_matmul_transposes) == ["matmul"]


def test_a_stack_of_two_axes_keeps_its_transposes() -> None:
    assert checked(attention_scores(2), fold_matmul_transposes) == ["transpose", "transpose", "matmul"]


def heads(b: Builder, name: str, tokens: int, perm: tuple[int, ...] = (0, 2, 1, 3), batch: int = 1) -> Value:
    return b.add("transpose", b.input(name, (batch, tokens, 3, 8), DType.F32), perm=perm)


def test_attention_of_a_batch_reads_heads_in_place() -> None:
    """Two steps lead from matrix to matrix, which products cannot take and attention can."""
    b = Builder()
    q, k, v = heads(b, "q", 5, batch=2), heads(b, "k", 7, (0, 2, 3, 1), batch=2), heads(b, "v", 7, batch=2)
    b.output(b.add("transpose", b.add("matmul", b.add("softmax", b.add("matmul", q, k)), v), perm=(0, 2, 1, 3)), "y")
    assert checked(b.graph, fuse_attention) == ["attention"]


def test_attention_as_torch_exports_it() -> None:
    """Keys lose their batch of one to be transposed, and get it back."""
    b = Builder()
    half = b.constant(np.float32(0.6))
    keys = b.add("transpose", b.add("reshape", heads(b, "k", 7), shape=(3, 7, 8)), perm=(0, 2, 1))
    keys = b.add("mul", b.add("reshape", keys, shape=(1, 3, 8, 7)), half)
    scores = b.add("matmul", b.add("mul", heads(b, "q", 5), half), keys)
    b.output(b.add("matmul", b.add("softmax", scores), heads(b, "v", 7)), "y")
    assert checked(b.graph, fuse_attention) == ["attention"]


@pytest.mark.parametrize("spelling", ["bare", "divided", "masked", "scaled-first"])
def test_attention_of_heads(spelling: str) -> None:
    """As exporters write it: heads split by transposes, scores scaled or not, a mask or none, heads joined again."""
    b = Builder()
    q, v = heads(b, "q", 5), heads(b, "v", 7)
    if spelling == "scaled-first":
        q = b.add("mul", q, b.constant(np.float32(0.35)))
    k = heads(b, "k", 7, (0, 2, 3, 1))
    if spelling == "scaled-first":
        k = b.add("mul", b.constant(np.float32(0.35)), k)
    scores = b.add("matmul", q, k)
    if spelling in ("divided", "masked"):
        scores = b.add("div", scores, b.constant(np.float32(2.8)))
    if spelling == "masked":
        scores = b.add("add", b.input("mask", (1, 1, 1, 7), DType.F32), scores)
    picked = b.add("matmul", b.add("softmax", scores), v)
    b.output(b.add("transpose", picked, perm=(0, 2, 1, 3)), "y")

    def both(graph: Graph) -> None:
        fold_matmul_transposes(graph)
        fuse_attention(graph)

    assert checked(b.graph, both) == ["attention"]


@pytest.mark.parametrize("reason", ["scores are an output", "another axis", "the mask has more heads"])
def test_what_is_no_attention(reason: str) -> None:
    b = Builder()
    q, k, v = (b.input(name, (1, 4, 8), DType.F32) for name in "qkv")
    scores = b.add("matmul", q, k, transpose_b=True)
    if reason == "the mask has more heads":
        scores = b.add("add", scores, b.input("mask", (3, 4, 4), DType.F32))
    chances = b.add("softmax", scores, axis=1 if reason == "another axis" else -1)
    b.output(b.add("matmul", chances, v), "y")
    if reason == "scores are an output":
        b.output(chances, "chances")
    assert "attention" not in checked(b.graph, fuse_attention)
