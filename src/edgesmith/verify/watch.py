"""What the steps of a program leave in the arena, gathered while it runs."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from edgesmith.program.program import ARENA, Probe, Program
from edgesmith.runtime.session import Session


class Watch:
    """Runs a session step by step and reads every value right after the step that completes it.

    Values that are computed in strips exist only row by row; they are put together here. Rows that nothing needs are
    never computed, and left out at the end.
    """

    def __init__(self, session: Session, program: Program) -> None:
        self.session, self.weights, self.arena = session, program.weights, session.arena()
        self.steps = len(program.steps)
        self.probes = sorted(program.probes, key=lambda probe: probe.step)
        self.last = {probe.name: probe.step for probe in self.probes}
        self.found: dict[str, list[np.ndarray]] = {}
        self.done = self.next = 0

    def after(self, names: Iterable[str]) -> dict[str, np.ndarray]:
        """The values of these names, once all their steps have run; nothing for a name that is never in the arena."""
        wanted = list(names)
        self._run(max((self.last[name] for name in wanted if name in self.last), default=-1))
        return {name: _join(self.found.pop(name)) for name in wanted if name in self.found}

    def all(self) -> dict[str, np.ndarray]:
        """Every value of a whole run, in the order in which they are completed."""
        self._run(self.steps)
        self.session.run_steps(self.done, self.steps - self.done)
        order = sorted(self.found, key=lambda name: self.last[name])
        values = {name: _join(self.found[name]) for name in order}
        self.found, self.done, self.next = {}, 0, 0
        return values

    def _run(self, step: int) -> None:
        while self.next < len(self.probes) and self.probes[self.next].step <= step:
            probe = self.probes[self.next]
            if probe.step >= self.done:
                self.session.run_steps(self.done, probe.step + 1 - self.done)
                self.done = probe.step + 1
            self.found.setdefault(probe.name, []).append(self._read(probe))
            self.next += 1

    def _read(self, probe: Probe) -> np.ndarray:
        place = probe.place
        memory = self.arena if place.space == ARENA else np.frombuffer(self.weights, np.uint8)
        raw = memory[place.offset : place.offset + place.bytes]
        return raw.copy().view(probe.dtype.numpy)[: int(np.prod(probe.shape))].reshape(probe.shape)


def _join(parts: list[np.ndarray]) -> np.ndarray:
    return parts[0] if len(parts) == 1 else np.concatenate(parts, 1)
