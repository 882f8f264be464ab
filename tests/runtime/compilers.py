"""The compilers that this machine has, and how to run one."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Sequence

import pytest

RUNTIME = pathlib.Path(__file__).resolve().parents[2] / "runtime"


def command(compiler: str) -> list[str]:
    """The C compiler of that name, or a skip."""
    if compiler == "zig":
        pytest.importorskip("ziglang", reason="the ziglang package is not installed")
        return [sys.executable, "-m", "ziglang", "cc"]
    return [shutil.which(compiler) or pytest.skip(f"{compiler} is not installed")]


def run(arguments: Sequence[object], cwd: pathlib.Path | None = None, **variables: str) -> str:
    """What a command that must succeed printed."""
    done = subprocess.run(
        [str(part) for part in arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=os.environ | variables,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(map(str, arguments))}\n{done.stdout}\n{done.stderr}"
    return done.stdout
