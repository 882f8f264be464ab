"""The program as a table: what ``edgesmith inspect`` prints, and the golden file of the compiler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edgesmith.program.kernel import REGISTRY
from edgesmith.program.program import ARENA, WEIGHTS, Pointer, Program, Step


def rows(program: Program) -> list[dict[str, Any]]:
    """One dict a step: index, layer, op, kernel, shape, macs, weight bytes, arena range that is written."""
    return [_row(index, step) for index, step in enumerate(program.steps)]


def _row(index: int, step: Step) -> dict[str, Any]:
    fields = REGISTRY[step.kernel].fields
    pointers: list[tuple[str, Pointer]] = [
        (field.kind, step.args[field.name])
        for field in fields
        if field.is_pointer and step.args[field.name] is not None
    ]
    written = [p for kind, p in pointers if kind in ("out", "inout") and p.space == ARENA]
    weights = {(p.offset, p.bytes) for _, p in pointers if p.space == WEIGHTS}
    return {
        "index": index,
        "layer": step.layer,
        "op": step.op,
        "kernel": step.kernel,
        "shape": list(step.shape),
        "rows": list(step.rows) if step.rows else None,
        "macs": step.macs,
        "weight_bytes": sum(size for _, size in weights),
        "arena": [min((p.offset for p in written), default=0), max((p.offset + p.bytes for p in written), default=0)],
    }


def text(program: Program, times: Sequence[float] | None = None) -> str:
    """The listing; ``times`` adds a column of microseconds a step."""
    head = ["step", "layer", "shape", "kernel", "MACs", "weights", "arena"]
    table = []
    for row in rows(program):
        shape = "x".join(map(str, row["shape"])) or "scalar"
        shape += f" rows {row['rows'][0]}..{row['rows'][1] - 1}" if row["rows"] else ""
        arena = f"{row['arena'][0]}..{row['arena'][1]}"
        macs = f"{row['macs']:,}" if row["macs"] else "-"
        weights = f"{row['weight_bytes']:,}" if row["weight_bytes"] else "-"
        table.append([str(row["index"]), _short(row["layer"]), shape, row["kernel"], macs, weights, arena])
    if times is not None:
        head.append("us")
        for cells, micros in zip(table, times, strict=True):
            cells.append(f"{micros:.1f}")
    right = {0, 4, 5, 7}
    widths = [max(len(cells[column]) for cells in [head, *table]) for column in range(len(head))]

    def line(cells: list[str]) -> str:
        padded = [c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(cells, widths, strict=True))]
        return "  ".join(padded).rstrip()

    border = [f"input   {_tensor(t)}" for t in program.inputs] + [f"output  {_tensor(t)}" for t in program.outputs]
    border += [f"state   {s.name}: {s.bytes} bytes at {s.offset}" for s in program.states]
    total = (
        f"{len(program.steps)} steps, {program.macs:,} MACs, {len(program.weights):,} bytes of weights, "
        f"{program.arena_bytes:,} bytes of arena, {program.scratch_bytes:,} bytes of scratch a thread"
    )
    return "\n".join([program.name, *border, "", line(head), *(line(cells) for cells in table), "", total]) + "\n"


def _tensor(tensor: Any) -> str:
    dims = "x".join(map(str, tensor.shape)) or "scalar"
    quant = f" {tensor.quant}" if tensor.quant else ""
    return f"{tensor.name}: {tensor.dtype}[{dims}]{quant} at {tensor.offset}"


def _short(name: str, most: int = 44) -> str:
    return name if len(name) <= most else f"...{name[-most + 3 :]}"
