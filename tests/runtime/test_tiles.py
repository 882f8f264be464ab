"""Tile kernels against plain loops between guard pages: natively, under sanitizers, and on Arm under emulation."""

import shutil
import subprocess
from pathlib import Path

import native
import pytest
import toolchain
from compilers import command

from edgesmith.ops import load_all
from edgesmith.program.generate import generate
from edgesmith.program.kernel import REGISTRY

PROGRAM = Path(__file__).with_name("test_tiles.c")
FAMILIES = ("conv2d_", "depthwise_", "fully_connected_", "matmul_")


def tile_runtime(folder: Path) -> Path:
    """A copy of the runtime that has the tile kernels only: the others would take minutes to compile."""
    load_all()
    runtime = folder / "runtime"
    shutil.copytree(toolchain.ROOT / "runtime", runtime)
    chosen = [kernel for name, kernel in REGISTRY.items() if name.startswith(FAMILIES)]
    for name, text in generate(chosen).items():
        (runtime / "generated" / name).write_text(text)
    return runtime


def check(command: list[str], wanted: set[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, f"exit {done.returncode}: {lines[-1:]}\n{done.stderr[-3000:]}"
    assert lines[-1] == "ok"
    assert wanted <= {line.split()[0] for line in lines}


def native_sets() -> set[str]:
    return {"scalar"} | {isa for isa, flag in toolchain.CPU_FLAGS.items() if flag in toolchain.cpu_flags()}


@pytest.mark.parametrize("sanitize", ["", "address,undefined"], ids=["plain", "sanitized"])
def test_tiles_on_this_machine(sanitize: str) -> None:
    command("cc")
    program = native.build(program=PROGRAM, strict=True, sanitize=sanitize)
    check([str(program), "150" if sanitize else "400"], native_sets())


def test_tiles_on_arm() -> None:
    command("zig")
    emulator = shutil.which("qemu-aarch64-static") or pytest.skip("qemu-aarch64-static is not installed")
    program = native.build(program=PROGRAM, strict=True, target="aarch64-linux-musl")
    check([emulator, "-cpu", "max", str(program), "100"], {"scalar", "neon", "neon_dot", "neon_i8mm"})


def test_tiles_compile_for_helium(tmp_path: Path) -> None:
    """MVE needs an emulated board to run; here the words and the tiles must compile for it, freestanding and strict."""
    clang = shutil.which("clang")
    if clang is None:
        pytest.skip("needs clang")
    (tmp_path / "string.h").write_text(
        "#include <stddef.h>\nvoid *memcpy(void *, const void *, size_t);\nvoid *memset(void *, int, size_t);\n"
    )
    runtime = tile_runtime(tmp_path)
    target = ["--target=thumbv8.1m.main-none-eabi", "-mcpu=cortex-m55", "-mfloat-abi=hard", "-ffreestanding"]
    flags = [clang, *target, *toolchain.STRICT, f"-I{tmp_path}", "-c", str(runtime / "isa" / "mve.c")]
    done = subprocess.run([*flags, "-o", str(tmp_path / "mve.o")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / "mve.o").stat().st_size > 50_000, (
        "no kernel was compiled: the instruction set is not switched on"
    )
