"""Layers that integers make slower on this machine."""

from __future__ import annotations

from collections.abc import Iterator

from edgesmith.doctor.case import Case, Finding

SLOWER, SHARE = 1.1, 0.02  # times the float layer's time, at this share of the whole at least


def slower_layers(case: Case) -> Iterator[Finding]:
    """Layers, and the whole, whose integers take longer than the floats; medians of runs that take turns."""
    if case.source is None or case.found is None:
        return
    floats, integers = case.source.subject.times(), case.result.subject.times()
    whole = sum(integers.values())
    slower = whole > SLOWER * sum(floats.values())
    if slower:
        yield Finding(
            "slower", "", "warning", "the integer model takes longer than the float one on this machine",
            "keep the float model here, or leave the layers below in floats", whole, sum(floats.values()), "us",
        )  # fmt: skip
    for row in case.found.rows:
        slow, fast = integers.get(row.other, 0.0), floats.get(row.value, 0.0)
        if slow > SLOWER * fast and slow - fast > SHARE * whole:
            yield Finding(
                "slower layer", row.name, "warning" if slower else "note",
                f"{row.op} takes longer in integers on this machine"
                + ("" if slower else ", though the whole is faster"),
                "edgesmith quantize --fastest leaves it in floats where that makes the whole faster", slow, fast, "us",
            )  # fmt: skip
