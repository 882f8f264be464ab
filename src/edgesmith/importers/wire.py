"""Protocol buffers' binary format: the fields of a message one after the other, nothing interpreted.

Format: protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from edgesmith.errors import ModelError

MAX_FIELDS: Final = 1 << 20  # of a file, in all messages that are looked into
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_SIZES: Final = {FIXED64: 8, FIXED32: 4}


class Wire:
    """Bytes of one file, and how many fields of it were read."""

    def __init__(self, data: bytes, most: int = MAX_FIELDS) -> None:
        self.data = memoryview(data)
        self.most = most
        self.count = 0

    def fields(self, data: memoryview | None = None) -> Iterator[tuple[int, int, int | memoryview]]:
        """(number, kind, value) of each field: a value is an integer where it is a VARINT, else its bytes.

        Raises:
            ModelError: the bytes end within a field, or are none of this format.
        """
        data = self.data if data is None else data
        at, size = 0, len(data)
        while at < size:
            self.count += 1
            if self.count > self.most:
                raise ModelError(f"more than {self.most} fields")
            tag, at = varint(data, at)
            number, kind = tag >> 3, tag & 7
            if kind == VARINT:
                value, at = varint(data, at)
                yield number, kind, value
                continue
            if kind == BYTES:
                length, at = varint(data, at)
            elif kind in _SIZES:
                length = _SIZES[kind]
            else:
                raise ModelError(f"a field of kind {kind}, which this format has not")
            if length > size - at:
                raise ModelError(f"field {number} needs {length} bytes and {size - at} follow; the file is cut off")
            yield number, kind, data[at : at + length]
            at += length


def varint(data: memoryview, at: int) -> tuple[int, int]:
    """An integer of up to 64 bits, seven of them a byte, and where it ends."""
    result = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise ModelError("a number is cut off at the end")
        byte = data[at]
        at += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result & (2**64 - 1), at
    raise ModelError("a number of more than ten bytes")


def signed(value: int) -> int:
    """A varint as an int64."""
    return value - 2**64 if value >= 2**63 else value
