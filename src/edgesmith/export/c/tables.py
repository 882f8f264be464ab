"""What ``scripts/measure_chips`` measured once for every target, as the package carries it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def table(name: str) -> dict[str, dict[str, Any]]:
    """One of the tables beside this file, by target.

    "sizes": level -> function -> its flash, its stack, what it calls of libraries; and "libraries". "sizes_common":
    kernel of the desk -> its text's digest, and such rows for speed and for size. "costs": level -> kernel ->
    instructions for each thing that ``cost.work`` counts.
    """
    found: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))
    return found


__all__ = ["table"]
