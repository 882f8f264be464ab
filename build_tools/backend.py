"""The build backend: setuptools, and a C compiler fetched only where this machine has none.

Installers call these functions (PEP 517, PEP 660). ``commands.py`` beside this file does the work.
"""

from __future__ import annotations

from typing import Any

import native
from setuptools import build_meta
from setuptools.build_meta import (
    build_editable,
    build_sdist,
    build_wheel,
    get_requires_for_build_sdist,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]


def get_requires_for_build_wheel(config_settings: dict[str, Any] | None = None) -> list[str]:
    """setuptools' own needs, and a compiler where there is none."""
    return [*build_meta.get_requires_for_build_wheel(config_settings), *native.requirements()]


def get_requires_for_build_editable(config_settings: dict[str, Any] | None = None) -> list[str]:
    """The same as for a wheel: an editable install loads the library from the source tree."""
    return [*build_meta.get_requires_for_build_editable(config_settings), *native.requirements()]
