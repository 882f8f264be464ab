"""Holds the C runtime to the NumPy meaning, operator by operator.

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
from edgesmith.ir import Node, Value
from edgesmith.model import Model
from edgesmith.ops import get, interpret
from edgesmith.runtime.session import Session
from edgesmith.verify.outputs import agreement, compare_outputs, random_inputs
from edgesmith.verify.watch import Watch


@dataclass(slots=True)
class OperatorCheck:
    """One operator's agreement. ``error`` is the difference that is largest beside ``allowed``, what its
    declaration grants there.
    """

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
        watch = Watch(session, program)
        readers = {value: len(users) for value, users in graph.uses().items()}
        for node in graph.nodes:
            found = watch.after(value.name for value in node.outputs)
            known.update({value: found[value.name] for value in node.outputs if value.name in found})
            report.checks += _check(node, known)
            for operand in {value for value in node.inputs if value is not None}:
                readers[operand] -= sum(value is operand for value in node.inputs)
                if readers[operand] == 0 and operand in known:
                    del known[operand]
    return report


def full(array: np.ndarray, value: Value) -> np.ndarray:
    """An array with the rows that were never computed, as zeros; no computed row of a later layer depends on them."""
    if array.shape == value.shape or array.size == value.size:
        return array
    full = np.zeros(value.shape, array.dtype)
    full[:, : array.shape[1]] = array
    return full


def _check(node: Node, known: Mapping[Value, np.ndarray]) -> list[OperatorCheck]:
    op = get(node.op)
    inputs = [None if v is None else v.data if v.data is not None else full(known[v], v) for v in node.inputs]
    quantized = any(v is not None and v.quant is not None for v in (*node.inputs, *node.outputs))
    wide = inputs
    if not quantized:
        wide = [a.astype(np.float64) if a is not None and a.dtype == np.float32 else a for a in inputs]
    wanted = op.compute(node, wide)
    checks = []
    for index, (value, want) in enumerate(zip(node.outputs, wanted, strict=True)):
        if value not in known:
            continue
        got = known[value]
        if got.shape != want.shape:
            want = want[:, : got.shape[1]]  # rows that no later layer needs are not computed in strips
        error, allowed, ok = agreement(got, np.asarray(want), op.bound.rtol, op.bound.atol)
        if not ok and op.bound.products and not quantized:  # it takes as long as the meaning itself
            limit = op.allowed(node, wide, wanted)[index]
            limit = limit if limit.shape == want.shape else limit[:, : want.shape[1]]
            error, allowed, ok = agreement(got, np.asarray(want), 0.0, limit)
        exact = bool(np.array_equal(got, want.astype(got.dtype), equal_nan=got.dtype.kind == "f"))
        checks.append(
            OperatorCheck(node.label, node.op, value.name, value.dtype.value, value.size, exact, error, allowed, ok)
        )
    return checks


def check_source(
    model: Model, compiled: Compiled, shapes: Mapping[str, Sequence[int]] | None = None, tolerance: float = 1e-4
) -> float:
    """Hold the outputs of a compiled float model to the graph as imported, run by its NumPy meaning on random input.

    Quantized graphs are skipped: their arithmetic is only defined once the passes have chosen it, and there every
    operator is checked for equality instead.

    Returns:
        The largest difference of an output, as a part of its largest magnitude.

    Raises:
        CheckFailed: that is more than ``tolerance``.
    """
    graph = model.graph(shapes)
    if graph.is_quantized:
        return 0.0
    feeds = random_inputs(graph)
    with Session(compiled.to_bytes()) as session:
        got = session.run(*feeds)
    rows = compare_outputs(graph.output_names, interpret(graph, feeds, {}), got, tolerance)
    for row in rows:
        if not row.ok:
            raise CheckFailed(f"{model.name}: the compiled program differs from the source graph: {row}")
    return max((row.relative_error for row in rows), default=0.0)
