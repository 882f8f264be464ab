"""How much flash and stack an export takes, known before anything is compiled.

Kernels were measured once for each target (``scripts/measure_chips``); constants and arguments of calls are counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from edgesmith.export.c.call import Call
from edgesmith.export.c.kernels import kernel_source, wanted
from edgesmith.export.c.source import Piece
from edgesmith.export.c.tables import table
from edgesmith.program.kernel import REGISTRY, SCALAR_BYTES

if TYPE_CHECKING:
    from edgesmith.export.c.package import Exported

# Bytes of a call in run(), by instruction set, and of the rest of the program: run() itself and the doors to the arena.
CALL = {"thumb": 8, "riscv": 12}
REST = {"thumb": 48, "riscv": 56}
SAVED = {"thumb": 8, "riscv": 16}  # stack that run() takes
# A call of the desk's kernels, which return a status, and the task that they take.
COMMON = {"thumb": 16, "riscv": 18}
TASK = 12
HANDED = "chip_bands"  # calls the function that it is given


Rows = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Flash:
    """Bytes of flash by part, and the deepest stack. ``unmeasured`` are kernels that are not in the table,
    ``fitted`` are those of the desk, which GCC fits to the model's arguments: their figures are what they take at most.

    ``libraries`` are parts of the C library and of GCC's own that kernels call.
    """

    kernels: dict[str, int]
    arguments: int
    program: int
    constants: dict[str, int]
    layers: list[dict[str, Any]]
    stack: int
    libraries: dict[str, int] = field(default_factory=dict)
    unmeasured: tuple[str, ...] = ()
    fitted: tuple[str, ...] = ()

    @property
    def code(self) -> int:
        """Everything but the constants."""
        return sum(self.kernels.values()) + sum(self.libraries.values()) + self.arguments + self.program

    @property
    def total(self) -> int:
        return self.code + sum(self.constants.values())


def _rows(exported: Exported) -> Rows:
    """Of every function, the desk's kernels among them: its flash, its stack, what it calls of libraries."""
    rows: Rows = table("sizes").get(exported.target.name, {}).get(exported.optimize, {})
    level = 2 if exported.optimize == "size" else 1
    return rows | {name: row[level] for name, row in table("sizes_common").get(exported.target.name, {}).items()}


def flash(exported: Exported) -> Flash:
    """What an export takes, compiled by GCC with ``-O2``, or ``-Os`` where it is optimised for size."""
    sizes, libraries = _rows(exported), table("sizes").get(exported.target.name, {}).get("libraries", {})
    source = kernel_source(exported.calls, exported.target)
    # of the functions for microcontrollers; rows of others are of all that they call
    code = [piece for piece in source.reached(wanted(exported.calls, source)) if _is_code(piece)]
    pieces = {name: piece for piece in code for name in piece.defines if name.startswith("chip_")}
    common = sorted({call.function for call in exported.calls if call.common})
    kernels = {name: sizes[name][0] for name in [*pieces, *common] if name in sizes}
    family = "riscv" if exported.target.name.startswith("rv") else "thumb"
    depth = [_depth(name, pieces, sizes, libraries, ()) for name in {call.function for call in exported.calls}]
    called = {name for kernel in kernels for name in sizes[kernel][2]}
    called |= {"memset"} & set(libraries) if exported.program.states else set()  # which reset() calls
    return Flash(
        kernels,
        sum(_struct_bytes(call) for call in exported.calls)
        + TASK * any(call.common and not call.scratch for call in exported.calls),
        sum((COMMON if call.common else CALL)[family] for call in exported.calls) + REST[family],
        {name: array.nbytes for name, array in exported.constants.items()},
        _layers(exported),
        max(depth, default=0) + SAVED[family],
        {part: size for name in sorted(called) for part, size in libraries[name]["parts"].items()},
        tuple(sorted({call.function for call in exported.calls if call.function not in sizes})),
        tuple(name for name in common if name in sizes),
    )


def _is_code(piece: Piece) -> bool:
    return piece.text.rstrip().endswith("}")


def _depth(name: str, pieces: dict[str, Piece], sizes: Rows, libraries: Rows, above: tuple[str, ...]) -> int:
    """The stack of a function and the deepest that it calls. A function that is handed on is called by its receiver."""
    own, theirs = (int(sizes[name][1]), sizes[name][2]) if name in sizes else (0, [])
    called = [n for n in pieces[name].uses if n in pieces and n != name and n not in above] if name in pieces else []
    below = {n: _depth(n, pieces, sizes, libraries, (*above, name)) for n in called}
    deepest = max(below.values(), default=0)
    if HANDED in called and HANDED in sizes:
        deepest = max(deepest, int(sizes[HANDED][1]) + max((below[n] for n in called if n != HANDED), default=0))
    return own + max(deepest, *(int(libraries[n]["stack"]) for n in theirs), 0)


def _struct_bytes(call: Call) -> int:
    """Bytes of a call's argument: pointers and numbers of 32, 16 and 8 bits, in the order of their declaration."""
    if call.common:
        return _common_bytes(call)
    shorts = sum(key not in WORDS and key not in BYTES and not _is_pointer(v) for key, v in call.fields.items())
    bytes_ = sum(key in BYTES for key in call.fields)
    words = len(call.fields) - shorts - bytes_
    return -(-(4 * words + 2 * shorts + bytes_) // 4) * 4


def _common_bytes(call: Call) -> int:
    end = 0
    for item in REGISTRY[call.function].fields:
        size = 4 if item.is_pointer else SCALAR_BYTES[item.type]
        end = -(-end // size) * size + size * item.count
    return -(-end // 4) * 4 + TASK * bool(call.scratch)


WORDS = {"n", "k0", "k1", "rest", "per_step", "zero32"}
BYTES = {"x_zero", "y_zero", "zero", "lo", "hi", "shift", "halves_up"}


def _is_pointer(value: Any) -> bool:
    return not isinstance(value, (int, float))


def _layers(exported: Exported) -> list[dict[str, Any]]:
    """A row for each layer: its constants, those that others share counted with the first, and its calls' arguments."""
    rows: dict[str, dict[str, Any]] = {}
    known: set[str] = set()
    for call in exported.calls:
        assert call.step is not None
        row = rows.setdefault(
            call.step.layer, {"layer": call.step.layer, "kernel": call.function, "constants": 0, "arguments": 0}
        )
        row["arguments"] += _struct_bytes(call)
        names = {exported.named[id(v)] for v in call.fields.values() if isinstance(v, np.ndarray)} - known
        row["constants"] += sum(exported.constants[name].nbytes for name in names)
        known |= names
    return list(rows.values())


__all__ = ["Flash", "flash"]
