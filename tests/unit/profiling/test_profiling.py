"""A profile has a row for each step, rates that follow from its times, and a page without foreign parts."""

from __future__ import annotations

import json
import pathlib

import pytest

from edgesmith import zoo
from edgesmith.cli import cli
from edgesmith.compiler import Compiled, compile_model
from edgesmith.errors import UsageError
from edgesmith.measure.bench_classes import classes
from edgesmith.measure.profile_picture import draw
from edgesmith.profiling import FAR, SHARE, Profile, profile
from edgesmith.runtime.library import isas


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return compile_model(zoo.build("mobilenet_v1", width=0.25, resolution=32))


@pytest.fixture(scope="module")
def found(compiled: Compiled) -> Profile:
    return profile(compiled.to_bytes(), name="<v1>", threads=2, runs=3)


def test_every_step_has_a_row_whose_rates_follow_from_its_time(compiled: Compiled, found: Profile) -> None:
    steps = compiled.program.steps
    assert [(row.kernel, row.layer, row.macs) for row in found.rows] == [(s.kernel, s.layer, s.macs) for s in steps]
    assert sum(row.share for row in found.rows) == pytest.approx(1)
    for row in found.rows:
        assert row.us > 0
        assert row.gmacs == pytest.approx(row.macs / row.us / 1e3)
        assert row.gigabytes == pytest.approx(row.bytes / row.us / 1e3)
        assert row.least_us >= row.bytes / found.limits.gigabytes / 1e3 - 1e-9
        assert row.far == (row.us > FAR * row.least_us and row.share > SHARE)


def test_a_step_spans_its_operands(found: Profile) -> None:
    first = found.rows[0]
    assert first.kernel.startswith("conv2d")
    operands = 32 * 32 * 3 + 8 * 27 + 8 + 16 * 16 * 8  # image, weights, biases, result; all float32
    assert first.bytes == 4 * operands


def test_peaks_are_of_the_type_that_a_step_multiplies(found: Profile) -> None:
    conv = next(row for row in found.rows if row.macs)
    assert conv.percent_of_peak == pytest.approx(100 * conv.gmacs / found.limits.f32_gmacs)
    assert next(row for row in found.rows if not row.macs).percent_of_peak is None


def test_scalar_is_profiled_as_such(compiled: Compiled) -> None:
    assert profile(compiled.to_bytes(), isa=isas()[0], runs=1).isa == "scalar"


def test_no_run_is_refused(compiled: Compiled) -> None:
    with pytest.raises(UsageError, match="at least 1"):
        profile(compiled.to_bytes(), runs=0)


def test_the_page_stands_alone_and_escapes_names(found: Profile) -> None:
    page = draw(found, classes(found.steps, [1e3 * row.us for row in found.rows], None))
    assert page.count("<rect ") == len(found.rows)
    assert "&lt;v1&gt;" in page
    assert "<v1>" not in page
    assert "http" not in page
    assert "src=" not in page


def test_the_verb_profiles_a_compiled_file(
    compiled: Compiled, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compiled.save(tmp_path / "m.edge")
    page = tmp_path / "m.html"
    arguments = ["profile", str(tmp_path / "m.edge"), "--runs", "2", "--html", str(page)]
    cli.main([*arguments, "--json"], standalone_mode=False)
    told = json.loads(capsys.readouterr().out)
    assert len(told["steps"]) == len(compiled.program.steps)
    assert sum(group["steps"] for group in told["classes"]) == len(told["steps"])
    assert page.read_text().startswith("<!doctype html>")
    cli.main(arguments, standalone_mode=False)
    assert "measured here:" in capsys.readouterr().out
