"""Every code block of README and docs runs. The two set-up commands are run by tests/repo/test_install.py instead."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "ARCHITECTURE.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *ROOT.glob("docs/**/*.md"),
]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SET_UP = ("python3 -m venv", "scripts/")

BLOCKS = [
    pytest.param(kind, text, id=f"{page.relative_to(ROOT)}:{index}")
    for page in PAGES
    for index, (kind, text) in enumerate(BLOCK.findall(page.read_text()))
]


@pytest.mark.parametrize(("kind", "text"), BLOCKS)
def test_code_block_runs(kind: str, text: str, tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="the extra [onnx] is not installed")
    if kind == "sh" and all(line.startswith(SET_UP) for line in text.splitlines() if line.strip()):
        assert all((ROOT / line.split()[0]).exists() for line in text.splitlines() if line.startswith("scripts/"))
        return
    assert kind in ("sh", "python"), f"a block of kind '{kind}' cannot be tested; use sh or python"
    shims = tmp_path / "bin"
    shims.mkdir()
    shim = shims / "edgesmith"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m edgesmith "$@"\n')
    shim.chmod(0o755)
    environment = {**os.environ, "PATH": f"{shims}:{os.environ['PATH']}"}
    command = [sys.executable, "-c", text] if kind == "python" else ["sh", "-euc", text]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_readme_has_the_two_commands_first() -> None:
    blocks = [text for _, text in BLOCK.findall((ROOT / "README.md").read_text())]
    assert blocks[0].startswith("python3 -m venv")
    assert "edgesmith demo" in blocks[0]
    assert blocks[1].strip() == "scripts/test"
