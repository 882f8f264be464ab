"""A histogram that grows with what it sees: bounded memory, whatever the amount of data."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SIDE = 4096  # bins on each side of zero
LEAST = -80  # the narrowest bin is 2**LEAST wide: far below what float32 scales can say


class Histogram:
    """Counts in ``2 * SIDE`` bins of one width around zero, which is a power of two.

    A number outside doubles the width until it fits: neighbouring bins are added, which is exact since 0 stays an edge.
    """

    __slots__ = ("counts", "exponent")

    def __init__(self) -> None:
        self.counts: NDArray[np.float64] = np.zeros(2 * SIDE)
        self.exponent = LEAST

    @property
    def width(self) -> float:
        return float(2.0**self.exponent)

    def add(self, numbers: np.ndarray, weight: float = 1.0) -> None:
        """Count finite numbers of any shape, each so many times."""
        flat = numbers.reshape(-1)
        most = float(np.abs(flat).max(initial=0))
        if most > 0:
            self._reach(int(np.ceil(np.log2(most / SIDE))))
        bins = np.floor(flat * np.float32(1 / self.width)).astype(np.int64) + SIDE
        self.counts += weight * np.bincount(np.clip(bins, 0, 2 * SIDE - 1), minlength=2 * SIDE)

    def join(self, other: Histogram) -> None:
        """Add the counts of another histogram."""
        self._reach(other.exponent)
        fitted = Histogram()
        fitted.counts, fitted.exponent = other.counts.copy(), other.exponent
        fitted._reach(self.exponent)
        self.counts += fitted.counts

    def occupied(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Middles and counts of the bins that hold anything."""
        (places,) = np.nonzero(self.counts)
        return np.asarray((places - SIDE + 0.5) * self.width, np.float64), self.counts[places]

    def _reach(self, exponent: int) -> None:
        """Widen the bins to ``2**exponent``."""
        if exponent <= self.exponent:
            return
        shift = exponent - self.exponent
        self.exponent = exponent
        if not self.counts.any():
            return
        group = 1 << min(shift, 13)
        padded = np.zeros(2 * max(SIDE, group))
        middle = padded.size // 2
        padded[middle - SIDE : middle + SIDE] = self.counts
        merged = padded.reshape(-1, group).sum(axis=1)
        self.counts = np.zeros(2 * SIDE)
        half = merged.size // 2
        self.counts[SIDE - half : SIDE + half] = merged
