"""FlatBuffers written table by table, by the field lists of a schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import flatbuffers
from flatbuffers import number_types as nt

from edgesmith.importers.tflite.schema import Field

_FLAGS = {
    "bool": nt.BoolFlags,
    "i8": nt.Int8Flags,
    "u8": nt.Uint8Flags,
    "i32": nt.Int32Flags,
    "u32": nt.Uint32Flags,
    "i64": nt.Int64Flags,
    "u64": nt.Uint64Flags,
    "f32": nt.Float32Flags,
}
Slot = tuple[int, str, object]  # slot, type as in a schema's fields or "offset", value


class Writer:
    """``flatbuffers.Builder`` with tables as lists of (slot, type, value); each method returns an offset."""

    def __init__(self, bytes: int = 1024) -> None:
        self.b = flatbuffers.Builder(bytes)  # which is copied whenever it grows out of its size

    def string(self, text: str) -> int:
        return int(self.b.CreateString(text))

    def blob(self, data: bytes) -> int:
        """A vector of bytes that starts on a multiple of 16, as LiteRT wants weights."""
        self.b.StartVector(1, len(data), 16)
        self.b.head -= len(data)
        self.b.Bytes[self.b.head : self.b.head + len(data)] = data
        return int(self.b.EndVector())

    def vector(self, kind: str, values: Sequence[object]) -> int:
        flags = _FLAGS[kind]
        self.b.StartVector(flags.bytewidth, len(values), flags.bytewidth)
        for value in reversed(values):
            self.b.Prepend(flags, value)
        return int(self.b.EndVector())

    def offsets(self, tables: Sequence[int]) -> int:
        self.b.StartVector(4, len(tables), 4)
        for table in reversed(tables):
            self.b.PrependUOffsetTRelative(table)
        return int(self.b.EndVector())

    def table(self, slots: Sequence[Slot]) -> int:
        self.b.StartObject(max((slot for slot, _, _ in slots), default=-1) + 1)
        for slot, kind, value in slots:
            if kind != "offset":
                self.b.Prepend(_FLAGS[kind], value)
                self.b.Slot(slot)
            elif value:
                self.b.PrependUOffsetTRelative(value)
                self.b.Slot(slot)
        return int(self.b.EndObject())

    def fields(self, fields: Sequence[Field], values: Mapping[str, object], more: Sequence[Slot] = ()) -> int:
        """A table from named values; enumerations by name or number. ``more`` are slots that are no plain values."""
        unknown = set(values) - {f.name for f in fields}
        assert not unknown, f"no such options: {unknown}; there are {[f.name for f in fields]}"
        slots = list(more)
        for f in fields:
            if f.name not in values:
                continue
            value = values[f.name]
            if f.vector:
                slots.append((f.slot, "offset", self.vector(f.type, list(value))))  # type: ignore[call-overload]
            elif f.type == "str":
                slots.append((f.slot, "offset", self.string(str(value))))
            elif f.enum is not None and isinstance(value, str):
                slots.append((f.slot, f.type, f.enum.index(value)))
            else:
                slots.append((f.slot, f.type, value))
        return self.table(slots)

    def finish(self, root: int, identifier: bytes) -> bytes:
        self.b.Finish(root, file_identifier=identifier)
        return bytes(self.b.Output())
