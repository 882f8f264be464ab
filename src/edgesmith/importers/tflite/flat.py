"""FlatBuffers, read with every bound checked.

A file from a stranger is a set of offsets that may point anywhere. Each access here either returns a value that lies
wholly inside the file or raises ModelError; nothing is followed twice without being paid for. The budget stops files
that let thousands of tables share one long vector: an honest writer never needs to read more than the file holds.

Format: https://flatbuffers.dev/internals/
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray

from edgesmith.errors import ModelError

SCALARS: Final = {
    "bool": struct.Struct("<?"),
    "i8": struct.Struct("<b"),
    "u8": struct.Struct("<B"),
    "u16": struct.Struct("<H"),
    "i32": struct.Struct("<i"),
    "u32": struct.Struct("<I"),
    "i64": struct.Struct("<q"),
    "u64": struct.Struct("<Q"),
    "f32": struct.Struct("<f"),
}
_NUMPY: Final = {name: np.dtype(s.format.replace("?", "B")) for name, s in SCALARS.items()}
_I32, _U32, _PAIR = SCALARS["i32"], SCALARS["u32"], struct.Struct("<HH")
_U16: Final = SCALARS["u16"]
_TABLE_COST: Final = 16
MAX_TABLES: Final = 400_000


class FieldLike(Protocol):
    """What `Table.decode` needs to know of a field; see schema.Field."""

    @property
    def name(self) -> str: ...
    @property
    def slot(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def vector(self) -> bool: ...
    @property
    def enum(self) -> tuple[str, ...] | None: ...
    @property
    def default(self) -> object: ...


class Flat:
    """The bytes of one FlatBuffer, and what is left of the work that they may ask for."""

    def __init__(self, data: bytes | memoryview, source: str) -> None:
        self.data = memoryview(data).cast("B")
        self.size = len(self.data)
        self.source = source
        self.budget = 4 * self.size + 4096
        self.tables = 0

    def root(self, identifier: bytes, where: str) -> Table:
        """The root table, after the four-byte identifier was compared."""
        if self.size < 8 or bytes(self.data[4:8]) != identifier:
            found = bytes(self.data[4:8])
            self.fail(where, f"the file identifier at byte 4 is {found!r}, expected {identifier!r}")
        return Table(self, self.u32(0, where), where)

    def fail(self, where: str, what: str) -> NoReturn:
        raise ModelError(f"{self.source}: {where}: {what}")

    def u32(self, at: int, where: str) -> int:
        self.check(at, 4, where)
        return int(_U32.unpack_from(self.data, at)[0])

    def check(self, at: int, count: int, where: str) -> None:
        """Raise unless bytes [at, at + count) exist."""
        if at < 0 or count < 0 or at > self.size - count:
            self.fail(where, f"bytes {at}..{at + count} lie outside the file of {self.size} bytes")

    def spend(self, count: int, where: str) -> None:
        self.budget -= count
        if self.budget < 0:
            self.fail(
                where, "its parts overlap so much that they exceed the file itself; the file is damaged or hostile"
            )


class Table:
    """A table at a checked position. ``where`` names it in errors."""

    __slots__ = ("_end", "_flat", "_pos", "_slots", "_vtable", "where")

    def __init__(self, flat: Flat, pos: int, where: str) -> None:
        flat.check(pos, 4, where)
        vtable = pos - int(_I32.unpack_from(flat.data, pos)[0])
        flat.check(vtable, 4, where)
        vtable_bytes, table_bytes = _PAIR.unpack_from(flat.data, vtable)
        if vtable_bytes < 4 or vtable_bytes % 2 or table_bytes < 4:
            flat.fail(where, f"its table has a damaged header (sizes {vtable_bytes} and {table_bytes})")
        flat.check(vtable, vtable_bytes, where)
        flat.check(pos, table_bytes, where)
        flat.spend(_TABLE_COST + table_bytes, where)
        flat.tables += 1
        if flat.tables > MAX_TABLES:
            flat.fail(where, f"the file has more than {MAX_TABLES} tables; that is the most which is read")
        self._flat, self._pos, self._vtable, self.where = flat, pos, vtable, where
        self._slots, self._end = (vtable_bytes - 4) // 2, table_bytes

    def fail(self, what: str) -> NoReturn:
        self._flat.fail(self.where, what)

    def _at(self, slot: int, width: int) -> int:
        """Where a field lies, or 0 where it is absent (no field lies at 0: a file starts with the root offset)."""
        if slot >= self._slots:
            return 0
        offset = int(_U16.unpack_from(self._flat.data, self._vtable + 4 + 2 * slot)[0])
        if offset == 0:
            return 0
        if offset < 4 or offset + width > self._end:
            self.fail(f"field {slot} lies outside its table")
        return self._pos + offset

    def _target(self, slot: int) -> int:
        at = self._at(slot, 4)
        return at and at + int(_U32.unpack_from(self._flat.data, at)[0])

    def has(self, slot: int) -> bool:
        return self._at(slot, 0) != 0

    def integer(self, slot: int, kind: str, default: int = 0) -> int:
        s = SCALARS[kind]
        at = self._at(slot, s.size)
        return int(s.unpack_from(self._flat.data, at)[0]) if at else default

    def flag(self, slot: int, default: bool = False) -> bool:
        return self.integer(slot, "u8", int(default)) != 0

    def real(self, slot: int, default: float = 0.0) -> float:
        at = self._at(slot, 4)
        return float(SCALARS["f32"].unpack_from(self._flat.data, at)[0]) if at else default

    def name(self, slot: int, names: tuple[str, ...], what: str, kind: str = "i8", default: int = 0) -> str:
        """An enumeration by name."""
        value = self.integer(slot, kind, default)
        if not 0 <= value < len(names):
            self.fail(f"{what} is {value}; expected 0..{len(names) - 1} ({', '.join(names[:8])})")
        return names[value]

    def table(self, slot: int, where: str) -> Table | None:
        at = self._target(slot)
        return Table(self._flat, at, where) if at else None

    def _vector(self, slot: int, width: int) -> tuple[int, int]:
        at = self._target(slot)
        if at == 0:
            return 0, 0
        count = self._flat.u32(at, self.where)
        self._flat.check(at + 4, count * width, self.where)
        return at + 4, count

    def count(self, slot: int) -> int:
        """The length of a vector of tables."""
        return self._vector(slot, 4)[1]

    def tables(self, slot: int, where: str) -> Iterator[Table]:
        """The tables of a vector, each named ``where`` and its index."""
        at, count = self._vector(slot, 4)
        self._flat.spend(4 * count, self.where)
        for index in range(count):
            here = at + 4 * index
            target = here + int(_U32.unpack_from(self._flat.data, here)[0])
            yield Table(self._flat, target, f"{where} {index}")

    def blob(self, slot: int) -> memoryview | None:
        """A vector of bytes as a view of the file (not paid for: nothing is copied), or None where it is absent."""
        at, count = self._vector(slot, 1)
        return self._flat.data[at : at + count] if at else None

    def array(self, slot: int, kind: str) -> NDArray[np.generic]:
        """A vector of scalars as a read-only view of the file; empty where it is absent."""
        dtype = _NUMPY[kind]
        at, count = self._vector(slot, dtype.itemsize)
        if count == 0:
            return np.empty(0, dtype)
        self._flat.spend(count * dtype.itemsize, self.where)
        view: NDArray[np.generic] = np.frombuffer(self._flat.data, dtype, count, at)
        view.flags.writeable = False
        return view

    def ints(self, slot: int, kind: str = "i32") -> tuple[int, ...]:
        return tuple(self.array(slot, kind).tolist())

    def string(self, slot: int) -> str:
        return self._string(self._target(slot))

    def strings(self, slot: int) -> list[str]:
        """A vector of strings."""
        at, count = self._vector(slot, 4)
        self._flat.spend(4 * count, self.where)
        places = range(at, at + 4 * count, 4)
        return [self._string(place + self._flat.u32(place, self.where)) for place in places]

    def _string(self, at: int) -> str:
        if at == 0:
            return ""
        count = self._flat.u32(at, self.where)
        self._flat.check(at + 4, count, self.where)
        self._flat.spend(count + 4, self.where)
        return str(self._flat.data[at + 4 : at + 4 + count], "utf-8", "replace")

    def decode(self, fields: tuple[FieldLike, ...]) -> dict[str, object]:
        """Every field by name; enumerations by name, vectors as tuples, absent ones by default."""
        return {field.name: self._decode(field) for field in fields}

    def _decode(self, field: FieldLike) -> object:
        if not self.has(field.slot):
            return field.default
        if field.vector:
            return tuple(self.array(field.slot, field.type).tolist())
        if field.enum is not None:
            return self.name(field.slot, field.enum, field.name, field.type)
        if field.type == "str":
            return self.string(field.slot)
        if field.type == "f32":
            return self.real(field.slot)
        value = self.integer(field.slot, field.type)
        return value != 0 if field.type == "bool" else value
