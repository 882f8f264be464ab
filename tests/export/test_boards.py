"""The four networks of MLPerf Tiny on emulated cores: the desk's answers, and what they cost.

The budgets are the project's own promises; instruction counts are exact and repeatable, so they may be asserted.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from boards import measure

from edgesmith.chips import export_model

MODELS = {"kws": "kws_ref_model", "vww": "vww_96_int8", "ic": "pretrainedResnet_quant", "ad": "ad01_int8"}
INSTRUCTIONS = {
    ("cortex-m4", "kws"): 4.8e6, ("cortex-m4", "vww"): 12e6, ("cortex-m4", "ic"): 19e6, ("cortex-m4", "ad"): 0.42e6,
    ("cortex-m55", "kws"): 1.2e6, ("cortex-m55", "vww"): 3.6e6, ("cortex-m55", "ic"): 3.6e6,
    ("cortex-m55", "ad"): 0.2e6,
}  # fmt: skip
CODE = {"kws": 14_000, "vww": 14_000, "ic": 12_000, "ad": 5_000}
MEMORY = {"kws": 16_500, "vww": 56_000, "ic": 50_000, "ad": 1_000}
RUNS = [
    *(("cortex-m4", name) for name in MODELS),
    *(("cortex-m55", name) for name in MODELS),
    *((target, "kws") for target in ("cortex-m0+", "cortex-m7", "cortex-m33", "rv32imc")),
    *((target, "ad") for target in ("cortex-m0+", "cortex-m7", "rv32imc")),
]


@pytest.mark.parametrize(("target", "name"), RUNS)
def test_answers_and_costs(target: str, name: str, shared: Path, tmp_path: Path, figure: Callable[[str], None]) -> None:
    exported = export_model(shared / "models" / "tflite" / f"{MODELS[name]}.tflite", target, name=name)
    found = measure(exported, tmp_path)
    figure(
        f"{name} on {target}: {found.instructions:,} instructions, {found.code:,} bytes of code, "
        f"{found.constants:,} of constants, {found.memory:,} of memory, {found.stack} of stack"
    )
    assert found.differs == 0, f"run {found.differs} of the self-test differs from the desk"
    assert abs(found.known - 1) < 0.001, "the board's counter does not count instructions"
    assert found.instructions <= INSTRUCTIONS.get((target, name), 1e9)
    assert found.memory <= MEMORY[name]
    if target == "cortex-m4":
        assert found.code <= CODE[name]
