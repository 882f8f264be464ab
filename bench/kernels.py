"""Time of each kernel on the layers of real networks, beside this machine's measured peak and the least time possible.

    python bench/kernels.py [--isa avx512vnni,avx2] [--only depthwise] [--output bench/results/kernels.md]

The least time is the larger of two: multiply-adds over the peak of the instruction set's best instruction, and bytes of
inputs, weights and outputs over the bandwidth of the level of memory that they fit in. bench/peak.c measures both on
this machine, compiled when this script runs. A kernel's time is the best of many runs on one thread.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from edgesmith.compiler import compile_graph  # noqa: E402
from edgesmith.ir import Graph  # noqa: E402
from edgesmith.measure.bench_host import first_in_line  # noqa: E402
from edgesmith.ops import Builder  # noqa: E402
from edgesmith.program.file import write  # noqa: E402
from edgesmith.runtime.library import isas  # noqa: E402
from edgesmith.runtime.session import Session  # noqa: E402
from edgesmith.types import DType, Quantization  # noqa: E402

LEVELS = {"32 KB": 32 << 10, "512 KB": 1 << 20, "8 MB": 32 << 20, "256 MB": 1 << 62}


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: its class, operator, shapes of input and weights, and attributes."""

    kind: str
    op: str
    x: tuple[int, ...]
    w: tuple[int, ...] = ()
    attrs: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        weights = f" * {'x'.join(map(str, self.w))}" if self.w else ""
        stride = self.attrs.get("strides", (1, 1))[0]
        return f"{'x'.join(map(str, self.x[1:]))}{weights}{f' /{stride}' if stride > 1 else ''}"


def layers() -> Iterator[Layer]:
    """Layers of MobileNets, ResNet-50, SqueezeNet, EfficientNet and BERT."""
    relu6 = {"lo": 0.0, "hi": 6.0}
    down = {"strides": (2, 2), "padding": ((0, 1), (0, 1))}
    yield Layer("first convolution", "conv2d", (1, 224, 224, 3), (32, 3, 3, 3), relu6 | down)
    yield Layer("first convolution", "conv2d", (1, 230, 230, 3), (64, 7, 7, 3), {"lo": 0.0, "strides": (2, 2)})
    for size, channels in ((112, 32), (56, 144), (28, 192), (14, 576), (7, 960)):
        attrs = relu6 | {"padding": ((1, 1), (1, 1))}
        yield Layer("depthwise 3x3", "depthwise_conv2d", (1, size, size, channels), (3, 3, channels), attrs)
    for size, channels in ((112, 96), (56, 144), (14, 576)):
        attrs = relu6 | down
        yield Layer("depthwise 3x3 /2", "depthwise_conv2d", (1, size, size, channels), (3, 3, channels), attrs)
    for size, channels in ((28, 120), (14, 672), (7, 960)):
        attrs = {"padding": ((2, 2), (2, 2))}
        yield Layer("depthwise 5x5", "depthwise_conv2d", (1, size, size, channels), (5, 5, channels), attrs)
    for size, source, target in ((112, 32, 16), (112, 16, 96), (56, 24, 144), (28, 32, 192)):
        yield Layer("pointwise, K <= 64", "conv2d", (1, size, size, source), (target, 1, 1, source))
    for size, source, target in ((56, 144, 24), (28, 192, 32), (14, 96, 576), (28, 128, 256)):
        yield Layer("pointwise, K < 256", "conv2d", (1, size, size, source), (target, 1, 1, source))
    for size, source, target in ((14, 512, 512), (7, 960, 320), (7, 1024, 1024), (7, 320, 1280)):
        yield Layer("pointwise, K >= 256", "conv2d", (1, size, size, source), (target, 1, 1, source))
    for size, source, target in ((56, 64, 64), (28, 128, 128), (14, 256, 256), (7, 512, 512)):
        attrs = {"padding": ((1, 1), (1, 1))}
        yield Layer("convolution 3x3", "conv2d", (1, size, size, source), (target, 3, 3, source), attrs)
    yield Layer("fully connected", "fully_connected", (1, 1280), (1000, 1280))
    yield Layer("fully connected", "fully_connected", (128, 512), (512, 512))
    yield Layer("elementwise", "add", (1, 56, 56, 24))
    yield Layer("elementwise", "hard_swish", (1, 112, 112, 16))
    yield Layer("elementwise", "gelu", (1, 128, 512))
    yield Layer("softmax", "softmax", (1, 4, 128, 128))
    yield Layer("pooling", "reduce_mean", (1, 7, 7, 1280), (), {"axes": (1, 2), "keepdims": False})


def graph_of(layer: Layer, dtype: DType) -> Graph:
    """One node; int8, and int16 with int8 weights, with scales per channel."""
    rng = np.random.default_rng(0)
    b = Builder(layer.kind)
    quantized, wide = dtype in (DType.I8, DType.I16), dtype is DType.I16
    quant = Quantization.make(0.05, 0 if wide else -3) if quantized else None
    x = b.input("x", layer.x, dtype, quant)
    operands: list[Any] = [x]
    if layer.w:
        outputs = layer.w[-1] if layer.op == "depthwise_conv2d" else layer.w[0]
        if quantized:
            axis = len(layer.w) - 1 if layer.op == "depthwise_conv2d" else 0
            scales = Quantization(np.full(outputs, 0.01, np.float32), np.zeros(outputs, np.int64), axis)
            operands.append(b.constant(rng.integers(-127, 128, layer.w).astype(np.int8), DType.I8, scales))
            bias = rng.integers(-999, 999, (outputs,)).astype(np.int64 if wide else np.int32)
            operands.append(b.constant(bias, DType.I64 if wide else DType.I32))
        else:
            operands.append(b.constant(rng.standard_normal(layer.w).astype(np.float32)))
            operands.append(b.constant(rng.standard_normal(outputs).astype(np.float32)))
    elif layer.op == "add":
        operands.append(b.input("y", layer.x, dtype, quant))
    reach = math.sqrt(math.prod(layer.w) / max(1, layer.w[-1] if layer.op == "depthwise_conv2d" else layer.w[0])) \
        if layer.w else 1.0  # fmt: skip
    result = Quantization.make(0.12 * reach, 0 if wide else 3)
    if layer.op == "softmax":
        result = Quantization.make(1 / 256, -128)
    (y,) = b.add_multi(layer.op, operands, (result if quantized else None,), attrs=layer.attrs)
    b.output(y, "y")
    return b.graph


def measure(layer: Layer, dtype: DType, isa: str, peaks: dict[str, Any], seconds: float) -> dict[str, Any] | None:
    """Best time of a layer and its least possible, in microseconds; None where it has no form in that type."""
    from edgesmith.errors import EdgesmithError

    try:
        program = compile_graph(graph_of(layer, dtype))
        session = Session(write([program]), isa=isa)
    except (EdgesmithError, AssertionError, KeyError, ValueError) as error:
        print(f"{layer.kind} {layer} {dtype} {isa}: {str(error).splitlines()[0]}", file=sys.stderr)
        return None
    with session:
        rng = np.random.default_rng(1)
        for port in session.inputs:
            whole = rng.standard_normal(port.shape) if dtype is DType.F32 else rng.integers(-128, 127, port.shape)
            port.data[...] = whole.astype(port.data.dtype)
        session.run_timed(3)
        first = float(session.run_timed(1).sum())
        runs = max(5, min(3000, int(seconds * 1e9 / max(first, 1))))
        best = float(session.run_timed(runs).sum(axis=1).min()) / 1e3
        moved = sum(port.data.nbytes for port in (*session.inputs, *session.outputs)) + len(program.weights)
    macs = sum(step.macs for step in program.steps) if layer.w else 0
    peak = peaks["gmacs"].get(f"{isa} {dtype.value}")
    level = next(name for name, size in LEVELS.items() if moved <= size)
    by_memory = moved / peaks["gigabytes_per_second"][level] / 1e3
    by_work = macs / peak / 1e3 if peak else 0.0
    return {
        "class": layer.kind,
        "layer": str(layer),
        "dtype": dtype.value,
        "isa": isa,
        "kernel": "+".join(dict.fromkeys(step.kernel for step in program.steps)),
        "us": best,
        "gmacs": macs / best / 1e3,
        "percent_of_peak": 100 * by_work / best if peak and macs else None,
        "least_us": max(by_memory, by_work),
        "bound": "memory" if by_memory > by_work else "arithmetic",
    }


def measured_peaks() -> dict[str, Any]:
    """What bench/peak.c finds, compiled here."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "peak")
        compiler = os.environ.get("CC", "cc")
        subprocess.run(
            [compiler, "-O2", "-march=native", "-o", str(program), str(ROOT / "bench" / "peak.c")], check=True
        )
        found = subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout
    peaks: dict[str, Any] = json.loads(found)
    del peaks["gmacs"][""]
    return peaks


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Rows as Markdown."""
    lines = [
        "| class | layer | type | set | kernel | us | GMAC/s | % of peak | least us | bound by | times the least |",
        "|" + " --- |" * 11,
    ]
    for r in rows:
        share = "-" if r["percent_of_peak"] is None else f"{r['percent_of_peak']:.0f}"
        rate = f"{r['gmacs']:.1f}" if r["gmacs"] else "-"
        cells = [r["class"], r["layer"], r["dtype"], r["isa"], r["kernel"], f"{r['us']:.2f}", rate, share]
        cells += [f"{r['least_us']:.2f}", r["bound"], f"{r['us'] / max(r['least_us'], 1e-9):.1f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--isa", default=f"{isas()[-1]},avx2", help="instruction sets with commas")
    parser.add_argument("--types", default="f32,i8")
    parser.add_argument("--only", default="", help="classes that begin so")
    parser.add_argument("--seconds", type=float, default=0.05, help="how long a layer is timed")
    parser.add_argument("--realtime", action="store_true")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with first_in_line(options.realtime):
        peaks = measured_peaks()
        wanted = [item for item in options.isa.split(",") if item in isas()]
        rows = []
        for dtype in (DType(name) for name in options.types.split(",")):
            for layer in layers():
                if layer.kind.startswith(options.only):
                    found = (measure(layer, dtype, isa, peaks, options.seconds) for isa in dict.fromkeys(wanted))
                    rows += [row for row in found if row]
    gmacs = ", ".join(f"{name} {value:.0f} GMAC/s" for name, value in peaks["gmacs"].items())
    reads = ", ".join(f"{value:.0f} GB/s from {name}" for name, value in peaks["gigabytes_per_second"].items())
    text = f"Measured peak of one core: {gmacs}; reads: {reads}.\n\n{table(rows)}\n"
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(f"# Kernels, one thread\n\n{text}")
    print(text)


if __name__ == "__main__":
    main()
