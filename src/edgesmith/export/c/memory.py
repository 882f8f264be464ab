"""Where the scratch of each step lies: in a part of the arena that no value needs meanwhile, or behind its end."""

from __future__ import annotations

from collections.abc import Iterator

from edgesmith.export.c.call import Call
from edgesmith.program.program import Program

ALIGN = 8
FEW = 6  # rows at once, that would cost much
SLACK = 4  # bytes that a last pair may reach beyond
SPARE = 32  # an arena may grow by this part of itself, so that fewer rows are gathered twice


def place_scratch(program: Program, calls: list[Call], limit: int | None = None) -> tuple[dict[int, int], int]:
    """Offset of the scratch of every call that has some, by its place in the list, and the bytes of the whole arena.

    Depthwise convolutions gather as many rows at once as there is room for.
    """
    total = max(program.arena_bytes, ALIGN, *(_read_to(call) for call in calls))
    for call in calls:
        if "band" not in call.fields:
            total = max(total, _lowest(program, call, call.scratch) + call.scratch)
    spare = max(total, limit or program.arena_bytes + program.arena_bytes // SPARE)
    offsets = {}
    for index, call in enumerate(calls):
        if "band" in call.fields:
            _fit_band(program, call, total, spare)
        if call.scratch:
            offsets[index] = _lowest(program, call, call.scratch)
            total = max(total, offsets[index] + call.scratch)
    return offsets, -(-total // ALIGN) * ALIGN


def _read_to(call: Call) -> int:
    """One past the last byte of the arena that a call may read where it reads beyond x."""
    assert call.step is not None
    x = call.step.args["x"] if call.beyond else None
    return x.offset + x.bytes + call.beyond if x else 0


def _fit_band(program: Program, call: Call, room: int, spare: int) -> None:
    """The most rows of outputs whose inputs fit below ``room``; where that is few, below ``spare``; at least one."""
    field = call.fields
    reach = (field["KH"] - 1) * field["dilation_h"] + 1
    pitch = (call.scratch - SLACK) // ((field["P"] - 1) * field["stride_h"] + reach)
    passes = 1
    while True:
        band = field["band"] = -(-field["P"] // passes)
        call.scratch = ((band - 1) * field["stride_h"] + reach) * pitch + SLACK
        end = _lowest(program, call, call.scratch) + call.scratch
        if band == 1 or end <= (room if band > FEW else spare):
            return
        passes += 1


def _lowest(program: Program, call: Call, size: int) -> int:
    """The lowest offset where ``size`` bytes meet nothing that is alive during a call."""
    at = 0
    for start, stop in _alive(program, call.index):
        if at + size <= start:
            return at
        at = max(at, -(-stop // ALIGN) * ALIGN)
    return at


def _alive(program: Program, step: int) -> Iterator[tuple[int, int]]:
    yield from sorted((r.offset, r.offset + r.bytes) for r in program.regions if r.first <= step <= r.last)


__all__ = ["place_scratch"]
