"""Measures what compiling leaves open: strips of rows against whole layers, one kernel against another.

The alternatives take turns, so that what else the machine does meets all of them alike, and are compared by the least
time of many runs. What does not measure faster is not chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np

from edgesmith.compiler import Compiled, compile_model
from edgesmith.errors import UsageError
from edgesmith.ir import Graph
from edgesmith.lower import lower
from edgesmith.lower.lowering import Weights
from edgesmith.lower.rows import Strips
from edgesmith.lower.schedule import Scheduler, smallest_program
from edgesmith.model import Model
from edgesmith.program.file import write
from edgesmith.program.kernel import REGISTRY
from edgesmith.program.program import Program
from edgesmith.runtime.session import Session
from edgesmith.verify import random_inputs

# Kernels that compute the same from the same arguments; those that the second lacks must be absent.
ALTERNATIVES = {
    "conv2d_f32": "conv2d_direct_f32",
    "fully_connected_f32": "fully_connected_direct_f32",
}
GAIN = 0.01  # an alternative must measure faster by so much of the whole


@dataclass(frozen=True, slots=True)
class Point:
    """A schedule and what it costs: bytes of arena, steps, bytes moved between strips, best and median milliseconds."""

    arena_bytes: int
    peak_bytes: int
    steps: int
    moved_bytes: int
    layers_in_strips: int
    best_ms: float
    median_ms: float


def schedules(graph: Graph, weights: Weights, count: int = 8) -> list[tuple[Program, int, int]]:
    """Programs of a graph that has passed all passes, from computed whole to the smallest arena.

    Returns (program, bytes moved, layers in strips), with ever smaller arenas; at most ``count`` and two more.
    """
    plain = lower(graph, weights)
    scheduler = Scheduler(graph)
    least, smallest = smallest_program(graph, weights, scheduler)
    low, high = least.arena_bytes, plain.arena_bytes
    found = [(plain, 0, 0)]
    chosen = [scheduler.cheapest(int(limit)) for limit in np.geomspace(high, low, count + 2)[1:-1]]
    for strips in chosen:
        program = lower(graph, weights, strips) if strips else plain
        if strips and found[-1][0].arena_bytes > program.arena_bytes > low:
            found.append((program, *_moved(strips)))
    return [*found, (least, *_moved(smallest))] if low < high else found


def _moved(strips: Sequence[Strips]) -> tuple[int, int]:
    return sum(run.moved_bytes for run in strips), sum(len(run.nodes) for run in strips)


def race(programs: Sequence[Program], inputs: Sequence[np.ndarray], threads: int, rounds: int) -> np.ndarray:
    """Seconds of each program in each round, (programs, rounds), taking turns."""
    sessions = [Session(write([program]), threads=threads) for program in programs]
    times = np.zeros((len(sessions), rounds))
    try:
        for session in sessions:
            session.run(*inputs)
        for turn in range(rounds):
            for index, session in enumerate(sessions):
                session.reset()
                for place, array in enumerate(inputs):
                    session.fill(place, array)
                before = perf_counter()
                session.invoke()
                times[index, turn] = perf_counter() - before
    finally:
        for session in sessions:
            session.close()
    return times


def memory_curve(
    model: Model | str,
    *,
    shapes: Mapping[str, Sequence[int]] | None = None,
    threads: int = 1,
    rounds: int = 40,
) -> list[Point]:
    """The time that a model takes in ever less memory, measured on this machine with random inputs."""
    compiled = compile_model(model, shapes=shapes)
    found = schedules(compiled.graph, Weights())
    times = 1e3 * race([program for program, _, _ in found], random_inputs(compiled.graph), threads, rounds)
    return [
        Point(program.arena_bytes, program.peak_bytes, len(program.steps), moved, layers, float(row.min()),
              float(np.median(row)))
        for (program, moved, layers), row in zip(found, times, strict=True)
    ]  # fmt: skip


@dataclass(slots=True)
class Tuned:
    """A tuned model, and what was measured: milliseconds before and after, per schedule, and per exchanged kernel."""

    compiled: Compiled
    before_ms: float
    after_ms: float
    schedules: list[dict[str, Any]]
    kernels: list[dict[str, Any]]
    isa: str
    threads: int

    def to_dict(self) -> dict[str, Any]:
        names = ("before_ms", "after_ms", "schedules", "kernels", "isa", "threads")
        return {name: getattr(self, name) for name in names}


def tune(
    model: Model | str,
    *,
    shapes: Mapping[str, Sequence[int]] | None = None,
    threads: int = 1,
    rounds: int = 60,
) -> Tuned:
    """Compile a model with the fastest schedule and kernels that measure faster on this machine.

    The file runs anywhere; what was chosen here may not be the fastest elsewhere. Integer results do not change, and
    float ones only as other kernels round.

    Raises:
        UsageError: less than two rounds.
    """
    if rounds < 2:
        raise UsageError(f"rounds is {rounds}; expected at least 2")
    compiled = compile_model(model, shapes=shapes)
    graph, inputs = compiled.graph, random_inputs(compiled.graph)
    weights = Weights()
    found = schedules(graph, weights, 5)
    if quick := Scheduler(graph).fastest():
        found.append((lower(graph, weights, quick), *_moved(quick)))
    times = race([program for program, _, _ in found], inputs, threads, rounds).min(axis=1)
    measured = [
        {"arena_bytes": program.arena_bytes, "steps": len(program.steps), "ms": 1e3 * float(t)}
        for (program, _, _), t in zip(found, times, strict=True)
    ]
    fastest = int(np.argmin(times))
    start = found[fastest if times[fastest] < (1 - GAIN) * times[0] else 0][0]
    best, exchanged, isa = _exchange(start, inputs, threads, rounds)
    plain = found[0][0]
    last = race([plain, best], inputs, threads, rounds).min(axis=1)
    if last[1] >= last[0]:  # what won before did not win again: keep what needs no reason
        best, exchanged = plain, []
    before, after = 1e3 * float(last[0]), 1e3 * float(last.min())
    best.metadata["tuned"] = {"isa": isa, "threads": threads, "before_ms": before, "after_ms": after}
    result = Compiled([best], [graph], compiled.metadata)
    return Tuned(result, before, after, measured, exchanged, isa, threads)


def _exchange(
    program: Program, inputs: Sequence[np.ndarray], threads: int, rounds: int
) -> tuple[Program, list[dict[str, Any]], str]:
    """The program with each kernel exchanged where its alternative is faster in its place."""
    other = replace(
        program, steps=[alternative(step) or step for step in program.steps], metadata=dict(program.metadata)
    )
    able = [index for index, step in enumerate(other.steps) if step is not program.steps[index]]
    with Session(write([program]), threads=threads) as first, Session(write([other]), threads=threads) as second:
        if not able:
            return program, [], first.isa
        least = [np.full(len(program.steps), np.inf) for _ in range(2)]
        for _ in range(rounds):
            for index, session in enumerate((first, second)):
                session.reset()
                for place, array in enumerate(inputs):
                    session.fill(place, array)
                np.minimum(least[index], session.run_timed(1)[0], out=least[index])
        whole = GAIN * least[0].sum() / len(able)
        wins = [index for index in able if least[1][index] < least[0][index] - whole]
        told = [
            {"layer": program.steps[i].layer, "kernel": other.steps[i].kernel, "instead_of": program.steps[i].kernel,
             "us": float(least[1][i]) / 1e3, "us_before": float(least[0][i]) / 1e3}
            for i in wins
        ]  # fmt: skip
        steps = [other.steps[i] if i in wins else step for i, step in enumerate(program.steps)]
        return replace(program, steps=steps, metadata=dict(program.metadata)), told, first.isa


def alternative(step: Any) -> Any:
    """The step with another kernel that computes the same, or None."""
    kernel = REGISTRY.get(ALTERNATIVES.get(step.kernel, ""))
    if kernel is None:
        return None
    names = {field.name for field in kernel.fields}
    if any(item is not None for name, item in step.args.items() if name not in names):
        return None
    args = {name: item for name, item in step.args.items() if name in names}
    return replace(step, kernel=kernel.name, args=args, packed=kernel.packed)


__all__ = ["Point", "Tuned", "memory_curve", "race", "schedules", "tune"]
