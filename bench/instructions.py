"""NEON kernels judged without an Arm machine: instructions executed under QEMU, and cycles of the hottest loop.

    python bench/instructions.py [--isa neon_dot,neon] [--only depthwise] [--output bench/results/neon.md]

Needs aarch64-linux-gnu-gcc and qemu-aarch64-static; llvm-mca, where it is installed, adds the cycles. The emulator logs
each translated block with its instructions, and each execution of a block; the sum over one run (two runs less one, so
that loading falls out) is exact. The least number is that of multiply-add instructions: 16 bytes a `sdot`, 8 words a
`smlal` pair, 4 floats an `fmla`. Cycles are llvm-mca's for the block that executes most instructions, at its models of
Cortex-A55 (in order) and Cortex-A76 (which LLVM models as a Cortex-A57 until release 15), caches always hit.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "bench")]

from kernels import Layer, graph_of, layers  # noqa: E402

from edgesmith.compiler import compile_graph  # noqa: E402
from edgesmith.errors import EdgesmithError, UsageError  # noqa: E402
from edgesmith.program.file import write  # noqa: E402
from edgesmith.types import DType  # noqa: E402

COMPILER, EMULATOR = "aarch64-linux-gnu-gcc", "qemu-aarch64-static"
# Multiply-adds of one instruction of the best kind that a set has for a type.
BEST = {("neon_dot", "i8"): ("sdot", 16), ("neon", "i8"): ("smlal", 4), ("neon", "f32"): ("fmla", 4),
        ("neon_dot", "f32"): ("fmla", 4)}  # fmt: skip
MOST_MACS = 16_000_000
CORES = ("cortex-a55", "cortex-a76")


def build(folder: Path) -> Path:
    """The runtime and bench/run_steps.c for 64-bit Arm, in one static program.

    Raises:
        UsageError: the compiler or the emulator is missing.
    """
    for tool in (COMPILER, EMULATOR):
        if not shutil.which(tool):
            raise UsageError(f"{tool} is missing; Debian: apt-get install gcc-aarch64-linux-gnu qemu-user-static")
    program = folder / "run_steps"
    sources = [ROOT / "bench/run_steps.c", *(ROOT / "runtime").glob("*.c"), *(ROOT / "runtime/isa").glob("*.c")]
    flags = ["-O2", "-std=c11", "-ffp-contract=off", "-static"]
    command = [COMPILER, *flags, *map(str, sources), "-o", str(program), "-lm", "-lpthread"]
    subprocess.run(command, check=True)
    return program


def dot_product(code: int) -> str | None:
    """The text of a `sdot` or `smmla` (Arm Architecture Reference Manual, C7.2), which the emulator's listing lacks."""
    d, n, m = code & 31, code >> 5 & 31, code >> 16 & 31
    if code & 0xFFE0FC00 == 0x4E809400:
        return f"sdot v{d}.4s, v{n}.16b, v{m}.16b"
    if code & 0xFFC0F400 == 0x4F80E000:
        return f"sdot v{d}.4s, v{n}.16b, v{m}.4b[{code >> 10 & 2 | code >> 21 & 1}]"
    if code & 0xFFE0FC00 == 0x4E80A400:
        return f"smmla v{d}.4s, v{n}.16b, v{m}.16b"
    return None


class Trace:
    """What a run executed: how often each block, and each block's instructions."""

    def __init__(self, log: Path) -> None:
        self.blocks: dict[int, list[tuple[int, str]]] = {}
        self.runs: Counter[int] = Counter()
        block: list[tuple[int, str]] = []
        for line in log.open():
            if line.startswith("Trace"):
                found = re.search(r"\[[0-9a-f]+/([0-9a-f]+)/", line)
                assert found, line
                self.runs[int(found.group(1), 16)] += 1
            elif line.startswith("IN:"):
                block = []
            elif found := re.match(r"0x([0-9a-f]+):\s+([0-9a-f]{8})\s+(.+)", line):
                block.append((int(found.group(1), 16), dot_product(int(found.group(2), 16)) or found.group(3).strip()))
                self.blocks[block[0][0]] = block

    @property
    def instructions(self) -> Counter[str]:
        """Executions of each mnemonic."""
        total: Counter[str] = Counter()
        for place, count in self.runs.items():
            for _, text in self.blocks[place]:
                total[text.split()[0]] += count
        return total

    def hottest(self, other: Trace) -> tuple[list[tuple[int, str]], int]:
        """The block that executes most instructions beyond those of another trace, and how often it ran."""
        beyond = self.runs - other.runs
        place = max(beyond, key=lambda p: beyond[p] * len(self.blocks[p]))
        return self.blocks[place], beyond[place]


