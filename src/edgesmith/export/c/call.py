"""A step of the program as a call of C: a function, the fields of its argument, and the constants these point to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from edgesmith.program.kernel import ELEMENT_BYTES, REGISTRY
from edgesmith.program.program import WEIGHTS, Pointer, Program, Step

NUMPY = {
    "i8": np.int8, "u8": np.uint8, "bool": np.uint8, "bytes": np.uint8, "i16": np.int16, "u16": np.uint16,
    "i32": np.int32, "u32": np.uint32, "i64": np.int64, "u64": np.uint64, "f32": np.float32, "f64": np.float64,
    "f16": np.uint16, "bf16": np.uint16,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Bytes of the arena, as elements of a C type."""

    offset: int
    type: str
    const: bool = False


@dataclass(frozen=True, slots=True)
class Scratch:
    """Where the step's scratch begins, as elements of a C type."""

    type: str


@dataclass(slots=True, eq=False)
class Call:
    """``function(&(struct name){fields})``, ``file`` being where the function is below ``runtime/``.

    A ``common`` call takes a task beside its argument and returns a status, as all kernels of the desk do.
    ``beyond`` are bytes that it may read after the end of x, and not use.
    """

    function: str
    file: str
    struct: str
    fields: dict[str, Any] = field(default_factory=dict)
    scratch: int = 0
    common: bool = False
    beyond: int = 0
    step: Step | None = None
    index: int = 0


class Operands:
    """What a step's arguments hold: numbers, and constants as arrays."""

    def __init__(self, program: Program, step: Step) -> None:
        self.program, self.step, self.args = program, step, step.args
        self.types = {item.name: item.type for item in REGISTRY[step.kernel].fields}

    def __getitem__(self, name: str) -> Any:
        return self.args[name]

    def constant(self, name: str) -> np.ndarray | None:
        """The constant a field points to, flat; None where it is null."""
        place = self.args[name]
        if place is None:
            return None
        assert isinstance(place, Pointer)
        assert place.space == WEIGHTS, f"{self.step.kernel}: '{name}' is no constant"
        type_ = self.types[name]
        count = place.bytes // ELEMENT_BYTES[type_]
        return np.frombuffer(self.program.weights, NUMPY[type_], count, place.offset)

    def needed(self, name: str) -> np.ndarray:
        found = self.constant(name)
        assert found is not None, f"{self.step.kernel}: '{name}' is null"
        return found

    def numbers(self, names: str) -> dict[str, int]:
        """Fields that a chip's kernel has under the same names."""
        return {name: self.args[name] for name in names.split()}


__all__ = ["Call", "Operands", "Place", "Scratch"]
