"""What functions of the C library and of GCC's own take of flash and stack where kernels call them.

They are linked, each with all that it needs, and read from the linker's map and the disassembly.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

SECTION = re.compile(r"^ (\.[\w.]+)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S+)$", re.M)
KEPT = (".text", ".rodata", ".data", ".ARM.ex", ".srodata", ".sdata")
FUNCTION = re.compile(r"^[0-9a-f]+ <([^>]+)>:\n((?:.+\n)*)", re.M)
PUSH = re.compile(r"\t(?:push|stmdb\tsp!,|str(?:\.w)?\t\w+, \[sp, #-4\]!)")
LESS = re.compile(r"\t(?:sub(?:\.w|w)?\t(?:sp, )?sp, #(\d+)|(?:c\.)?addi?(?:16sp)?\tsp,sp,-(\d+))")
CALL = re.compile(r"\t(?:bl|b|b\.w|b\.n|jal|j|call|tail)\t(?:ra,)?[0-9a-f]+ <([^>+]+)>")

Library = dict[str, object]


def libraries(gcc: list[str], flags: list[str], symbols: Iterable[str], folder: Path) -> dict[str, Library]:
    """For every function: its stack and all that it calls, and the bytes of each part that is linked for it."""
    (folder / "empty.c").write_text("typedef int nothing;\n")
    found = {}
    for symbol in sorted(symbols):
        link = ["-nostartfiles", f"-Wl,-e,{symbol}", f"-Wl,-u,{symbol}", "-Wl,--gc-sections", "-Wl,-Map=map"]
        subprocess.run([*gcc, *flags, "empty.c", *link, "-o", "one.elf", "-lm"], cwd=folder, check=True)
        text = (folder / "map").read_text().split("Linker script and memory map")[1]
        parts: dict[str, int] = {}
        for section, address, size, file in SECTION.findall(text):
            if int(address, 16) and int(size, 16) and section.startswith(KEPT):
                key = f"{Path(file).name} {section}"
                parts[key] = parts.get(key, 0) + int(size, 16)
        dump = [gcc[0].replace("gcc", "objdump"), "-d", "one.elf"]
        text = subprocess.run(dump, cwd=folder, check=True, capture_output=True, text=True).stdout
        functions = dict(FUNCTION.findall(text))
        found[symbol] = {"stack": _deepest(symbol, functions, ()), "parts": parts}
    return found


def _deepest(name: str, functions: dict[str, str], above: tuple[str, ...]) -> int:
    """Bytes that a function pushes, and the deepest of those that it calls."""
    if name not in functions or name in above:
        return 0
    own, below = 0, 0
    for line in functions[name].splitlines():
        called = CALL.search(line)
        if called and called[1] != name:
            below = max(below, _deepest(called[1], functions, (*above, name)))
        own += _taken(line)
    return own + below


def _taken(line: str) -> int:
    if PUSH.search(line):
        listed = re.search(r"\{([^}]*)\}", line)
        return 4 * (listed[1].count(",") + 1 if listed else 1)
    less = LESS.search(line)
    return int(less[1] or less[2]) if less else 0
