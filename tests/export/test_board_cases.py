"""Odd layers on the cores whose tiles are written by hand: borders, groups, zero points, few columns, all extremes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from boards import measure
from harness import fill, prepare

from edgesmith.export.c import export_c
from edgesmith.lower import lower
from edgesmith.ops import get, interpret

CASES = [
    ("conv2d", "i8-first"), ("conv2d", "i8-groups-shifted"), ("conv2d", "i8-far"), ("conv2d", "i8-1x1-shifted"),
    ("depthwise_conv2d", "i8-3x3"), ("depthwise_conv2d", "i8-3x3s2-odd"), ("depthwise_conv2d", "i8-multiplier"),
    ("depthwise_conv2d", "i8-5x5-shifted"), ("depthwise_conv2d", "i8-far"),
    ("fully_connected", "i8-(1,7)-3"), ("fully_connected", "i8-(3,65)-17-shifted"),
]  # fmt: skip


@pytest.mark.parametrize("target", ["cortex-m0+", "cortex-m4", "cortex-m55"])
@pytest.mark.parametrize(("name", "id_"), CASES)
def test_case_on_board(name: str, id_: str, target: str, tmp_path: Path) -> None:
    op = get(name)
    case = next(case for case in op.cases() if case.id == id_)
    graph = prepare(op, case).graph
    given = [arg for arg in case.args if arg is not None and not arg.constant]
    golden = []
    for pattern in ("random", "low", "high"):
        feeds = [fill(arg, pattern, np.random.default_rng(7)) for arg in given]
        golden.append((feeds, interpret(graph, feeds)))
    found = measure(export_c(lower(graph), target, name="layer", golden=golden), tmp_path)
    assert found.failed == 0, f"run {found.failed} differs"
