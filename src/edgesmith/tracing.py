"""A device's trace of an exported program beside the desk: the first step that differs, by the layer's name."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgesmith.errors import CheckFailed, UsageError
from edgesmith.export.c import Exported
from edgesmith.export.c.call import Call
from edgesmith.export.c.trace import Record, read, runs, written
from edgesmith.program.file import write
from edgesmith.runtime.session import Session


@dataclass(frozen=True, slots=True)
class Traced:
    """How far a run on a device went as on the desk. ``first`` is the call that differs first, None where all agree."""

    run: int
    calls: int
    first: int | None
    said: str

    @property
    def ok(self) -> bool:
        return self.first is None


def describe(exported: Exported, call: int) -> str:
    """A call in words: what a crash handler's number of the step at work means.

    Raises:
        UsageError: there is no such call.
    """
    if not 0 <= call < len(exported.calls):
        raise UsageError(f"{exported.name} has calls 0 to {len(exported.calls) - 1}; there is no call {call}")
    found = exported.calls[call]
    step = found.step
    assert step is not None
    shape = "x".join(map(str, step.shape)) or "scalar"
    rows = f", rows {step.rows[0]} to {step.rows[1] - 1}" if step.rows else ""
    return f"call {call}, layer '{step.layer}' ({step.op}, {shape}{rows}), function {found.function}"


def compare_trace(exported: Exported, text: str) -> list[Traced]:
    """Compare what a device said with the desk, for each run of the model in it.

    The device's n-th run must have had the n-th stored input; the self-test does that.

    Raises:
        UsageError: no record in the text, or more runs than stored inputs.
        CheckFailed: the trace is of another export.
    """
    found = runs(read(text))
    if not found:
        raise UsageError("no line of the form 'EDGE 0001 000003e8 1234abcd' was found; is the trace switched on?")
    if len(found) > len(exported.golden):
        raise UsageError(
            f"the device ran {len(found)} times, {len(exported.golden)} inputs are stored; give each with --golden"
        )
    with Session(write([exported.program])) as session:
        return [
            _compare(exported, number, records, _desk(exported, session, exported.golden[number][0]))
            for number, records in enumerate(found)
        ]


def _desk(exported: Exported, session: Session, inputs: Sequence[np.ndarray]) -> dict[int, Record]:
    """What each call leaves on the desk; of the calls that share a step, the last."""
    for index, array in enumerate(inputs):
        session.fill(index, array)
    arena = session.arena()
    last: dict[int, tuple[int, Call]] = {call.index: (place, call) for place, call in enumerate(exported.calls)}
    records = {}
    for step in range(len(exported.program.steps)):
        session.run_steps(step, 1)
        place, call = last[step]
        assert call.step is not None
        where = written(call.step)
        if where is not None:
            left = arena[where.offset : where.offset + where.bytes].tobytes()
            records[place] = Record(place, where.bytes, zlib.crc32(left))
    return records


def _compare(exported: Exported, number: int, records: list[Record], desk: dict[int, Record]) -> Traced:
    for record in records:
        wanted = desk.get(record.call)
        if record.call >= len(exported.calls) or (wanted is not None and wanted.bytes != record.bytes):
            raise CheckFailed(
                f"call {record.call} left {record.bytes} bytes on the device, {wanted.bytes if wanted else 'none'} "
                "here: the trace is of another export. Give the same model, --target and --memory-limit"
            )
        if wanted is not None and wanted.checksum != record.checksum:
            said = f"run {number + 1} differs first at {describe(exported, record.call)}"
            return Traced(number, len(records), record.call, said)
    if len(records) < len(exported.calls):
        last = records[-1].call
        after = describe(exported, last + 1) if last + 1 < len(exported.calls) else "the last call"
        return Traced(number, len(records), last + 1, f"run {number + 1} is as on the desk until it stops in {after}")
    return Traced(number, len(records), None, f"run {number + 1}: all {len(records)} calls are as on the desk")


__all__ = ["Traced", "compare_trace", "describe"]
