"""Kernels for microcontrollers, as exported C99, equal the NumPy meaning in every integer case of their operators.

The words for cores with DSP instructions have a form in plain C of the same layout; that is what runs here.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from harness import fill, prepare

from edgesmith.export.c import export_c
from edgesmith.lower import lower
from edgesmith.ops import Case, get, interpret, load_all

OPERATORS = ("conv2d", "depthwise_conv2d", "fully_connected", "avg_pool2d", "add_q", "softmax_q")
WITH_INT16 = ("conv2d", "fully_connected")
MAIN = """#include "layer.h"
int main(void) { return (int)layer_selftest(); }
"""
FLAGS = [
    *("-std=c99", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Werror"),
    *("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-DLAYER_GOLDEN"),
]


def cases() -> Iterator[tuple[str, str, str]]:
    """Operator, case, and how its constants are filled: at random, and for the first two with the lowest bytes."""
    load_all()
    for name in OPERATORS:
        kinds = ("i8", "i16") if name in WITH_INT16 else ("i8",)
        found = [case.id for case in get(name).cases() if _is_integer(case, kinds)]
        yield from ((name, id_, "random") for id_ in found)
        yield from ((name, id_, "low") for id_ in found[:2])


def _is_integer(case: Case, kinds: tuple[str, ...]) -> bool:
    first = case.args[0]
    return first is not None and str(first.dtype) in kinds and 0 not in first.shape


@pytest.mark.parametrize(("name", "id_", "constants"), list(cases()))
def test_exported_case(name: str, id_: str, constants: str, tmp_path: Path) -> None:
    """One case on inputs at random, all low and all high, under the address and undefined behaviour sanitizers."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    op = get(name)
    case = next(case for case in op.cases() if case.id == id_)
    prepared = prepare(op, case, constants)
    given = [arg for arg in case.args if arg is not None and not arg.constant]
    golden = []
    for pattern in ("random", "low", "high"):
        feeds = [fill(arg, pattern, np.random.default_rng(7)) for arg in given]
        golden.append((feeds, interpret(prepared.graph, feeds)))
    export_c(lower(prepared.graph), "c99", name="layer", golden=golden).save(tmp_path)
    (tmp_path / "main.c").write_text(MAIN)
    subprocess.run([compiler, *FLAGS, "layer.c", "main.c", "-o", "layer"], cwd=tmp_path, check=True, timeout=60)
    assert subprocess.run([tmp_path / "layer"], timeout=60).returncode == 0, f"{name} {id_} differs"
