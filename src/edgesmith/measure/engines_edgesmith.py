"""Edgesmith itself, as a benchmark's worker runs it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from edgesmith import Session
from edgesmith.measure.engines import Port


class Model:
    """A ``.edge`` file, mapped; ``run`` is one call of ``edge_run``."""

    def __init__(self, path: str, threads: int) -> None:
        self.session = Session(path, threads=threads)
        self.inputs, self.outputs = (
            [Port(p.name, p.shape, p.data.dtype.name, p.scale, p.zero_point) for p in ports]
            for ports in (self.session.inputs, self.session.outputs)
        )
        # Session.invoke without its Python: a small network takes but a few microseconds.
        self.run = partial(self.session._lib.edge_run, self.session._model)

    def fill(self, arrays: Sequence[np.ndarray]) -> None:
        for index, array in enumerate(arrays):
            self.session.fill(index, array)
        self._pairs = [(port.data, array) for port, array in zip(self.session.inputs, arrays, strict=True)]

    def refill(self) -> None:
        for view, array in self._pairs:
            view[...] = array

    def first(self) -> None:
        self.session.invoke()  # raises what the bare call would only return

    def results(self) -> list[np.ndarray]:
        return [port.read().copy() for port in self.session.outputs]
