"""From what steps touch, in order, to when each byte of each buffer must stay."""

from __future__ import annotations

import numpy as np

from edgesmith.lower.arena import Lifetime, Part
from edgesmith.ops.contract import Buffer, Ref

FOREVER = 1 << 30  # a step after the last: what is touched there outlives the run


class Lifetimes:
    """Collects touches. Bytes of a buffer that are touched alike live alike; each range gets a life of its own."""

    def __init__(self) -> None:
        self._buffers: dict[int, Buffer] = {}
        self._touched: dict[int, list[list[tuple[int, int, int]]]] = {}

    def touch(self, ref: Ref, step: int) -> None:
        """Step ``step`` reads or writes the bytes of ``ref``."""
        self._buffers[ref.buffer.id] = ref.buffer
        lives = self._touched.setdefault(ref.buffer.id, [[]])
        lives[-1].append((ref.offset, ref.offset + ref.bytes, step))

    def end(self, buffer: Buffer) -> None:
        """Nothing in the buffer is needed any more; what is touched later begins another life in the same place."""
        lives = self._touched.setdefault(buffer.id, [[]])
        if lives[-1]:
            lives.append([])

    def all(self) -> list[Lifetime]:
        """Every buffer that was touched."""
        found = []
        for id_, lives in self._touched.items():
            touches = [touch for life in lives for touch in life]
            if not touches:
                continue
            first, last = (pick(step for _, _, step in touches) for pick in (min, max))
            parts = tuple(part for life in lives for part in _parts(life))
            found.append(Lifetime(id_, self._buffers[id_].bytes, first, last, parts))
        return found


def _parts(touches: list[tuple[int, int, int]]) -> list[Part]:
    """Rectangles that cover one life, neighbours that live alike joined."""
    cuts = np.unique([edge for start, stop, _ in touches for edge in (start, stop)])
    first = np.full(max(len(cuts) - 1, 0), FOREVER + 1)
    last = np.full(len(first), -2)
    for start, stop, step in touches:
        lo, hi = np.searchsorted(cuts, (start, stop))
        np.minimum(first[lo:hi], step, out=first[lo:hi])
        np.maximum(last[lo:hi], step, out=last[lo:hi])
    parts: list[Part] = []
    for start, stop, since, until in zip(
        cuts[:-1].tolist(), cuts[1:].tolist(), first.tolist(), last.tolist(), strict=True
    ):
        before = parts[-1] if parts else None
        if before and (before.stop, before.first, before.last) == (start, since, until):
            parts[-1] = Part(before.start, stop, since, until)
        elif until > -2:
            parts.append(Part(start, stop, since, until))
    return parts


__all__ = ["FOREVER", "Lifetimes"]
