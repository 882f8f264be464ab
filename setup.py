"""Everything about the package is in pyproject.toml; only what it cannot say is here: how the C runtime gets inside."""

from commands import BuildWithRuntime, PlatformDistribution, PlatformWheel
from setuptools import setup

setup(distclass=PlatformDistribution, cmdclass={"build_py": BuildWithRuntime, "bdist_wheel": PlatformWheel})
