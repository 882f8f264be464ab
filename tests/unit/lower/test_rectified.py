"""Float layers of one row behind a ReLU read no weights of zero inputs, and answer as the plain layers do."""

from __future__ import annotations

import numpy as np
import pytest

from edgesmith.compiler import compile_graph
from edgesmith.export.c import export_c
from edgesmith.measure.bench_classes import SKIPS, layer_class
from edgesmith.ops import Builder
from edgesmith.ops.rectified import KERNEL
from edgesmith.program.file import write
from edgesmith.program.program import Program
from edgesmith.runtime.library import isas
from edgesmith.runtime.session import Session
from edgesmith.types import DType

WEIGHTS = np.random.default_rng(1).standard_normal((200, 128)).astype(np.float32)


def network(w: np.ndarray = WEIGHTS, rows: int = 1, shape: tuple[int, ...] = (), **clamp: float) -> Program:
    """tanh, a clamp where one is given, and the layer of one pixel or row behind it."""
    builder = Builder("rectified")
    x = builder.input("x", (rows, w.shape[1]), DType.F32)
    x = builder.add("clip", builder.add("tanh", x), **clamp) if clamp else builder.add("tanh", x)
    if shape:
        x = builder.add("reshape", x, shape=shape)
    layer = "conv2d" if len(shape) == 4 else "fully_connected"
    w = w.reshape(len(w), *shape[1:3], w.shape[1]) if shape else w
    y = builder.add(layer, x, builder.constant(w, DType.F32), builder.constant(np.ones(len(w)), DType.F32), hi=3.0)
    builder.output(y, "y")
    return compile_graph(builder.graph)


def kernels(program: Program) -> list[str]:
    return [step.kernel for step in program.steps]


def test_layers_of_one_row_behind_a_relu_are_computed_so() -> None:
    assert KERNEL in kernels(network(lo=0.0))
    assert KERNEL in kernels(network(lo=0.0, hi=0.5, shape=(1, 1, 1, 128)))


@pytest.mark.parametrize("change", [{}, {"lo": -1.0}, {"lo": 0.0, "rows": 2}])
def test_others_stay_plain(change: dict[str, float]) -> None:
    assert KERNEL not in kernels(network(**change))  # type: ignore[arg-type]


def test_layers_that_would_be_slower_or_wrong_stay_plain() -> None:
    assert KERNEL not in kernels(network(WEIGHTS[:63], lo=0.0)), "few outputs"
    assert KERNEL not in kernels(network(np.ones((64, 257), np.float32), lo=0.0)), "many inputs"
    infinite = WEIGHTS.copy()
    infinite[7, 5] = np.inf
    assert KERNEL not in kernels(network(infinite, lo=0.0)), "zero times infinity is no number"


@pytest.mark.parametrize("isa", isas())
def test_answers_do_not_depend_on_threads_nor_zeros(isa: str) -> None:
    data = write([network(lo=0.0)])
    x = np.random.default_rng(2).uniform(-2, 2, (1, 128)).astype(np.float32)
    for inputs in (x, np.abs(x) + 0.1, -np.abs(x), np.where(np.arange(128) == 77, np.nan, x).astype(np.float32)):
        found = []
        for threads in (1, 2, 3):
            with Session(data, threads=threads, isa=isa) as session:
                found.append(session.run(inputs)[0].copy())
        wanted = np.minimum(np.maximum(np.tanh(inputs.astype(np.float64)), 0) @ WEIGHTS.T.astype(np.float64) + 1, 3)
        np.testing.assert_allclose(found[0], wanted, rtol=1e-5, atol=1e-5)
        assert all(found[0].tobytes() == other.tobytes() for other in found[1:])


def test_exported_c_reads_all() -> None:
    assert "fully_connected_direct_f32" in [call.function for call in export_c(network(lo=0.0), "c99").calls]


def test_profiles_say_so() -> None:
    assert SKIPS in layer_class(KERNEL, {"K": 128, "N": 200})
