"""Tuning: every alternative gives the same answer, and what is chosen runs. No time is a condition of a test."""

from __future__ import annotations

import numpy as np

from edgesmith import tuning
from edgesmith.compiler import compile_graph
from edgesmith.ir import Graph
from edgesmith.lower.lowering import Weights
from edgesmith.model import load
from edgesmith.ops import Builder
from edgesmith.program.file import write
from edgesmith.program.kernel import REGISTRY
from edgesmith.runtime.session import Session
from edgesmith.types import DType
from edgesmith.verify import check_operators


def network() -> Graph:
    rng = np.random.default_rng(8)
    builder = Builder("net")
    x = builder.input("x", (1, 24, 12, 4), DType.F32)

    def layer(value: object, out: int, size: int) -> object:
        w = builder.constant(rng.standard_normal((out, size, size, value.shape[3])).astype(np.float32))  # type: ignore[attr-defined]
        edge = (size // 2, size // 2)
        return builder.add("conv2d", value, w, padding=(edge, edge))

    y = layer(layer(layer(x, 24, 1), 24, 3), 4, 1)
    flat = builder.add("reshape", y, shape=(1, 24 * 12 * 4))
    w = builder.constant(rng.standard_normal((10, 24 * 12 * 4)).astype(np.float32))
    builder.output(builder.add("fully_connected", flat, w), "y")
    return builder.graph


def test_schedules_shrink_and_agree() -> None:
    graph = network()
    compile_graph(graph)
    found = tuning.schedules(graph, Weights())
    sizes = [program.arena_bytes for program, _, _ in found]
    assert len(sizes) > 2
    assert sizes == sorted(set(sizes), reverse=True)
    x = np.random.default_rng(1).standard_normal((1, 24, 12, 4)).astype(np.float32)
    results = []
    for program, _, _ in found:
        with Session(write([program])) as session:
            results += session.run(x)
    for result in results[1:]:
        np.testing.assert_allclose(result, results[0], rtol=1e-4, atol=1e-4)


def test_alternatives_take_the_same_arguments() -> None:
    program = compile_graph(network())
    exchanged = [tuning.alternative(step) for step in program.steps]
    assert {step.kernel for step in exchanged if step} == set(tuning.ALTERNATIVES.values())
    for ours, other in tuning.ALTERNATIVES.items():
        missing = {f.name for f in REGISTRY[other].fields} - {f.name for f in REGISTRY[ours].fields}
        assert not missing


def test_a_residual_keeps_its_kernel() -> None:
    program = compile_graph(network())
    step = next(step for step in program.steps if step.kernel == "conv2d_f32")
    step.args["residual"] = step.args["y"]
    assert tuning.alternative(step) is None


def test_what_is_tuned_is_right() -> None:
    tuned = tuning.tune(load(network()), rounds=3)
    assert check_operators(tuned.compiled).ok
    assert tuned.compiled.program.metadata["tuned"]["isa"] == tuned.isa
    assert len(tuned.schedules) > 2
