"""Holds the C runtime to the NumPy meaning, operator by operator, and two models to each other.

In ``check_operators`` each operator is given the inputs that the C runtime itself had computed, so an error is charged
to the operator that made it and not to those before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from edgesmith.compiler import Compiled
from edgesmith.errors import CheckFailed, UsageError
from edgesmith.ir import Graph, Node, Value
from edgesmith.model import Model
from edgesmith.ops import get, interpret
from edgesmith.program.program import ARENA, Probe, Program
from edgesmith.runtime.session import Session
from edgesmith.types import DType


@dataclass(slots=True)
class OperatorCheck:
    """One operator's agreement. ``error`` is the largest difference, ``allowed`` what its declaration grants there."""

    layer: str
    op: str
    output: str
    dtype: str
    elements: int
    exact: bool
    error: float
    allowed: float
    ok: bool


@dataclass(slots=True)
class VerifyReport:
    """Every operator's check; ``ok`` where all hold."""

    model: str
    isa: str
    threads: int
    checks: list[OperatorCheck] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return all(check.ok for check in self.checks)

    @property
    def first_bad(self) -> OperatorCheck | None:
        return next((check for check in self.checks if not check.ok), None)

    def to_dict(self) -> dict[str, Any]:
        return {"model": self.model, "isa": self.isa, "threads": self.threads, "ok": self.ok,
                "operators": [asdict(check) for check in self.checks]}  # fmt: skip

    def __str__(self) -> str:
        exact = sum(check.exact for check in self.checks)
        head = f"{self.model}: {len(self.checks)} operators on {self.isa}, {exact} equal bit for bit"
        bad = self.first_bad
        if bad is None and exact == len(self.checks):
            return f"{self.model}: all {exact} operators on {self.isa} are equal bit for bit"
        if bad is None:
            worst = max((c.error / c.allowed for c in self.checks if c.allowed > 0 and not c.exact), default=0.0)
            return f"{head}, the others within their bounds (worst at {worst:.0%} of its bound)"
        return f"{head}; first wrong: {bad.op} '{bad.layer}' is off by {bad.error:.4g}, allowed {bad.allowed:.4g}"


def random_inputs(graph: Graph, seed: int = 0) -> list[np.ndarray]:
    """Plausible arrays for the inputs of a graph, see ``random_array``."""
    return [random_array(v.shape, v.dtype, v.quant is not None, seed + i) for i, v in enumerate(graph.inputs)]


