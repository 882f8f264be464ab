"""The three setuptools commands that differ because the package carries a shared library and its C source.

The library is loaded with ctypes and knows nothing of Python, so one wheel serves every Python 3 of a platform.
"""

from __future__ import annotations

import pathlib
import shutil

import native
from setuptools import Distribution
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py


class PlatformDistribution(Distribution):
    """A package that belongs to one platform although it has no Python extension module."""

    def has_ext_modules(self) -> bool:
        """Sends the files to the platform's folder of site-packages."""
        return True


class BuildWithRuntime(build_py):
    """Copies the Python files, builds the C runtime beside them, and adds its source text for C users."""

    def run(self) -> None:
        """Builds in place for an editable install, else into a folder that holds nothing of an earlier build."""
        if self.editable_mode:
            super().run()
            native.build()
            return
        shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        package = pathlib.Path(self.build_lib, "edgesmith")
        native.build(package / "_native" / native.LIBRARY.name)
        for source in _runtime_text():
            target = package / "_runtime" / source.relative_to(native.RUNTIME)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


class PlatformWheel(bdist_wheel):
    """Tags the wheel for any Python 3 on the platform that the compiler built for."""

    def get_tag(self) -> tuple[str, str, str]:
        """Such as py3-none-linux_x86_64, or py3-none-manylinux_2_17_x86_64 from a compiler that targets it."""
        compiler = native.find_compiler()
        return "py3", "none", (compiler and native.wheel_platform(compiler)) or super().get_tag()[2]


def _runtime_text() -> list[pathlib.Path]:
    return sorted(path for path in native.RUNTIME.rglob("*") if path.suffix in {".c", ".h", ".inc"})
