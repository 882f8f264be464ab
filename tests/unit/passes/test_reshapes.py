"""Transposes change places with reshapes: what is computed stays, and fewer of them are left."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from edgesmith.ir import Graph, Value, verify
from edgesmith.ops import Builder, interpret
from edgesmith.ops.reshape import kept_axis
from edgesmith.ops.transpose import keeps_order
from edgesmith.passes.remove_transposes import remove_transposes
from edgesmith.passes.reshapes import exchanged, parted
from edgesmith.types import DType

TO_LAST, TO_FIRST = (0, 2, 3, 1), (0, 3, 1, 2)


def test_every_answer_means_the_same() -> None:
    rng, found = np.random.default_rng(0), 0
    for _ in range(2000):
        base = [int(dim) for dim in rng.choice([1, 2, 3, 4, 6], rng.integers(1, 5))]
        perm = tuple(int(axis) for axis in rng.permutation(len(base)))
        shape: list[int] = []
        for dim in (base[axis] for axis in perm):
            for part in {4: [2, 2], 6: [2, 3]}.get(dim, [dim]) if rng.random() < 0.5 else [dim]:
                if shape and rng.random() < 0.4:
                    shape[-1] *= part
                else:
                    shape += [part, 1] if rng.random() < 0.2 else [part]
        x = np.arange(np.prod(base)).reshape(base)
        want = x.transpose(perm).reshape(shape)
        if (moved := exchanged(base, perm, shape)) is not None:
            np.testing.assert_array_equal(x.reshape(moved[0]).transpose(moved[1]), want)
            found += 1
        if (apart := parted(base, perm, shape)) is not None:
            np.testing.assert_array_equal(x.transpose(apart[0]).reshape(apart[1]).transpose(apart[2]), want)
    assert found > 500


def _shuffled(b: Builder, x: Value) -> Value:
    """A shuffle of the channels of (N, C, H, W), as PyTorch writes it."""
    n, c, h, w = x.shape
    x = b.add("reshape", x, shape=(n, 2, c // 2, h, w))
    return b.add("reshape", b.add("transpose", x, perm=(0, 2, 1, 3, 4)), shape=(n, c, h, w))


def _pixels(b: Builder, x: Value) -> Value:
    """Channels of (N, C, H, W) become pixels."""
    n, c, h, w = x.shape
    x = b.add("transpose", b.add("reshape", x, shape=(n, c // 4, 2, 2, h, w)), perm=(0, 1, 4, 2, 5, 3))
    return b.add("reshape", x, shape=(n, c // 4, 2 * h, 2 * w))


def _tokens(b: Builder, x: Value) -> Value:
    """Places of (N, C, H, W) become the tokens of a transformer."""
    n, c, h, w = x.shape
    return b.add("transpose", b.add("reshape", x, shape=(n, c, h * w)), perm=(0, 2, 1))


def _chosen(b: Builder, x: Value) -> Value:
    """One of three that lie behind each other, moved in front first, as PyTorch's attention does."""
    x = b.add("transpose", b.add("reshape", _tokens(b, x), shape=(1, 20, 4, 2)), perm=(2, 1, 0, 3))
    return b.add("gather", x, b.constant(np.int64(1)), axis=0)


@pytest.mark.parametrize(("between", "left"), [(_shuffled, 1), (_pixels, 1), (_tokens, 0), (_chosen, 0)])
def test_only_what_moves_elements_is_left(between: Callable[[Builder, Value], Value], left: int) -> None:
    b = Builder("net")
    x = b.input("x", (1, 5, 4, 8), DType.F32)
    y = between(b, b.add("transpose", b.add("relu", x), perm=TO_FIRST))
    y = b.add("transpose", y, perm=TO_LAST) if y.rank == 4 else y
    b.output(b.add("sigmoid", y), "y")
    graph: Graph = b.graph
    data = np.random.default_rng(1).standard_normal((1, 5, 4, 8)).astype(np.float32)
    want = interpret(graph, [data])[0]
    remove_transposes(graph)
    verify(graph)
    np.testing.assert_array_equal(interpret(graph, [data])[0], want)
    turns = [node for node in graph.nodes if node.op == "transpose"]
    assert sum(not keeps_order(node.input(0).shape, node.attrs["perm"]) for node in turns) == left, graph


def test_scales_follow_their_own_axis_among_others_as_long() -> None:
    assert kept_axis((2, 3, 3, 3), 1, (1, 2, 3, 3, 3)) == 2
    assert kept_axis((6, 3, 3), 0, (2, 3, 3, 3)) is None
    assert kept_axis((3, 3), 1, (9,)) is None
