"""Declarations of C kernels: argument structs, the extents they touch, and what must hold before a call.

A kernel is declared once, beside its operator::

    Kernel("hard_swish_f32", "hard_swish.c", '''
        in f32 x[n]
        out f32 y[n]
        i32 n
    ''')

Fields are pointers (``in``, ``out``, ``inout``, ``const``; a ``?`` after the word allows null) with the number of
elements that the kernel may touch, or numbers: ``i32`` (never negative), ``s32``, ``s64``, ``f32``, ``f64``, each
perhaps an array (``i32 dims[8]``). Extents are expressions over the other fields. From the declaration come the C
struct, the loader's bounds check, the file encoding, and the Python check.
"""

from __future__ import annotations

import ast
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import CodeType
from typing import Any

from edgesmith.errors import ModelError

POINTERS = ("in", "out", "inout", "const")
ELEMENT_C = {
    "bytes": "uint8_t", "bool": "uint8_t", "i8": "int8_t", "u8": "uint8_t", "i16": "int16_t", "u16": "uint16_t",
    "i32": "int32_t", "u32": "uint32_t", "i64": "int64_t", "u64": "uint64_t", "f32": "float", "f64": "double",
    "f16": "uint16_t", "bf16": "uint16_t",
}  # fmt: skip
ELEMENT_BYTES = {
    "bytes": 1, "bool": 1, "i8": 1, "u8": 1, "i16": 2, "u16": 2, "f16": 2, "bf16": 2,
    "i32": 4, "u32": 4, "f32": 4, "i64": 8, "u64": 8, "f64": 8,
}  # fmt: skip
SCALAR_C = {"i32": "int32_t", "s32": "int32_t", "s64": "int64_t", "f32": "float", "f64": "double"}
SCALAR_BYTES = {"i32": 4, "s32": 4, "s64": 8, "f32": 4, "f64": 8}
_LINE = re.compile(r"^(in|out|inout|const)(\??)\s+(\w+)\s+(\w+)\[(.+)\]$")
_SCALAR = re.compile(r"^(i32|s32|s64|f32|f64)\s+(.+)$")


@dataclass(frozen=True, slots=True)
class Field:
    """One member of an argument struct. ``extent`` is the element count of a pointer; ``count`` of an array."""

    name: str
    kind: str  # one of POINTERS, or "number"
    type: str
    count: int = 1
    extent: str = ""
    nullable: bool = False

    @property
    def is_pointer(self) -> bool:
        return self.kind in POINTERS


REGISTRY: dict[str, Kernel] = {}


