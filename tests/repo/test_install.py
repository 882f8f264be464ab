"""A stranger installs Edgesmith: with a C compiler, without one, from the tree and from the release archive."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable

import native
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SMOKE = """
import ctypes, pathlib, edgesmith
here = pathlib.Path(edgesmith.__file__).parent
ctypes.CDLL(str(here / "_native" / "libedge.so")).edge_load
assert (here / "_runtime" / "edge.h").is_file()
print(here)
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        os.environ.get("EDGESMITH_TEST_INSTALL") != "1",
        reason="installing fetches packages; EDGESMITH_TEST_INSTALL=1 runs it",
    ),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The project without anything that was built in it."""
    ignored = shutil.ignore_patterns(
        "build", "dist", "_native", ".venv", ".git", "*.egg-info", "__pycache__", ".*_cache"
    )
    return pathlib.Path(shutil.copytree(ROOT, tmp_path_factory.mktemp("tree") / "edgesmith", ignore=ignored))


def run(*command: str | pathlib.Path, cwd: pathlib.Path, **variables: str) -> str:
    """The output of a command that must succeed, run with a clean environment."""
    kept = {name: value for name, value in os.environ.items() if name not in {"CC", "PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=kept | variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def fresh(folder: pathlib.Path) -> pathlib.Path:
    """The Python of a new virtual environment."""
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    return folder / "venv" / "bin" / "python"


def path_without_compilers(folder: pathlib.Path) -> str:
    """A PATH on which there is a shell and its small tools, and no compiler of any kind."""
    tools = folder / "tools"
    tools.mkdir()
    for name in ("sh", "env", "uname", "cat", "rm", "mkdir", "dirname", "basename"):
        (tools / name).symlink_to(shutil.which(name) or pytest.skip(f"there is no {name}"))
    return str(tools)


@pytest.mark.parametrize("compiler", ["system", "none"])
def test_pip_install(copy: pathlib.Path, tmp_path: pathlib.Path, compiler: str, figure: Callable[[str], None]) -> None:
    if compiler == "system" and not shutil.which("cc"):
        pytest.skip("this machine has no C compiler")
    variables = {"PATH": path_without_compilers(tmp_path)} if compiler == "none" else {}
    python = fresh(tmp_path)
    begun = time.perf_counter()
    strict = " ".join(native.STRICT)  # nobody's build shall warn
    run(python, "-m", "pip", "install", "--quiet", copy, cwd=tmp_path, CFLAGS=strict, **variables)
    figure(f"pip install . with {compiler} compiler: {time.perf_counter() - begun:.0f} s")
    where = run(python, "-c", SMOKE, cwd=tmp_path, **variables)
    assert str(tmp_path) in where
    (record,) = (tmp_path / "venv").rglob("edgesmith-*.dist-info/WHEEL")
    tag = "py3-none-manylinux_2_17_" if compiler == "none" and sys.platform == "linux" else "py3-none-"
    assert f"Tag: {tag}" in record.read_text()
    help_text = run(tmp_path / "venv" / "bin" / "edgesmith", "--help", cwd=tmp_path, **variables)
    assert "Usage" in help_text


def test_editable_install(copy: pathlib.Path, tmp_path: pathlib.Path) -> None:
    python = fresh(tmp_path)
    run(python, "-m", "pip", "install", "--quiet", "--editable", copy, cwd=tmp_path, CFLAGS="-O0")
    assert run(python, "-c", "import edgesmith; print(edgesmith.__file__)", cwd=tmp_path).startswith(str(copy))
    assert (copy / "src" / "edgesmith" / "_native" / "libedge.so").is_file()


def test_release_archive_builds_the_same_wheel(copy: pathlib.Path, tmp_path: pathlib.Path) -> None:
    python = fresh(tmp_path)
    run(python, "-m", "pip", "install", "--quiet", "build", cwd=tmp_path)
    # The wheel is built from the archive.
    run(python, "-m", "build", "--outdir", tmp_path / "dist", copy, cwd=tmp_path, CFLAGS="-O0")
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for source in (copy / "runtime").rglob("*.[ch]"):
        assert f"edgesmith/_runtime/{source.relative_to(copy / 'runtime')}" in names
    for module in (copy / "src" / "edgesmith").rglob("*.py"):
        assert str(module.relative_to(copy / "src")) in names
    assert "edgesmith/_native/libedge.so" in names
    assert "edgesmith/py.typed" in names