def trace(program: Path, model: Path, isa: str, runs: int) -> Trace:
    """Run a model under the emulator."""
    log = model.with_suffix(f".{runs}.log")
    flags = ["-cpu", "cortex-a76", "-d", "in_asm,exec,nochain", "-D", str(log)]
    subprocess.run([EMULATOR, *flags, str(program), str(model), isa, str(runs)], check=True)
    found = Trace(log)
    log.unlink()
    return found


def cycles(block: list[tuple[int, str]], core: str) -> float | None:
    """Cycles of one pass over a block in llvm-mca's model, or None where it is not installed or cannot read it."""
    if not shutil.which("llvm-mca"):
        return None
    lines = [re.sub(r"#?0x[0-9a-f]+$", "block", text) if text.startswith("b") else text for _, text in block]
    text = "block:\n" + "\n".join(lines) + "\n"
    command = ["llvm-mca", "-mtriple=aarch64", f"-mcpu={core}", "-mattr=+dotprod", "-iterations=100"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    found = re.search(r"Total Cycles:\s+(\d+)", done.stdout)
    return int(found.group(1)) / 100 if found else None


def measure(layer: Layer, dtype: DType, isa: str, program: Path, folder: Path) -> dict[str, Any] | None:
    """One row, or None where the layer has no form in that type or is too large to emulate."""
    try:
        compiled = compile_graph(graph_of(layer, dtype))
    except (EdgesmithError, AssertionError, KeyError, ValueError) as error:
        print(f"{layer.kind} {layer} {dtype}: {str(error).splitlines()[0]}", file=sys.stderr)
        return None
    macs = sum(step.macs for step in compiled.steps) if layer.w else 0
    if not 0 < macs <= MOST_MACS:
        return None
    model = folder / "layer.edge"
    model.write_bytes(write([compiled]))
    one, two = (trace(program, model, isa, runs) for runs in (1, 2))
    executed = two.instructions - one.instructions
    word, each = BEST[isa, dtype.value]
    block, times = two.hottest(one)
    inner = sum(text.startswith(word) for _, text in block)
    return {
        "layer": f"{layer.kind}, {layer}",
        "dtype": dtype.value,
        "isa": isa,
        "kernel": "+".join(dict.fromkeys(step.kernel for step in compiled.steps)),
        "macs": macs,
        "instructions": sum(executed.values()),
        "multiply_adds": sum(count for name, count in executed.items() if name.startswith(word)),
        "least": macs / each,
        "word": word,
        "hot_share": times * len(block) / max(1, sum(executed.values())),
        "hot_multiply_adds": inner / len(block),
        "cycles": {core: cycles(block, core) for core in CORES},
        "hot_macs": inner * each,
    }


def table(rows: list[dict[str, Any]]) -> str:
    """Rows as Markdown."""
    head = ["layer", "type", "set", "kernel", "instructions", "least", "times the least", "multiply-adds among them"]
    head += ["hottest block's share", *(f"MACs a cycle there, {core}" for core in CORES)]
    lines = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    for r in rows:
        rates = [f"{r['hot_macs'] / c:.1f}" if c and r["hot_macs"] else "-" for c in r["cycles"].values()]
        cells = [
            r["layer"],
            r["dtype"],
            r["isa"],
            r["kernel"],
            f"{r['instructions']:,}",
            f"{r['least']:,.0f} {r['word']}",
        ]
        cells += [f"{r['instructions'] / r['least']:.2f}", f"{100 * r['multiply_adds'] / r['instructions']:.0f} %"]
        cells += [f"{100 * r['hot_share']:.0f} %", *rates]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--isa", default="neon_dot,neon")
    parser.add_argument("--only", default="", help="classes that begin so")
    parser.add_argument("--program", type=Path, help="bench/run_steps.c as built before")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        program = options.program or build(Path(folder))
        for dtype in (DType.I8, DType.F32):
            for isa in options.isa.split(","):
                if (dtype, isa) == (DType.F32, "neon_dot") and "neon" in options.isa.split(","):
                    continue  # the same kernels as neon's
                for layer in layers():
                    if layer.kind.startswith(options.only):
                        row = measure(layer, dtype, isa, program, Path(folder))
                        rows += [row] if row else []
    text = table(rows)
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(f"# NEON kernels, executed instructions\n\n{text}\n")
    print(text)


if __name__ == "__main__":
    main()
