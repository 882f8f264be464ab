"""``TensorProto`` to NumPy: every element type of the format, every way to store it, every length checked.

Types that NumPy lacks are carried by one that holds their values exactly, and keep their own name beside it:

=====================  =======================================
bfloat16               uint16, its bits
int4, int2             int8
uint4, uint2           uint8
float8*, float6*, 4*   float32
=====================  =======================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesmith.errors import ModelError
from edgesmith.types import DType, elements

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Element:
    """An element type of ONNX: its name, its width in a packed stream, and the DType that carries its values."""

    name: str
    bits: int
    dtype: DType | None
    field: str = "int32_data"

    @property
    def native(self) -> bool:
        """The carrier is the type itself."""
        return self.dtype is not None and self.bits == 8 * self.dtype.bytes


ELEMENTS: dict[int, Element] = {
    1: Element("float", 32, DType.F32, "float_data"),
    2: Element("uint8", 8, DType.U8),
    3: Element("int8", 8, DType.I8),
    4: Element("uint16", 16, DType.U16),
    5: Element("int16", 16, DType.I16),
    6: Element("int32", 32, DType.I32),
    7: Element("int64", 64, DType.I64, "int64_data"),
    8: Element("string", 0, None, "string_data"),
    9: Element("bool", 8, DType.BOOL),
    10: Element("float16", 16, DType.F16),
    11: Element("double", 64, DType.F64, "double_data"),
    12: Element("uint32", 32, DType.U32, "uint64_data"),
    13: Element("uint64", 64, DType.U64, "uint64_data"),
    14: Element("complex64", 64, None, "float_data"),
    15: Element("complex128", 128, None, "double_data"),
    16: Element("bfloat16", 16, DType.BF16),
    17: Element("float8e4m3fn", 8, DType.F32),
    18: Element("float8e4m3fnuz", 8, DType.F32),
    19: Element("float8e5m2", 8, DType.F32),
    20: Element("float8e5m2fnuz", 8, DType.F32),
    21: Element("uint4", 4, DType.U8),
    22: Element("int4", 4, DType.I8),
    23: Element("float4e2m1", 4, DType.F32),
    24: Element("float8e8m0", 8, DType.F32),
    25: Element("uint2", 2, DType.U8),
    26: Element("int2", 2, DType.I8),
    27: Element("float6e2m3", 6, DType.F32),
    28: Element("float6e3m2", 6, DType.F32),
}
BY_DTYPE = {element.dtype: code for code, element in ELEMENTS.items() if element.native}


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """A constant of the file: its values, and the number of its element type in ONNX.

    Strings are kept as bytes in an object array; complex numbers in NumPy's complex types.
    """

    array: Array
    code: int

    @property
    def element(self) -> Element:
        return ELEMENTS[self.code]


def element(code: int, where: str) -> Element:
    """The element type of a number in the file.

    Raises:
        ModelError: the number means nothing.
    """
    found = ELEMENTS.get(code)
    if found is None:
        raise ModelError(f"{where}: element type {code} does not exist in ONNX")
    return found


def decode(proto: Any, where: str, external: bytes | None = None) -> Tensor:
    """The values of a ``TensorProto``, of which ``external`` are the bytes where they lie in another file.

    Raises:
        ModelError: unknown type, impossible shape, or a length that disagrees with the shape.
    """
    kind = element(proto.data_type, where)
    shape = tuple(int(dim) for dim in proto.dims)
    try:
        count = elements(shape)
    except ModelError as error:
        raise ModelError(f"{where}: {error}") from None
    if proto.HasField("segment"):
        raise ModelError(f"{where}: is stored in segments, which no version of ONNX defines how to read")
    raw = external if external is not None else (proto.raw_data if proto.HasField("raw_data") else None)
    if kind.name == "string":
        return Tensor(_strings(proto, count, where).reshape(shape), proto.data_type)
    bits = _from_raw(raw, kind, count, where) if raw is not None else _from_field(proto, kind, count, where)
    return Tensor(_values(bits, kind).reshape(shape), proto.data_type)


def _strings(proto: Any, count: int, where: str) -> Array:
    _expect(len(proto.string_data), count, "strings", where)
    array = np.empty(count, object)
    array[:] = list(proto.string_data)
    return array


def _from_raw(raw: bytes, kind: Element, count: int, where: str) -> Array:
    """The elements' bits as unsigned numbers, or as the type itself where NumPy has it."""
    _expect(len(raw), (count * kind.bits + 7) // 8, "bytes", where)
    stored = _storage(kind)
    if kind.bits >= 8:
        return np.frombuffer(raw, stored.newbyteorder("<"), count).astype(stored, copy=False)
    return unpack(np.frombuffer(raw, np.uint8), kind.bits, count)


def unpack(raw: NDArray[np.uint8], bits: int, count: int) -> NDArray[np.uint8]:
    """``count`` numbers of fewer than 8 bits from a stream that fills every byte from its lowest bit."""
    ones = np.unpackbits(raw, bitorder="little")[: count * bits].reshape(count, bits)
    weights = (1 << np.arange(bits)).astype(np.uint8)
    return np.asarray((ones * weights).sum(axis=1, dtype=np.uint8), np.uint8)


def _from_field(proto: Any, kind: Element, count: int, where: str) -> Array:
    """As ``_from_raw``, from the typed field of the message."""
    field = getattr(proto, kind.field)
    packed = kind.bits < 8 and not kind.name.startswith("float6")
    if packed:
        _expect(len(field), (count * kind.bits + 7) // 8, "packed bytes", where)
        return unpack(np.array(field, np.int64).astype(np.uint8), kind.bits, count)
    if kind.name.startswith("complex"):
        _expect(len(field), 2 * count, "numbers", where)
        return np.array(field, np.float32 if kind.bits == 64 else np.float64).view(_storage(kind))
    _expect(len(field), count, "elements", where)
    if kind.dtype is not None and kind.dtype.is_float and kind.bits >= 32:
        return np.array(field, kind.dtype.numpy)
    wide = np.array(field, np.uint64 if kind.field == "uint64_data" else np.int64)
    if kind.dtype in (DType.F16, DType.BF16) or not kind.native:
        return wide.astype(np.uint16 if kind.bits == 16 else np.uint8).view(_storage(kind))
    return (wide != 0) if kind.dtype is DType.BOOL else wide.astype(_storage(kind))


def _storage(kind: Element) -> np.dtype[Any]:
    if kind.name.startswith("complex"):
        return np.dtype(np.complex64 if kind.bits == 64 else np.complex128)
    if kind.native and kind.dtype is not None and kind.dtype is not DType.BOOL:
        return kind.dtype.numpy
    return np.dtype(np.uint8)


def _values(bits: Array, kind: Element) -> Array:
    if kind.dtype is DType.BOOL:
        return bits.astype(np.bool_)
    if kind.name.startswith("complex") or kind.native or kind.name.startswith("uint"):
        return bits
    if kind.name.startswith("int"):
        sign = 1 << (kind.bits - 1)
        return ((bits.astype(np.int16) ^ sign) - sign).astype(np.int8)
    table: Array = small_float_values(kind.name)
    return np.asarray(table[bits & ((1 << kind.bits) - 1)])


def _expect(found: int, expected: int, what: str, where: str) -> None:
    if found != expected:
        raise ModelError(f"{where}: holds {found} {what}, its shape and type need {expected}")


def small_float_values(name: str) -> NDArray[np.float32]:
    """The value of every bit pattern of a float of 4, 6 or 8 bits, indexed by the pattern.

    Names are those of ONNX; layouts follow the Open Compute Project's 8-bit and microscaling formats and, for the
    "fnuz" forms (no negative zero, no infinity, one NaN), arXiv:2206.02915.
    """
    if name == "float8e8m0":
        powers = np.exp2(np.arange(256, dtype=np.float64) - 127)
        powers[255] = np.nan
        return powers.astype(np.float32)
    exponent_bits, mantissa_bits = int(name.split("e")[1][0]), int(name.split("m")[1][0])
    unsigned_zero = name.endswith("fnuz")
    bias = (1 << (exponent_bits - 1)) - (0 if unsigned_zero else 1)
    width = 1 + exponent_bits + mantissa_bits
    code = np.arange(1 << width)
    mantissa = code & ((1 << mantissa_bits) - 1)
    exponent = (code >> mantissa_bits) & ((1 << exponent_bits) - 1)
    fraction = mantissa / (1 << mantissa_bits)
    size = np.where(exponent == 0, fraction * 2.0 ** (1 - bias), (1 + fraction) * np.exp2(exponent - bias))
    value = np.where(code >> (width - 1) == 1, -size, size)
    top = exponent == (1 << exponent_bits) - 1
    if unsigned_zero:
        value[1 << (width - 1)] = np.nan
    elif name == "float8e5m2":
        value = np.where(top, np.where(mantissa == 0, np.copysign(np.inf, value), np.nan), value)
    elif name == "float8e4m3fn":
        value = np.where(top & (mantissa == 7), np.nan, value)
    return value.astype(np.float32)
