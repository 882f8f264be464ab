"""The parent's end of a worker process: starting it, asking it, halting it while others have their turn."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from edgesmith.errors import EdgesmithError, UsageError
from edgesmith.measure.engines import ENGINES


class WorkerError(EdgesmithError):
    """A worker's engine refused, crashed, or gave no answer in time."""


class Host:
    """A worker process of one engine on given CPUs.

    Between its turns the process is stopped by a signal, so that threads that spin for work, as several engines' do
    for up to 200 ms, take nothing from the engine whose turn it is.

    Raises (every request):
        WorkerError: with what the engine said last.
    """

    def __init__(
        self, engine: str, cpus: Sequence[int], *, realtime: bool = False, isa: str = "", timeout: float = 300
    ) -> None:
        restricted = ENGINES[engine].restricted(isa) if isa else {}
        self.engine = engine
        self.timeout = timeout
        self._stopped = False
        self._said = tempfile.TemporaryFile("w+b")  # noqa: SIM115 - closed with the process
        command = [sys.executable, "-m", "edgesmith.measure.bench_worker", engine, ",".join(map(str, cpus))]
        source = str(Path(__file__).parents[2])
        path = os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH")]))
        self.process = subprocess.Popen(
            [*command, "realtime"] if realtime else command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env={**os.environ, "PYTHONPATH": path, **restricted},
        )

    def ask(self, verb: str, **arguments: Any) -> dict[str, Any]:
        """One request and its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.resume()
        watch = threading.Timer(self.timeout, self.process.kill)
        watch.start()
        try:
            self.process.stdin.write(json.dumps({"do": verb, **arguments}).encode() + b"\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = b""
        finally:
            watch.cancel()
        if not line:
            code = self.process.wait()
            raise WorkerError(f"{self.engine}'s process ended during '{verb}' (exit code {code}): {self._last_words()}")
        found: dict[str, Any] = json.loads(line)
        if "error" in found:
            raise WorkerError(f"{self.engine} failed at '{verb}': {found['error']}")
        return found

    def pause(self) -> None:
        """Stop the process with all its threads until the next request."""
        if not self._stopped and self.process.poll() is None:
            self.process.send_signal(signal.SIGSTOP)
            self._stopped = True

    def resume(self) -> None:
        """Let it go on."""
        if self._stopped:
            self.process.send_signal(signal.SIGCONT)
            self._stopped = False

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()
        self._said.close()

    def __enter__(self) -> Host:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _last_words(self) -> str:
        self._said.seek(0)
        lines = self._said.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:500] if lines else "it said nothing"


def pick_cpus(threads: int) -> list[int]:
    """CPUs for so many threads: the last ones that this process may use, since the system prefers the first.

    Raises:
        UsageError: there are fewer.
    """
    usable = sorted(os.sched_getaffinity(0))
    if threads > len(usable):
        raise UsageError(f"{threads} threads need as many CPUs; this process may use {len(usable)}")
    return usable[-threads:]


@contextmanager
def first_in_line(wanted: bool) -> Iterator[None]:
    """Let this process run before ordinary ones, so that it hands out turns without waiting for others.

    Raises:
        UsageError: the system does not let us.
    """
    if not wanted:
        yield
        return
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(11))
    except PermissionError:
        raise UsageError("--realtime needs the right to real-time scheduling (CAP_SYS_NICE, or run as root)") from None
    try:
        yield
    finally:
        os.sched_setscheduler(0, *before)
