"""What an exported program tells of its steps, and how it is read: a line of text a step, with a checksum.

``EDGE step bytes checksum`` in hexadecimal of 4, 8 and 8 digits; the checksum is the CRC-32 of IEEE 802.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from edgesmith.program.kernel import REGISTRY
from edgesmith.program.program import ARENA, Pointer, Step

LINE = re.compile(r"EDGE ([0-9a-f]{4}) ([0-9a-f]{8}) ([0-9a-f]{8})\b")


@dataclass(frozen=True, slots=True)
class Record:
    """A call has run, counted from 0, and left so many bytes with this checksum."""

    call: int
    bytes: int
    checksum: int


def read(text: str) -> list[Record]:
    """All records among whatever else a device said."""
    return [Record(*(int(part, 16) for part in found)) for found in LINE.findall(text)]


def runs(records: Iterable[Record]) -> list[list[Record]]:
    """One list a run of the model: a run ends where calls begin again."""
    found: list[list[Record]] = []
    for record in records:
        if not found or record.call <= found[-1][-1].call:
            found.append([])
        found[-1].append(record)
    return found


def written(step: Step) -> Pointer | None:
    """Where a step leaves its result."""
    for field in REGISTRY[step.kernel].fields:
        place = step.args.get(field.name)
        if field.is_pointer and field.kind in ("out", "inout") and isinstance(place, Pointer) and place.space == ARENA:
            return place
    return None


def lines(name: str) -> list[str]:
    """C for the header: a function that says a step as a line, for whatever a board can write to."""
    return f"""\
/* Says a step as a line of text for edgesmith trace. Call it in {name}_trace; put writes to a serial port,
 * a debugger or a file. */
static inline void {name}_trace_line(int32_t step, const void *bytes, uint32_t count, void (*put)(const char *)) {{
    const uint8_t *at = (const uint8_t *)bytes;
    uint32_t crc = 0xffffffffu, numbers[3] = {{(uint32_t)step, count, 0}};
    for (uint32_t i = 0; i < count; i++) {{
        crc ^= at[i];
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1)));
    }}
    numbers[2] = ~crc;
    char text[] = "EDGE 0000 00000000 00000000\\n";
    for (int n = 0, end = 9; n < 3; n++, end += 9)
        for (int digit = 0; digit < (n ? 8 : 4); digit++)
            text[end - 1 - digit] = "0123456789abcdef"[numbers[n] >> 4 * digit & 15];
    put(text);
}}""".splitlines()


__all__ = ["Record", "lines", "read", "runs", "written"]
