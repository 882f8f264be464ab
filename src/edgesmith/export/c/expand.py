"""Which functions the calls of macros at the top level of a file make: ``ROW(uint8_t)`` makes ``row_uint8_t``."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Za-z_]\w*")
_CALL = re.compile(r"\b([A-Z][A-Z0-9_]*)\(")
DEPTH = 8  # macros within macros


class Macros:
    """Macros with parameters, as they are defined when a call is met."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[list[str], str]] = {}

    def define(self, directive: str) -> None:
        """Take a ``#define`` or an ``#undef``, whole lines of it joined by newlines."""
        found = re.match(r"#\s*define\s+(\w+)\(([^)]*)\)(.*)", directive, re.S)
        if found:
            names = [name.strip() for name in found.group(2).split(",")]
            self._known[found.group(1)] = names, found.group(3).replace("\\\n", "\n")
        elif undefined := re.match(r"#\s*(?:undef|define)\s+(\w+)", directive):
            self._known.pop(undefined.group(1), None)

    def expand(self, code: str, depth: int = 0) -> str:
        """C with its calls of macros replaced by what they make."""
        made, at = "", 0
        while found := _CALL.search(code, at):
            made += code[at : found.start()]
            arguments, end = _arguments(code, found.end())
            names, body = self._known.get(found.group(1), ([], ""))
            if not body or len(arguments) != len(names) or depth == DEPTH:
                made += found.group()
                at = found.end()
                continue
            given = dict(zip(names, arguments, strict=True))
            made += self.expand(_given(body, given), depth + 1)
            at = end
        return made + code[at:]


def _given(body: str, arguments: dict[str, str]) -> str:
    pasted = re.sub(r"\s*##\s*", "##", body)
    return _WORD.sub(lambda word: arguments.get(word.group(), word.group()), pasted).replace("##", "").strip()


def _arguments(code: str, at: int) -> tuple[list[str], int]:
    """What stands between parentheses, the first of which ends before ``at``, and where they close."""
    found, depth, start = [], 1, at
    for place in range(at, len(code)):
        letter = code[place]
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0 or (depth == 1 and letter == ","):
            found.append(code[start:place].strip())
            start = place + 1
        if depth == 0:
            return found, place + 1
    return found, len(code)


__all__ = ["Macros"]
