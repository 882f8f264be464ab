"""How many threads suit a model on this machine: measured once, for at most about a second, and remembered.

The answer is kept in the user's cache folder by processor, cores, file and runtime. A cache that cannot be read or
written costs the measurement again, never an error.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from edgesmith import flags
from edgesmith.errors import RunError

BUDGET = 1.0  # seconds
WARM = 2  # runs that do not count
WORTH = 0.97  # more threads have to save this much


class Runs(Protocol):
    def invoke(self) -> None: ...

    def close(self) -> None: ...


def cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def candidates(most: int) -> list[int]:
    """1, 2, 4, ... and all cores, at most 64."""
    most = min(most, 64)
    return sorted({count for count in (1, 2, 4, 8, 16, 32, 64) if count <= most} | {max(most, 1)})


def processor() -> str:
    """The model of this machine's processor, in its own words."""
    with contextlib.suppress(OSError, UnicodeError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def threads_for(data: memoryview, settings: str, make: Callable[[int], Runs]) -> int:
    """The remembered number of threads, or the fastest one found now.

    Args:
        data: the file.
        settings: what else decides the speed: the runtime's version, the instruction set, the program of the file.
        make: opens a session with so many threads.
    """
    counts = candidates(cores())
    if len(counts) == 1:
        return 1
    words = f"{processor()}|{cores()}|{settings}|{hashlib.sha256(data).hexdigest()}"
    path = flags.cache_folder() / "threads" / hashlib.sha256(words.encode()).hexdigest()
    with contextlib.suppress(OSError, ValueError):
        known = int(path.read_text(encoding="ascii"))
        if known in counts:
            return known
    found = fastest(counts, make)
    _remember(path, found)
    return found


def fastest(counts: Sequence[int], make: Callable[[int], Runs]) -> int:
    """The fewest threads whose median is as good as the best, measured in turns. 1 where the model does not run."""
    sessions: list[Runs] = []
    try:
        for count in counts:
            sessions.append(make(count))
        end = time.perf_counter() + BUDGET
        times: list[list[float]] = [[] for _ in counts]
        for turn in range(100_000):
            for session, own in zip(sessions, times, strict=True):
                before = time.perf_counter()
                session.invoke()
                own.append(time.perf_counter() - before)
            if turn > 0 and time.perf_counter() > end:
                break
    except RunError:  # such as an index in the data: the zeros that it runs on are no real input
        return 1
    finally:
        for session in sessions:
            session.close()
    medians = [statistics.median(own[WARM:] or own[1:]) for own in times]
    best = 0
    for place in range(1, len(counts)):
        if medians[place] < WORTH * medians[best]:
            best = place
    return counts[best]


def _remember(path: Path, count: int) -> None:
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(str(count))
            os.replace(name, path)  # readers see the old file or the new one, never half of one
        except OSError:
            os.unlink(name)
