"""Build one C test program per instruction set, and run it where this machine can."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ISAS = [
    "scalar",
    "sse41",
    "avx2",
    "avx2_vnni",
    "avx512",
    "avx512vnni",
    "avx512vbmi",
    "neon",
    "neon_dot",
    "neon_i8mm",
    "wasm128",
    "mve",
]
CPU_FLAGS = {
    "sse41": "sse4_1",
    "avx2": "avx2",
    "avx2_vnni": "avx_vnni",
    "avx512": "avx512bw",
    "avx512vnni": "avx512_vnni",
    "avx512vbmi": "avx512vbmi",
}
STRICT = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wno-unused-function"]


def cpu_flags() -> set[str]:
    """Feature words of this Linux machine's processor; empty where they cannot be read."""
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text() if cpuinfo.exists() else ""
    return {flag for line in text.splitlines() if line.startswith("flags") for flag in line.split(":")[1].split()}


def need(isa: str) -> None:
    """Skip the calling test, with the reason, when `isa` cannot be built and run here."""
    if isa in CPU_FLAGS and CPU_FLAGS[isa] not in cpu_flags():
        pytest.skip(f"this processor has no {isa}")
    if isa.startswith("neon") and not (shutil.which("aarch64-linux-gnu-gcc") and shutil.which("qemu-aarch64-static")):
        pytest.skip("needs aarch64-linux-gnu-gcc and qemu-aarch64-static")
    if isa == "wasm128" and not (zig() and shutil.which("node")):
        pytest.skip("needs the ziglang package and node")
    if isa == "mve":
        pytest.skip("needs an emulated board; compiled, not run, by test_tiles_compile_for_helium")


def zig() -> list[str] | None:
    """The command line of zig's C compiler, or None where the package is missing."""
    try:
        import ziglang  # noqa: F401
    except ImportError:
        return None
    return [sys.executable, "-m", "ziglang", "cc"]


def source(isa: str, program: Path, folder: Path) -> Path:
    """A copy of runtime/isa/<isa>.c that ends in `program` instead of in the kernels."""
    text = (ROOT / "runtime/isa" / f"{isa}.c").read_text()
    text = text.replace('#include "../generated/portable_kernels.inc"\n', "")
    text = text.replace('"../kernel.h"', "<stdint.h>").replace('"kernels.inc"', f'"{program}"')
    text = re.sub(r'"byte_\w+_kernels\.inc"', f'"{program}"', text)
    text = text.replace('"../simd/', f'"{ROOT}/runtime/simd/')
    path = folder / f"{program.stem}_{isa}.c"
    path.write_text(text)
    return path


def build(isa: str, program: Path, folder: Path, *flags: str) -> list[str]:
    """Compile and link; the command that runs the result."""
    path, out = source(isa, program, folder), folder / f"{program.stem}_{isa}"
    compiler, runner = [os.environ.get("CC", "cc")], []
    if isa.startswith("neon"):
        compiler, runner = ["aarch64-linux-gnu-gcc", "-static"], ["qemu-aarch64-static"]
    if isa == "wasm128":
        compiler, runner = [*(zig() or []), "-target", "wasm32-wasi", "-msimd128"], ["node", str(wasi_runner(folder))]
        out = out.with_suffix(".wasm")
    command = [*compiler, *STRICT, *flags, str(path), "-o", str(out), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}"
    return [*runner, str(out)]


def wasi_runner(folder: Path) -> Path:
    """A node script that runs a WASI program given as its argument."""
    path = folder / "run.mjs"
    path.write_text(
        "import { WASI } from 'node:wasi';\n"
        "import { readFile } from 'node:fs/promises';\n"
        "const wasi = new WASI({ version: 'preview1' });\n"
        "const module = await WebAssembly.compile(await readFile(process.argv[2]));\n"
        "wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));\n"
    )
    return path


def run(isa: str, program: Path, folder: Path, *flags: str) -> str:
    """The program's standard output."""
    done = subprocess.run(build(isa, program, folder, *flags), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{isa}: exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout
