"""NEON judged without an Arm machine: instructions executed under QEMU, and cycles of the hottest loop.

    python bench/instructions.py [--isa neon_dot,neon] [--types i8] [--only depthwise] [--output bench/results/neon.md]

First the layers of bench/kernels.py, each as it comes in a network of the zoo, then whole networks. Needs
aarch64-linux-gnu-gcc and qemu-aarch64-static; llvm-mca, where it is installed, adds the cycles. The emulator logs each
translated block with its instructions, and each execution of a block; the sum over one run (one run less none, so that
loading falls out) is exact. The least number is that of multiply-add instructions: 32 products a `smmla`, 16 a `sdot`,
8 a `smlal` of int8, 4 a `smlal` of int16 or `fmla`, one of scalar code. Cycles are llvm-mca's for the block that
executes most instructions, caches always hit. It models Cortex-A55 (in order); Cortex-A76 only as a Cortex-A57, so its
server's twin Neoverse N1 stands for it, from LLVM 17 on. Cortex-A510 and A710 stand for the cores that have `smmla`.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "bench")]

from kernels import Layer, graph_of, layers  # noqa: E402
from models import in_form  # noqa: E402

from edgesmith.compiler import compile_graph  # noqa: E402
from edgesmith.errors import EdgesmithError, UsageError  # noqa: E402
from edgesmith.program.file import write  # noqa: E402
from edgesmith.types import DType  # noqa: E402
from edgesmith.zoo import build as build_network  # noqa: E402

COMPILER, EMULATOR = "aarch64-linux-gnu-gcc", "qemu-aarch64-static"
# Products of one multiply-add instruction of the best kind that a set has for a type.
FLOAT, WORDS, BYTES = ("fmla", 4), ("smlal", 4), ("smlal", 8)
BEST = {
    "scalar": {"i8": ("madd", 1), "i16": ("madd", 1), "f32": ("fmadd", 1)},
    "neon": {"i8": BYTES, "i16": WORDS, "f32": FLOAT},
    "neon_dot": {"i8": ("sdot", 16), "i16": WORDS, "f32": FLOAT},
    "neon_i8mm": {"i8": ("smmla", 32), "i16": WORDS, "f32": FLOAT},
}
# What else multiplies and adds where the best does not fit.
PRODUCTS = ("madd", "mul", "smull", "smlal", "sdot", "smmla", "fmla", "fmadd", "smaddl")
ALIKE = {"smlal": ("smlal", "smull")}  # as many products without a sum
MOST_MACS = {"scalar": 2_000_000}  # of a layer; of other sets 16 million
CORES = {"neon_i8mm": ("cortex-a510", "cortex-a710")}  # of other sets:
USUAL_CORES = ("cortex-a55", "neoverse-n1")
NETWORKS = ("mobilenet_v1", "mobilenet_v2")


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
    flags = ["-O2", "-std=c11", "-ffp-contract=off"]

    def compiled(source: Path) -> str:
        target = folder / f"{source.parent.name}_{source.stem}.o"
        subprocess.run([COMPILER, *flags, "-c", str(source), "-o", str(target)], check=True)
        return str(target)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        objects = list(pool.map(compiled, sources))
    subprocess.run([COMPILER, "-static", *objects, "-o", str(program), "-lm", "-lpthread"], check=True)
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

    def __init__(self, log: Iterable[str]) -> None:
        self.blocks: dict[int, list[tuple[int, str]]] = {}
        block: list[tuple[int, str]] = []
        runs: Counter[str] = Counter()
        for line in log:
            if line.startswith("Trace"):  # Trace 0: 0x7f.. [flags/place/..] symbol
                runs[line.split("/", 2)[1]] += 1
            elif line.startswith("IN:"):
                block = []
            elif found := re.match(r"0x([0-9a-f]+):\s+([0-9a-f]{8})\s+(.+)", line):
                block.append((int(found.group(1), 16), dot_product(int(found.group(2), 16)) or found.group(3).strip()))
                self.blocks[block[0][0]] = block
        self.runs = Counter({int(place, 16): count for place, count in runs.items()})

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
    """Run a model under the emulator, whose log comes through a pipe."""
    pipe = model.with_suffix(f".{runs}.pipe")
    os.mkfifo(pipe)
    flags = ["-cpu", "max", "-d", "in_asm,exec,nochain", "-D", str(pipe)]
    with subprocess.Popen([EMULATOR, *flags, str(program), str(model), isa, str(runs)]) as emulator:
        with pipe.open() as log:
            found = Trace(log)
        if emulator.wait():
            raise UsageError(f"{model.name} does not run on {isa}: exit code {emulator.returncode}")
    pipe.unlink()
    return found


@cache
def cycle_model() -> str | None:
    """The newest llvm-mca here."""
    return next(filter(None, map(shutil.which, [f"llvm-mca-{n}" for n in range(30, 16, -1)] + ["llvm-mca"])), None)


def cycles(block: list[tuple[int, str]], core: str) -> float | None:
    """Cycles of one pass over a block in llvm-mca's model, or None where it is not installed or cannot read it."""
    tool = cycle_model()
    if not tool:
        return None
    lines = [re.sub(r"#?0x[0-9a-f]+$", "block", text) if re.match(r"c?[bt]", text) else text for _, text in block]
    text = "block:\n" + "\n".join(lines) + "\n"
    command = [tool, "-mtriple=aarch64", f"-mcpu={core}", "-mattr=+dotprod,+i8mm", "-iterations=100"]
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
    if not 0 < macs <= MOST_MACS.get(isa, 16_000_000):
        return None
    row = executed(write([compiled]), macs, dtype.value, isa, program, folder)
    kernel = "+".join(dict.fromkeys(step.kernel for step in compiled.steps))
    return row | {"layer": f"{layer.kind}, {layer}", "kernel": kernel}


