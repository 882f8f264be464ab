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


# Each of these compiles the whole runtime once more, for minutes: other compilers, sanitizers, other machines.
HEAVY = (
    "test_sanitized",
    "test_threads_do_not_race",
    "test_emulated",
    "test_damaged_edge_files_in_sanitized_c",
    "test_other_compilers_find_nothing_to_warn_of",
    "test_documented_command_builds_it",
    "test_nothing_is_fused_that_no_kernel_fused",
    "test_tiles_on_this_machine",
    "test_tiles_on_arm",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips the heavy tests, with the reason, unless EDGESMITH_TEST_HEAVY=1 asks for them."""
    if os.environ.get("EDGESMITH_TEST_HEAVY") == "1":
        return
    reason = "compiles the whole runtime once more, for minutes; EDGESMITH_TEST_HEAVY=1 runs it"
    for item in items:
        if item.name.split("[")[0].startswith(HEAVY):
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints the figures, wherever the tests ran."""
    reports = [r for kind in ("passed", "failed") for r in terminalreporter.getreports(kind) if r.when == "call"]
    lines = [text for report in reports for name, text in report.user_properties if name == "figure"]
    if lines:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.line(str(line))
