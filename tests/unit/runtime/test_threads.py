"""Threads change no bit, and "auto" remembers what it measured."""

from __future__ import annotations

import os
import signal
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

import edgesmith as es
from edgesmith.compiler import compile_graph
from edgesmith.ops import Builder
from edgesmith.program.file import write
from edgesmith.runtime import automatic
from edgesmith.types import DType


@pytest.fixture
def data() -> bytes:
    """Three layers that are large enough to be split, and one that is not."""
    b = Builder("chain")
    value = b.input("x", (40, 64), DType.F32)
    rng = np.random.default_rng(1)
    for _ in range(3):
        value = b.add("fully_connected", value, b.constant(rng.standard_normal((64, 64)) / 8, DType.F32), None)
    b.output(value, "y")
    b.output(b.add("mul", b.input("z", (3,), DType.F32), b.constant(np.ones(3), DType.F32)), "w")
    return write([compile_graph(b.graph)])


def _feeds() -> list[np.ndarray]:
    return [np.random.default_rng(2).standard_normal((40, 64)).astype(np.float32), np.arange(3, dtype=np.float32)]


@pytest.mark.parametrize("threads", [2, 3])
def test_results_are_the_same_at_every_run(data: bytes, threads: int) -> None:
    with es.Session(data) as one, es.Session(data, threads=threads) as many:
        want = [array.tobytes() for array in one.run(*_feeds())]
        for _ in range(20):
            assert [array.tobytes() for array in many.run(*_feeds())] == want


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_runs_and_frees_what_it_has_no_threads_for(data: bytes) -> None:
    session = es.Session(data, threads=3)
    want = [array.tobytes() for array in session.run(*_feeds())]
    time.sleep(0.01)  # until all workers wait
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads, from Python 3.12 on
        child = os.fork()
    if child == 0:
        signal.alarm(20)  # a child that hangs dies
        same = [array.tobytes() for array in session.run(*_feeds())] == want
        session.close()
        os._exit(0 if same else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert [array.tobytes() for array in session.run(*_feeds())] == want
    session.close()


def test_auto_measures_once_and_remembers(data: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(automatic, "cores", lambda: 2)
    monkeypatch.setattr(automatic, "BUDGET", 0.01)
    with es.Session(data, threads="auto") as session:
        assert session.threads in (1, 2)
        first = session.threads
    (kept,) = (tmp_path / "edgesmith" / "threads").iterdir()
    assert kept.read_text() == str(first)
    kept.write_text(str(3 - first))
    with es.Session(data, threads="auto") as session:
        assert session.threads == 3 - first
    kept.write_text("many")
    with es.Session(data, threads="auto") as session:
        assert session.threads in (1, 2)
    assert kept.read_text() == str(session.threads)


def test_auto_works_without_a_cache(data: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "edgesmith").write_text("a file where the folder should be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(automatic, "cores", lambda: 2)
    monkeypatch.setattr(automatic, "BUDGET", 0.01)
    with es.Session(data, threads="auto") as session:
        assert session.threads in (1, 2)


class _Clocked:
    """Runs that take as long as they are told to."""

    now = 0.0

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def invoke(self) -> None:
        _Clocked.now += self.seconds

    def close(self) -> None:
        self.seconds = -1.0


@pytest.mark.parametrize(
    ("seconds", "best"), [((4, 2, 1.5), 4), ((4, 2, 1.99), 2), ((2, 3, 3), 1), ((1, 0.99, 0.98), 1)]
)
def test_the_fewest_threads_that_are_as_good_win(
    seconds: tuple[float, ...], best: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(automatic.time, "perf_counter", lambda: _Clocked.now)
    sessions = {count: _Clocked(1e-3 * time) for count, time in zip((1, 2, 4), seconds, strict=True)}
    assert automatic.fastest([1, 2, 4], sessions.__getitem__) == best
    assert all(session.seconds < 0 for session in sessions.values())


def test_candidates_double_and_end_with_all_cores() -> None:
    assert automatic.candidates(1) == [1]
    assert automatic.candidates(6) == [1, 2, 4, 6]
    assert automatic.candidates(200)[-1] == 64
