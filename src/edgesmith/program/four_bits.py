"""Constants of half floats that four bits hold, in a ``.edge`` file: a step for each 32 numbers of a row, and integers.

Weights are found by what they are: numbers that are whole multiples, seven at most, of one half float for each 32 of an
output. Nothing is rounded, so nobody needs to ask for it. ``runtime/four_bits.c`` widens them when a model is loaded.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from edgesmith.errors import ModelError
from edgesmith.program.kernel import REGISTRY
from edgesmith.program.program import ALIGN, WEIGHTS, Program

GROUP = 32  # numbers that share a step
LEVELS = 7
SMALL = 1024  # elements: less is not worth a record
_HEAD = struct.Struct("<QQ")
_RECORD = struct.Struct("<QII")
_GROUP_BYTES = 2 + GROUP // 2


def shorten(programs: Sequence[Program]) -> bytes | None:
    """The section that stands for the programs' weights, or None where no constant fits into four bits."""
    weights = memoryview(programs[0].weights)
    records, body, at = bytearray(), bytearray(), 0
    for offset, size, rows in _candidates(programs):
        if offset < at or offset % ALIGN:
            continue
        coded = _encode(np.frombuffer(weights[offset : offset + size], "<u2").reshape(rows, -1))
        if coded is None:
            continue
        records += _RECORD.pack(offset, rows, size // 2 // rows)
        body += weights[at:offset]
        body += coded
        at = offset + size
    if not records:
        return None
    return bytes(_HEAD.pack(len(weights), len(records) // _RECORD.size) + records + body + weights[at:])


def stored_bytes(programs: Sequence[Program]) -> int:
    """What the weights take in the programs' file."""
    return len(shorten(programs) or programs[0].weights)


def lengthen(section: memoryview) -> bytes:
    """The weights that a section stands for.

    Raises:
        ModelError: the section contradicts itself.
    """
    length, count = _HEAD.unpack_from(section)
    cursor = _HEAD.size + _RECORD.size * count
    if cursor > len(section):
        raise ModelError("the records of four-bit weights are cut short")
    out = bytearray()
    for offset, rows, columns in _RECORD.iter_unpack(section[_HEAD.size : cursor]):
        gap, coded = offset - len(out), rows * _row_bytes(columns)
        if gap < 0 or not columns or coded > len(section) - cursor - gap:
            raise ModelError("four-bit weights lie outside their section")
        out += section[cursor : cursor + gap]
        cursor += gap + coded
        out += _decode(section[cursor - coded : cursor], rows, columns)
    out += section[cursor:]
    if len(out) != length:
        raise ModelError(f"four-bit weights make {len(out)} bytes; expected {length}")
    return bytes(out)


def _candidates(programs: Sequence[Program]) -> Iterator[tuple[int, int, int]]:
    """Offset, bytes and rows of each constant of half floats whose outputs are counted by the step that reads it."""
    found = {}
    for step in (step for program in programs for step in program.steps):
        outputs = step.args.get("O", step.args.get("N"))
        for field in REGISTRY[step.kernel].fields:
            pointer = step.args[field.name]
            weights = field.type == "f16" and field.kind == "const" and pointer and pointer.space == WEIGHTS
            if weights and pointer.bytes >= 2 * SMALL and outputs and pointer.bytes % (2 * outputs) == 0:
                found[pointer.offset] = (pointer.bytes, outputs)
    return ((offset, *found[offset]) for offset in sorted(found))


def _row_bytes(columns: int) -> int:
    """A group is its step and two numbers a byte; the last one of a row ends with the row."""
    whole, rest = divmod(columns, GROUP)
    return int(whole * _GROUP_BYTES + (2 + (rest + 1) // 2 if rest else 0))


def split(bits: NDArray[np.uint16]) -> tuple[NDArray[np.int8], NDArray[np.float64]] | None:
    """Integers and steps of half floats (rows, columns), or None where they are no multiples of steps.

    Integers are (rows, columns), filled with zeros to a multiple of 32; steps are (rows, groups of 32).
    """
    if len(bits) > 1 and split(bits[:1]) is None:  # one row tells for most
        return None
    real = bits.view(np.float16)
    if not np.isfinite(real).all() or (bits == 0x8000).any():
        return None
    rows, columns = bits.shape
    whole = np.zeros((rows, -(-columns // GROUP) * GROUP), np.int64)
    whole[:, :columns] = np.ldexp(real.astype(np.float64), 24)  # half floats are multiples of 2**-24
    whole = whole.reshape(rows, -1, GROUP)
    step = np.gcd.reduce(np.abs(whole), axis=2)
    if (np.abs(whole).max(axis=2) > LEVELS * step).any():
        return None
    numbers = (whole // np.maximum(step, 1)[..., None]).astype(np.int8)
    return numbers.reshape(rows, -1), np.ldexp(step.astype(np.float64), -24)


def _encode(bits: NDArray[np.uint16]) -> bytes | None:
    """The bytes for these half floats (rows, columns), or None where they are no multiples of steps."""
    found = split(bits)
    if found is None:
        return None
    (rows, columns), steps = bits.shape, found[1]
    numbers = (found[0].reshape(*steps.shape, GROUP) + 8).astype(np.uint8)
    made = np.empty((*steps.shape, _GROUP_BYTES), np.uint8)
    made[..., :2] = steps.astype("<f2")[..., None].view(np.uint8)  # exact: a divisor
    made[..., 2:] = numbers[..., 0::2] | numbers[..., 1::2] << 4
    return made.reshape(rows, -1)[:, : _row_bytes(columns)].tobytes()


def _decode(coded: memoryview, rows: int, columns: int) -> bytes:
    groups = -(-columns // GROUP)
    padded = np.zeros((rows, groups * _GROUP_BYTES), np.uint8)
    padded[:, : _row_bytes(columns)] = np.frombuffer(coded, np.uint8).reshape(rows, -1)
    made = padded.reshape(rows, groups, _GROUP_BYTES)
    numbers = np.stack([made[..., 2:] & 15, made[..., 2:] >> 4], axis=-1).reshape(rows, groups, GROUP)
    steps = np.ascontiguousarray(made[..., :2]).view("<f2").astype(np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        real = ((numbers.astype(np.float32) - 8) * steps).astype("<f2")
    return real.reshape(rows, -1)[:, :columns].tobytes()
