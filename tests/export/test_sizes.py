"""The table of kernels' sizes is what this GCC makes of them, and no export runs without it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import chip_common
import chip_costs
import chip_sizes
import numpy as np
import pytest

from edgesmith.chips import export_model
from edgesmith.errors import ModelError
from edgesmith.export.c import TARGETS
from edgesmith.export.c.flash import flash
from edgesmith.export.c.kernels import every_kernel

MEASURED_WITH = "12."


def test_table_is_fresh() -> None:
    for target in ("cortex-m4", "rv32imc"):
        gcc = chip_sizes.compiler(target)[0]
        if shutil.which(gcc) is None:
            pytest.skip(f"{gcc} is not installed")
        version = subprocess.run([gcc, "-dumpversion"], capture_output=True, text=True, check=True).stdout
        if not version.startswith(MEASURED_WITH):
            pytest.skip(f"{gcc} is {version.strip()}; the table is of {MEASURED_WITH}x")
    table = json.loads(chip_sizes.TABLE.read_text(encoding="utf-8"))
    common = json.loads(chip_sizes.COMMON.read_text(encoding="utf-8"))
    assert chip_sizes.measure(common) == table, "run scripts/measure_chips"


def test_kernels_of_the_desk_are_those_that_were_measured() -> None:
    """Their text has not changed since, and a few of them are measured again."""
    common = json.loads(chip_sizes.COMMON.read_text(encoding="utf-8"))
    target = TARGETS["cortex-m4"]
    texts = chip_common.texts(target)
    assert {name: row[0] for name, row in common[target.name].items()} == {
        name: chip_common.digest(text) for name, text in texts.items()
    }, "run scripts/measure_chips"
    gcc = chip_sizes.compiler(target.name)
    if shutil.which(gcc[0]) is None:
        pytest.skip(f"{gcc[0]} is not installed")
    some = {name: texts[name] for name in sorted(texts)[::40]}
    for name, row in chip_common.measure(gcc, target, "-O2", some):
        assert row == common[target.name][name][1], f"{name}: run scripts/measure_chips"


def test_instructions_are_fresh() -> None:
    """Those of one target, counted again; the others follow from the same text."""
    for tool in ("arm-none-eabi-gcc", "qemu-system-arm", "make"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    table = json.loads(chip_costs.TABLE.read_text(encoding="utf-8"))["cortex-m0+"]["speed"]
    found = chip_costs.fitted("cortex-m0+", "speed")
    assert found.keys() == table.keys(), "run scripts/measure_chips"
    for name, each in found.items():
        assert np.allclose(each, table[name], rtol=0.05, atol=2), f"{name}: run scripts/measure_chips"


def test_flash_limit_names_what_is_large(shared: Path) -> None:
    path = shared / "models" / "tflite" / "kws_ref_model.tflite"
    with pytest.raises(ModelError) as refused:
        export_model(path, "cortex-m4", flash_limit="30K")
    said = str(refused.value)
    whole = flash(export_model(path, "cortex-m4", flash_limit="64K"))
    assert f"needs {whole.total:,} bytes" in said
    assert f"{whole.total - 30 * 1024:,} more than the limit" in said
    assert "functional_1/activation_2/Relu" in said
    assert "chip_bands" in said
    assert "--optimize size takes" in said


def test_no_kernel_is_missing() -> None:
    """Every function of the kernels that is not inlined has a row, for every target that has rows."""
    table = json.loads(chip_sizes.TABLE.read_text(encoding="utf-8"))
    for target in TARGETS.values():
        if target.name != "c99":
            _, functions = every_kernel(target)
            wanted = {n for n, text in functions.items() if "CHIP_KERNEL" in text or "CHIP_ASM" in text}
            assert wanted <= set(table[target.name]["speed"]), f"{target.name}: run scripts/measure_chips"
