"""Protocol buffers' text format, as far as ``.prototxt`` files use it: messages in messages, their fields in order.

Values stay words until somebody asks for a number, a flag or a name: what a field is, is known to the layer alone.
Format: protobuf.dev/reference/protobuf/textformat-spec.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from edgesmith.errors import ModelError

MAX_BYTES: Final = 4 << 20
MAX_DEPTH: Final = 32
MAX_TOKENS: Final = 1_000_000
MAX_INTEGER: Final = 2**31 - 1

_TOKEN: Final = re.compile(
    r"""(?P<space>(?:\s++|\#[^\n]*+)++)
    |(?P<string>"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+')
    |(?P<word>[+-]?[A-Za-z0-9_.](?:[A-Za-z0-9_.]|(?<=[eE])[+-])*+)
    |(?P<mark>[{}<>\[\]:;,])""",
    re.VERBOSE,
)
_ESCAPE: Final = re.compile(r"\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|(.))")
_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_INTEGER: Final = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]{1,16}|\d{1,20})")
_REAL: Final = re.compile(
    r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,5})?[fF]?|[+-]?(?:inf|infinity|nan)", re.IGNORECASE
)
_FLAGS: Final = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
_CLOSING: Final = {"{": "}", "<": ">"}


@dataclass(slots=True)
class Field:
    """One value of a field: a word or a string, or a message."""

    value: str | Message
    line: int


@dataclass(slots=True)
class Message:
    """Fields by name, each with its values in order. Asking for a field notes that somebody knows it."""

    line: int = 0
    fields: dict[str, list[Field]] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def unknown(self) -> list[str]:
        """Fields that nobody has asked for."""
        return [name for name in self.fields if name not in self.known]

    def all(self, name: str) -> list[Field]:
        self.known.add(name)
        return self.fields.get(name, [])

    def one(self, name: str) -> Field | None:
        """The only value of a field, or None.

        Raises:
            ModelError: it has several.
        """
        found = self.all(name)
        if len(found) > 1:
            raise ModelError(f"'{name}' is given {len(found)} times, again on line {found[1].line}; expected once")
        return found[0] if found else None

    def messages(self, name: str) -> list[Message]:
        found = []
        for item in self.all(name):
            if isinstance(item.value, str):
                raise ModelError(f"'{name}' on line {item.line} is {item.value[:40]!r}; expected {{ ... }}")
            found.append(item.value)
        return found

    def message(self, name: str) -> Message:
        """A message, empty where the field is not given; fields of several are joined, as protocol buffers do."""
        found = self.messages(name)
        if not found:
            return Message(self.line)
        for more in found[1:]:
            for key, values in more.fields.items():
                found[0].fields.setdefault(key, []).extend(values)
        self.fields[name] = self.fields[name][:1]
        return found[0]

    def texts(self, name: str) -> list[str]:
        return [_text(name, item) for item in self.all(name)]

    def text(self, name: str, default: str = "") -> str:
        item = self.one(name)
        return default if item is None else _text(name, item)

    def integers(self, name: str) -> list[int]:
        return [_integer(name, item) for item in self.all(name)]

    def integer(self, name: str, default: int = 0) -> int:
        item = self.one(name)
        return default if item is None else _integer(name, item)

    def reals(self, name: str) -> list[float]:
        return [_real(name, item) for item in self.all(name)]

    def real(self, name: str, default: float = 0.0) -> float:
        item = self.one(name)
        return default if item is None else _real(name, item)

    def flag(self, name: str, default: bool = False) -> bool:
        item = self.one(name)
        if item is None:
            return default
        word = _text(name, item)
        if word.lower() not in _FLAGS:
            raise ModelError(f"'{name}' on line {item.line} is {word[:40]!r}; expected true or false")
        return _FLAGS[word.lower()]

    def choice(self, name: str, names: Sequence[str], default: str, first: int = 0) -> str:
        """A name of an enumeration, or its number, counted from ``first``."""
        item = self.one(name)
        if item is None:
            return default
        word = _text(name, item)
        if word.isdecimal() and len(word) < 4 and 0 <= int(word) - first < len(names):
            return names[int(word) - first]
        if word not in names:
            raise ModelError(f"'{name}' on line {item.line} is {word[:40]!r}; expected {', '.join(names)}")
        return word


def _text(name: str, item: Field) -> str:
    if not isinstance(item.value, str):
        raise ModelError(f"'{name}' on line {item.line} is a message; expected a value")
    return item.value


def _integer(name: str, item: Field) -> int:
    word = _text(name, item)
    if not _INTEGER.fullmatch(word):
        raise ModelError(f"'{name}' on line {item.line} is {word[:40]!r}; expected an integer")
    number = int(word, 16 if "x" in word.lower() else 10)
    if abs(number) > MAX_INTEGER:
        raise ModelError(f"'{name}' on line {item.line} is {word}; the most is {MAX_INTEGER}")
    return number


def _real(name: str, item: Field) -> float:
    word = _text(name, item)
    if not _REAL.fullmatch(word):
        raise ModelError(f"'{name}' on line {item.line} is {word[:40]!r}; expected a number")
    return float(word if word.strip("+-").isalpha() else word.rstrip("fF"))


# -- parsing ----------------------------------------------------------------------------------------------------------

Token = tuple[str, str, int]  # kind, text, line
_END: Final = ("end", "", 0)


def tokens(text: str) -> Iterator[Token]:
    """Words, strings and marks, with their lines.

    Raises:
        ModelError: a character that none of them begins with.
    """
    at, line = 0, 1
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise ModelError(f"line {line}: {text[at : at + 20]!r} is neither a name, a number nor a string")
        if match.lastgroup != "space":
            yield match.lastgroup, match[0], line
        line += match[0].count("\n")
        at = match.end()


def unescaped(quoted: str) -> str:
    """What a string in quotes stands for; codes of bytes are those of UTF-8."""
    if "\\" not in quoted:
        return quoted[1:-1]
    raw = bytearray()
    at = 1
    for match in _ESCAPE.finditer(quoted, 1, len(quoted) - 1):
        raw += quoted[at : match.start()].encode("utf-8", "replace")
        octal, hexadecimal, letter = match.groups()
        if letter is None:
            raw.append(int(octal, 8) & 0xFF if octal else int(hexadecimal, 16))
        else:
            raw += _LETTERS.get(letter, letter).encode("utf-8", "replace")
        at = match.end()
    raw += quoted[at:-1].encode("utf-8", "replace")
    return raw.decode("utf-8", "replace")


def parse(text: str) -> Message:
    """The message that a text holds.

    Raises:
        ModelError: not of this format, or beyond the limits on bytes, depth and number of words.
    """
    if len(text) > MAX_BYTES:
        raise ModelError(f"{len(text)} characters; the most is {MAX_BYTES}")
    return _Parser(text).top()


class _Parser:
    """Reads a message token by token; messages that are still open lie on a stack."""

    def __init__(self, text: str) -> None:
        self.tokens = tokens(text)
        self.next: Token = next(self.tokens, _END)
        self.count = 0
        self.stack: list[tuple[Message, str]] = [(Message(1), "")]
        self.line = 1

    def take(self) -> Token:
        self.count += 1
        if self.count > MAX_TOKENS:
            raise ModelError(f"line {self.line}: more than {MAX_TOKENS} words")
        found, self.next = self.next, next(self.tokens, _END)
        self.line = found[2] or self.line
        return found

    def skip(self, marks: str) -> bool:
        if self.next[0] == "mark" and self.next[1] in marks:
            self.take()
            return True
        return False

    def top(self) -> Message:
        while True:
            kind, word, line = self.take()
            message, closing = self.stack[-1]
            if kind == "end" and not closing:
                return message
            if kind == "end":
                raise ModelError(f"the text ends before '{closing}', which closes what line {message.line} opens")
            if kind == "mark" and word == closing:
                self.stack.pop()
                self.skip(";,")
                continue
            if kind != "word" or not _NAME.fullmatch(word):
                raise ModelError(f"line {line}: {word[:40]!r} where the name of a field is expected")
            self.values(word, message)

    def values(self, name: str, message: Message) -> None:
        """The value of a field, or a list of values. What follows '{' is left to the loop that called."""
        colon = self.skip(":")
        if not self.skip("["):
            self.value(name, message, colon)
            self.skip(";,")
            return
        if self.next[1] in ("{", "<") and self.next[0] == "mark":
            raise ModelError(f"line {self.line}: a list of messages; write '{name} {{ ... }}' for each")
        while not self.skip("]"):
            self.value(name, message, True)
            if not self.skip(",") and self.next[1] != "]":
                raise ModelError(f"line {self.line}: {self.next[1][:40]!r} where ',' or ']' is expected")
        self.skip(";,")

    def value(self, name: str, message: Message, colon: bool) -> None:
        kind, word, line = self.take()
        found: str | Message
        if kind == "mark" and word in _CLOSING:
            if len(self.stack) > MAX_DEPTH:
                raise ModelError(f"line {line}: messages in messages more than {MAX_DEPTH} deep")
            found = Message(line)
            self.stack.append((found, _CLOSING[word]))
        elif not colon or kind not in ("word", "string"):
            wanted = "a value" if colon else "':' or '{'"
            raise ModelError(f"line {line or self.line}: {word[:40]!r} after '{name}', where {wanted} is expected")
        elif kind == "string":
            parts = [unescaped(word)]
            while self.next[0] == "string":  # neighbours are one string
                parts.append(unescaped(self.take()[1]))
            found = "".join(parts)
        else:
            found = word
        message.fields.setdefault(name, []).append(Field(found, line))
