"""Exported C in the forms that the build systems of microcontrollers take: one file each, texts by path.

Every form carries a program that runs the self-test, so that a board can say whether it computes what the desk did.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from edgesmith.errors import UsageError, nearest
from edgesmith.export.c.bundles import arduino, cmake, esp_idf, firmware, platformio, zephyr
from edgesmith.export.c.package import Exported

Texts = dict[str, str]
FORMS: dict[str, Callable[[Exported, str], Texts]] = {
    "plain": lambda e, version: e.files(),
    "cmake": cmake.texts,
    "arduino": arduino.texts,
    "zephyr": zephyr.texts,
    "esp-idf": esp_idf.texts,
    "platformio": platformio.texts,
    "firmware": firmware.texts,
}
_VERSION = re.compile(r"\d+\.\d+\.\d+")


def texts(exported: Exported, form: str, version: str = "1.0.0") -> Texts:
    """Texts by path of an export in one of ``FORMS``; ``version`` is what package managers are told.

    Raises:
        UsageError: no such form, or a version that is not three numbers.
    """
    if form not in FORMS:
        raise UsageError(f"there is no package form '{form}'.{nearest(form, FORMS)} Forms: {', '.join(FORMS)}")
    if not _VERSION.fullmatch(version):
        raise UsageError(f"version '{version}' is not three numbers, such as 1.0.0; package managers take nothing else")
    return FORMS[form](exported, version)


def save(files: Texts, folder: Path) -> list[Path]:
    """Write texts below a folder, which is made where it is missing."""
    paths = []
    for name, text in files.items():
        path = folder / PurePosixPath(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


__all__ = ["FORMS", "Texts", "save", "texts"]
