"""FlexBuffers, the schema-less form in which custom operators carry their options.

The root lies at the end: value, its packed type, its width. A packed type is the type above two bits of child width.
Format: https://flatbuffers.dev/flatbuffers_internals#flexbuffers
"""

from __future__ import annotations

import struct
from typing import Final, NoReturn

from edgesmith.errors import ModelError

Flex = None | bool | int | float | str | bytes | list["Flex"] | dict[str, "Flex"]

_NULL, _INT, _UINT, _FLOAT, _KEY, _STRING, _INDIRECT_INT, _INDIRECT_UINT, _INDIRECT_FLOAT = range(9)
_MAP, _VECTOR, _VECTOR_INT, _VECTOR_KEY, _VECTOR_STRING = 9, 10, 11, 14, 15
_VECTOR_INT2, _VECTOR_FLOAT4, _BLOB, _BOOL, _VECTOR_BOOL = 16, 24, 25, 26, 36
_FLOATS: Final = {2: "<e", 4: "<f", 8: "<d"}
_MAX_DEPTH: Final = 32


def read_flexbuffer(data: bytes | memoryview, where: str) -> Flex:
    """The value as Python objects: maps as dictionaries, vectors as lists, blobs as bytes.

    Raises:
        ModelError: damaged bytes, nested deeper than 32, or more values than bytes.
    """
    reader = _Reader(bytes(data), where)
    if len(reader.data) < 3:
        reader.fail("is shorter than 3 bytes")
    width, packed = reader.data[-1], reader.data[-2]
    if width not in (1, 2, 4, 8):
        reader.fail(f"has a root of {width} bytes")
    return reader.value(len(reader.data) - 2 - width, width, packed, 0)


class _Reader:
    def __init__(self, data: bytes, where: str) -> None:
        self.data = data
        self.where = where
        self.budget = 4 * len(data) + 64  # values may be shared, but not to blow up the whole

    def fail(self, what: str) -> NoReturn:
        raise ModelError(f"{self.where}: its options (a FlexBuffer) {what}")

    def span(self, at: int, count: int) -> bytes:
        if at < 0 or count < 0 or at > len(self.data) - count:
            self.fail(f"point outside their {len(self.data)} bytes")
        return self.data[at : at + count]

    def spend(self, count: int) -> None:
        self.budget -= count
        if self.budget < 0:
            self.fail("hold more values than bytes")

    def integer(self, at: int, width: int, signed: bool = False) -> int:
        return int.from_bytes(self.span(at, width), "little", signed=signed)

    def real(self, at: int, width: int) -> float:
        if width not in _FLOATS:
            self.fail("hold a real number of one byte")
        return float(struct.unpack(_FLOATS[width], self.span(at, width))[0])

    def target(self, at: int, width: int) -> int:
        return at - self.integer(at, width)

    def value(self, at: int, width: int, packed: int, depth: int) -> Flex:
        """The value that a slot of ``width`` bytes at ``at`` holds or points to."""
        self.spend(1)
        if depth > _MAX_DEPTH:
            self.fail(f"are nested deeper than {_MAX_DEPTH}")
        kind, child = packed >> 2, 1 << (packed & 3)
        if kind == _NULL:
            return None
        if kind in (_INT, _UINT):
            return self.integer(at, width, kind == _INT)
        if kind == _BOOL:
            return self.integer(at, width) != 0
        if kind == _FLOAT:
            return self.real(at, width)
        start = self.target(at, width)
        if kind == _KEY:
            return self.key(start)
        if kind in (_INDIRECT_INT, _INDIRECT_UINT):
            return self.integer(start, child, kind == _INDIRECT_INT)
        if kind == _INDIRECT_FLOAT:
            return self.real(start, child)
        if _VECTOR_INT2 <= kind <= _VECTOR_FLOAT4:
            count, element = divmod(kind - _VECTOR_INT2, 3)
            return self.items(start, child, [(_INT + element) << 2] * (count + 2), depth)
        length = self.integer(start - child, child)
        if kind in (_STRING, _BLOB):
            self.spend(length)
            raw = self.span(start, length)
            return raw if kind == _BLOB else raw.decode("utf-8", "replace")
        self.span(start, length * child)
        self.spend(length)
        if kind in (_MAP, _VECTOR):
            types = self.span(start + length * child, length)
            values = self.items(start, child, list(types), depth)
            return self.map(start, child, length, values) if kind == _MAP else values
        if _VECTOR_INT <= kind <= _VECTOR_STRING:
            return self.items(start, child, [(_INT + kind - _VECTOR_INT) << 2] * length, depth)
        if kind == _VECTOR_BOOL:
            return self.items(start, child, [_BOOL << 2] * length, depth)
        self.fail(f"hold a value of unknown type {kind}")

    def items(self, start: int, width: int, packed: list[int], depth: int) -> list[Flex]:
        return [self.value(start + i * width, width, kind, depth + 1) for i, kind in enumerate(packed)]

    def map(self, start: int, width: int, length: int, values: list[Flex]) -> dict[str, Flex]:
        """Before a map's length lie an offset to the vector of its keys and the width of that vector."""
        keys = self.target(start - 3 * width, width)
        key_width = self.integer(start - 2 * width, width)
        if key_width not in (1, 2, 4, 8) or self.integer(keys - key_width, key_width) != length:
            self.fail("hold a map whose keys do not match its values")
        names = [self.key(self.target(keys + i * key_width, key_width)) for i in range(length)]
        return dict(zip(names, values, strict=True))

    def key(self, at: int) -> str:
        self.span(at, 1)
        end = self.data.find(b"\0", at)
        if end < 0:
            self.fail("hold a key without end")
        self.spend(end - at)
        return self.data[at:end].decode("utf-8", "replace")
