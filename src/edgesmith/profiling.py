"""Where the time of a run goes: each step's time, work and bytes, beside what this machine can do at most."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

import numpy as np

from edgesmith.compiler import compile_model, load_kernels
from edgesmith.errors import UsageError
from edgesmith.ir import Graph
from edgesmith.model import load
from edgesmith.ops import Builder
from edgesmith.program.file import read
from edgesmith.program.program import Pointer, Step
from edgesmith.quantization import quantize
from edgesmith.runtime.session import Session
from edgesmith.types import DType
from edgesmith.verify import random_array

FAR = 3.0  # a step that takes so many times what its limit allows is marked ...
SHARE = 0.02  # ... if it takes at least so much of the whole


@dataclass(frozen=True, slots=True)
class Limits:
    """Measured here: multiply-adds of a product whose operands lie in the cache, and the speed of copying memory."""

    f32_gmacs: float
    i8_gmacs: float
    gigabytes: float

    def of(self, step: Step) -> float | None:
        """The rate of multiply-adds that bounds a step, in 10^9 a second; None where its type has none measured."""
        kind = step.kernel.rsplit("_", 1)[-1]  # sums are of floats too where weights are stored in 16 bits
        rates = dict.fromkeys(("f32", "f16", "bf16"), self.f32_gmacs)
        return {**rates, "i8": self.i8_gmacs}.get(kind) if step.macs else None


@dataclass(frozen=True, slots=True)
class Row:
    """One step. ``least_us`` is what its limit allows, and ``bound`` says which: "compute" or "memory"."""

    step: int
    layer: str
    kernel: str
    shape: tuple[int, ...]
    us: float
    share: float
    macs: int
    bytes: int
    gmacs: float
    gigabytes: float
    percent_of_peak: float | None
    least_us: float
    bound: str
    far: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """The steps of a program with their median times, and the time of whole runs without a clock between steps."""

    name: str
    isa: str
    threads: int
    runs: int
    whole_us: float
    limits: Limits
    rows: tuple[Row, ...]
    steps: tuple[Step, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, for JSON."""
        facts = {key: getattr(self, key) for key in ("name", "isa", "threads", "runs", "whole_us")}
        return {**facts, "limits": asdict(self.limits), "steps": [asdict(row) for row in self.rows]}


def profile(
    file: bytes, *, name: str = "model", threads: int = 1, isa: str | None = None, runs: int = 50, variant: int = 0
) -> Profile:
    """Time every step of a ``.edge`` file's program on random inputs.

    Args:
        file: the bytes of the file.
        runs: timed runs; medians are reported. Ten more go before them, untimed.

    Raises:
        ModelError, RunError: the file is damaged, or not for this runtime.
        UsageError: the file has no such variant, or no run was asked for.
    """
    if runs < 1:
        raise UsageError(f"{runs} runs; expected at least 1")
    load_kernels()
    with Session(file, threads=threads, isa=isa, variant=variant) as session:
        steps = read(file)[0][variant].steps
        for index, port in enumerate(session.inputs):
            session.fill(index, random_array(port.shape, port.dtype, bool(port.scale), index))
        inputs = [port.data.copy() for port in session.inputs]
        times, whole = [], []
        for run in range(runs + 10):
            for port, data in zip(session.inputs, inputs, strict=True):
                port.data[...] = data  # its memory may have been used again
            begun = perf_counter()
            session.invoke()
            ended = perf_counter()
            for port, data in zip(session.inputs, inputs, strict=True):
                port.data[...] = data
            row = session.run_timed()[0]
            if run >= 10:
                whole.append(ended - begun)
                times.append(row)
        touched = session.memory["arena"] + session.memory["packed"]
        limits = measure_limits(threads, session.isa, touched)
        found = np.median(times, axis=0) / 1e3
        rows = _rows(steps, found, limits)
        return Profile(name, session.isa, threads, runs, 1e6 * float(np.median(whole)), limits, rows, tuple(steps))


def _rows(steps: list[Step], us: np.ndarray, limits: Limits) -> tuple[Row, ...]:
    rows = []
    total = float(us.sum()) or 1.0
    for index, (step, time) in enumerate(zip(steps, us.tolist(), strict=True)):
        spanned = sum(item.bytes for item in step.args.values() if isinstance(item, Pointer))
        peak = limits.of(step)
        compute = step.macs / (1e3 * peak) if peak else 0.0
        memory = spanned / (1e3 * limits.gigabytes)
        least = max(compute, memory)
        gmacs = step.macs / (1e3 * time) if time else 0.0
        rows.append(
            Row(
                step=index, layer=step.layer, kernel=step.kernel, shape=step.shape, us=time, share=time / total,
                macs=step.macs, bytes=spanned, gmacs=gmacs, gigabytes=spanned / (1e3 * time) if time else 0.0,
                percent_of_peak=100 * gmacs / peak if peak else None, least_us=least,
                bound="compute" if compute >= memory else "memory",
                far=time > FAR * least and time > SHARE * total,
            )
        )  # fmt: skip
    return tuple(rows)


def measure_limits(threads: int, isa: str | None, touched: int) -> Limits:
    """What the machine does at most, now: a few hundred milliseconds.

    ``touched`` is how many bytes a run works on; memory's speed is that of copying so many, from cache or not.
    """
    graph = _product()
    random = np.random.default_rng(0)
    batches = [random.standard_normal(graph.inputs[0].shape, np.float32)]
    small = quantize(graph.copy(), batches, method="minmax", correct_bias=False, measure_speed=False)
    f32, i8 = (_gmacs(compile_model(model).to_bytes(), threads, isa) for model in (load(graph), small))
    size = min(max(touched, 1 << 16), 1 << 26)
    source, target = np.ones(size, np.uint8), np.empty(size, np.uint8)
    least = np.inf
    for _ in range(max(5, (1 << 27) // size)):
        begun = perf_counter()
        target[...] = source
        least = min(least, perf_counter() - begun)
    return Limits(f32, i8, 2 * size / least / 1e9)


def _product() -> Graph:
    """A pointwise convolution of 384 pixels and 256 to 256 channels: large enough to be fast, small for the cache."""
    random = np.random.default_rng(1)
    b = Builder("product")
    x = b.input("x", (1, 24, 16, 256), DType.F32)
    w = b.constant(random.standard_normal((256, 1, 1, 256), np.float32))
    bias = b.constant(np.zeros(256, np.float32))
    b.output(b.add("conv2d", x, w, bias, strides=(1, 1), padding=((0, 0), (0, 0))), "y")
    return b.graph


def _gmacs(file: bytes, threads: int, isa: str | None) -> float:
    """The best rate that the step with the most work reached."""
    steps = read(file)[0][0].steps
    most = max(range(len(steps)), key=lambda index: steps[index].macs)
    with Session(file, threads=threads, isa=isa) as session:
        least = session.run_timed(200)[:, most].min()
    return steps[most].macs / max(float(least), 1.0)