def random_array(shape: Sequence[int], dtype: DType, quantized: bool, seed: int = 0) -> np.ndarray:
    """Normal floats, the full range of quantized and byte-sized integers, 0 or 1 for others (often indices)."""
    rng = np.random.default_rng(seed)
    size = tuple(shape)
    if dtype is DType.BOOL:
        return rng.integers(0, 2, size).astype(bool)
    if dtype is DType.BF16:
        return (rng.standard_normal(size).astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
    if dtype.is_float:
        return rng.standard_normal(size).astype(dtype.numpy)
    if quantized or dtype in (DType.U8, DType.I8):
        info = np.iinfo(dtype.numpy.str)
        return rng.integers(info.min, info.max, size, dtype=np.int64, endpoint=True).astype(dtype.numpy)
    return rng.integers(0, 2, size).astype(dtype.numpy)


def check_operators(
    compiled: Compiled,
    inputs: Sequence[np.ndarray] | None = None,
    *,
    threads: int = 1,
    isa: str | None = None,
    data: bytes | None = None,
) -> VerifyReport:
    """Run step by step, and compare what every operator left in the arena with its NumPy meaning.

    Integers must be equal bit for bit, floats within the operator's declared bound of the meaning in float64.
    """
    graph, program = compiled.graph, compiled.program
    feeds = list(inputs) if inputs is not None else random_inputs(graph)
    if len(feeds) != len(graph.inputs):
        raise UsageError(f"{graph.name} has {len(graph.inputs)} inputs, {len(feeds)} arrays were given")
    with Session(data or compiled.to_bytes(), threads=threads, isa=isa) as session:
        report = VerifyReport(graph.name, session.isa, threads)
        known: dict[Value, np.ndarray] = {}
        for port, value, array in zip(session.inputs, graph.inputs, feeds, strict=True):
            port.data[...] = array
            known[value] = array
        for state in graph.states:
            known[state.value] = state.initial
        watch = _Watch(session, graph, program)
        readers = {value: len(users) for value, users in graph.uses().items()}
        for node in graph.nodes:
            known.update(watch.after(node))
            report.checks += _check(node, known)
            for operand in {value for value in node.inputs if value is not None}:
                readers[operand] -= sum(value is operand for value in node.inputs)
                if readers[operand] == 0 and operand in known:
                    del known[operand]
    return report


class _Watch:
    """Runs a session step by step and gathers what the steps leave in the arena.

    Values that are computed in strips exist only row by row; they are put together here. Rows that nothing needs are
    never computed, and left out at the end.
    """

    def __init__(self, session: Session, graph: Graph, program: Program) -> None:
        self.session, self.weights, self.arena = session, program.weights, session.arena()
        self.values = {value.name: value for node in graph.nodes for value in node.outputs}
        self.probes = sorted(program.probes, key=lambda probe: probe.step)
        self.last = {probe.name: probe.step for probe in self.probes}
        self.found: dict[str, list[np.ndarray]] = {}
        self.done = self.next = 0

    def after(self, node: Node) -> dict[Value, np.ndarray]:
        """The outputs of a node, once all its steps have run."""
        self._run(max((self.last[v.name] for v in node.outputs if v.name in self.last), default=-1))
        parts = {value: self.found.pop(value.name, []) for value in node.outputs}
        return {
            value: found[0] if len(found) == 1 else np.concatenate(found, 1) for value, found in parts.items() if found
        }

    def _run(self, step: int) -> None:
        while self.next < len(self.probes) and self.probes[self.next].step <= step:
            probe = self.probes[self.next]
            if probe.step >= self.done:
                self.session.run_steps(self.done, probe.step + 1 - self.done)
                self.done = probe.step + 1
            self.found.setdefault(probe.name, []).append(self._read(probe))
            self.next += 1

    def _read(self, probe: Probe) -> np.ndarray:
        place = probe.place
        memory = self.arena if place.space == ARENA else np.frombuffer(self.weights, np.uint8)
        raw = memory[place.offset : place.offset + place.bytes]
        return raw.copy().view(probe.dtype.numpy)[: int(np.prod(probe.shape))].reshape(probe.shape)


def _full(array: np.ndarray, value: Value) -> np.ndarray:
    """An array with the rows that were never computed, as zeros; no computed row of a later layer depends on them."""
    if array.shape == value.shape or array.size == value.size:
        return array
    full = np.zeros(value.shape, array.dtype)
    full[:, : array.shape[1]] = array
    return full


def _check(node: Node, known: Mapping[Value, np.ndarray]) -> list[OperatorCheck]:
    op = get(node.op)
    inputs = [None if v is None else v.data if v.data is not None else _full(known[v], v) for v in node.inputs]
    quantized = any(v is not None and v.quant is not None for v in (*node.inputs, *node.outputs))
    wide = inputs
    if not quantized:
        wide = [a.astype(np.float64) if a is not None and a.dtype == np.float32 else a for a in inputs]
    wanted = op.compute(node, wide)
    checks = []
    for value, want in zip(node.outputs, wanted, strict=True):
        if value not in known:
            continue
        got = known[value]
        if got.shape != want.shape:
            want = want[:, : got.shape[1]]  # rows that no later layer needs are not computed in strips
        error, allowed, ok = agreement(got, np.asarray(want), op.bound.rtol, op.bound.atol)
        exact = bool(np.array_equal(got, want.astype(got.dtype), equal_nan=got.dtype.kind == "f"))
        checks.append(
            OperatorCheck(node.label, node.op, value.name, value.dtype.value, value.size, exact, error, allowed, ok)
        )
    return checks


def agreement(got: np.ndarray, want: np.ndarray, rtol: float, atol: float) -> tuple[float, float, bool]:
    """The largest difference, what is allowed where the ratio of the two is worst, and whether all elements agree."""
    if got.size == 0:
        return 0.0, atol, True
    if got.dtype.kind != "f":
        difference = float(np.abs(got.astype(np.float64) - want.astype(np.float64)).max())
        return difference, 0.0, bool(np.array_equal(got, want))
    g, w = got.astype(np.float64), want.astype(np.float64)
    with np.errstate(all="ignore"):
        error = np.abs(g - w)
        half_step = 0.5 * np.spacing(np.abs(want.astype(got.dtype))).astype(np.float64)
        allowed = np.maximum(atol + rtol * np.abs(w), half_step)
        same = (g == want.astype(got.dtype)) | (np.isnan(g) & np.isnan(w))
        error = np.where(same, 0.0, error)
        ratio = np.where(same, 0.0, error / allowed)
    ratio = np.where(np.isnan(ratio), np.inf, ratio)
    worst = int(np.argmax(ratio))
    return float(np.nanmax(error, initial=0.0)), float(allowed.flat[worst]), bool(ratio.flat[worst] <= 1.0)


def check_source(model: Model, compiled: Compiled, shapes: Mapping[str, Sequence[int]] | None = None) -> None:
    """Hold the outputs of a compiled float model to the graph as imported, run by its NumPy meaning on random input.

    Quantized graphs are skipped: their arithmetic is only defined once the passes have chosen it, and there every
    operator is checked for equality instead.

    Raises:
        CheckFailed: an output is off by more than 1e-4 of its largest magnitude.
    """
    graph = model.graph(shapes)
    if any(v.quant is not None for node in graph.nodes for v in (*node.inputs, *node.outputs) if v is not None):
        return
    feeds = random_inputs(graph)
    with Session(compiled.to_bytes()) as session:
        got = session.run(*feeds)
    for row in compare_outputs(graph.output_names, interpret(graph, feeds, {}), got, 1e-4):
        if not row.ok:
            raise CheckFailed(f"{model.name}: the compiled program differs from the source graph: {row}")


@dataclass(slots=True)
class OutputComparison:
    """How close two arrays are. ``sqnr_db`` is the signal to quantization noise ratio, infinite where equal."""

    name: str
    shape: tuple[int, ...]
    max_error: float
    relative_error: float
    sqnr_db: float
    equal: bool
    ok: bool

    def __str__(self) -> str:
        verdict = "equal" if self.equal else f"max error {self.max_error:.3g}, SQNR {self.sqnr_db:.1f} dB"
        return f"{'ok ' if self.ok else 'BAD'} {self.name} {list(self.shape)}: {verdict}"


def compare_outputs(
    names: Sequence[str], first: Sequence[np.ndarray], second: Sequence[np.ndarray], tolerance: float
) -> list[OutputComparison]:
    """Compare outputs of two models; ``relative_error`` is the largest difference over the largest magnitude.

    Raises:
        CheckFailed: the models do not have the same outputs.
    """
    if len(first) != len(second):
        raise CheckFailed(f"one model has {len(first)} outputs, the other {len(second)}")
    results = []
    for name, a, b in zip(names, first, second, strict=True):
        if a.shape != b.shape:
            raise CheckFailed(f"output '{name}' has shape {a.shape} in one model and {b.shape} in the other")
        x, y = a.astype(np.float64), b.astype(np.float64)
        difference = np.abs(x - y)
        peak = float(np.abs(x).max(initial=0.0))
        worst = float(difference.max(initial=0.0))
        relative = worst / peak if peak else worst
        noise = float((difference**2).sum())
        sqnr = float("inf") if noise == 0 else 10 * float(np.log10(max((x**2).sum(), 1e-300) / noise))
        same = bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))
        results.append(OutputComparison(name, a.shape, worst, relative, sqnr, same, same or relative <= tolerance))
    return results