def executed(file: bytes, macs: int, dtype: str, isa: str, program: Path, folder: Path) -> dict[str, Any]:
    """What one run of a model executes."""
    model = folder / "model.edge"
    model.write_bytes(file)
    none, one = (trace(program, model, isa, runs) for runs in (0, 1))
    counts = one.instructions - none.instructions
    word, each = BEST[isa][dtype]
    block, times = one.hottest(none)
    total = sum(counts.values())
    return {
        "dtype": dtype,
        "isa": isa,
        "macs": macs,
        "instructions": total,
        "products": sum(count for name, count in counts.items() if name.startswith(PRODUCTS)),
        "least": macs / each,
        "word": word,
        "hot_share": times * len(block) / max(1, total),
        "cycles": [cycles(block, core) for core in CORES.get(isa, USUAL_CORES)],
        "hot_macs": sum(text.startswith(ALIKE.get(word, word)) for _, text in block) * each,
    }


def networks(types: list[str], isas: list[str], program: Path, folder: Path) -> Iterator[dict[str, Any]]:
    """Rows of whole networks."""
    for name in NETWORKS:
        for form, dtype in (("f32", "f32"), ("int8", "i8")):
            if dtype not in types:
                continue
            compiled = compile_graph(in_form(build_network(name), form).graph())
            macs = sum(step.macs for step in compiled.steps)
            for isa in isas:
                if isa != "scalar" and (dtype == "i8" or isa == "neon"):
                    yield executed(write([compiled]), macs, dtype, isa, program, folder) | {"layer": name}


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _counts(r: dict[str, Any]) -> list[str]:
    per_mac = [f"{r[key] / r['macs']:.3f}" for key in ("instructions", "least")]
    return [f"{r['instructions']:,}", *per_mac, r["word"], f"{r['instructions'] / r['least']:.2f}"]


COUNTS = ["instructions", "per MAC", "least per MAC", "with", "times the least", "multiply-adds among them"]


def table(rows: list[dict[str, Any]]) -> str:
    """Rows of layers as Markdown."""
    head = ["layer", "type", "set", "kernel", *COUNTS, "hottest block's share"]
    head += ["MACs a cycle there, A55 (i8mm: A510)", "A76 (i8mm: A710)"]
    lines = [_line(head), "|" + " --- |" * len(head)]
    for r in rows:
        rates = [f"{r['hot_macs'] / c:.1f}" if c and r["hot_macs"] else "-" for c in r["cycles"]]
        shares = [f"{100 * r['products'] / r['instructions']:.0f} %", f"{100 * r['hot_share']:.0f} %"]
        lines.append(_line([r["layer"], r["dtype"], r["isa"], r["kernel"], *_counts(r), *shares, *rates]))
    return "\n".join(lines)


def network_table(rows: list[dict[str, Any]]) -> str:
    """Rows of networks as Markdown."""
    head = ["network", "type", "set", "MACs", *COUNTS]
    lines = [_line(head), "|" + " --- |" * len(head)]
    for r in rows:
        share = f"{100 * r['products'] / r['instructions']:.0f} %"
        lines.append(_line([r["layer"], r["dtype"], r["isa"], f"{r['macs']:,}", *_counts(r), share]))
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--isa", default="neon_i8mm,neon_dot,neon,scalar")
    parser.add_argument("--types", default="i8,f32,i16")
    parser.add_argument("--only", default="", help="classes that begin so; 'network' for whole networks")
    parser.add_argument("--program", type=Path, help="bench/run_steps.c as built before")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    isas, types = options.isa.split(","), options.types.split(",")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        program = options.program or build(folder)
        rows = []
        for dtype in map(DType, types):
            for isa in isas:
                if dtype is not DType.I8 and isa.startswith("neon_") and "neon" in isas:
                    continue  # the same kernels as neon's
                for layer in layers():
                    if isa == "neon_i8mm" and "neon_dot" in isas and layer.op == "depthwise_conv2d":
                        continue  # neon_dot's
                    if layer.kind.startswith(options.only):
                        row = measure(layer, dtype, isa, program, folder)
                        rows += [row] if row else []
        whole = [] if options.only not in ("", "network") else list(networks(types, isas, program, folder))
    text = "\n\n".join(([network_table(whole)] if whole else []) + ([table(rows)] if rows else []))
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        about = " ".join((__doc__ or "").split("\n\n")[2].split())
        options.output.write_text(f"# NEON kernels, executed instructions\n\n{about}\n\n{text}\n")
    print(text)


if __name__ == "__main__":
    main()
