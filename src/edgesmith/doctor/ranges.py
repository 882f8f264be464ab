"""Ranges that do not fit the data: values cut off, ranges far too wide, channels that are always the same."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edgesmith.doctor.case import Case, Finding
from edgesmith.ir import Node
from edgesmith.ops.conversion import limits
from edgesmith.ops.quantized import quantize_array
from edgesmith.passes.legalize_quantized import UNARY
from edgesmith.quantization.choose import FIXED, FIXED_16, from_range
from edgesmith.quantization.choose import MOVING as COPYING
from edgesmith.types import DType
from edgesmith.verify.layers import Row, sqnr
from edgesmith.verify.subject import Layer, as_real

CUT = 0.001  # share of values that may lie beyond a range
HARMLESS = 25.0  # dB that a layer keeps in spite of what is cut off
MOVING = ("quantize", "transpose", "reshape")  # what they hold is the input, see data.preprocessing
FUNCTIONS = UNARY | {"lookup"}
USED = 0.25  # a range of which data use less wastes two bits
MANY = 0.25  # share of layers with one of these that speaks against the calibration data as a whole


def saturated(case: Case) -> Iterator[Finding]:
    """Values that the ends of an integer type cut off, with what a range from this data would give."""
    if case.found is None:
        return
    layers = {layer.value: layer for layer in case.layers}
    bad = [row for row in case.found.rows if row.saturated > CUT and row.other in layers and row.op not in MOVING]
    for row in bad:
        layer = layers[row.other]
        before, after = _with_range_of_data(case, row, layer)
        if before is not None and _hidden(case, row, before):
            continue
        if after is not None and before is not None and after - before >= 3 and before < HARMLESS:
            yield Finding(
                "saturation", row.name, "bad" if before < 12 else "warning",
                f"{row.saturated:.2%} of its values lie beyond its range",
                "calibrate with data like this, which gives it the range that it needs", before, after,
            )  # fmt: skip


def _hidden(case: Case, row: Row, before: float) -> bool:
    """Whether functions alone read the values, and are nearer to the source's than what was cut off could leave them:
    it lies where they are flat."""
    rows = {other.other: other for other in case.found.rows} if case.found is not None else {}
    readers = [node for node in case.graph.nodes if any(v is not None and v.name == row.other for v in node.inputs)]
    results = [rows.get(node.outputs[0].name) for node in readers if node.op.removesuffix("_q") in FUNCTIONS]
    return 0 < len(readers) == len(results) and all(r is not None and r.sqnr_db > before for r in results)


def _with_range_of_data(case: Case, row: Row, layer: Layer) -> tuple[float | None, float | None]:
    """dB of the float network's value in the range of the file, and in its own."""
    if case.source is None or layer.quant is None:
        return None, None
    reals = np.stack([case.source.subject.run(sample)[row.value] for sample in case.samples])
    own = from_range(float(reals.min()), float(reals.max()))
    return (
        sqnr(reals, as_real(quantize_array(reals.astype(np.float32), layer.quant, DType(layer.dtype)), layer.quant)),
        sqnr(reals, as_real(quantize_array(reals.astype(np.float32), own, DType.I8), own)),
    )


def calibration(case: Case) -> Iterator[Finding]:
    """Many ranges that are too narrow or far too wide at once: other data was calibrated on."""
    wide, narrow, judged = [], [], 0
    rows = {row.other: row for row in case.found.rows} if case.found is not None else {}
    for layer in case.layers:
        node = case.node(layer)
        if layer.quant is None or layer.value not in case.seen or node is None or not _own_range(node, layer):
            continue
        judged += 1
        low, high = as_real(np.asarray(limits(DType(layer.dtype)), np.float64), layer.quant)
        seen = case.seen[layer.value]
        used = (min(seen.high.max(), high) - max(seen.low.min(), low)) / max(high - low, 1e-30)
        row = rows.get(layer.value)
        if row is not None and row.saturated > CUT:
            narrow.append(layer.label)
        elif used < USED:
            wide.append(layer.label)
    share = (len(wide) + len(narrow)) / max(judged, 1)
    if judged >= 3 and share > MANY:
        yield Finding(
            "calibration", "", "warning" if case.random else "bad",
            f"{len(narrow)} of {judged} layers are cut off by their ranges and {len(wide)} use less than a quarter of "
            f"theirs{' on random numbers' if case.random else ''}, first '{(narrow + wide)[0]}': the ranges were taken "
            "from other data, or the data is prepared in another way",
            "quantize again with --data that is prepared as in use",
        )  # fmt: skip


def _own_range(node: Node, layer: Layer) -> bool:
    """Whether a layer's range was taken from what it computes: not a fixed one, nor that of what it moves or joins."""
    op = node.op.removesuffix("_q")
    fixed = any(quant.same(layer.quant) for quant in (*FIXED.values(), *FIXED_16.values()))
    return not fixed and op not in FIXED and op not in COPYING and op != "requantize"


def dead_channels(case: Case) -> Iterator[Finding]:
    """Channels of layers that never vary: they cost time and memory, and may own the largest scale."""
    for layer in case.layers:
        seen = case.seen.get(layer.value)
        if seen is None or not layer.macs or len(layer.shape) < 2 or len(seen.low) < 4 or case.count < 2:
            continue
        dead = int((seen.high == seen.low).sum())
        if dead >= max(2, len(seen.low) // 10):
            yield Finding(
                "dead channels", layer.label, "note",
                f"{dead} of its {len(seen.low)} channels are the same number in all {case.count} samples",
                f"prune them: {layer.macs * dead // len(seen.low):,} of {layer.macs:,} multiply-adds do nothing",
            )  # fmt: skip
