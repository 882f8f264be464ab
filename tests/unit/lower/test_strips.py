"""Strips of rows: random networks give the same in strips as whole, for any run of layers and any strip height.

Integers bit for bit; floats as near as kernels that are chosen for other numbers of rows may round.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest

from edgesmith.compiler import compile_graph
from edgesmith.ir import Graph, Value
from edgesmith.lower import lower
from edgesmith.lower.rows import Strips, cut, windows_of
from edgesmith.ops import Builder, interpret
from edgesmith.program.file import write
from edgesmith.program.program import Program
from edgesmith.runtime.library import isas
from edgesmith.runtime.session import Session
from edgesmith.types import DType, Quantization

QUANT = Quantization.make(0.05, -3)
LAYERS = ("conv", "pointwise", "depthwise", "max_pool", "avg_pool", "residual", "sum", "activation", "join", "branch")


class _Net:
    """Builds a random network of layers that have rows; ``dtype`` is f32 or i8."""

    def __init__(self, seed: int, dtype: DType) -> None:
        self.chance = random.Random(seed)
        self.rng = np.random.default_rng(seed)
        self.dtype = dtype
        self.quant = QUANT if dtype is DType.I8 else None
        self.builder = Builder("net")
        size = (1, self.chance.randrange(9, 24), self.chance.randrange(5, 12), self.chance.randrange(1, 6))
        self.values = [self.builder.input("x", size, dtype, self.quant)]

    def add(self, op: str, inputs: list[Value | None], **attrs: object) -> Value:
        return self.builder.add_multi(op, inputs, [self.quant], attrs=attrs)[0]

    def weights(self, shape: tuple[int, ...], channels: int) -> list[Value | None]:
        if self.dtype is DType.F32:
            arrays = [self.rng.standard_normal(shape), self.rng.standard_normal(channels)]
            return [self.builder.constant(a.astype(np.float32)) for a in arrays]
        w = self.rng.integers(-127, 128, shape).astype(np.int8)
        bias = self.rng.integers(-500, 500, channels).astype(np.int32)
        return [self.builder.constant(w, DType.I8, Quantization.make(0.02, 0)), self.builder.constant(bias)]

    def window(self, rows: int) -> dict[str, tuple]:
        """A kernel size, strides, dilations and padding that fit an image of so many rows."""
        while True:
            size, dilation = self.chance.randrange(1, 5), self.chance.randrange(1, 3)
            span = (size - 1) * dilation + 1
            top, bottom = self.chance.randrange(0, span), self.chance.randrange(0, span)
            if span <= rows:
                stride = self.chance.randrange(1, 4)
                return {"kernel": (size, 3), "strides": (stride, 1), "dilations": (dilation, 1),
                        "padding": ((top, bottom), (1, 1))}  # fmt: skip

    def grow(self) -> None:
        x = self.values[-1]
        rows, channels = x.shape[1], x.shape[3]
        layer = self.chance.choice(LAYERS)
        window = self.window(rows)
        kernel = window.pop("kernel")
        if layer == "conv":
            out = self.chance.randrange(1, 9)
            y = self.add("conv2d", [x, *self.weights((out, *kernel, channels), out)], **window)
        elif layer == "pointwise":
            out = self.chance.randrange(1, 20)
            y = self.add("conv2d", [x, *self.weights((out, 1, 1, channels), out)])
        elif layer == "depthwise":
            y = self.add("depthwise_conv2d", [x, *self.weights((*kernel, channels), channels)], **window)
        elif layer in ("max_pool", "avg_pool"):
            padding = tuple(min(p, (kernel[0] - 1) // 2) for p in window["padding"][0])
            y = self.add(f"{layer}2d", [x], kernel=kernel, strides=window["strides"], padding=(padding, (1, 1)))
        elif layer == "activation":
            op = "hard_swish" if self.dtype is DType.F32 else "lookup"
            table = (
                []
                if self.dtype is DType.F32
                else [self.builder.constant(self.rng.integers(-128, 128, 256).astype(np.int8))]
            )
            y = self.add(op, [x, *table])
        else:
            same = [v for v in self.values if v.shape == x.shape]
            alike = [v for v in self.values if v.shape[:3] == x.shape[:3]]
            sums = "add" if self.dtype is DType.F32 else "add_q"
            if layer == "residual":
                y = self.add(sums, [x, self.chance.choice(same)])
            elif layer == "sum" and self.dtype is DType.F32:  # a convolution that adds an earlier value as it stores
                y = self.add(
                    "conv2d", [x, *self.weights((channels, 1, 1, channels), channels), self.chance.choice(same)]
                )
            elif layer == "join":
                y = self.add("concat", [x, self.chance.choice(alike)], axis=3)
            else:  # back to an earlier value: several readers, several ends
                self.values.append(self.chance.choice(self.values))
                return
        if all(y.shape):
            self.values.append(y)

    def build(self, layers: int) -> Graph:
        for _ in range(layers):
            self.grow()
        readers = self.builder.graph.uses()
        ends = [v for node in self.builder.graph.nodes for v in node.outputs if v not in readers]
        for index, value in enumerate(ends or [self.values[-1]]):
            self.builder.output(value, f"y{index}")
        return self.builder.graph


def random_strips(graph: Graph, chance: random.Random) -> list[Strips]:
    """Disjoint runs of nodes in strips of random height."""
    windows = windows_of(graph.nodes)
    roots, chosen, at = set(graph.roots()), [], 0
    while at < len(graph.nodes):
        stop = at + chance.randrange(1, 9)
        run = graph.nodes[at:stop]
        if all(windows[at:stop]):
            inside = {node.outputs[0] for node in run}
            later = {v for node in graph.nodes[stop:] for v in node.inputs}
            strips = cut(run, windows[at:stop], {v for v in inside if v in later or v in roots}, chance.randrange(1, 7))
            chosen += [strips] if strips else []
        at = stop
    return chosen


@pytest.mark.parametrize("dtype", [DType.F32, DType.I8], ids=str)
@pytest.mark.parametrize("seed", range(25))
def test_strips_give_the_same(seed: int, dtype: DType) -> None:
    net = _Net(seed, dtype)
    graph = net.build(net.chance.randrange(2, 14))
    plain = compile_graph(graph)
    shape = graph.inputs[0].shape
    x = net.rng.standard_normal(shape).astype(np.float32)
    if dtype is DType.I8:
        x = net.rng.integers(-128, 128, shape).astype(np.int8)
    with Session(write([plain])) as session:
        want = session.run(x)
    if dtype is DType.I8:
        for have, expected in zip(want, interpret(graph, [x], {}), strict=True):
            np.testing.assert_array_equal(have, expected)
    for _ in range(3):
        strips = random_strips(graph, net.chance)
        program = lower(graph, strips=strips)
        assert sum(step.macs for step in program.steps) <= plain.macs  # no row is computed twice
        for isa in isas():
            for threads in (1, 3):
                with Session(write([program]), isa=isa, threads=threads) as session:
                    got = session.run(x)
                for have, expected in zip(got, want, strict=True):
                    if dtype is DType.I8:
                        np.testing.assert_array_equal(have, expected)
                    else:
                        np.testing.assert_allclose(have, expected, atol=1e-5 * np.abs(expected).max(initial=1e-3))


def chain(height: int = 32) -> Graph:
    """expand 1x1, depthwise 3x3, project 1x1, add: a residual block of MobileNetV2."""
    net = _Net(1, DType.I8)
    builder = net.builder = Builder("block")
    x = builder.input("x", (1, height, 8, 8), DType.I8, QUANT)
    wide = net.add("conv2d", [x, *net.weights((48, 1, 1, 8), 48)])
    deep = net.add("depthwise_conv2d", [wide, *net.weights((3, 3, 48), 48)], padding=((1, 1), (1, 1)))
    thin = net.add("conv2d", [deep, *net.weights((8, 1, 1, 48), 8)])
    builder.output(net.add("add_q", [thin, x]), "y")
    return builder.graph


def by_limit(make: Callable[[], Graph], limit: int) -> Program:
    return compile_graph(make(), memory_limit=limit)


def test_a_limit_is_kept_and_its_cost_is_told() -> None:
    plain = compile_graph(chain())
    image = 32 * 8 * 8
    program = by_limit(chain, 4 * image)
    assert program.arena_bytes <= 4 * image < plain.arena_bytes
    told = program.metadata["memory_limit"]
    assert told["plain_arena_bytes"] == plain.arena_bytes
    assert sum(run["layers"] for run in told["strips"]) >= 2
    assert program.macs == plain.macs


def test_a_limit_that_is_not_needed_changes_nothing() -> None:
    plain = compile_graph(chain())
    program = by_limit(chain, plain.arena_bytes)
    assert [step.kernel for step in program.steps] == [step.kernel for step in plain.steps]
    assert program.metadata["memory_limit"]["strips"] == []


def test_an_impossible_limit_names_the_smallest_and_that_one_works() -> None:
    from edgesmith.errors import ModelError

    with pytest.raises(ModelError, match=r"at least ([0-9,]+) in strips") as raised:
        by_limit(chain, 64)
    least = int(str(raised.value).split("at least ")[1].split(" ")[0].replace(",", ""))
    assert by_limit(chain, least).arena_bytes <= least
