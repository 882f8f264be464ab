"""Pointwise layers go by Strassen's method where that is faster, exact enough, and the target computes it."""

from __future__ import annotations

import numpy as np
import pytest

from edgesmith.compiler import compile_graph
from edgesmith.export.c import export_c
from edgesmith.ops import Builder
from edgesmith.program.file import write
from edgesmith.program.program import Program
from edgesmith.runtime.session import Session
from edgesmith.types import DType

KERNEL = "conv2d_strassen_f32"


def pointwise(side: int = 17, channels: int = 256, outputs: int = 256, scale: np.ndarray | float = 1.0) -> Program:
    """One layer; output o has weights times scale[o]."""
    rng = np.random.default_rng(3)
    builder = Builder("pointwise")
    x = builder.input("x", (1, side, side, channels), DType.F32)
    w = rng.standard_normal((outputs, 1, 1, channels)) * np.reshape(scale, (-1, 1, 1, 1))
    builder.output(builder.add("conv2d", x, builder.constant(w, DType.F32)), "y")
    return compile_graph(builder.graph)


def kernels(program: Program) -> list[str]:
    return [step.kernel for step in program.steps]


@pytest.mark.parametrize(
    ("side", "channels", "outputs"), [(14, 512, 512), (28, 256, 256), (14, 256, 512), (17, 768, 192), (7, 512, 1024)]
)
def test_layers_that_gain_are_computed_so(side: int, channels: int, outputs: int) -> None:
    assert kernels(pointwise(side, channels, outputs)) == [KERNEL]


@pytest.mark.parametrize(
    ("side", "channels", "outputs"), [(56, 128, 128), (7, 320, 1280), (8, 1280, 384), (14, 96, 576), (28, 255, 256)]
)
def test_layers_that_do_not_gain_stay_plain(side: int, channels: int, outputs: int) -> None:
    assert kernels(pointwise(side, channels, outputs)) == ["conv2d_f32"]


def test_outputs_of_very_different_weights_are_not_computed_together() -> None:
    apart = np.repeat([1.0, 1e-4], 128)
    beside = np.tile([1.0, 1e-4], 128)
    assert kernels(pointwise(scale=apart)) == ["conv2d_f32"]
    assert kernels(pointwise(scale=beside)) == [KERNEL]


@pytest.mark.parametrize(("side", "channels", "outputs"), [(17, 256, 320), (7, 512, 1024)])
def test_the_number_of_threads_changes_no_bit(side: int, channels: int, outputs: int) -> None:
    data = write([pointwise(side, channels, outputs)])
    x = np.random.default_rng(5).uniform(-4, 4, (1, side, side, channels)).astype(np.float32)
    found = []
    for threads in (1, 2, 3, 7):
        with Session(data, threads=threads) as session:
            found.append(session.run(x)[0].copy())
    assert all(np.array_equal(found[0], other) for other in found[1:])


def test_exported_c_computes_the_plain_sum() -> None:
    (call,) = export_c(pointwise(), "c99").calls
    assert call.function == "conv2d_direct_f32"


def test_outputs_of_equal_weights_stay_equal() -> None:
    builder = Builder("twice")
    w = np.random.default_rng(4).standard_normal((256, 1, 1, 256))
    w[200] = w[3]
    y = builder.add("conv2d", builder.input("x", (1, 17, 17, 256), DType.F32), builder.constant(w, DType.F32))
    builder.output(y, "y")
    assert kernels(compile_graph(builder.graph)) == ["conv2d_f32"]