class Kernel:
    """A declared C kernel.

    Args:
        name: ``<op>_<dtype>``; the C function is ``edge_<name>__<isa>``.
        file: the C file under ``runtime/kernels`` that holds its body.
        fields: the argument struct, as in the module's docstring.
        require: conditions over the fields, separated by ``;``, besides the extents.
        work: multiply-accumulates, or element operations, of one call; for listings and the loader's budget.
        scratch: bytes of scratch that each thread needs.
        vector: compiled once per instruction set; otherwise once, portable.
        byte_dot: a vector kernel built on the byte dot product, compiled again for the sets that only add one.
        byte_table: a vector kernel built on tables of bytes, compiled again for the set that permutes bytes.
        parallel: may be called with ``task.count > 1``, each call doing its share.
        packed: has a packing routine that the loader runs once; adds a last field ``packed``.
        unpacked: numbers that this routine does not look at, by name: steps that differ only in these and in where
            they read and write share their packed weights.
    """

    def __init__(
        self,
        name: str,
        file: str,
        fields: str,
        *,
        require: str = "",
        work: str = "0",
        scratch: str = "0",
        vector: bool = False,
        byte_dot: bool = False,
        byte_table: bool = False,
        parallel: bool = False,
        packed: bool = False,
        unpacked: str = "",
    ) -> None:
        if name in REGISTRY:
            raise AssertionError(f"kernel '{name}' is declared twice")
        self.name, self.file = name, file
        lines = [line.strip() for line in fields.strip().splitlines()]
        self.fields: tuple[Field, ...] = tuple(field for line in lines if line for field in _parse(line))
        self.require = tuple(part.strip() for part in require.split(";") if part.strip())
        self.work, self.scratch = work, scratch
        self.vector, self.byte_dot, self.byte_table = vector, byte_dot, byte_table
        self.parallel, self.packed = parallel, packed
        self.unpacked = frozenset(unpacked.split()) if packed else frozenset()
        known = {field.name for field in self.fields}
        assert self.unpacked <= known, f"kernel '{name}': {sorted(self.unpacked - known)} are no fields"
        for expression in (*self.require, work, scratch, *(f.extent for f in self.fields if f.extent)):
            for word in ast.walk(ast.parse(expression, mode="eval")):
                if isinstance(word, ast.Name) and word.id not in known and word.id not in FUNCTIONS:
                    raise AssertionError(f"kernel '{name}': '{expression}' names '{word.id}', which is no field")
        REGISTRY[name] = self

    @property
    def hash(self) -> int:
        """CRC-32 of the struct's layout: a file and a runtime must agree on it."""
        layout = ";".join(f"{f.kind}{'?' if f.nullable else ''} {f.type} {f.name}[{f.count}]" for f in self.fields)
        return zlib.crc32(f"{self.name}:{layout}".encode())

    def packs(self, args: Mapping[str, Any]) -> tuple[Any, ...]:
        """What the packing routine of a call looks at: equal for calls that can share their packed weights."""
        seen = (f for f in self.fields if f.kind == "const" or (f.kind == "number" and f.name not in self.unpacked))
        return (self.name, *(args[field.name] for field in seen))

    def evaluate(self, expression: str, args: Mapping[str, Any]) -> int:
        """The value of an extent, work or scratch expression for given arguments."""
        return int(
            eval(_compiled(expression), {"__builtins__": {}}, {**FUNCTIONS, **args})
        )  # our own declarations only

    def check(self, args: Mapping[str, Any], extents: Mapping[str, int]) -> None:
        """Check one call: numbers in range, conditions hold, every extent is large enough (in elements).

        Raises:
            ModelError: the first rule that does not hold.
        """
        for field in self.fields:
            item = args[field.name]
            if field.is_pointer:
                if item is None and not field.nullable:
                    raise ModelError(f"kernel {self.name}: '{field.name}' is null")
            elif field.type == "i32":
                for number in item if field.count > 1 else (item,):
                    if not 0 <= number < 2**31:
                        raise ModelError(f"kernel {self.name}: '{field.name}' is {number}, expected 0..2^31-1")
        for condition in self.require:
            if not self.evaluate(condition, args):
                raise ModelError(f"kernel {self.name}: '{condition}' does not hold")
        for field in self.fields:
            if field.is_pointer and args[field.name] is not None:
                need, have = self.evaluate(field.extent, args), extents[field.name]
                if need > have:
                    raise ModelError(f"kernel {self.name}: '{field.name}' needs {need} elements, has {have}")


@cache
def _compiled(expression: str) -> CodeType:
    return compile(ast.parse(expression, mode="eval"), expression, "eval")


def _parse(line: str) -> list[Field]:
    pointer = _LINE.match(line)
    if pointer:
        kind, null, type_, name, extent = pointer.groups()
        assert type_ in ELEMENT_C, line
        return [Field(name, kind, type_, 1, extent, bool(null))]
    number = _SCALAR.match(line)
    assert number, f"cannot read field '{line}'"
    fields = []
    for word in re.split(r"[,\s]+", number.group(2).strip()):
        array = re.fullmatch(r"(\w+)(?:\[(\d+)\])?", word)
        assert array, line
        fields.append(Field(array.group(1), "number", number.group(1), int(array.group(2) or 1)))
    return fields


def _prod(items: tuple[int, ...]) -> int:
    result = 1
    for item in items:
        result *= item
    return result


def _span(dims: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """Elements that a strided walk may touch from its first one upward; strides may be negative."""
    if 0 in dims:
        return 0
    return 1 + sum((dim - 1) * stride for dim, stride in zip(dims, strides, strict=True) if stride > 0)


def _below(dims: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """How far a strided walk reaches below its first element."""
    if 0 in dims:
        return 0
    return sum((dim - 1) * -stride for dim, stride in zip(dims, strides, strict=True) if stride < 0)


# The functions that expressions may use; generate.py has the same ones in C.
FUNCTIONS: dict[str, Any] = {"prod": _prod, "span": _span, "below": _below, "min": min, "max": max}
