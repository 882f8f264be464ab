"""Strips of a layer share one packed copy of its weights, and the loader believes no file that says so wrongly."""

from __future__ import annotations

import numpy as np
import pytest

from edgesmith.compiler import compile_graph
from edgesmith.errors import ModelError
from edgesmith.ir import Graph
from edgesmith.lower import fit, lower
from edgesmith.lower.lowering import Weights
from edgesmith.lower.schedule import Scheduler
from edgesmith.ops import Builder
from edgesmith.program import file
from edgesmith.program.program import Program
from edgesmith.runtime.session import Session
from edgesmith.types import DType


def two_convolutions() -> Graph:
    """Of the same shape, with different weights."""
    rng = np.random.default_rng(4)
    builder = Builder("two")
    x = builder.input("x", (1, 16, 8, 4), DType.F32)
    for name in ("first", "second"):
        w = builder.constant(rng.standard_normal((4, 3, 3, 4)).astype(np.float32), name=f"{name}_w")
        x = builder.add("conv2d", x, w, padding=((1, 1), (1, 1)))
    builder.output(x, "y")
    return builder.graph


def in_strips() -> tuple[Program, Program]:
    graph = two_convolutions()
    plain = compile_graph(graph)
    return plain, lower(graph, strips=Scheduler(graph).smallest())


def test_strips_take_no_more_packed_memory() -> None:
    plain, strips = in_strips()
    assert len(strips.steps) > 10
    with Session(file.write([plain])) as one, Session(file.write([strips])) as many:
        assert many.memory["packed"] == one.memory["packed"] > 0


@pytest.mark.parametrize("wrong", ["later", "other", "indirect"])
def test_a_step_cannot_use_what_another_packed(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, program = in_strips()
    owners = file._pack_owners(program)
    first, second = (
        next(i for i, o in enumerate(owners) if o == i and owners.count(i) > 1 and i > low) for low in (-1, 0)
    )
    sharing = [index for index, owner in enumerate(owners) if owner == first and index != first]
    if wrong == "later":
        owners[sharing[0]] = sharing[1]
    elif wrong == "other":
        owners[second] = first
    else:
        owners[sharing[1]] = sharing[0]
    monkeypatch.setattr(file, "_pack_owners", lambda _: owners)
    with pytest.raises(ModelError, match="shares packed weights"):
        Session(file.write([program]))


def test_a_limit_shares_the_weights_of_other_variants() -> None:
    graph = two_convolutions()
    weights = Weights()
    plain = compile_graph(graph, weights)
    size = len(weights.data)
    fit(graph, weights, plain.arena_bytes - 64)
    assert len(weights.data) == size
