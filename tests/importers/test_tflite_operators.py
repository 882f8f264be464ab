"""Every builtin operator as a model of its own: here against LiteRT's reference kernels, and C against the meaning.

A case that LiteRT refuses or crashes on is skipped with what it said; those do not count as checked.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("ai_edge_litert", reason="LiteRT is not installed: pip install 'edgesmith[test]'")

from importers import cases_arithmetic, cases_layers, cases_movement, cases_state
from importers.single import Single, check
from litert import CrashedError, LiteRT, RefusedError

CASES = [
    case for module in (cases_arithmetic, cases_layers, cases_movement, cases_state) for case in module.all_cases()
]


@pytest.fixture(scope="module")
def peers() -> Iterator[list[LiteRT]]:
    """The reference kernels; the default ones know operators that those lack."""
    with LiteRT("ref") as reference, LiteRT("default") as default:
        yield [reference, default]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_operator(case: Single, peers: list[LiteRT]) -> None:
    try:
        check(case, peers)
    except RefusedError as error:
        pytest.skip(f"LiteRT refuses: {error}")
    except CrashedError:
        pytest.skip("LiteRT crashes")
