"""A bounded choice of the runs that go by, for what must look at data more than once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from edgesmith.quantization.observe import Run

MOST_RUNS = 64
MOST_BYTES = 48 << 20

Progress = Callable[[str, int, int], None]  # what is being done, how much of it is done, how much there is (0: unknown)


class Reservoir:
    """Every run has the same chance to be kept (Vitter, "Random Sampling with a Reservoir", 1985; algorithm R).

    ``places`` says the how manieth each kept run was. The choice is the same every time.
    """

    def __init__(self, most_runs: int = MOST_RUNS, most_bytes: int = MOST_BYTES) -> None:
        self.most_runs, self.most_bytes = most_runs, most_bytes
        self.places: list[int] = []
        self.runs: list[list[np.ndarray]] = []
        self.seen = 0
        self._random = np.random.default_rng(0)

    def through(self, runs: Iterable[Run]) -> Iterator[Run]:
        """The same runs, of which some are copied on the way."""
        for run in runs:
            self._offer(run)
            yield run

    def aside(self, runs: Iterable[Run], every: int) -> Iterator[Run]:
        """The same runs without every so manieth, of which some are kept here."""
        for count, run in enumerate(runs, 1):
            if count % every:
                yield run
            else:
                self._offer(run)

    def _offer(self, run: Run) -> None:
        size = sum(array.nbytes for array in run)
        room = max(1, min(self.most_runs, self.most_bytes // max(size, 1)))
        place = len(self.runs) if len(self.runs) < room else int(self._random.integers(self.seen + 1))
        if place < room:
            kept = [np.array(array) for array in run]
            self.runs[place : place + 1], self.places[place : place + 1] = [kept], [self.seen]
        self.seen += 1

    def ordered(self) -> tuple[list[list[np.ndarray]], list[int]]:
        """The kept runs in the order in which they came, and their places."""
        order = sorted(range(len(self.places)), key=self.places.__getitem__)
        return [self.runs[index] for index in order], [self.places[index] for index in order]
