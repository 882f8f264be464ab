"""The ``.edge`` file: writing it, and reading it back for people. ``runtime/load.c`` is the reader that matters.

Layout (little-endian; see docs/reference/format.md): a 64-byte header, a section table, sections at multiples of 64.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.program import four_bits
from edgesmith.program.kernel import REGISTRY, SCALAR_BYTES, Kernel
from edgesmith.program.program import ARENA, WEIGHTS, Pointer, Probe, Program, StateSlot, Step, Tensor
from edgesmith.types import DType, Quantization, elements

MAGIC = b"\x89EDGE\r\n\x1a"
VERSION = 1
SHARED = 0xFFFFFFFF
_ENTRY = struct.Struct("<4sIQQQ")
_TENSOR = struct.Struct("<IIi8ifi4xQQi4xQ")
_NUMBER = {"i32": "i", "s32": "i", "s64": "q", "f32": "f", "f64": "d"}
NONE = (1 << 64) - 1


def checksum(data: bytes | bytearray | memoryview) -> int:
    """Position-weighted sum of the 64-bit words, modulo 2**64; the last word is padded with zeros."""
    size = len(data)
    words = np.frombuffer(bytes(data) + bytes(-size % 8), "<u8")
    weight = 2 * np.arange(words.size, dtype=np.uint64) + np.uint64(1)
    with np.errstate(over="ignore"):
        total = int(((words + np.uint64(1)) * weight).sum(dtype=np.uint64))
    return ((0x9E3779B97F4A7C15 ^ size) + total) % (1 << 64)


class _Strings:
    def __init__(self) -> None:
        self.data = bytearray(b"\0")
        self._offsets = {"": 0}

    def place(self, text: str) -> int:
        clean = text.replace("\0", " ")
        if clean not in self._offsets:
            self._offsets[clean] = len(self.data)
            self.data += clean.encode("utf-8", "replace") + b"\0"
        return self._offsets[clean]


def write(programs: Sequence[Program], metadata: dict[str, Any] | None = None) -> bytes:
    """The bytes of a file that holds these programs as its variants. All must share one ``weights``."""
    strings = _Strings()
    used = sorted({step.kernel for program in programs for step in program.steps})
    kernel_index = {name: index for index, name in enumerate(used)}
    kernels = b"".join(struct.pack("<II", strings.place(name), REGISTRY[name].hash) for name in used)
    sections: list[tuple[bytes, int, bytes]] = []
    for variant, program in enumerate(programs):
        assert bytes(program.weights) == bytes(programs[0].weights)
        steps, args = bytearray(), bytearray()
        for step in program.steps:
            encoded = _encode(REGISTRY[step.kernel], step.args)
            steps += struct.pack("<IIII", kernel_index[step.kernel], strings.place(step.layer), len(args), len(encoded))
            args += encoded
        tensors = b"".join(_tensor(strings, tensor) for tensor in (*program.inputs, *program.outputs))
        states = b"".join(
            struct.pack("<QQQ", s.offset, s.bytes, NONE if s.initial < 0 else s.initial) for s in program.states
        )
        counts = (len(program.steps), len(program.inputs), len(program.outputs), len(program.states))
        sections += [
            (b"PROG", variant, struct.pack("<QIIII", program.arena_bytes, *counts)),
            (b"STEP", variant, bytes(steps)),
            (b"ARGS", variant, bytes(args)),
            (b"TENS", variant, tensors),
            (b"STAT", variant, states),
        ]
        owners = _pack_owners(program)
        if owners != list(range(len(owners))):
            sections.append((b"PACK", variant, struct.pack(f"<{len(owners)}I", *owners)))
    described = {**(metadata or {}), "variants": [_describe(program) for program in programs]}
    text = json.dumps(described, separators=(",", ":"), sort_keys=True).encode()
    short = four_bits.shorten(programs)
    sections += [
        (b"KERN", SHARED, kernels),
        (b"STRS", SHARED, bytes(strings.data)),
        (b"JSON", SHARED, text),
        (b"WGHT", SHARED, bytes(programs[0].weights)) if short is None else (b"WGH4", SHARED, short),
    ]
    return _assemble(sections)


def _pack_owners(program: Program) -> list[int]:
    """For each step, the first one that packs the same weights in the same way; itself where nothing is shared."""
    first: dict[tuple[Any, ...], int] = {}
    return [
        first.setdefault(REGISTRY[step.kernel].packs(step.args), index) if REGISTRY[step.kernel].packed else index
        for index, step in enumerate(program.steps)
    ]


def _assemble(sections: list[tuple[bytes, int, bytes]]) -> bytes:
    start = 64 + _ENTRY.size * len(sections)
    table, body = bytearray(), bytearray()
    for tag, variant, data in sections:
        body += bytes(-(start + len(body)) % 64)
        table += _ENTRY.pack(tag, variant, start + len(body), len(data), checksum(data))
        body += data
    reserved = bytes(32)
    head = MAGIC + struct.pack("<IIQQ", VERSION, len(sections), start + len(body), checksum(reserved + table))
    return bytes(head + reserved + table + body)


def _encode(kernel: Kernel, args: dict[str, Any]) -> bytes:
    out = bytearray()
    for field in kernel.fields:
        item = args[field.name]
        if field.is_pointer:
            pointer = item or Pointer(0, 0, 0)
            out += struct.pack("<QQ", pointer.space << 56 | pointer.offset, pointer.bytes)
        else:
            numbers = item if field.count > 1 else (item,)
            out += struct.pack(f"<{field.count}{_NUMBER[field.type]}", *numbers)
    return bytes(out)


def _tensor(strings: _Strings, t: Tensor) -> bytes:
    shape = [*t.shape, *([0] * (8 - len(t.shape)))]
    per_tensor = t.quant is not None and t.quant.per_tensor
    scale, zero = (float(t.quant.scale0), t.quant.zero0) if t.quant is not None and per_tensor else (0.0, 0)
    axis, extent = t.extent or (-1, 0)
    name, dtype = strings.place(t.name), strings.place(t.dtype.value)
    return _TENSOR.pack(name, dtype, len(t.shape), *shape, scale, zero, t.offset, t.bytes, axis, extent)


def _describe(program: Program) -> dict[str, Any]:
    def quant(q: Quantization | None) -> Any:
        return q and {"scale": q.scale.tolist(), "zero_point": q.zero_point.tolist(), "axis": q.axis}

    return {
        "name": program.name,
        "metadata": program.metadata,
        "steps": [{"op": s.op, "shape": list(s.shape), "macs": s.macs, "rows": s.rows} for s in program.steps],
        "states": [s.name for s in program.states],
        "quantization": [quant(t.quant) for t in (*program.inputs, *program.outputs)],
        "values": [_value(probe) for probe in program.probes],
    }


def _value(probe: Probe) -> list[Any]:
    """Where a value lies after a step, for debuggers; its scale and zero point where it has one of each."""
    place, quant = probe.place, probe.quant
    about = [probe.step, probe.name, probe.dtype.value, list(probe.shape), place.space, place.offset, place.bytes]
    if quant is not None and quant.per_tensor:
        return [*about, probe.row, float(quant.scale0), quant.zero0]
    return [*about, probe.row] if probe.row else about


def _probe(about: list[Any], program: Program) -> Probe:
    step, name, dtype, shape, space, offset, nbytes, row, scale, zero = (*about, 0, 0, 0)[:10]
    size = {ARENA: program.arena_bytes, WEIGHTS: len(program.weights)}[space]
    dims, kind = tuple(int(dim) for dim in shape), DType(dtype)
    if not (-1 <= step < len(program.steps) and 0 <= offset <= offset + nbytes <= size):
        raise ModelError(f"value '{name}' lies outside the program")
    if elements(dims) * kind.bytes > nbytes or row < 0:
        raise ModelError(f"value '{name}' of shape {dims} does not fit its {nbytes} bytes")
    quant = Quantization.make(scale, zero) if scale else None
    return Probe(int(step), str(name), kind, dims, Pointer(space, int(offset), int(nbytes)), int(row), quant)


def read(data: bytes | memoryview) -> tuple[list[Program], dict[str, Any]]:
    """Programs and metadata of a file, for listings.

    Damage is found by the C loader first; this reader only must not fail in any other way than by ModelError.

    Raises:
        ModelError: not a ``.edge`` file, or one that contradicts itself.
    """
    try:
        return _read(memoryview(data))
    except (struct.error, ValueError, IndexError, KeyError, TypeError, OverflowError, AttributeError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"the .edge file is damaged: {error}") from error


def _read(data: memoryview) -> tuple[list[Program], dict[str, Any]]:
    if len(data) < 64 or bytes(data[:8]) != MAGIC:
        raise ModelError("this is not a .edge file: its first bytes differ")
    version, count, size, _ = struct.unpack_from("<IIQQ", data, 8)
    if version != VERSION or size != len(data):
        raise ModelError(f".edge version {version} of {size} bytes; expected version {VERSION} of {len(data)} bytes")
    found: dict[tuple[bytes, int], memoryview] = {}
    for index in range(count):
        tag, variant, offset, nbytes, _ = _ENTRY.unpack_from(data, 64 + index * _ENTRY.size)
        if offset + nbytes > len(data):
            raise ModelError(f"section {tag!r} lies outside the .edge file")
        found[tag, variant] = data[offset : offset + nbytes]
    strings = bytes(found[b"STRS", SHARED])

    def text(offset: int) -> str:
        return strings[offset : strings.index(b"\0", offset)].decode("utf-8", "replace")

    short = found.get((b"WGH4", SHARED))
    weights = found[b"WGHT", SHARED] if short is None else memoryview(four_bits.lengthen(short))
    metadata = json.loads(bytes(found[b"JSON", SHARED]))
    names = [text(offset) for offset, _ in struct.iter_unpack("<II", found[b"KERN", SHARED])]
    programs = []
    for variant, described in enumerate(metadata.pop("variants")):
        parts = {tag: blob for (tag, owner), blob in found.items() if owner == variant}
        programs.append(_program(parts, described, names, text, weights))
    return programs, metadata


def _program(
    parts: dict[bytes, memoryview], described: Any, names: list[str], text: Any, weights: memoryview
) -> Program:
    arena, steps, inputs, outputs, _ = struct.unpack("<QIIII", parts[b"PROG"])
    program = Program(described["name"], arena_bytes=arena, weights=weights, metadata=described["metadata"])
    for index, about in zip(range(steps), described["steps"], strict=True):
        kernel, layer, offset, nbytes = struct.unpack_from("<IIII", parts[b"STEP"], 16 * index)
        declared = REGISTRY.get(names[kernel])
        if declared is None:
            raise ModelError(f"kernel '{names[kernel]}' of step {index} is unknown here")
        args = _decode(declared, parts[b"ARGS"][offset : offset + nbytes])
        shape = tuple(int(dim) for dim in about["shape"])
        step = Step(names[kernel], args, text(layer), str(about["op"]), shape, int(about["macs"]), declared.packed)
        step.rows = about.get("rows") and (int(about["rows"][0]), int(about["rows"][1]))
        program.steps.append(step)
    for index, quant in zip(range(inputs + outputs), described["quantization"], strict=True):
        row = _TENSOR.unpack_from(parts[b"TENS"], _TENSOR.size * index)
        name, dtype, rank, shape = row[0], row[1], row[2], row[3:11]
        offset, nbytes, axis, extent = row[13:17]
        q = quant and Quantization.make(quant["scale"], quant["zero_point"], quant["axis"])
        where = None if axis < 0 else (axis, extent)
        tensor = Tensor(text(name), DType(text(dtype)), tuple(shape[:rank]), offset, nbytes, q, where)
        (program.inputs if index < inputs else program.outputs).append(tensor)
    program.probes = [_probe(about, program) for about in described.get("values", ())]
    for name, (offset, nbytes, initial) in zip(
        described["states"], struct.iter_unpack("<QQQ", parts[b"STAT"]), strict=True
    ):
        program.states.append(StateSlot(str(name), offset, nbytes, -1 if initial == NONE else initial))
    return program


def _decode(kernel: Kernel, data: memoryview) -> dict[str, Any]:
    args: dict[str, Any] = {}
    at = 0
    for field in kernel.fields:
        if field.is_pointer:
            word, nbytes = struct.unpack_from("<QQ", data, at)
            space = word >> 56
            args[field.name] = Pointer(space, word & ((1 << 56) - 1), nbytes) if space in (ARENA, WEIGHTS) else None
            at += 16
        else:
            numbers = struct.unpack_from(f"<{field.count}{_NUMBER[field.type]}", data, at)
            args[field.name] = numbers if field.count > 1 else numbers[0]
            at += field.count * SCALAR_BYTES[field.type]
    return args


__all__ = ["MAGIC", "VERSION", "checksum", "read", "write"]
