"""The project's own files, as git lists them, or as they lie where there is no git (a release archive)."""

from __future__ import annotations

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
GENERATED = ("runtime/generated/", "docs/reference/")
TEXT = {".py", ".pyi", ".c", ".h", ".inc", ".md", ".toml", ".txt", ".json", ".html", ".css", ".js", ".csv", ".in", ""}
SKIPPED = {".git", ".venv", "build", "dist", "node_modules", "__pycache__"}


def project_files() -> list[pathlib.Path]:
    """Every tracked or new file that git does not ignore, relative to the root, sorted."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        names = [pathlib.Path(name) for name in done.stdout.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = [path.relative_to(ROOT) for path in ROOT.rglob("*")]
    return sorted(name for name in names if not SKIPPED & set(name.parts) and (ROOT / name).is_file())


def text_files() -> list[pathlib.Path]:
    """Those that a person reads; what fuzzing kept has no suffix and is none of them."""
    return [
        name for name in project_files() if name.suffix in TEXT and not name.as_posix().startswith("tests/fuzz/corpus/")
    ]


def is_generated(name: pathlib.Path) -> bool:
    """Whether a script of ours wrote the file."""
    return name.as_posix().startswith(GENERATED)
