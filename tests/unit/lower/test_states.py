"""States are written when a run ends, all at once: nothing that a run shows may see what they become."""

from __future__ import annotations

import numpy as np
import pytest

from edgesmith.compiler import compile_graph
from edgesmith.ops import Builder, interpret
from edgesmith.program.file import write
from edgesmith.runtime.session import Session
from edgesmith.types import DType

X = np.array([10, 20, 30], np.float32)


def outputs_show_the_state_before(builder: Builder) -> None:
    x = builder.input("x", (3,), DType.F32)
    state = builder.state("s", np.array([1, 2, 3], np.float32))
    state.update = builder.add("add", state.value, x)
    builder.output(state.value, "whole")
    builder.output(builder.add("slice", state.value, starts=(1,), sizes=(2,)), "part")


def two_states_change_places(builder: Builder) -> None:
    x = builder.input("x", (3,), DType.F32)
    first = builder.state("first", np.array([1, 2, 3], np.float32))
    second = builder.state("second", np.array([7, 8, 9], np.float32))
    first.update, second.update = second.value, first.value
    builder.output(builder.add("add", second.value, x), "y")


@pytest.mark.parametrize("make", [outputs_show_the_state_before, two_states_change_places], ids=lambda f: f.__name__)
def test_the_runtime_agrees_with_the_meaning(make: object) -> None:
    builder = Builder("t")
    make(builder)  # type: ignore[operator]
    states: dict = {}
    with Session(write([compile_graph(builder.graph)])) as session:
        for _ in range(3):
            want = interpret(builder.graph, [X], states)
            for have, expected in zip(session.run(X), want, strict=True):
                np.testing.assert_array_equal(have, expected)
