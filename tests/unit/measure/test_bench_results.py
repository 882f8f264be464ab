"""Files of results, their tables, and classes of layers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from edgesmith.errors import CheckFailed, ModelError
from edgesmith.measure import bench_results
from edgesmith.measure.bench_classes import classes, layer_class
from edgesmith.measure.bench_scenarios import read_summary

ROW = {
    "network": "net",
    "form": "int8",
    "threads": 2,
    "engines": {
        "edgesmith": {"median_ms": 0.5, "p95_ms": 0.6, "load_and_first_ms": 2.0, "added_bytes": 3_000_000},
        "litert": {"median_ms": 0.75, "p95_ms": 0.8, "difference": {"unit": "steps", "most": 1.0, "mean": 0.1}},
        "ncnn": {"error": "no int8 file\nand more"},
    },
    "best_peer": "litert",
    "ratio": 1.5,
    "classes": [{"class": "pooling", "steps": 1, "ms": 0.1, "macs": 0, "gmacs": 0.0, "percent_of_peak": None}],
    "scenarios": [{"engine": "edgesmith", "scenario": "Offline", "valid": True, "samples_per_second": 1234.0}],
}


@dataclass
class Step:
    kernel: str
    macs: int
    args: dict[str, Any] = field(default_factory=dict)


def test_results_name_their_machine_and_come_back(tmp_path: Path, root: Path) -> None:
    result = bench_results.document([ROW], {"rounds": 3}, root)
    assert result["machine"]["cpus"] >= 1
    assert result["date"].startswith("2")
    assert "edgesmith" in result["engines"]
    path = tmp_path / "new" / "r.json"
    bench_results.write(result, path)
    assert bench_results.read(path)["rows"] == [json.loads(json.dumps(ROW))]
    assert path.with_suffix(".md").read_text() == bench_results.markdown(result)


def test_the_table_says_who_was_faster_and_who_did_not_run(root: Path) -> None:
    result = bench_results.document([ROW], {}, root)
    for name in ("litert", "ncnn"):
        result["engines"].setdefault(name, {"title": name, "version": "1", "installed_bytes": 1, "settings": "default"})
    text = bench_results.markdown(result)
    assert "| **1.50** |" in text
    assert "0.500 (0.600)" in text
    assert "2.000 / 3.0" in text
    assert "left out: no int8 file." in text
    assert "differs from ours by at most 1 steps" in text
    assert "1234 samples per second" in text


@pytest.mark.parametrize("text", ["", "{}", '{"format": 99}', "[1]"])
def test_files_that_are_no_results_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.json"
    path.write_text(text)
    with pytest.raises(ModelError, match="results"):
        bench_results.read(path)


def test_outside_of_a_checkout_there_is_no_commit(tmp_path: Path) -> None:
    assert bench_results.commit(tmp_path) is None


def test_layers_are_classed_by_what_decides_their_speed() -> None:
    conv = {"C": 96, "G": 1, "KH": 1, "KW": 1}
    assert layer_class("conv2d_i8", conv) == "pointwise, K < 256"
    assert layer_class("conv2d_f32", {**conv, "KH": 3, "KW": 3}) == "convolution, K >= 256"
    assert layer_class("conv2d_f32", {**conv, "C": 3, "KH": 3}) == "first convolution"
    assert layer_class("conv2d_winograd_f32", {"C": 64}).startswith("convolution by Winograd")
    assert layer_class("conv2d_strassen_f32", {"C": 64}).startswith("pointwise by Strassen")
    assert layer_class("depthwise_i8", {"KH": 5, "KW": 5, "stride_h": 2}) == "depthwise 5x5, stride 2"
    assert layer_class("softmax_f32", {}) == "softmax"
    assert layer_class("hard_swish_f32", {}) == "elementwise and others"


def test_percent_of_peak_is_work_over_time_over_peak() -> None:
    steps = [Step("fully_connected_f32", 1000), Step("fully_connected_f32", 3000), Step("add_f32", 0)]
    first, second = classes(steps, [10, 30, 500], 200.0)
    assert (first["class"], first["percent_of_peak"]) == ("elementwise and others", None)
    assert (second["steps"], second["gmacs"], second["percent_of_peak"]) == (2, 100.0, 50.0)
    assert classes(steps, [10, 30, 500], None)[1]["percent_of_peak"] is None


def test_a_summary_of_the_load_generator_is_read() -> None:
    text = "Scenario : SingleStream\n90th percentile latency (ns) : 123456\nResult is : VALID\n"
    assert read_summary(text, "SingleStream") == {
        "scenario": "SingleStream",
        "valid": True,
        "p90_latency_ms": pytest.approx(0.123456),
    }
    with pytest.raises(CheckFailed, match="no figure"):
        read_summary("Result is : VALID", "Offline")
