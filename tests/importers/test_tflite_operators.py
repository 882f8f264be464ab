"""Every builtin operator as a model of its own: here against LiteRT's reference kernels, and C against the meaning.

A case that LiteRT refuses or crashes on is skipped with what it said; those do not count as checked.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("ai_edge_litert", reason="LiteRT is not installed: pip install 'edgesmith[test]'")

from importers import cases_arithmetic, cases_layers
from importers.single import Single, check
from litert import CrashedError, LiteRT, RefusedError

CASES = [case for module in (cases_arithmetic, cases_layers) for case in module.all_cases()]


@pytest.fixture(scope="module")
def peer() -> Iterator[LiteRT]:
    with LiteRT("ref") as found:
        yield found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_operator(case: Single, peer: LiteRT) -> None:
    try:
        check(case, peer)
    except RefusedError as error:
        pytest.skip(f"LiteRT refuses: {error}")
    except CrashedError:
        pytest.skip("LiteRT crashes")
