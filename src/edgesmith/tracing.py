"""A device's trace of an exported program beside the desk: the first step that differs, by the layer's name."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgesmith.errors import CheckFailed, UsageError
from edgesmith.export.c import Exported
from edgesmith.export.c.trace import Record, read, runs, written
from edgesmith.program.file import write
from edgesmith.program.program import Program
from edgesmith.runtime.session import Session
from edgesmith.verify.watch import Watch


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


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk's own program, ready to run."""

    session: Session
    program: Program


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
    assert exported.desk is not None
    with Session(write([exported.desk]), isa="scalar") as session:
        desk = Desk(session, exported.desk)
        return [
            _compare(exported, number, records, _desk(exported, desk, exported.golden[number][0]))
            for number, records in enumerate(found)
        ]


def _desk(exported: Exported, desk: Desk, inputs: Sequence[np.ndarray]) -> dict[int, Record]:
    """What each call leaves: the desk's values, in the strips of the chip; of calls that share a step, the last.

    The desk has a program of its own, since the chip computes some layers where they read.
    """
    desk.session.reset()
    for index, array in enumerate(inputs):
        desk.session.fill(index, array)
    values = Watch(desk.session, desk.program).all()
    last = {call.index: place for place, call in enumerate(exported.calls)}
    records = {}
    for probe in exported.program.probes:
        if probe.step < 0 or probe.name not in values:
            continue
        where = written(exported.program.steps[probe.step])
        whole = values[probe.name]
        part = whole if whole.shape == probe.shape else whole[:, probe.row : probe.row + probe.shape[1]]
        if where == probe.place and part.nbytes == where.bytes:
            left = np.ascontiguousarray(part).tobytes()
            records[last[probe.step]] = Record(last[probe.step], where.bytes, zlib.crc32(left))
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
