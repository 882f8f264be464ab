"""Damaged models of one operator convert, or end in our own error: never in another exception."""

from __future__ import annotations

import contextlib
import random

import pytest
from importers import cases_arithmetic, cases_layers, cases_movement, cases_state

from edgesmith.errors import EdgesmithError, UnforeseenError
from edgesmith.model import load

CASES = [c for m in (cases_arithmetic, cases_layers, cases_movement, cases_state) for c in m.all_cases()]


def seen_through(data: bytes) -> None:
    """Load; what only the net below the checks has caught is a fault here."""
    try:
        load(data).graph()
    except UnforeseenError as error:
        raise error.__cause__ or error from None


@pytest.mark.parametrize("seed", range(8))
def test_changed_bytes(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(40):
        data = bytearray(rng.choice(CASES).build()[0])
        for _ in range(rng.choice((1, 1, 2, 4))):
            data[rng.randrange(len(data))] = rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))
        with contextlib.suppress(EdgesmithError):
            seen_through(bytes(data))
