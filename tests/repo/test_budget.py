"""What ``import edgesmith`` costs. Memory and the packages it pulls in are conditions; times are printed figures."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import pytest

PROBE = """
import sys
import edgesmith
hwm = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(hwm, *sorted(name for name in sys.modules if "." not in name))
"""
# Each of these is slow to import or optional, and is imported by the function that needs it.
LATE = {"click", "ctypes", "flatbuffers", "google", "onnx", "onnxruntime", "PIL", "torch", "zipfile", "json"}


def run(*arguments: str) -> tuple[float, str]:
    """The best time of three, so that the disk cache is warm, and the output."""
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)
        times.append(time.perf_counter() - begun)
    return min(times), done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
def test_import_is_light(figure: Callable[[str], None]) -> None:
    bare, _ = run("-c", "pass")
    seconds, output = run("-c", PROBE)
    peak, *modules = output.split()
    figure(f"import edgesmith: {seconds - bare:.3f} s after Python's own {bare:.3f} s, peak {int(peak) / 1024:.1f} MB")
    assert int(peak) < 40 * 1024, f"import edgesmith takes {int(peak) / 1024:.1f} MB; the promise is 40"
    assert not LATE & set(modules), "imported although nobody asked for them yet"


def test_help_is_light(figure: Callable[[str], None]) -> None:
    pytest.importorskip("edgesmith.cli", reason="the command line does not exist yet")
    seconds, output = run("-c", "from edgesmith.cli import main; main(['--help'])")
    figure(f"edgesmith --help: {seconds:.3f} s in all")
    assert "Usage" in output
