"""Speed claims in README come from the benchmark's own output, and the scripts of bench/ say what they do."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from types import ModuleType

import pytest

from edgesmith.errors import UsageError
from edgesmith.measure import bench_results

from .files import ROOT


@pytest.fixture(scope="module")
def models() -> ModuleType:
    """bench/models.py as a module."""
    spec = importlib.util.spec_from_file_location("bench_models", ROOT / "bench" / "models.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_readme_has_the_table_of_the_newest_results(models: ModuleType) -> None:
    text = (ROOT / "README.md").read_text()
    shown = text.split(models.MARKS[0])[1].split(models.MARKS[1])[0].strip()
    assert shown == models.readme_table(bench_results.read(models.newest())).strip()


def test_readable_tables_are_those_of_their_results(models: ModuleType) -> None:
    files = sorted(models.RESULTS.glob("*.json"))
    assert files
    for path in files:
        assert path.with_suffix(".md").read_text() == bench_results.markdown(bench_results.read(path))


def test_unknown_networks_and_forms_are_refused(models: ModuleType) -> None:
    with pytest.raises(UsageError, match=r"no network 'mobilenet_v22'. Did you mean"):
        list(models._jobs(models.parse(["--networks", "mobilenet_v22"])))
    with pytest.raises(UsageError, match=r"no form 'int9'. Did you mean 'int8'"):
        list(models._jobs(models.parse(["--forms", "int9"])))


@pytest.mark.parametrize("script", ["models", "kernels", "instructions"])
def test_scripts_have_help(script: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench" / f"{script}.py"), "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "usage" in done.stdout
