"""Builds one-node graphs from operators' cases, and compares the C runtime with the NumPy meaning."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

import numpy as np

from edgesmith.compiler import compile_graph
from edgesmith.ir import Graph, Node, Value, verify
from edgesmith.ops import Builder, Case, Operator, interpret
from edgesmith.ops.contract import Arg
from edgesmith.program.file import write
from edgesmith.types import DType

PATTERNS = ("random", "low", "high")
CONTAINED = {"avx512vnni": "avx512vbmi"}  # sets of which the later one replaces no kernel that is their own


def distinct(isas: list[str]) -> list[str]:
    """Those instruction sets that run a kernel which no other of them runs."""
    return [isa for isa in isas if CONTAINED.get(isa) not in isas]


@dataclass
class Prepared:
    """A case as a graph, the arrays to feed it, and the file that was compiled from it."""

    graph: Graph
    feeds: list[np.ndarray]
    expected: list[np.ndarray]
    data: bytes
    allowed: list[np.ndarray] = field(default_factory=list)
    """How far each element of a float output may be from what is expected; empty where integers must be equal."""


def fill(arg: Arg, pattern: str, rng: np.random.Generator) -> np.ndarray:
    """An array for an argument: its own data, or random, all lowest, all highest."""
    if arg.data is not None:
        return arg.data
    if arg.dtype is DType.BOOL:
        return rng.integers(0, 2, arg.shape).astype(bool)
    if arg.dtype is DType.BF16:
        wide = rng.uniform(arg.low, arg.high, arg.shape).astype(np.float32)
        return (wide.view(np.uint32) >> 16).astype(np.uint16)
    if arg.dtype.is_float:
        if pattern != "random":
            return np.full(arg.shape, arg.low if pattern == "low" else arg.high, arg.dtype.numpy)
        return rng.uniform(arg.low, arg.high, arg.shape).astype(arg.dtype.numpy)
    low, high = int(arg.low), int(arg.high)
    if arg.quant is not None:
        info = np.iinfo(arg.dtype.numpy)
        low, high = int(info.min), int(info.max)
    if pattern != "random":
        return np.full(arg.shape, low if pattern == "low" else high, arg.dtype.numpy)
    return rng.integers(low, high, arg.shape, dtype=np.int64, endpoint=True).astype(arg.dtype.numpy)


def prepare(op: Operator, case: Case, pattern: str = "random") -> Prepared:
    """Build, compute by the NumPy meaning (floats in float64), and compile."""
    rng = np.random.default_rng(zlib.crc32(f"{op.name}{case.id}{pattern}".encode()))
    builder = Builder(op.name)
    feeds: list[np.ndarray] = []
    inputs: list[Value | None] = []
    for index, arg in enumerate(case.args):
        if arg is None:
            inputs.append(None)
            continue
        array = fill(arg, pattern, rng)
        if arg.constant:
            inputs.append(builder.constant(array, arg.dtype, arg.quant))
        else:
            inputs.append(builder.input(f"x{index}", array.shape, arg.dtype, arg.quant))
            feeds.append(array)
    outputs = add(builder, op, case, inputs)
    graph = builder.graph
    expected, allowed = _expected(graph, feeds) if graph.nodes else ([value.data for value in outputs], [])
    compiled = compile_graph(graph)
    verify(graph, op.name)
    return Prepared(graph, feeds, expected, write([compiled]), allowed)


def add(builder: Builder, op: Operator, case: Case, inputs: list[Value | None]) -> list[Value]:
    """The case's operator, behind a ReLU where it asks for one, and its outputs as those of the graph."""
    if case.rectified:
        assert inputs[0] is not None
        inputs = [builder.add("clip", inputs[0], lo=0.0), *inputs[1:]]
    outputs = builder.add_multi(op.name, inputs, case.quant, attrs=case.attrs)
    for index, value in enumerate(outputs):
        builder.output(value, f"y{index}")
    return outputs


def _expected(graph: Graph, feeds: list[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The meaning and its bound, in float64 where it is a float operator; exactly as typed and no bound otherwise."""
    if not any(value.dtype is DType.F32 for value in graph.outputs) or any(v.quant for v in graph.inputs):
        return interpret(graph, feeds), []
    *before, node = graph.nodes
    known = dict(zip(graph.inputs, feeds, strict=True))
    for clip in before:
        known[clip.outputs[0]] = np.maximum(known[clip.input(0)], 0)
    arrays = [None if value is None else known.get(value, value.data) for value in node.inputs]
    wide = [a.astype(np.float64) if a is not None and a.dtype == np.float32 else a for a in arrays]
    from edgesmith.ops import get

    twin = Node(node.op, node.inputs, [], node.attrs)
    twin.outputs = node.outputs
    op = get(node.op)
    wanted = op.compute(twin, wide)
    return wanted, op.allowed(twin, wide, wanted)


def compare(op: Operator, got: np.ndarray, want: np.ndarray, where: str, allowed: np.ndarray | None = None) -> None:
    """Equal bit for bit for integers, within the operator's bound for floats; says where and by how much if not."""
    assert got.shape == want.shape, f"{where}: shape {got.shape}, expected {want.shape}"
    if got.dtype.kind != "f":
        wrong = np.argwhere(got != want)
        assert wrong.size == 0, (
            f"{where}: {len(wrong)} of {got.size} differ, first at {tuple(wrong[0])}: "
            f"got {got[tuple(wrong[0])]}, expected {want[tuple(wrong[0])]}"
        )
        return
    with np.errstate(all="ignore"):
        wide = want.astype(got.dtype).astype(np.float64)
        error = np.abs(got.astype(np.float64) - want.astype(np.float64))
        limit = op.bound.atol + op.bound.rtol * np.abs(want.astype(np.float64)) if allowed is None else allowed
        rounding = np.abs(wide - want.astype(np.float64)) * 2  # what the output type itself cannot hold
        fine = (error <= np.maximum(limit, rounding)) | (got == wide) | (np.isnan(got) & np.isnan(wide))
    wrong = np.argwhere(~fine)
    assert wrong.size == 0, (
        f"{where}: {len(wrong)} of {got.size} are off, first at {tuple(wrong[0])}: got {got[tuple(wrong[0])]!r}, "
        f"expected {want[tuple(wrong[0])]!r}; bound {op.bound}"
    )
