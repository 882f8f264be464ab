"""Places buffers with known lifetimes into one arena.

Greedy by size, each at the lowest offset where it meets no buffer alive at the same time (Pisarchyk and Lee, "Efficient
Memory Management for Deep Neural Net Inference", 2020, section 4.3). Optimal plans are rare to beat it in practice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ALIGN = 64


@dataclass(slots=True)
class Lifetime:
    """A buffer and the steps (inclusive) between which its bytes must stay."""

    id: int
    bytes: int
    first: int
    last: int


def plan(lifetimes: Sequence[Lifetime]) -> tuple[dict[int, int], int]:
    """Offset of every buffer, and the size of the arena, both multiples of 64 bytes."""
    order = sorted(lifetimes, key=lambda item: (-item.bytes, item.first, item.id))
    count = len(order)
    first = np.array([item.first for item in order], np.int64)
    last = np.array([item.last for item in order], np.int64)
    size = np.array([-(-item.bytes // ALIGN) * ALIGN for item in order], np.int64)
    offset = np.zeros(count, np.int64)
    for index in range(count):
        alive = np.flatnonzero((first[:index] <= last[index]) & (last[:index] >= first[index]) & (size[:index] > 0))
        start = 0
        for other in alive[np.argsort(offset[alive], kind="stable")]:
            if offset[other] - start >= size[index]:
                break
            start = max(start, int(offset[other] + size[other]))
        offset[index] = start
    total = int((offset + size).max(initial=0))
    return {item.id: int(where) for item, where in zip(order, offset, strict=True)}, total
