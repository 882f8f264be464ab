"""Builds the firmware of an export and runs it on QEMU's board: answers, instructions, stack, arena, bytes of flash."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from edgesmith.export.c import Exported
from edgesmith.export.c.bundles import save, texts
from edgesmith.export.c.bundles.firmware import BOARDS, Board

SECTION = re.compile(r"^ (\.[\w.]+)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S+)$", re.M)
WARNINGS = "WARNINGS=-Wall -Wextra -Wpedantic -Werror"
Arrays = Sequence[np.ndarray]


@dataclass(frozen=True)
class Measured:
    """What a board said of one inference, and the bytes of every section of the model, linked without a program.

    ``sections`` are by name, those of C's and GCC's libraries together under ``library``. ``answers`` are of the
    inputs that were given. ``failed`` is the run of the self-test that differs, 0 for none.
    """

    failed: int
    instructions: int
    stack: int
    arena: int
    unchanged: bool
    counter: float
    constants: int
    sections: dict[str, int]
    answers: list[list[np.ndarray]]

    @property
    def text(self) -> int:
        """Bytes of flash: instructions, arguments of calls, constants."""
        return sum(size for name, size in self.sections.items() if not name.startswith(".bss"))

    @property
    def code(self) -> int:
        return self.text - self.constants

    @property
    def memory(self) -> int:
        return sum(size for name, size in self.sections.items() if name.startswith((".bss", ".data")))


def board(target: str) -> Board:
    """The board of a target, or a skip that names the tool that is missing."""
    found = BOARDS[target]
    for tool in (f"{found.prefix}gcc", found.emulator, "make"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    return found


def measure(exported: Exported, folder: Path, inputs: Sequence[Arrays] = ()) -> Measured:
    """Build, run on inputs, and read what the firmware said.

    Args:
        inputs: runs whose answers are wanted, beside those of the self-test.
    """
    where = board(exported.target.name)
    save(texts(exported, "firmware"), folder)
    _run(["make", "-s", WARNINGS], folder)
    sections = _linked(exported, where, folder)
    (folder / "inputs.bin").write_bytes(b"".join(np.ascontiguousarray(a).tobytes() for run in inputs for a in run))
    said = _said(_emulate(folder))
    wrong = re.search(r"run (\d+) differs", said["self-test"])
    assert wrong or said["self-test"] == "every run is as on the desk"
    counted, known = (int(n) for n in re.findall(r"\d+", said["counter"]))
    assert int(said["inputs.bin"].split()[0]) == len(inputs)
    return Measured(
        int(wrong[1]) if wrong else 0, _number(said["instructions"]), _number(said["stack"]), _number(said["arena"]),
        said["constants"] == "unchanged", counted / known, exported.constant_bytes, sections,
        _answers(exported, (folder / "outputs.bin").read_bytes(), len(inputs)),
    )  # fmt: skip


def _linked(exported: Exported, where: Board, folder: Path) -> dict[str, int]:
    """Bytes by section of the model alone, from the linker's map: what the program of a user gets."""
    doors = ("run", "input", "output", *["reset"] * bool(exported.program.states))
    roots = [f"-Wl,-u,{exported.name}_{what}" for what in doors]
    flags = [where.libraries, *exported.target.flags.split(), "-nostartfiles", f"-Wl,-e,{exported.name}_run"]
    link = ["-Tlink.ld", "-Wl,--gc-sections", "-Wl,-Map=model.map"]
    _run([f"{where.prefix}gcc", *flags, *roots, f"{exported.name}.o", *link, "-o", "model.elf"], folder)
    text = (folder / "model.map").read_text().split("Linker script and memory map")[1]
    found: dict[str, int] = {}
    for name, address, size, file in SECTION.findall(text):
        own = file == f"{exported.name}.o"
        if own or (int(address, 16) and name.startswith((".text", ".rodata", ".data", ".bss", ".sdata", ".srodata"))):
            found[name if own else "library"] = found.get(name if own else "library", 0) + int(size, 16)
    return {name: size for name, size in found.items() if name.startswith((".text", ".rodata", ".data", ".bss", "lib"))}


def _emulate(folder: Path) -> str:
    done = subprocess.run(
        ["make", "-s", WARNINGS, "run"], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def _said(text: str) -> dict[str, str]:
    found = dict(re.findall(r"^([\w.-]+): (.*)$", text, re.M))
    assert {"counter", "self-test", "instructions", "stack", "arena", "inputs.bin", "constants"} <= set(found), text
    return found


def _number(text: str) -> int:
    return int(text.split()[0])


def _answers(exported: Exported, data: bytes, runs: int) -> list[list[np.ndarray]]:
    """Outputs of every run, as they lie in the file."""
    tensors, found, at = exported.program.outputs, [], 0
    for _ in range(runs):
        run = []
        for tensor in tensors:
            flat = np.frombuffer(data, np.int8, tensor.bytes, at)
            run.append(flat.view(tensor.dtype.numpy).reshape(tensor.shape))
            at += tensor.bytes
        found.append(run)
    assert at == len(data)
    return found


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr[-2000:]}"
