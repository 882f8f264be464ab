"""Workers: their protocol, their errors, and how the parent copes when one dies."""

from __future__ import annotations

import _ctypes
import io
import json
from pathlib import Path

import numpy as np
import pytest
from tflite_builder import TFLiteBuilder

from edgesmith import compile
from edgesmith.errors import MissingExtraError, UsageError
from edgesmith.measure import bench_worker, engines
from edgesmith.measure.bench_host import Host, WorkerError, pick_cpus
from edgesmith.measure.engines import ENGINES, OURS, choose
from edgesmith.measure.narrow import asking, hide_avx512


@pytest.fixture
def edge(tmp_path: Path) -> Path:
    """Four numbers in, their ReLU out."""
    b = TFLiteBuilder()
    x, y = b.tensor("x", (1, 4), "FLOAT32"), b.tensor("y", (1, 4), "FLOAT32")
    b.op("RELU", [x], [y], {})
    b.inputs(x)
    b.outputs(y)
    path = tmp_path / "relu.edge"
    compile(b.build()).save(path)
    return path


def speak(*requests: object) -> list[dict[str, object]]:
    """A worker's answers, in this process."""
    lines = "".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in requests)
    answers = io.StringIO()
    bench_worker.serve(bench_worker.Worker(OURS), io.StringIO(lines), answers)
    return [json.loads(line) for line in answers.getvalue().splitlines()]


def test_every_request_has_one_answer() -> None:
    answers = speak("no json\n", {"do": "dance"}, {"do": "run"}, {"do": "memory"}, {"do": "first"})
    assert len(answers) == 5
    assert "JSONDecodeError" in str(answers[0]["error"])
    assert "there is no verb 'dance'" in str(answers[1]["error"])
    assert "missing" in str(answers[2]["error"])
    assert int(str(answers[3]["peak_bytes"])) > 0
    assert "no model is loaded" in str(answers[4]["error"])


def test_a_worker_runs_a_model_in_its_own_process(edge: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "in.npz", **{"0": np.float32([[-1, 2, -3, 4]])})
    with Host(OURS, pick_cpus(1)) as host:
        loaded = host.ask("load", path=str(edge), threads=1)
        assert loaded["inputs"] == [{"name": "x", "shape": [1, 4], "dtype": "float32", "scale": 0.0, "zero_point": 0}]
        host.ask("fill", path=str(tmp_path / "in.npz"))
        host.pause()
        times = host.ask("run", seconds=5, most=7, warm=1)["ns"]
        assert len(times) == 7
        assert min(times) > 0
        host.ask("results", path=str(tmp_path / "out.npz"))
        assert len(host.ask("steps", runs=3)["steps"]) == 1
    with np.load(tmp_path / "out.npz") as found:
        assert found["0"].tolist() == [[0, 2, 0, 4]]


def test_an_engines_refusal_and_death_are_named(tmp_path: Path) -> None:
    with Host(OURS, pick_cpus(1)) as host:
        with pytest.raises(WorkerError, match="edgesmith failed at 'load': FileNotFoundError"):
            host.ask("load", path=str(tmp_path / "none.edge"), threads=1)
        host.process.kill()
        host.process.wait()
        with pytest.raises(WorkerError, match=r"ended during 'memory' \(exit code -9\)"):
            host.ask("memory")
    with Host("no_such_engine", pick_cpus(1)) as host, pytest.raises(WorkerError, match="KeyError"):
        host.ask("load", path="x", threads=1)


def test_a_silent_worker_is_ended(edge: Path) -> None:
    with Host(OURS, pick_cpus(1)) as host:
        host.ask("load", path=str(edge), threads=1)
        host.timeout = 0.5
        host.process.send_signal(19)  # SIGSTOP, behind the host's back
        with pytest.raises(WorkerError, match="exit code -9"):
            host.ask("memory")


def test_engines_that_are_missing_are_named_with_their_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"no engine 'litter'\. Did you mean 'litert'"):
        choose(["litter"])
    monkeypatch.setattr(engines.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r'LiteRT .*pip install "edgesmith\[bench\]"'):
        choose(["litert"])
    assert engines.installed_peers() == []


def test_engines_are_restricted_where_they_can_be() -> None:
    assert ENGINES[OURS].restricted("avx2") == {"EDGE_ISA": "avx2"}
    assert ENGINES["openvino"].restricted("avx2") == {"ONEDNN_MAX_CPU_ISA": "AVX2"}
    assert ENGINES["litert"].restricted("") == {}
    with pytest.raises(UsageError, match="LiteRT cannot be restricted to avx2"):
        ENGINES["litert"].restricted("avx2")


def test_wide_vectors_are_hidden_where_code_asks_which_registers_are_saved() -> None:
    asks = b"\x31\xc9\x0f\x01\xd0"  # xor ecx, ecx; xgetbv
    assert asking(b"\x90" + asks + b"\x0f\x01\xd0" + asks) == [1, 9]
    with pytest.raises(UsageError, match=r"never asks|on Linux alone"):
        hide_avx512(Path(_ctypes.__file__))


def test_ours_has_a_version_and_a_size() -> None:
    assert ENGINES[OURS].available
    assert ENGINES[OURS].version[0].isdigit()
    assert ENGINES[OURS].installed_bytes > 100_000


def test_more_threads_than_cpus_are_refused() -> None:
    with pytest.raises(UsageError, match="1000 threads need as many CPUs"):
        pick_cpus(1000)
