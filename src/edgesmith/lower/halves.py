"""Moves buffers about in an arena, at no cost in bytes, so that a thread finds there what it last held itself.

Threads share out most steps by rows: with two of them, each computes one half of every result. Where a half lies over
memory that the other thread wrote last, its lines must come from the other core before they can be written, and cores
that share no cache are far apart. Buffers with a common middle have the same halves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from edgesmith.lower.arena import ALIGN, Lifetime

CELLS = 1024  # an arena is looked at in so many pieces
SWEEPS = 4
MIDDLES = 6  # of buffers that came before, the latest first: places to try
RECENT = 2  # steps after which memory may have left the caches
CHANGED = 4  # how much worse it is that memory changes hands


def match_halves(lifetimes: Sequence[Lifetime], offsets: Mapping[int, int], total: int) -> dict[int, int]:
    """Offsets of the same buffers in ``total`` bytes, among which fewer bytes change hands.

    Args:
        lifetimes: buffers; those that live in parts stay where they are.
        offsets: where each lies, as ``arena.plan`` found.
        total: bytes of the arena.
    """
    arena = _Arena(lifetimes, offsets, total)
    arena.sweep(move=False)  # what a run before has left
    for _ in range(SWEEPS):
        if not arena.sweep(move=True):
            break
    return {item.id: int(offset) for item, offset in zip(arena.items, arena.start, strict=True)}


class _Arena:
    """Buffers in the order in which they come alive, and for each cell whose half lay there last, 1, 2 or nobody's, 0,
    and until when."""

    def __init__(self, lifetimes: Sequence[Lifetime], offsets: Mapping[int, int], total: int) -> None:
        self.items = sorted(lifetimes, key=lambda item: (item.first, item.id))
        self.start = np.array([offsets[item.id] for item in self.items], np.int64)
        self.bytes, self.first, self.last = (
            np.array([getattr(item, name) for item in self.items], np.int64) for name in ("bytes", "first", "last")
        )
        self.movable = [len(item.rectangles()) == 1 and item.bytes > ALIGN for item in self.items]
        self.total = total
        self.cell = max(ALIGN, -(-total // CELLS))
        self.grain = 1 << self.cell.bit_length() - 1  # ALIGN or more
        self.owner = np.zeros(-(-total // self.cell), np.int8)
        self.touched = np.zeros(len(self.owner), np.int64)
        self.middles: list[int] = []

    def sweep(self, move: bool) -> bool:
        """Go once through all buffers; whether one of them moved."""
        moved = False
        for index in np.flatnonzero(self.movable).tolist():
            size = int(self.bytes[index])
            if move and (cost := self._cost(index, int(self.start[index]))):
                for middle in reversed(self.middles[-MIDDLES:]):
                    there = self._around(middle, size)
                    if (better := self._cost(index, there)) < cost and self._free(index, there):
                        cost, self.start[index], moved = better, there, True
            here = int(self.start[index])
            low, middle, high = self._cells(here, size)
            self.owner[low:middle], self.owner[middle:high] = 1, 2
            self.touched[low:high] = self.last[index]
            self.middles = [*(known for known in self.middles if known != here + size // 2), here + size // 2]
        return moved

    def _around(self, middle: int, size: int) -> int:
        """The offset that puts a buffer's middle nearly there; round, so that small differences do not add up."""
        return max(0, (middle - size // 2 + self.grain // 2) // self.grain * self.grain)

    def _cells(self, offset: int, size: int) -> tuple[int, int, int]:
        return offset // self.cell, (offset + size // 2) // self.cell, -(-(offset + size) // self.cell)

    def _cost(self, index: int, offset: int) -> int:
        """Cells that would change hands, and to a lesser degree those that may have left the caches."""
        low, middle, high = self._cells(offset, int(self.bytes[index]))
        changed = int((self.owner[low:middle] == 2).sum() + (self.owner[middle:high] == 1).sum())
        return CHANGED * changed + int((self.touched[low:high] < self.first[index] - RECENT).sum())

    def _free(self, index: int, offset: int) -> bool:
        """Whether a buffer meets no other that is alive with it, wherever parts of those may be."""
        stop = offset + self.bytes[index]
        met = (self.first <= self.last[index]) & (self.last >= self.first[index])
        met &= (self.start < stop) & (self.start + self.bytes > offset)
        met[index] = False
        return bool(stop <= self.total and not met.any())


__all__ = ["match_halves"]
