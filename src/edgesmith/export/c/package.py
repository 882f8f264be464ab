"""A program as files: the interface, the kernels and calls, the constants, and what the answer must be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from edgesmith.export.c import write
from edgesmith.export.c.call import Call
from edgesmith.export.c.calls import calls
from edgesmith.export.c.memory import place_scratch
from edgesmith.export.c.target import Target, find
from edgesmith.export.c.text import identifier
from edgesmith.program.program import Program

Golden = tuple[Sequence[np.ndarray], Sequence[np.ndarray]]


@dataclass(slots=True)
class Exported:
    """Everything that is known of an export before a compiler sees it.

    ``arena_bytes`` is all the RAM that it uses beside the stack; ``constants`` are arrays by name. ``desk`` is the
    program that a desk runs instead. ``first_states`` are what its states begin with, None for zeros. ``plain`` is the
    same model without a limit and for speed, where this one has a limit or is for size.
    """

    name: str
    target: Target
    program: Program
    calls: list[Call]
    scratch: dict[int, int]
    arena_bytes: int
    optimize: str = "speed"
    constants: dict[str, np.ndarray] = field(default_factory=dict)
    named: dict[int, str] = field(default_factory=dict)
    first_states: list[np.ndarray | None] = field(default_factory=list)
    golden: Sequence[Golden] = ()
    golden_said: str = ""
    provenance: Mapping[str, str] = field(default_factory=dict)
    desk: Program | None = None
    plain: Exported | None = None

    @property
    def constant_bytes(self) -> int:
        return sum(array.nbytes for array in self.constants.values())

    def files(self) -> dict[str, str]:
        """File name -> text."""
        made = {
            f"{self.name}.h": write.header(self),
            f"{self.name}.c": write.program(self),
            f"{self.name}_weights.h": write.weights(self),
        }
        if self.golden:
            made[f"{self.name}_golden.h"] = write.golden(self)
        return made

    def save(self, folder: Path) -> list[Path]:
        """Write the files into a folder, which is made where it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for name, text in self.files().items():
            path = folder / name
            path.write_text(text, encoding="utf-8")
            paths.append(path)
        return paths


def export_c(
    program: Program,
    target: str,
    *,
    name: str | None = None,
    room: int | None = None,
    optimize: str = "speed",
    golden: Sequence[Golden] = (),
    provenance: Mapping[str, str] | None = None,
) -> Exported:
    """Prepare a program for a target: choose kernels, pack constants, place scratch.

    Args:
        target: a name in ``TARGETS``.
        name: what files and functions are called; the program's name by default.
        room: bytes that arena and scratch together may take, where that makes steps cheaper.
        optimize: "speed" or "size": what compilers shall look for, and what figures are for.
        golden: inputs and outputs of runs on the desk, for the self-test.
        provenance: what to say of the model's origin, such as its file and checksum.

    Raises:
        ModelError: steps without a kernel for chips, all at once.
        UsageError: no such target.
    """
    where = find(target)
    found = calls(program, where)
    scratch, arena_bytes = place_scratch(program, found, room)
    exported = Exported(
        identifier(name or program.name), where, program, found, scratch, arena_bytes, optimize=optimize, golden=golden,
        provenance=provenance or {},
    )  # fmt: skip
    _name_constants(exported)
    return exported


def _name_constants(exported: Exported) -> None:
    """Give every constant a name; equal ones share it."""
    known: dict[tuple[str, bytes], str] = {}
    found = [(f"{key}_{call.index}", value) for call in exported.calls for key, value in call.fields.items()]
    for index, state in enumerate(exported.program.states):
        first = None
        if state.initial >= 0:
            first = np.frombuffer(exported.program.weights, np.int8, state.bytes, state.initial)
            if (first != first[:1]).any():  # others are filled with their one byte
                found.append((f"state_{index}", first))
        exported.first_states.append(first)
    for name, value in found:
        if isinstance(value, np.ndarray):
            content = (value.dtype.name, value.tobytes())
            if content not in known:
                known[content] = name
                exported.constants[name] = value
            exported.named[id(value)] = known[content]


__all__ = ["Exported", "Golden", "export_c"]
