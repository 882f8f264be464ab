"""Tile kernels against plain loops between guard pages: natively, under sanitizers, and on Arm under emulation."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import toolchain

from edgesmith.ops import load_all
from edgesmith.program.generate import generate
from edgesmith.program.kernel import REGISTRY

HERE = Path(__file__).parent
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


def build(folder: Path, compiler: list[str], *flags: str) -> Path:
    """The test program linked with that runtime, objects compiled two at a time."""
    out, runtime = folder / "test_tiles", tile_runtime(folder)
    sources = [HERE / "test_tiles.c", *sorted(runtime.glob("*.c")), *sorted((runtime / "isa").glob("*.c"))]
    common = [*compiler, "-std=gnu11", "-O2", "-g", "-Wall", "-Wextra", "-Werror", *flags]
    objects: list[Path] = []
    running: list[subprocess.Popen[str]] = []
    for source in sources:
        objects.append(folder / f"{source.parent.name}_{source.stem}.o")
        command = [*common, f"-I{runtime}", "-c", str(source), "-o", str(objects[-1])]
        running.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True))
        if len(running) == 2:
            _wait(running)
    _wait(running)
    done = subprocess.run([*common, *map(str, objects), "-o", str(out), "-lm", "-lpthread"], check=False)
    assert done.returncode == 0
    return out


def _wait(running: list[subprocess.Popen[str]]) -> None:
    for process in running:
        _, errors = process.communicate()
        assert process.returncode == 0, f"{process.args}\n{errors[-3000:]}"
    running.clear()


def check(command: list[str], wanted: set[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, f"exit {done.returncode}: {lines[-1:]}\n{done.stderr[-3000:]}"
    assert lines[-1] == "ok"
    assert wanted <= {line.split()[0] for line in lines}


def native_sets() -> set[str]:
    return {"scalar"} | {isa for isa, flag in toolchain.CPU_FLAGS.items() if flag in toolchain.cpu_flags()}


@pytest.mark.parametrize("sanitize", ["", "-fsanitize=address,undefined"], ids=["plain", "sanitized"])
def test_tiles_on_this_machine(sanitize: str, tmp_path: Path) -> None:
    flags = [sanitize, "-fno-sanitize-recover=all"] if sanitize else []
    program = build(tmp_path, [os.environ.get("CC", "cc")], *flags)
    check([str(program), "150" if sanitize else "400"], native_sets())


def test_tiles_on_arm(tmp_path: Path) -> None:
    if not (shutil.which("aarch64-linux-gnu-gcc") and shutil.which("qemu-aarch64-static")):
        pytest.skip("needs aarch64-linux-gnu-gcc and qemu-aarch64-static")
    program = build(tmp_path, ["aarch64-linux-gnu-gcc", "-static"])
    check(["qemu-aarch64-static", str(program), "100"], {"scalar", "neon", "neon_dot"})


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
    command = [clang, *target, *toolchain.STRICT, f"-I{tmp_path}", "-c", str(runtime / "isa" / "mve.c")]
    done = subprocess.run([*command, "-o", str(tmp_path / "mve.o")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / "mve.o").stat().st_size > 50_000, (
        "no kernel was compiled: the instruction set is not switched on"
    )
