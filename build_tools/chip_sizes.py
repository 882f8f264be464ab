"""Measures what every kernel for microcontrollers takes of flash and stack, with GCC for each target, and has
``chip_costs`` count its instructions.

Kernels are compiled apart from their callers (``CHIP_KERNEL``), so these figures hold in every export, and
``edgesmith flash-size`` can add them up before anything is compiled.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import chip_common
import chip_costs
from chip_libraries import libraries

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))
TABLE = ROOT / "src" / "edgesmith" / "export" / "c" / "sizes.json"
COMMON = TABLE.with_name("sizes_common.json")
TOOLS = ("arm-none-eabi-gcc", "riscv64-unknown-elf-gcc", "qemu-system-arm", "qemu-system-riscv32", "make")
LEVELS = {"speed": "-O2", "size": "-Os"}


def compiler(target: str) -> list[str]:
    """GCC and its libraries for a target."""
    if target == "rv32imc":
        return ["riscv64-unknown-elf-gcc", "--specs=picolibc.specs"]
    return ["arm-none-eabi-gcc", "--specs=nano.specs"]


def measure_common() -> dict[str, dict[str, list[Any]]]:
    """Target -> kernel of the desk -> its text's digest, and a row as below for each level."""
    from edgesmith.export.c import TARGETS

    found = {}
    for target in TARGETS.values():
        if target.name != "c99":
            texts = chip_common.texts(target)
            gcc = compiler(target.name)
            levels = [dict(chip_common.measure(gcc, target, flag, texts)) for flag in LEVELS.values()]
            rows = {
                name: [chip_common.digest(text), *(level[name] for level in levels)] for name, text in texts.items()
            }
            found[target.name] = rows
    return found


def measure(common: dict[str, dict[str, list[Any]]]) -> dict[str, dict[str, Any]]:
    """Target -> level -> function -> its bytes of flash, of stack for itself alone, and what it calls of libraries.

    Under "libraries" of a target is what those functions take, and those that kernels of the desk (``common``) call.
    """
    from edgesmith.export.c import TARGETS

    found = {}
    for target in TARGETS.values():
        if target.name != "c99":
            levels = {level: _level(target, flag) for level, flag in LEVELS.items()}
            called = {name for rows in levels.values() for row in rows.values() for name in row[2]} | {"memcpy"}
            called |= {name for row in common[target.name].values() for level in row[1:] for name in level[2]}
            with tempfile.TemporaryDirectory() as folder:
                needed = libraries(compiler(target.name), target.flags.split(), called, Path(folder))
            found[target.name] = {**levels, "libraries": needed}
    return found


def _level(target: object, flag: str) -> dict[str, list[Any]]:
    from edgesmith.export.c.kernels import every_kernel

    text, functions = every_kernel(target)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "all.c").write_text(text.replace(", unused))", ", used))"))  # nothing calls them here
        gcc = compiler(target.name)  # type: ignore[attr-defined]
        flags = [*target.flags.split(), flag, "-std=c11", "-ffunction-sections", "-fstack-usage"]  # type: ignore[attr-defined]
        subprocess.run([*gcc, *flags, "-c", "all.c", "-o", "all.o"], cwd=folder, check=True)
        nm = gcc[0].replace("gcc", "nm")
        listed = subprocess.run([nm, "-S", "all.o"], cwd=folder, check=True, capture_output=True, text=True).stdout
        frames = dict(re.findall(r"^[^\t]*:(\w+)\t(\d+)", (Path(folder) / "all.su").read_text(), re.M))
        objdump = gcc[0].replace("gcc", "objdump")
        calls = subprocess.run([objdump, "-r", "all.o"], cwd=folder, check=True, capture_output=True, text=True).stdout
        undefined = subprocess.run([nm, "-u", "all.o"], cwd=folder, check=True, capture_output=True, text=True).stdout
    external = set(re.findall(r"\bU (\w+)", undefined))
    called = {
        name: sorted(external & set(re.findall(r"\S+ +\S+ +(\w+)", rows)))
        for name, rows in re.findall(r"\[\.text\.(\w+)\]:\n((?:\S.*\n)*)", calls)
    }
    sizes = {name: int(size, 16) for size, name in re.findall(r"^\w+ (\w+) [tT] (chip_\w+)$", listed, re.M)}
    stack = {name: int(frames.get(name, 0)) or _pushed(functions[name]) for name in sizes}
    return {name: [size, stack[name], called.get(name, [])] for name, size in sorted(sizes.items())}


def _pushed(text: str) -> int:
    """Bytes that a function in assembly pushes at its beginning."""
    total = 0
    for names in re.findall(r"push \{([^}]*)\}", text):
        for part in names.split(","):
            ends = [int(n) for n in re.findall(r"r(\d+)", part)]
            total += 4 * (ends[1] - ends[0] + 1 if len(ends) == 2 else 1)
    return total


def _write(path: Path, table: dict[str, Any]) -> None:
    path.write_text(_laid_out(table) + "\n", encoding="utf-8")
    print(f"{path.relative_to(ROOT)} written")


def _laid_out(value: Any, indent: str = "\n") -> str:
    """JSON with a line for each entry of an object, and lists on one line: a row for each function."""
    if isinstance(value, dict) and value:
        inner = indent + " "
        return "{" + ",".join(f"{inner}{json.dumps(k)}: {_laid_out(v, inner)}" for k, v in value.items()) + indent + "}"
    return json.dumps(value)


def main() -> int:
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        print(f"not installed: {', '.join(missing)}", file=sys.stderr)
        return 1
    common = measure_common()
    _write(COMMON, common)
    _write(TABLE, measure(common))
    _write(chip_costs.TABLE, chip_costs.measure())  # which asks for the sizes
    return 0


if __name__ == "__main__":
    sys.exit(main())
