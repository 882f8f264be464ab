"""The table of kernels' sizes is what this GCC makes of them, and no export runs without it."""

from __future__ import annotations

import json
import shutil
import subprocess

import chip_sizes
import pytest

from edgesmith.export.c import TARGETS
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
    assert chip_sizes.measure() == table, "run scripts/measure_chips"


def test_no_kernel_is_missing() -> None:
    """Every function of the kernels that is not inlined has a row, for every target that has rows."""
    table = json.loads(chip_sizes.TABLE.read_text(encoding="utf-8"))
    for target in TARGETS.values():
        if target.name != "c99":
            _, functions = every_kernel(target)
            wanted = {n for n, text in functions.items() if "CHIP_KERNEL" in text or "CHIP_ASM" in text}
            assert wanted <= set(table[target.name]["speed"]), f"{target.name}: run scripts/measure_chips"
