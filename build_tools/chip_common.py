"""Measures what the desk's own kernels take of flash and stack on microcontrollers, each compiled alone with GCC.

They come into an export where no kernel for microcontrollers covers a step, and call helpers of their own that GCC may
inline or not; what it keeps is found by following the calls in the object file.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from chip_libraries import KEPT, SECTION

# Types that models for microcontrollers compute with; kernels of others are not measured.
RARE = re.compile(r"_(?:f64|i64|u64|u16|bf16)(?:_|$)")
JOBS = 2
# In an export GCC fits them to the one model, which makes them smaller: what is measured is what they take at most.
GENERAL = "#undef CHIP_COMMON\n#define CHIP_COMMON CHIP_KERNEL"
Row = list[Any]


def names() -> list[str]:
    """The kernels that are measured."""
    from edgesmith.export.c.common import UNPACKED
    from edgesmith.ops import load_all
    from edgesmith.program.kernel import REGISTRY

    load_all()
    packed = {name for name in REGISTRY if REGISTRY[name].packed} | set(UNPACKED)
    return [name for name in REGISTRY if name not in packed and not RARE.search(name)]


def texts(target: Any) -> dict[str, str]:
    """For every kernel the text that an export with it alone would have, and a caller that keeps it."""
    from edgesmith.export.c.call import Call
    from edgesmith.export.c.kernels import kernel_source, verbatim, wanted
    from edgesmith.program.kernel import REGISTRY

    files: dict[str, list[Call]] = {}
    for name in names():
        file = f"kernels/{REGISTRY[name].file}"
        files.setdefault(file, []).append(Call(name, file, f"edge_{name}", common=True))
    found = {}
    for calls in files.values():
        source = kernel_source(calls, target)
        for call in calls:
            pieces = [piece.text for piece in source.reached(wanted([call], source))]
            keep = f"int keep(const struct {call.struct} *a) {{"
            keep += f" return kernel_{call.function}(a, &(struct edge_task){{0, 1, 0}}); }}"
            head = [*source.system, verbatim("chip/compiler.h"), verbatim("chip/common.h"), GENERAL]
            found[call.function] = "\n".join([*head, *pieces, keep, ""])
    return {name: found[name] for name in names()}


def digest(text: str) -> str:
    """What tells whether a row is of today's text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def measure(gcc: list[str], target: Any, flag: str, sources: dict[str, str]) -> Iterator[tuple[str, Row]]:
    """For every kernel: its bytes of flash, of stack, and the library's functions that it calls."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(JOBS) as pool:
        rows = pool.map(lambda name: _row(name, sources[name], gcc, target, flag, Path(folder)), sources)
        yield from zip(sources, rows, strict=True)


def _row(name: str, text: str, gcc: list[str], target: Any, flag: str, folder: Path) -> Row:
    (folder / f"{name}.c").write_text(text)
    flags = [*target.flags.split(), flag, "-std=c11", "-ffunction-sections", "-fdata-sections", "-fstack-usage"]
    subprocess.run([*gcc, *flags, "-w", "-c", f"{name}.c", "-o", f"{name}.o"], cwd=folder, check=True)
    link = ["-nostartfiles", "-Wl,-e,keep", "-Wl,--gc-sections", f"-Wl,-Map={name}.map", "-o", f"{name}.elf", "-lm"]
    subprocess.run([*gcc, *flags, f"{name}.o", *link], cwd=folder, check=True)
    linked = (folder / f"{name}.map").read_text().split("Linker script and memory map")[1]
    sizes = {
        section: int(size, 16)
        for section, address, size, file in SECTION.findall(linked)
        if file == f"{name}.o" and int(address, 16) and section.startswith(KEPT)
    }
    objdump = gcc[0].replace("gcc", "objdump")
    dump = subprocess.run(
        [objdump, "-r", "-t", f"{name}.o"], cwd=folder, check=True, capture_output=True, text=True
    ).stdout
    frames = dict(re.findall(r"^[^\t]*:([\w.]+)\t(\d+)", (folder / f"{name}.su").read_text(), re.M))
    homes = {s: section for section, s in re.findall(r"^\w+ .{7} (\.\S+)\t\w+ (?:\.hidden )?(\S+)$", dump, re.M)}
    uses = {
        section: set(re.findall(r"^\w+ +R_\w+ +([^\s+-]+)", rows, re.M))
        for section, rows in re.findall(r"RELOCATION RECORDS FOR \[(\S+)\]:\n((?:.+\n)*)", dump)
    }
    outside = {n for s in sizes for n in uses.get(s, ()) if n not in homes and re.fullmatch(r"[A-Za-z_]\w*", n)}
    stack = _depth(f".text.kernel_{name}", uses, homes, frames, ())
    return [sum(size for section, size in sizes.items() if section != ".text.keep"), stack, sorted(outside)]


def _depth(
    section: str, uses: dict[str, set[str]], homes: dict[str, str], frames: dict[str, str], above: tuple[str, ...]
) -> int:
    """The stack of a function and of the deepest that it calls or finds in a table."""
    inner = [homes.get(name, name) for name in uses.get(section, ())]
    below = [_depth(s, uses, homes, frames, (*above, section)) for s in inner if s not in above and s != section]
    return int(frames.get(section.removeprefix(".text."), 0)) + max(below, default=0)
