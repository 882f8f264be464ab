"""One engine in a process of its own, told what to do by lines of JSON.

    python -m edgesmith.measure.bench_worker ENGINE CPUS [realtime]

Each request is one line ``{"do": VERB, ...}`` and has one line as its answer, with the key ``error`` where it failed.
Engines print what they like: their standard output is our standard error. Arrays travel through ``.npz`` files.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from edgesmith.errors import UsageError
from edgesmith.measure.engines import ENGINES, OURS, Loaded


class Worker:
    """What a worker can do; every public method is a verb."""

    def __init__(self, engine: str) -> None:
        self._engine = engine
        self._model: Loaded | None = None

    def load(self, path: str, threads: int) -> dict[str, Any]:
        """Import the engine and load a model. Times exclude Python's own start and NumPy's import."""
        base = peak_bytes()
        begun = time.perf_counter()
        if self._engine != OURS:
            importlib.import_module(ENGINES[self._engine].module)
        module = importlib.import_module(f"edgesmith.measure.engines_{self._engine}")
        imported = time.perf_counter()
        self._model = model = module.Model(path, threads)
        loaded = time.perf_counter()
        return {
            "import_ms": 1e3 * (imported - begun),
            "load_ms": 1e3 * (loaded - imported),
            "base_bytes": base,
            "inputs": [port.to_json() for port in model.inputs],
            "outputs": [port.to_json() for port in model.outputs],
        }

    def fill(self, path: str) -> dict[str, Any]:
        """Put arrays (``0``, ``1``, ... of a ``.npz`` file) in place as inputs."""
        with np.load(path, allow_pickle=False) as file:  # noqa: TID251 - written by the parent process
            arrays = [file[str(index)] for index in range(len(file.files))]
        self._ready().fill(arrays)
        return {}

    def first(self) -> dict[str, Any]:
        """Milliseconds of one run, checked."""
        model = self._ready()
        begun = time.perf_counter()
        model.first()
        return {"ms": 1e3 * (time.perf_counter() - begun)}

    def run(self, seconds: float, most: int, warm: int) -> dict[str, Any]:
        """Nanoseconds of each run: ``warm`` unmeasured ones, then until the seconds are over, 1 to ``most`` of them.

        Inputs are written anew before each run, outside of its time.
        """
        model = self._ready()
        run, refill, now = model.run, model.refill, time.perf_counter_ns
        for _ in range(warm):
            refill()
            run()
        times: list[int] = []
        end = now() + int(seconds * 1e9)
        while len(times) < most:
            refill()
            before = now()
            run()
            after = now()
            times.append(after - before)
            if after >= end:
                break
        return {"ns": times}

    def results(self, path: str) -> dict[str, Any]:
        """Write what the last run left as outputs."""
        found = self._ready().results()
        np.savez(path, **{str(index): array for index, array in enumerate(found)})  # type: ignore[arg-type]
        return {}

    def steps(self, runs: int) -> dict[str, Any]:
        """Median nanoseconds of each step of our own program."""
        session = getattr(self._ready(), "session", None)
        if self._engine != OURS or session is None:
            raise UsageError(f"{self._engine} does not tell the times of its steps")
        rows = []
        for _ in range(runs):
            self._ready().refill()
            rows.append(session.run_timed()[0])
        return {"steps": np.median(rows, axis=0).tolist()}

    def memory(self) -> dict[str, Any]:
        """The most resident memory that this process ever had."""
        return {"peak_bytes": peak_bytes()}

    def scenario(self, name: str, folder: str, seconds: float, target_qps: float, latency_ms: float) -> dict[str, Any]:
        """One scenario of MLPerf's load generator."""
        from edgesmith.measure import bench_scenarios

        model = self._ready()
        run, refill = model.run, model.refill

        def infer() -> None:
            refill()
            run()

        return bench_scenarios.measure(infer, name, Path(folder), seconds, target_qps, latency_ms)

    def _ready(self) -> Loaded:
        if self._model is None:
            raise UsageError("no model is loaded; the verb load comes first")
        return self._model


VERBS = [name for name in vars(Worker) if not name.startswith("_")]


def peak_bytes() -> int:
    """VmHWM of this process, or 0 where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


def answer(worker: Worker, line: str) -> dict[str, Any]:
    """The answer to one request. Whatever an engine raises becomes the answer's ``error``."""
    try:
        request = json.loads(line)
        verb = request.pop("do")
        if verb not in VERBS:
            raise UsageError(f"there is no verb '{verb}'; verbs: {', '.join(VERBS)}")
        method: Callable[..., dict[str, Any]] = getattr(worker, verb)
        return method(**request)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:2000]}


def serve(worker: Worker, requests: TextIO, answers: TextIO) -> None:
    """Answer requests until there are no more."""
    for line in requests:
        answers.write(json.dumps(answer(worker, line)) + "\n")
        answers.flush()


def die_with_parent() -> None:
    """A parent that is killed leaves no stopped worker behind, where the system is Linux."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(1, int(signal.SIGKILL), 0, 0, 0)  # PR_SET_PDEATHSIG


def main() -> None:
    engine, cpus, *wishes = sys.argv[1:]
    die_with_parent()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    os.sched_setaffinity(0, {int(cpu) for cpu in cpus.split(",")})
    if "realtime" in wishes:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    serve(Worker(engine), sys.stdin, answers)


if __name__ == "__main__":
    main()
