"""Messages of protocol buffers by the numbers of their fields, read only as deep as somebody looks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from edgesmith.importers.wire import BYTES, VARINT, Wire


class Message:
    """A message: its fields by number. Numbers are ints; text, bytes and messages are slices of the file.

    Raises:
        ModelError: it is no sound protocol buffer, or the file has too many fields.
    """

    def __init__(self, data: memoryview, wire: Wire) -> None:
        self.wire = wire
        self.fields: defaultdict[int, list[int | memoryview]] = defaultdict(list)
        for number, kind, value in wire.fields(data):
            if kind in (VARINT, BYTES):
                self.fields[number].append(value)

    def slices(self, number: int) -> list[memoryview]:
        return [value for value in self.fields.get(number, ()) if isinstance(value, memoryview)]

    def numbers(self, number: int) -> list[int]:
        return [value for value in self.fields.get(number, ()) if isinstance(value, int)]

    def texts(self, number: int) -> list[str]:
        """Every text of a field; bytes that are not UTF-8 stay distinct."""
        return [bytes(part).decode("utf-8", "surrogateescape") for part in self.slices(number)]

    def text(self, number: int) -> str:
        """The text of a field that is given once: where it is repeated, the last one counts."""
        return (self.texts(number) or [""])[-1]

    def many(self, number: int) -> Iterator[Message]:
        """Every message of a repeated field."""
        return (Message(part, self.wire) for part in self.slices(number))

    def one(self, number: int) -> Message:
        """The message of a field that is given once; parts that are given apart are one message, by the format."""
        parts = self.slices(number)
        return Message(parts[0] if len(parts) == 1 else memoryview(b"".join(parts)), self.wire)

    def entries(self, number: int) -> Iterator[tuple[str, Message]]:
        """The keys and messages of a map."""
        return ((entry.text(1), entry.one(2)) for entry in self.many(number))
