"""Whether integers pay on this machine: both models timed layer by layer, in turns."""

from __future__ import annotations

from collections.abc import Sequence
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


def compare(before: Times, after: Times) -> dict[str, Any]:
    """Totals, and each layer's times where both have it; a layer's own conversions count for it."""
    layers = [
        {"layer": name, "float_us": before[name], "us": time, "pays": time <= before[name]}
        for name, time in after.items()
        if name in before
    ]
    return {"float_us": sum(before.values()), "us": sum(after.values()), "layers": layers}
