"""What a report and a plan say of speed: where integers pay, layer by layer, and whether the whole does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edgesmith.errors import ModelError
from edgesmith.ir import Graph, Node
from edgesmith.quantization.observe import Run
from edgesmith.quantization.plan import Plan
from edgesmith.quantization.report import Report
from edgesmith.quantization.speed import SLOWER, Clock, compare, digits, spoken

WHOLE_SLOWER = 0.97  # the float time over the quantized one, below which a warning is due
MEASURABLE = 20.0  # microseconds: less says nothing
NAMED = 5  # slow layers that the report names


def tell_speed(
    report: Report, plan: Plan, name: str, clock: Clock, graphs: Sequence[Graph], run: Run, switched: dict[str, str]
) -> None:
    """Measure the source and the result, and say which layers integers do not pay for.

    ``switched`` are the reasons of layers that were decided by their speed before.
    """
    try:
        before, after = clock.race(graphs, run)
    except ModelError as error:
        report.warnings.append(f"what pays {clock.where} is not known: {error}")
        return
    unit = clock.unit
    found = compare(before, after, unit)
    rows = report.layers = found["layers"]
    if clock.exact:  # of what was counted in both
        found |= {key: sum(row[key] for row in rows) for key in (f"float_{unit}", unit)}
    floats, whole = found[f"float_{unit}"], found[unit]
    if clock.exact and not rows:
        report.reasons.append(f"what pays {clock.where} is not known: none of the kernels was measured there")
        return
    report.measured |= {f"float_{unit}": floats, unit: whole}
    for row in rows:
        _explain(row, plan, unit, switched)
    ratio = floats / max(whole, 1e-9)
    what = f"the {len(rows)} layers that were counted take" if clock.exact else "a run takes"
    report.reasons.append(
        f"{clock.where} {what} {spoken(whole, unit)} instead of {digits(floats)} "
        f"({ratio:.2f} times {'fewer' if clock.exact else 'the speed'})"
    )
    slow = [row for row in rows if row.get("form") != "float" and row[unit] > SLOWER * row[f"float_{unit}"]]
    if not any(_in_integers(node) for node in graphs[1].nodes):
        slow = []  # weights alone are integers
    if slow:
        worst = sorted(slow, key=lambda row: row[f"float_{unit}"] - row[unit])[:NAMED]
        times = [(row["layer"], digits(row[unit]), digits(row[f"float_{unit}"])) for row in worst]
        listed = ", ".join(f"'{layer}' {after} instead of {before}" for layer, after, before in times)
        report.reasons.append(f"integers do not pay in {len(slow)} of {len(rows)} layers: {listed} {unit}")
    elif clock.exact:
        report.reasons.append("floats pay in none of them")
    if clock.exact and (silent := [layer for layer in plan.layers if layer not in after or layer not in before]):
        report.reasons.append(
            f"not counted {clock.where}, since a kernel was never measured there: "
            + ", ".join(f"'{layer}'" for layer in silent)
        )
    if ratio < WHOLE_SLOWER and (clock.exact or whole > MEASURABLE):
        report.warnings.append(
            f"{name} is slower than its source {clock.where}: {spoken(whole, unit)} a run instead of {digits(floats)}"
        )


def _in_integers(node: Node) -> bool:
    return node.op.startswith("dynamic") or any(value.quant is not None for value in node.outputs)


def _explain(row: dict[str, Any], plan: Plan, unit: str, switched: dict[str, str]) -> None:
    """Say why a layer computes with what it does, as far as speed is concerned: in the report's row and the plan."""
    name = row["layer"]
    if name not in plan.layers:
        return
    row["form"] = form = plan.layers[name]
    if name in switched:
        row["why"] = switched[name]
        row["pays"] = form != "float" and row["pays"]
    elif form == "float":
        row["why"] = "in floats for other reasons than speed"
    else:
        row["why"] = f"{form} takes {spoken(row[unit], unit)}, floats {spoken(row[f'float_{unit}'], unit)}"
    plan.why[name] = row["why"]
