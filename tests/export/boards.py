"""Builds exported C for a core with its GCC, and runs it on QEMU's board: answers, instructions, stack, bytes."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from edgesmith.export.c import TARGETS, Exported

FIRMWARE = Path(__file__).parent / "firmware"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


@dataclass(frozen=True)
class Board:
    """A machine of QEMU. ``per_tick`` instructions pass in a tick of its counter; a known loop checks that."""

    target: str
    prefix: str
    emulator: str
    machine: str
    start: str
    script: str
    per_tick: float


BOARDS = {
    board.target: board
    for board in (
        Board("cortex-m0+", "arm-none-eabi-", "qemu-system-arm", "mps2-an386", "cortex_m.c", "mps2.ld", 40),
        Board("cortex-m4", "arm-none-eabi-", "qemu-system-arm", "mps2-an386", "cortex_m.c", "mps2.ld", 40),
        Board("cortex-m7", "arm-none-eabi-", "qemu-system-arm", "mps2-an500", "cortex_m.c", "mps2.ld", 40),
        Board("cortex-m33", "arm-none-eabi-", "qemu-system-arm", "mps3-an547", "cortex_m.c", "mps3.ld", 31.25),
        Board("cortex-m55", "arm-none-eabi-", "qemu-system-arm", "mps3-an547", "cortex_m.c", "mps3.ld", 31.25),
        Board("rv32imc", "riscv64-unknown-elf-", "qemu-system-riscv32", "virt", "rv32.c", "virt.ld", 1),
    )
}


@dataclass(frozen=True)
class Measured:
    """One inference on a board, and the model's own share of the image, from its object file."""

    differs: int
    instructions: int
    stack: int
    text: int
    constants: int
    memory: int
    known: float

    @property
    def code(self) -> int:
        """Bytes of flash beside the constants: instructions, and the arguments of calls."""
        return self.text - self.constants


def board(target: str) -> Board:
    """The board of a target, or a skip that names the tool that is missing."""
    found = BOARDS[target]
    for tool in (f"{found.prefix}gcc", found.emulator):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    return found


def measure(exported: Exported, folder: Path) -> Measured:
    """Build, run, and read what the firmware said."""
    where = board(exported.target.name)
    exported.save(folder)
    optimize = "-Os" if exported.optimize == "size" else "-O2"
    name = exported.name
    flags = [*TARGETS[where.target].flags.split(), optimize, "-std=c11", "-ffunction-sections", "-fdata-sections"]
    libraries = "--specs=nano.specs" if "arm" in where.prefix else "--specs=picolibc.specs"
    gcc, flags = f"{where.prefix}gcc", [libraries, *flags]
    _run([gcc, *flags, *WARNINGS, "-c", f"{name}.c", "-o", "model.o"], folder)
    sizes = [int(n) for n in _run([f"{where.prefix}size", "model.o"], folder).splitlines()[1].split()[:3]]
    link = ["-nostartfiles", f"-L{FIRMWARE}", f"-T{FIRMWARE / where.script}", "-Wl,--gc-sections"]
    sources = [f"{name}.c", str(FIRMWARE / "main.c"), str(FIRMWARE / where.start)]
    defines = [f"-DMODEL={name}", f"-D{name.upper()}_GOLDEN", f"-I{FIRMWARE}", "-I."]
    _run([gcc, *flags, *defines, *sources, *link, "-Wl,-Map=map", "-o", "firmware.elf"], folder)
    said = _emulate(where, folder / "firmware.elf")
    return Measured(
        said["differs"], round(said["ticks"] * where.per_tick), said["stack"], sizes[0], exported.constant_bytes,
        sizes[1] + sizes[2], said["known"] * where.per_tick / 2e6,
    )  # fmt: skip


def _emulate(where: Board, image: Path) -> dict[str, int]:
    bios = ["-bios", "none"] if "riscv" in where.emulator else []
    command = [
        where.emulator, "-M", where.machine, *bios, "-nographic", "-icount", "shift=0",
        "-semihosting-config", "enable=on,target=native", "-kernel", str(image),
    ]  # fmt: skip
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    said = done.stdout + done.stderr
    found = {name: int(value) for name, value in re.findall(r"^(\w+) (\d+)\s*$", said, re.M)}
    assert {"known", "differs", "ticks", "stack"} <= set(found), f"{where.target} said: {said[-400:]!r}"
    return found


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr[-2000:]}"
    return done.stdout
