"""What every test may ask for. A need that this machine lacks is a skip with its reason, never a silent pass."""

from __future__ import annotations

import os
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent


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
