"""Outputs that say nothing any more, and outputs whose parts of different size share one scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.doctor.case import Case, Finding
from edgesmith.ir import Node, Value
from edgesmith.ops.quantized import quantize_array
from edgesmith.quantization.choose import from_range
from edgesmith.types import DType, Quantization
from edgesmith.verify.layers import INTEGER_DB, sqnr
from edgesmith.verify.subject import as_real

HARMLESS = 25.0  # dB that the least part may keep
EXACT = 99.0  # dB: said of numbers that a scale of their own holds exactly
APART = 8.0  # parts whose magnitudes differ by more than this lose three bits in one scale
POOR_DB = 20.0  # outputs below this are worth a word
STILL = 1e-3  # floats that vary by less of their magnitude, from sample to sample, stand still
PASSING = ("dequantize", "quantize", "requantize", "reshape", "softmax", "log_softmax", "sigmoid", "lookup")


def collapsed_outputs(case: Case) -> Iterator[Finding]:
    """Outputs that are the same whatever goes in, where the float model still tells the samples apart."""
    if case.count < 2:
        return
    for place, tensor in enumerate(case.result.subject.program.outputs):
        told = case.found.outputs[place] if case.found is not None else None
        lost = told is not None and told.collapsed
        if lost or (_still(case, case.graph.outputs[place]) and _source_varies(case, place)):
            yield Finding(
                "collapsed output", tensor.name, "bad",
                "it varies twenty times less than the float model's" if lost
                else f"it is the same for all {case.count} samples",
                "do not ship this file; quantize again with data like yours, and look at the findings that follow",
            )  # fmt: skip


def _still(case: Case, value: Value) -> bool:
    """Whether what an output is made of stays within a step; a saturated probability alone says nothing."""
    node = value.producer
    while node is not None and node.op.removesuffix("_q") in PASSING and node.input(0).name in case.seen:
        value = node.input(0)
        node = value.producer
    seen = case.seen.get(value.name)
    if seen is None:
        return False
    step = float(value.quant.scale0) if value.quant is not None else STILL * max(float(np.abs(seen.high).max()), 1e-30)
    return float((seen.high - seen.low).max()) <= step


def _source_varies(case: Case, place: int) -> bool:
    """Whether the float model tells the samples apart; taken for granted where only its integers are known."""
    if case.source is None or not case.source_given:
        return True
    rows = []
    for sample in case.samples:
        case.source.subject.run(sample)
        rows.append(case.source.subject.outputs()[place].copy())
    stack = np.stack(rows)
    return float(stack.std(0).max()) > STILL * max(float(np.abs(stack).max()), 1e-30)


def far_outputs(case: Case, found: Sequence[Finding]) -> Iterator[Finding]:
    """Outputs far from the float model's, where nothing else says why."""
    rows = case.found.outputs if case.found is not None else []
    worst = min(rows, key=lambda row: row.sqnr_db, default=None)
    if worst is None or worst.sqnr_db >= POOR_DB or case.random or any(finding.level == "bad" for finding in found):
        return
    first = case.found.first_bad if case.found is not None else None
    where = f"; the first layer that is far is '{first.name}'" if first is not None else ""
    yield Finding(
        "far outputs", worst.name, "bad" if worst.sqnr_db < INTEGER_DB else "warning",
        f"it keeps {worst.sqnr_db:.1f} dB of the float model's numbers{where}", "the best of the recipes that follow",
    )  # fmt: skip


def mixed_ranges(case: Case) -> Iterator[Finding]:
    """Concatenations that put small and large numbers under one scale: detectors' scores beside their boxes."""
    for node in case.graph.nodes:
        out = node.outputs[0]
        if node.op != "concat" or out.quant is None:
            continue
        parts = [value for value in node.inputs if value is not None and value.data is None and value.name in case.seen]
        exact = [_exact(case, value) for value in parts]
        sizes = [float(np.abs(reals).max(initial=0)) for reals in exact]
        if len(parts) < 2 or min(sizes, default=0) <= 0 or max(sizes) < APART * min(sizes):
            continue
        least = int(np.argmin(sizes))
        smallest = parts[least]
        before, after = _shared_and_own(exact[least], out.quant, smallest.dtype)
        if before >= HARMLESS:
            continue
        yield Finding(
            "mixed ranges", node.label, "bad" if before < 20 else "warning",
            f"it joins numbers up to {max(sizes):.3g} and up to {min(sizes):.3g} ('{smallest.name}') under one scale "
            f"of {float(out.quant.scale0):.3g}",
            "return the parts as outputs of their own, or divide the large ones by their range before they are joined",
            before, after,
        )  # fmt: skip


def _shared_and_own(reals: np.ndarray, shared: Quantization, dtype: DType) -> tuple[float, float]:
    """dB of a part under the scale of the whole, and under one of its own."""
    own = from_range(float(reals.min()), float(reals.max()))
    held = [as_real(quantize_array(reals.astype(np.float32), quant, dtype), quant) for quant in (shared, own)]
    return sqnr(reals, held[0]), min(sqnr(reals, held[1]), EXACT)


def _exact(case: Case, value: Value) -> np.ndarray:
    """A value before its rounding: the source's where it is known, else what its producer's inputs say."""
    if case.found is not None and case.source is not None:
        mate = next((row.value for row in case.found.rows if row.other == value.name), None)
        if mate is not None:
            return np.stack([case.source.subject.run(sample)[mate] for sample in case.samples[:2]])
    node: Node | None = value.producer
    if node is not None and node.op == "requantize" and node.input(0).name in case.seen:
        value = node.input(0)
    return np.stack([case.result.subject.run(case.for_result(sample))[value.name] for sample in case.samples[:2]])
