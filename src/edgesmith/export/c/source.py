"""Reads the C runtime as text: what a few kernels need, and nothing else, in the order in which it was written.

Includes are followed, conditions decided for the target, and of what remains only those top-level pieces (functions,
types, macros) are kept that the wanted kernels reach by name. The text of a piece is never changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from edgesmith.errors import RunError
from edgesmith.export.c.expand import Macros

_WORD = re.compile(r"[A-Za-z_]\w*")
_CALL_ALONE = re.compile(r"[A-Z][A-Z0-9_]*\(")
_INCLUDE = re.compile(r'#\s*include\s+"([^"]+)"')


@cache
def runtime_root() -> Path:
    """The folder of the C runtime's text: inside the installed package, or beside the sources.

    Raises:
        RunError: this copy of the package came without it.
    """
    package = Path(__file__).resolve().parents[2]
    for root in (package / "_runtime", package.parents[1] / "runtime"):
        if (root / "kernel.h").is_file():
            return root
    raise RunError(f"the C runtime's text is missing beside {package}; install edgesmith again")


@dataclass(slots=True)
class Piece:
    """A top-level piece of C: its text with the comment before it, the names it defines, and those it uses."""

    text: str
    defines: frozenset[str]
    uses: frozenset[str]
    file: str


class Source:
    """The pieces of some files under the runtime's root, for a target's macros."""

    def __init__(
        self, macros: Mapping[str, int], swaps: Mapping[str, str] | None = None, skip: Iterable[str] = ()
    ) -> None:
        """``swaps`` names files to read in the place of others, such as the words of another core; ``skip`` those that
        are not read at all."""
        self.macros: dict[str, int | None] = dict(macros)
        self.swaps, self.skip = dict(swaps or {}), frozenset(skip)
        self.pieces: list[Piece] = []
        self._calls = Macros()
        self.system: list[str] = []
        self._seen: set[Path] = set()
        self._root = runtime_root()

    def read(self, name: str) -> None:
        """Add a file, and before it whatever it includes."""
        path = (self._root / name).resolve()
        if path in self._seen:
            return
        self._seen.add(path)
        block: list[str] = []
        for line in self._decided(path.read_text(encoding="utf-8")):
            found = _INCLUDE.match(line)
            if found:
                self._take(block, path.name)
                block = []
                inner = path.parent / found.group(1)
                if inner.name in self.skip:
                    continue
                self.read(
                    str((inner.parent / self.swaps.get(inner.name, inner.name)).resolve().relative_to(self._root))
                )
            elif re.match(r"#\s*include", line):
                if line not in self.system:
                    self.system.append(line)
            else:
                block.append(line)
        self._take(block, path.name)

    def _take(self, block: list[str], file: str) -> None:
        """Split lines into pieces. A call of a macro defines and uses what the macro makes of it."""
        for piece in _split(block, file):
            code = _bare(piece.text).strip()
            made = self._calls.expand(code)
            if code.startswith("#"):
                self._calls.define(code)
            elif made != code and _CALL_ALONE.match(code):
                inner = list(_split(made.splitlines(), file))
                piece.defines = piece.defines.union(*(part.defines for part in inner))
                piece.uses = piece.uses.union(*(part.uses for part in inner))
            piece.uses |= frozenset(_WORD.findall(made))
            self.pieces.append(piece)

    def reached(self, wanted: Iterable[str]) -> list[Piece]:
        """The pieces that the wanted names need, in the order of the files."""
        providers: dict[str, list[int]] = {}
        for index, piece in enumerate(self.pieces):
            for name in piece.defines:
                providers.setdefault(name, []).append(index)
        keep: set[int] = set()
        todo = list(wanted)
        while todo:
            for index in providers.get(todo.pop(), ()):
                if index not in keep:
                    keep.add(index)
                    todo += self.pieces[index].uses
        return [self.pieces[index] for index in sorted(keep)]

    def _decided(self, text: str) -> Iterator[str]:
        """Lines (continued ones joined by newlines) outside conditions that do not hold, without the conditions.

        A name that is neither the target's nor defined by the text counts as undefined.
        """
        stack: list[tuple[bool, bool]] = []  # (this branch is on, an earlier branch was)
        for line in _joined(text):
            directive = re.match(r"#\s*(if|ifdef|ifndef|elif|else|endif|define|undef)\b\s*(.*)", line, re.S)
            word, rest = directive.groups() if directive else ("", "")
            live = all(on for on, _ in stack)
            if word in ("if", "ifdef", "ifndef"):
                test = {"ifdef": f"defined({rest})", "ifndef": f"!defined({rest})"}.get(word, rest)
                holds = live and self._holds(test)
                stack.append((holds, holds))
            elif word in ("elif", "else"):
                _, before = stack.pop()
                outer = all(on for on, _ in stack)
                holds = outer and not before and (word == "else" or self._holds(rest))
                stack.append((holds, before or holds))
            elif word == "endif":
                stack.pop()
            elif live and word == "undef":
                self.macros.pop(rest.strip(), None)
                yield line
            elif live:
                if word == "define":
                    name = _WORD.match(rest)
                    assert name is not None
                    self.macros[name.group()] = None
                    if re.fullmatch(r"EDGE_\w+_H", rest.strip()):
                        continue  # an include guard
                yield line

    def _holds(self, condition: str) -> bool:
        text = re.sub(r"/\*.*?\*/", "", condition)
        text = re.sub(r"defined\s*\(?\s*(\w+)\s*\)?", lambda m: str(int(m.group(1) in self.macros)), text)
        text = _WORD.sub(lambda m: str(self.macros.get(m.group()) or 0), text)
        text = text.replace("&&", " and ").replace("||", " or ")
        return bool(eval(re.sub(r"!(?!=)", " not ", text), {"__builtins__": {}}))  # numbers and operators only


def _joined(text: str) -> Iterator[str]:
    pending = ""
    for line in text.splitlines():
        pending += line
        if line.endswith("\\"):
            pending += "\n"
        else:
            yield pending
            pending = ""


def _split(lines: Iterable[str], file: str) -> Iterator[Piece]:
    """Top-level pieces. A comment belongs to the piece after it, unless an empty line parts them."""
    comment: list[str] = []
    body: list[str] = []
    depth, inside = 0, False
    for line in lines:
        if not body and (inside or line.startswith("/*")):
            comment.append(line)
            inside = "*/" not in line
            continue
        if not body and not line.strip():
            comment = []
            continue
        body.append(line)
        if line.startswith("#") and depth:  # inside a function
            continue
        code = _bare(line)
        depth += sum(code.count(c) for c in "({[") - sum(code.count(c) for c in ")}]")
        whole = line.startswith("#") or (depth == 0 and code.rstrip().endswith((";", "}")))
        if whole or (depth == 0 and re.fullmatch(r"[A-Z][A-Z0-9_]*\(.*\)", _bare("\n".join(body)).strip(), re.S)):
            yield _piece("\n".join([*comment, *body]), "\n".join(body), file)
            comment, body = [], []
    if body:
        yield _piece("\n".join([*comment, *body]), "\n".join(body), file)


def _bare(text: str) -> str:
    """The text without comments and the insides of strings."""
    return re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\])*"', " ", text, flags=re.S)


def _piece(text: str, body: str, file: str) -> Piece:
    code = _bare(body).strip()
    words = frozenset(_WORD.findall(code)) | {f"edge_{name}" for name in re.findall(r"^EDGE_KERNEL\((\w+)\)", code)}
    return Piece(text, frozenset(_defined(code)), words, file)


def _defined(code: str) -> Iterator[str]:
    macro = re.match(r"#\s*(?:define|undef)\s+(\w+)", code)
    if macro:
        yield macro.group(1)
        return
    tag = re.match(r"(?:typedef\s+)?(?:struct|enum|union)\s+(\w+)", code)
    if tag and "(" not in code.split("{")[0]:
        yield tag.group(1)
    if re.match(r"enum\b", code):
        yield from re.findall(r"(\w+)\s*(?:=[^,}]*)?[,}]", code)
    if code.startswith("typedef"):
        function = re.search(r"\(\s*\*?\s*(\w+)\s*\)\s*\(", code)
        yield from [function.group(1)] if function else re.findall(r"(\w+)\s*[;,\[]", code.rsplit("}", 1)[-1])
        return
    call = re.match(r"([A-Z][A-Z0-9_]*)\(\s*(\w+)", code)
    if call:  # a macro that defines what its first argument names, and whatever else
        yield call.group(2)
        return
    name = re.search(r"(\w+)\s*(?:\(|=|\[|;)", code)
    if name and not tag:
        yield name.group(1)
    elif name and "{" in code and "(" in code.split("{")[0]:
        yield from re.findall(r"(\w+)\s*\(", code.split("{")[0])[:1]


__all__ = ["Piece", "Source", "runtime_root"]
