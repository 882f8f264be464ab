"""Places buffers with known lifetimes into one arena.

A buffer may come alive and die in parts: rows of an image that later steps have not written yet, or no longer need, are
free for others. So a buffer is a set of rectangles, bytes by steps, that move together, and two buffers may overlap in
bytes as long as no two of their rectangles meet.

Each buffer goes to the lowest offset where it meets none of those placed before (Pisarchyk and Lee, "Efficient Memory
Management for Deep Neural Net Inference", 2020, section 4.3). The order decides how good that is, so several are tried,
then the best is improved by moving forward what sticks out on top, until the least that any plan needs is reached.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

ALIGN = 64
ATTEMPTS = 40  # changes tried of each first order
PLACEMENTS = 15_000  # the most rectangles that they may place
CLOSE = 1.01  # near enough to the least that any plan needs


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes ``start`` to ``stop`` of a buffer, that must stay from step ``first`` to step ``last``, both included."""

    start: int
    stop: int
    first: int
    last: int


@dataclass(slots=True)
class Lifetime:
    """A buffer and when its bytes must stay: all of them from ``first`` to ``last``, unless ``parts`` says more."""

    id: int
    bytes: int
    first: int
    last: int
    parts: tuple[Part, ...] = ()

    def rectangles(self) -> tuple[Part, ...]:
        return self.parts or ((Part(0, self.bytes, self.first, self.last),) if self.bytes else ())


def peak(lifetimes: Sequence[Lifetime]) -> int:
    """The most bytes that must stay at once: no plan can be smaller."""
    parts = [part for item in lifetimes for part in item.rectangles()]
    change: dict[int, int] = {}
    for part in parts:
        change[part.first] = change.get(part.first, 0) + part.stop - part.start
        change[part.last + 1] = change.get(part.last + 1, 0) - (part.stop - part.start)
    most = live = 0
    for step in sorted(change):
        live += change[step]
        most = max(most, live)
    return most


def plan(lifetimes: Sequence[Lifetime], effort: int = 1) -> tuple[dict[int, int], int]:
    """Offset of every buffer, and the size of the arena, both multiples of 64 bytes.

    Args:
        effort: how long to look for a smaller plan, in quarters of a second or so.
    """
    blocks = [_Block(item) for item in lifetimes]
    bound = int(_rounded(peak(lifetimes)) * CLOSE)
    orders = [
        sorted(blocks, key=key)
        for key in (
            lambda b: (-b.bytes, b.first, b.id),
            lambda b: (-b.last, -b.bytes, b.id),
            lambda b: (-b.area, b.first, b.id),
            lambda b: (b.first - b.last, -b.bytes, b.id),
        )
    ]
    tried = sorted((_Plan(order, *_place(order)) for order in orders), key=lambda found: found.total)
    best = tried[0]
    for start in tried:
        if best.total > bound:
            better = _improve(start, bound, effort)
            best = better if better.total < best.total else best
    return best.offsets, best.total


@dataclass(slots=True)
class _Plan:
    order: list[_Block]
    offsets: dict[int, int]
    total: int


def _improve(start: _Plan, bound: int, effort: int) -> _Plan:
    """Change the order here and there, most often so that a buffer that sticks out comes earlier."""
    best, chance = start, random.Random(1)
    rectangles = sum(len(block.lo) for block in start.order)
    for _ in range(effort * min(ATTEMPTS, PLACEMENTS // max(rectangles, 1))):
        if best.total <= bound:
            break
        top = [i for i, block in enumerate(best.order) if best.offsets[block.id] + block.bytes > best.total - ALIGN]
        order, count, kind = list(best.order), len(best.order), chance.random()
        if top and kind < 0.6:
            chosen = chance.choice(top)
            order.insert(chance.randrange(chosen + 1), order.pop(chosen))
        elif kind < 0.8:
            a, b = chance.randrange(count), chance.randrange(count)
            order[a], order[b] = order[b], order[a]
        else:
            order.insert(chance.randrange(count), order.pop(chance.randrange(count)))
        found = _Plan(order, *_place(order))
        if found.total <= best.total:
            best = found
    return best


class _Block:
    """A buffer's rectangles as arrays."""

    __slots__ = ("area", "bytes", "first", "hi", "id", "last", "lo", "since", "until")

    def __init__(self, item: Lifetime) -> None:
        parts = item.rectangles()
        self.id, self.bytes = item.id, item.bytes
        self.lo, self.hi, self.since, self.until = (
            np.array([getattr(part, name) for part in parts], np.int64) for name in ("start", "stop", "first", "last")
        )
        self.first, self.last = item.first, item.last
        self.area = int(((self.hi - self.lo) * (np.minimum(self.until, 1 << 20) - self.since + 1)).sum())


def _place(order: Sequence[_Block]) -> tuple[dict[int, int], int]:
    count = sum(len(block.lo) for block in order)
    lo, hi, since, until = (np.zeros(count, np.int64) for _ in range(4))
    used, total = 0, 0
    offsets: dict[int, int] = {}
    for block in order:
        size = len(block.lo)
        # A placed rectangle that is alive together with one of ours forbids a range of offsets.
        met = (since[:used, None] <= block.until) & (until[:used, None] >= block.since)
        theirs, ours = np.nonzero(met)
        below, above = lo[theirs] - block.hi[ours], hi[theirs] - block.lo[ours]
        turn = np.argsort(below, kind="stable")
        # Before each range, in order of their lower ends, the highest upper end so far is the place to try.
        reach = _rounded(np.maximum.accumulate(np.concatenate([[0], above[turn]])))
        free = np.flatnonzero(reach[:-1] <= below[turn])
        offset = int(reach[free[0]] if free.size else reach[-1])
        offsets[block.id] = offset
        new = slice(used, used + size)
        lo[new], hi[new], since[new], until[new] = block.lo + offset, block.hi + offset, block.since, block.until
        used += size
        total = max(total, offset + block.bytes)
    return offsets, _rounded(total)


def _rounded(size: Any) -> Any:
    """An int, or an array of them, rounded up to what buffers are aligned to."""
    return -(-size // ALIGN) * ALIGN


__all__ = ["ALIGN", "Lifetime", "Part", "peak", "plan"]
