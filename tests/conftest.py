"""What every test may ask for. A need that this machine lacks is a skip with its reason, never a silent pass."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
# A Python that a test starts finds the package too, installed or not.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT / "src"), os.environ.get("PYTHONPATH")]))


@pytest.fixture(scope="session")
def root() -> pathlib.Path:
    """The project's own folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> pathlib.Path:
    """The folder of real models, pictures and sound that lies beside the project, or a skip."""
    path = pathlib.Path(os.environ.get("EDGESMITH_SHARED") or ROOT.parent / "shared").resolve()
    if not (path / "models").is_dir():
        pytest.skip("real models are absent: put them at ../shared or name their folder in $EDGESMITH_SHARED")
    return path


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Takes one measured sentence that the run prints at its end. A timing is a figure, never a condition."""
    return lambda sentence: record_property("figure", sentence)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several processes share the tests, the slow ones come first: none is left alone with them at the end."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints the figures, wherever the tests ran."""
    reports = [r for kind in ("passed", "failed") for r in terminalreporter.getreports(kind) if r.when == "call"]
    lines = [text for report in reports for name, text in report.user_properties if name == "figure"]
    if lines:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.line(str(line))
