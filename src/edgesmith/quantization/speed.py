"""Whether integers pay: both models timed layer by layer on this machine, or counted in instructions of a chip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from edgesmith.compiler import compile_graph
from edgesmith.ir import Graph
from edgesmith.program.file import write
from edgesmith.quantization.observe import Run
from edgesmith.runtime.session import Session

ROUNDS = 9
SLOWER = 1.1  # a layer that takes so many times its float time does not pay

Times = dict[str, float]


@dataclass(frozen=True, slots=True)
class Clock:
    """What layers are measured by: ``race`` gives each layer's time in several graphs, in ``unit``.

    Where ``exact``, the same graph always takes the same; times of a machine vary. A chip's counts leave out layers
    with kernels that were never measured there.
    """

    unit: str
    where: str
    race: Callable[[Sequence[Graph], Run], list[Times]]
    exact: bool = False


def race(graphs: Sequence[Graph], run: Run, rounds: int = ROUNDS) -> list[Times]:
    """Microseconds of each layer in several graphs with the same inputs: the least of several rounds, in turns."""
    programs = [compile_graph(graph.copy()) for graph in graphs]
    sessions = [Session(write([program], {})) for program in programs]
    least = [np.full(len(program.steps), np.inf) for program in programs]
    try:
        for turn in range(rounds + 1):
            for session, best in zip(sessions, least, strict=True):
                session.reset()
                for place, array in enumerate(run):
                    session.fill(place, array)
                times = session.run_timed(1)[0]
                if turn:  # the first run touches memory for the first time
                    np.minimum(best, times, out=best)
    finally:
        for session in sessions:
            session.close()
    found: list[Times] = []
    for program, best in zip(programs, least, strict=True):
        sums: Times = {}
        for step, time in zip(program.steps, best, strict=True):
            sums[step.layer] = sums.get(step.layer, 0.0) + float(time) / 1e3
        found.append(sums)
    return found


MACHINE = Clock("us", "on this machine", race)


def chip(target: str) -> Clock:
    """Counts instructions of an export for a target, before it runs anywhere.

    Raises:
        UsageError: there is no such target.
    """
    from edgesmith.export.c.target import find

    return Clock("instructions", f"on {find(target).name}", partial(_count, target), exact=True)


def _count(target: str, graphs: Sequence[Graph], run: Run) -> list[Times]:
    from edgesmith.chips import instructions

    return [instructions(graph, target) for graph in graphs]


def compare(before: Times, after: Times, unit: str = "us") -> dict[str, Any]:
    """Totals, and each layer's times where both have it; a layer's own conversions count for it."""
    layers = [
        {"layer": name, f"float_{unit}": before[name], unit: time, "pays": time <= before[name]}
        for name, time in after.items()
        if name in before
    ]
    return {f"float_{unit}": sum(before.values()), unit: sum(after.values()), "layers": layers}


def digits(time: float) -> str:
    """A time with no more digits than tell something."""
    return f"{time:,.0f}" if time >= 100 else f"{time:.1f}" if time >= 1 else f"{time:.2g}"


def spoken(time: float, unit: str) -> str:
    """A time with its unit."""
    return f"{digits(time)} {unit}"
