"""Files stay small enough to read at one sitting, and scripts stay verbs."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable

from .files import ROOT, is_generated, text_files

LIMIT = 600
SCRIPT_LIMIT = 25


def test_no_file_is_long_without_a_reason(figure: Callable[[str], None]) -> None:
    code = [name for name in text_files() if name.suffix in {".py", ".c", ".h"} and not is_generated(name)]
    lines = {name: (ROOT / name).read_text(encoding="utf-8").splitlines() for name in code}
    long = {name: text for name, text in lines.items() if len(text) > LIMIT}
    silent = [f"{name}: {len(text)}" for name, text in long.items() if "Long because" not in "\n".join(text[:20])]
    assert not silent, f"over {LIMIT} lines without 'Long because ...' near the top:\n" + "\n".join(silent)
    counts = sorted(map(len, lines.values()))
    figure(
        f"{len(counts)} source files, {sum(counts)} lines, median {statistics.median(counts):.0f}, most {counts[-1]}"
    )


def body(text: str) -> list[str]:
    """The lines of a script that do something: no comment, help text, import or declaration of an option."""
    text = re.sub(r'"""(.|\n)*?"""', "", text)
    quiet = re.compile(r"\s*($|#|import |from |.*add_argument\(|[)\]}]+$)")
    return [line for line in text.splitlines() if not quiet.match(line)]


def test_scripts_are_short_verbs() -> None:
    for script in sorted((ROOT / "scripts").iterdir()):
        if script.is_file():
            text = script.read_text(encoding="utf-8")
            count = len(body(text))
            assert count <= SCRIPT_LIMIT, f"{script.name} has {count} lines of its own; logic belongs in a module"
            assert script.stat().st_mode & 0o111, f"{script.name} is not executable"
            assert text.startswith("#!"), f"{script.name} names no interpreter"
