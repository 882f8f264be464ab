"""What quantizing costs real models; bench/quantization.py measures the same on more data."""

from __future__ import annotations

import importlib.util
import pathlib
from collections.abc import Callable
from types import ModuleType

import pytest

import edgesmith as es

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_quantization", ROOT / "bench/quantization.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not module.SHARED.is_dir():
        pytest.skip("the models and pictures of ../shared are not here")
    return module


@pytest.mark.parametrize("task", ["KWS", "VWW", "IC", "AD"])
def test_mlperf_tiny_is_as_near_to_floats_as_the_official_files(
    task: str, bench: ModuleType, figure: Callable[[str], None]
) -> None:
    ours, official, count = bench.tiny_errors(task)
    figure(f"{task} int8: squared error {ours:.3g} to the float outputs, official file {official:.3g}, {count} inputs")
    assert ours <= official


@pytest.mark.parametrize(
    ("settings", "most"), [({}, 4), ({"per_channel": False}, 6), ({"scheme": "weights4"}, 24)], ids=str
)
def test_mobilenet_keeps_its_accuracy_on_pictures_that_it_was_not_calibrated_on(
    settings: dict[str, object], most: int, bench: ModuleType, figure: Callable[[str], None]
) -> None:
    source, rows = bench.mobilenet(), bench.photographs(bench.SHARED)
    mine, others = range(0, 250, 5), [place for place in range(250) if place % 5]
    runs = [bench.unit(bench.picture(rows[place][0], 224, 224)) for place in mine]
    made = es.quantize(source, runs, measure_speed=False, **settings)
    ours, floats = bench.right(made, others), bench.right(source, others)
    figure(f"MobileNetV2 {settings}: {ours} of 200 photographs right, {floats} with floats")
    assert ours >= floats - most
    if settings.get("scheme") == "weights4":
        size = len(es.compile(made).to_bytes())
        figure(f"MobileNetV2 with weights of four bits: a file of {size:,} bytes")
        assert size < 3_000_000
