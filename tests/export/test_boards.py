"""The four networks of MLPerf Tiny on emulated cores: the desk's answers, and what they cost.

The budgets are the project's own promises; instruction counts are exact and repeatable, so they may be asserted.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sensors
from boards import BOARDS, Measured, measure

import edgesmith as es
from edgesmith.chips import export_model, spent
from edgesmith.export.c import Exported
from edgesmith.export.c.cost import cost
from edgesmith.export.c.flash import flash
from edgesmith.importers.source import GraphSource
from edgesmith.ir import Value
from edgesmith.model import Model
from edgesmith.ops import Builder
from edgesmith.types import DType

MODELS = {"kws": "kws_ref_model", "vww": "vww_96_int8", "ic": "pretrainedResnet_quant", "ad": "ad01_int8"}
INSTRUCTIONS = {
    ("cortex-m4", "kws"): 4.8e6, ("cortex-m4", "vww"): 11e6, ("cortex-m4", "ic"): 19e6, ("cortex-m4", "ad"): 0.42e6,
    ("cortex-m55", "kws"): 1.2e6, ("cortex-m55", "vww"): 3.6e6, ("cortex-m55", "ic"): 3.6e6,
    ("cortex-m55", "ad"): 0.2e6,
    ("cortex-m0+", "kws"): 15e6, ("cortex-m0+", "vww"): 45e6, ("cortex-m0+", "ic"): 60e6, ("cortex-m0+", "ad"): 1.5e6,
    ("rv32imc", "kws"): 15e6, ("rv32imc", "vww"): 45e6, ("rv32imc", "ic"): 60e6, ("rv32imc", "ad"): 1.5e6,
}  # fmt: skip
CODE = {"kws": 14_000, "vww": 14_000, "ic": 12_000, "ad": 5_000}
ALIGNED = 16  # bytes at the end of an arena, of scratch that is only read, and up to a multiple of eight
MEMORY = {"kws": 16_500, "vww": 56_000, "ic": 50_000, "ad": 1_000}
FRAMES = 16  # of RV32's stack: its last words may never be written, and paint shows only what is


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("target", BOARDS)
def test_answers_and_costs(target: str, name: str, shared: Path, tmp_path: Path, figure: Callable[[str], None]) -> None:
    """On real sound and pictures; arena and stack as foretold, flash as the linker's map has it."""
    model = es.load(shared / "models" / "tflite" / f"{MODELS[name]}.tflite")
    quant = model.inputs[0].quant
    assert quant is not None
    runs = sensors.inputs(name, shared, quant)
    exported = export_model(model, target, name=name, runs=1)
    found = measure(exported, tmp_path, runs)
    figure(
        f"{name} on {target}: {found.instructions:,} instructions, {found.code:,} bytes of code, "
        f"{found.constants:,} of constants, {found.memory:,} of memory, {found.stack} of stack"
    )
    assert found.failed == 0, f"run {found.failed} of the self-test differs from the desk"
    with es.Session(es.compile(model).to_bytes()) as desk:
        for run, answer in zip(runs, found.answers, strict=True):
            np.testing.assert_array_equal(answer[0], desk.run(*run)[0])
    assert found.unchanged, "constants changed while it ran"
    assert abs(found.counter - 1) < 0.001, "the board's counter does not count instructions"
    assert found.instructions <= INSTRUCTIONS.get((target, name), 1e9)
    if target == "cortex-m4":
        assert found.code <= CODE[name]
    _as_foretold(found, exported, name)


def _as_foretold(found: Measured, exported: Exported, name: str) -> None:
    said, target = flash(exported), exported.target.name
    assert not cost(exported).uncounted
    assert abs(cost(exported).instructions / found.instructions - 1) < 0.04, "instructions are not as foretold"
    assert sum(layer["constants"] for layer in said.layers) == exported.constant_bytes
    assert not said.unmeasured
    assert found.memory == exported.arena_bytes <= MEMORY[name]
    assert exported.arena_bytes - ALIGNED < found.arena <= exported.arena_bytes, "not all of the arena was written"
    assert abs(found.text / said.total - 1) < 0.03, f"said {said.total:,} bytes of flash, the linker {found.text:,}"
    assert (
        sum(size for part, size in found.sections.items() if part.startswith((".rodata.step", ".rodata.task")))
        == said.arguments
    )
    assert found.sections["library"] == sum(said.libraries.values())
    if target == "rv32imc":
        assert said.stack - FRAMES < found.stack <= said.stack
    else:
        assert found.stack == said.stack, "the deepest stack is not the one that was foretold"


