"""Every text file is clean UTF-8, hides nothing from its reader, and names no path of the machine that wrote it."""

from __future__ import annotations

import re
import unicodedata

from .files import ROOT, text_files

MACHINE_PATH = re.compile(r"(?<![\w.$}-])/(?:work|root|home|Users)/\w")
MARKER = re.compile(r"^(<{7}|>{7}|={7})( |$)", re.MULTILINE)
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")


def test_text_is_clean() -> None:
    faults = []
    for name in text_files():
        data = (ROOT / name).read_bytes()
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            faults.append(f"{name}: not UTF-8 at byte {error.start}")
            continue
        if "\r" in text or text.startswith("\ufeff"):
            faults.append(f"{name}: has carriage returns or a byte-order mark")
        hidden = {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Co"} and c not in "\n\t\f\r\ufeff"}
        if hidden:
            faults.append(f"{name}: has invisible characters {sorted(map(ascii, hidden))}")
        if text and not text.endswith("\n"):
            faults.append(f"{name}: does not end with a newline")
        for what, pattern in (("a path", MACHINE_PATH), ("a conflict marker", MARKER), ("unfinished work", UNFINISHED)):
            if found := pattern.search(text):
                line = text.count("\n", 0, found.start()) + 1
                faults.append(f"{name}:{line}: {what} of the machine or day that wrote it: {found.group()!r}")
    assert not faults, "\n" + "\n".join(faults)


def test_c_and_python_code_is_ascii() -> None:
    faults = []
    for name in text_files():
        if name.suffix in {".c", ".h", ".py"} and name.parts[0] in {"runtime", "src", "build_tools"}:
            for number, line in enumerate((ROOT / name).read_text(encoding="utf-8").splitlines(), 1):
                if not line.isascii():
                    faults.append(f"{name}:{number}: {line.strip()!a}")
    assert not faults, "\n" + "\n".join(faults)
