"""A real benchmark of small networks against whatever peers are installed. Times are figures, never conditions."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edgesmith import load
from edgesmith.cli import main
from edgesmith.measure.bench import Plan, measure_model
from edgesmith.measure.bench_host import Host, pick_cpus
from edgesmith.measure.engines import ENGINES, OURS, choose, installed_peers

onnx = pytest.importorskip("onnx", reason="the extra [onnx] is not installed")


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """A convolution, a ReLU and a mean, channels first."""
    helper, proto = onnx.helper, onnx.TensorProto
    weight = np.random.default_rng(0).standard_normal((8, 3, 3, 3)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1], strides=[2, 2]),
            helper.make_node("Relu", ["c"], ["r"]),
            helper.make_node("GlobalAveragePool", ["r"], ["y"]),
        ],
        "small",
        [helper.make_tensor_value_info("x", proto.FLOAT, [1, 3, 16, 20])],
        [helper.make_tensor_value_info("y", proto.FLOAT, [1, 8, 1, 1])],
        [onnx.numpy_helper.from_array(weight, "w")],
    )
    path = tmp_path / "small.onnx"
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def test_engines_take_turns_and_agree(network: Path, figure: Callable[[str], None]) -> None:
    peers = installed_peers()
    threads = sorted({1, min(2, len(os.sched_getaffinity(0)))})
    plans = [Plan(count, rounds=2, seconds=0.01, starts=1) for count in threads]
    rows = measure_model(load(network), "small", "f32", choose(peers), plans, source=network, peak=lambda n: 100.0 * n)
    assert [row["threads"] for row in rows] == threads
    for row in rows:
        ours = row["engines"][OURS]
        assert ours["runs"] >= 2
        assert 0 < ours["min_ms"] <= ours["median_ms"] <= ours["p95_ms"]
        assert ours["load_and_first_ms"] > 0
        assert any(item["percent_of_peak"] for item in row["classes"])
        ran = {name for name in peers if "median_ms" in row["engines"][name]}
        for name in peers:
            item = row["engines"][name]
            assert name in ran or item["error"]
            assert name not in ran or item["difference"]["most"] < 1e-5
        # ONNX Runtime and OpenVINO open the very file, so nothing may keep them from running.
        assert {"ort", "openvino"} & set(peers) <= ran
        assert (row["ratio"] is not None) == bool(ran)
        times = {ENGINES[name].title: row["engines"][name]["median_ms"] for name in (OURS, *sorted(ran))}
        figure(f"{row['threads']} threads: " + ", ".join(f"{name} {1e3 * ms:.1f} us" for name, ms in times.items()))


def test_an_engine_that_answers_otherwise_is_left_out(network: Path) -> None:
    if "ort" not in installed_peers():
        pytest.skip("ONNX Runtime is not installed")
    plan = Plan(rounds=1, seconds=0.0, starts=0, tolerance=-1.0)
    (row,) = measure_model(load(network), "small", "f32", choose(["ort"]), [plan], source=network)
    assert "its answer differs" in row["engines"]["ort"]["error"]
    assert row["ratio"] is None


def test_the_verb_prints_and_writes(network: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "r.json"
    line = ["bench", str(network), "--against", "", "--rounds", "1", "--seconds", "0", "--output", str(target)]
    with pytest.raises(SystemExit) as stop:
        main(line)
    assert not stop.value.code
    assert "| small | as given | 1 |" in capsys.readouterr().out
    (row,) = json.loads(target.read_text())["rows"]
    assert row["network"] == "small"
    assert all(item["percent_of_peak"] > 0 for item in row["classes"] if item["macs"])
    assert any(item["macs"] for item in row["classes"])
    with pytest.raises(SystemExit) as stop:
        main(["bench", str(network), "--threads", "two"])
    assert stop.value.code == 2
    assert "--threads two: expected numbers" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["SingleStream", "MultiStream", "Offline", "Server"])
def test_the_load_generator_drives_a_worker(name: str, network: Path, tmp_path: Path) -> None:
    pytest.importorskip("mlperf_loadgen", reason="the load generator is not installed: pip install edgesmith[bench]")
    from edgesmith import compile

    edge = tmp_path / "small.edge"
    compile(network).save(edge)
    np.savez(tmp_path / "in.npz", **{"0": np.ones((1, 3, 16, 20), np.float32)})
    with Host(OURS, pick_cpus(1)) as host:
        host.ask("load", path=str(edge), threads=1)
        host.ask("fill", path=str(tmp_path / "in.npz"))
        found = host.ask("scenario", name=name, folder=str(tmp_path), seconds=0.2, target_qps=50, latency_ms=100)
    (key,) = set(found) - {"scenario", "valid"}
    assert found[key] > 0