@pytest.mark.parametrize("target", BOARDS)
def test_floats_cost_what_is_foretold(target: str, tmp_path: Path) -> None:
    """Which ``quantize --target`` compares integers with; other layers than those that the figures were fitted to."""
    random = np.random.default_rng(11)

    def weights(*shape: int) -> Value:
        return b.constant(random.standard_normal(shape).astype(np.float32))

    b = Builder("floats")
    x = b.input("x", (1, 11, 9, 6), DType.F32)
    wide = b.add("conv2d", x, weights(14, 3, 3, 6), weights(14), padding=((1, 1), (1, 1)), lo=0.0)
    thin = b.add("depthwise_conv2d", wide, weights(3, 3, 14), weights(14), strides=(2, 2))
    flat = b.add("reshape", b.add("conv2d", thin, weights(5, 1, 1, 14), weights(5)), shape=(1, 100))
    b.output(b.add("fully_connected", flat, weights(9, 100), weights(9)), "y")
    exported = export_model(Model(GraphSource(b.graph, "floats")), target, runs=1)
    found = measure(exported, tmp_path, [[random.standard_normal(x.shape).astype(np.float32)]])
    assert not cost(exported).uncounted
    assert abs(cost(exported).instructions / found.instructions - 1) < 0.1


@pytest.mark.parametrize(("name", "most"), [("kws", 8_000), ("vww", 8_000), ("ic", 7_000), ("ad", 3_000)])
def test_code_made_small(name: str, most: int, shared: Path, tmp_path: Path) -> None:
    path = shared / "models" / "tflite" / f"{MODELS[name]}.tflite"
    found = measure(export_model(path, "cortex-m4", name=name, optimize="size"), tmp_path)
    assert found.failed == 0
    assert found.code <= most


@pytest.mark.parametrize("target", ["cortex-m0+", "cortex-m7", "cortex-m33", "cortex-m55", "rv32imc"])
def test_size_is_smaller_than_speed(target: str, shared: Path, tmp_path: Path) -> None:
    path = shared / "models" / "tflite" / f"{MODELS['kws']}.tflite"
    small = export_model(path, target, name="kws", optimize="size")
    assert measure(small, tmp_path).failed == 0
    assert flash(small).code < 0.96 * flash(export_model(path, target, name="kws")).code


@pytest.mark.parametrize(("name", "limit"), [("kws", 9 * 1024), ("vww", 28 * 1024), ("ic", 30 * 1024), ("ad", 1024)])
def test_little_memory_costs_little(name: str, limit: int, shared: Path, tmp_path: Path) -> None:
    path = shared / "models" / "tflite" / f"{MODELS[name]}.tflite"
    plain = measure(export_model(path, "cortex-m4", name=name), tmp_path / "plain")
    little = export_model(path, "cortex-m4", name=name, memory_limit=limit)
    found = measure(little, tmp_path / "little")
    assert found.failed == 0
    assert found.memory <= limit
    assert found.instructions <= 1.15 * plain.instructions
    said = spent(little)
    assert said["plain"]["memory"] == plain.memory
    told, true = said["instructions"] / said["plain"]["instructions"], found.instructions / plain.instructions
    assert abs(told / true - 1) < 0.03, "what the limit costs is not as foretold"


@pytest.mark.parametrize("name", ["hello_world_float", "trained_lstm_int8", "keyword_scrambled_8bit"])
@pytest.mark.parametrize("target", ["cortex-m4", "rv32imc"])
def test_kernels_of_the_desk_take_what_is_foretold(target: str, name: str, shared: Path, tmp_path: Path) -> None:
    """Networks of layers that no kernel for microcontrollers covers."""
    exported = export_model(es.load(shared / "models" / "tflite" / f"{name}.tflite"), target, name="net", runs=1)
    assert any(call.common for call in exported.calls)
    found, said = measure(exported, tmp_path), flash(exported)
    assert found.failed == 0
    assert said.fitted
    assert not said.unmeasured
    assert 0.7 < found.text / said.total < 1.03, f"said {said.total:,} bytes of flash, the linker {found.text:,}"
    assert found.stack <= said.stack
