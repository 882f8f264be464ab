"""Element types and quantization parameters: what every other room agrees on."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgesmith.errors import ModelError, UsageError

MAX_RANK = 8
MAX_ELEMENTS = 2**31 - 1
UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


class DType(enum.Enum):
    """Element type of a tensor. ``bf16`` is held in NumPy arrays as its 16 bits, in ``uint16``."""

    BOOL = "bool"
    I8 = "i8"
    I16 = "i16"
    I32 = "i32"
    I64 = "i64"
    U8 = "u8"
    U16 = "u16"
    U32 = "u32"
    U64 = "u64"
    F16 = "f16"
    BF16 = "bf16"
    F32 = "f32"
    F64 = "f64"

    @property
    def numpy(self) -> np.dtype[np.generic]:
        """The NumPy type that holds this one."""
        return _NUMPY[self]

    @property
    def bytes(self) -> int:
        return self.numpy.itemsize

    @property
    def is_float(self) -> bool:
        return self in (DType.F16, DType.BF16, DType.F32, DType.F64)

    @property
    def is_integer(self) -> bool:
        return not self.is_float and self is not DType.BOOL

    @property
    def is_signed(self) -> bool:
        return self.value[0] in "if" or self is DType.BF16

    @classmethod
    def of(cls, array_or_dtype: object) -> DType:
        """The element type of an array or NumPy dtype.

        Raises:
            ModelError: NumPy type without a counterpart here (strings, complex, ...).
        """
        dtype = np.dtype(getattr(array_or_dtype, "dtype", array_or_dtype))  # type: ignore[call-overload]
        found = _FROM_NUMPY.get(dtype.newbyteorder("=").str[1:])
        if found is None:
            raise ModelError(
                f"arrays of type {dtype} are not supported; expected one of {', '.join(d.value for d in cls)}"
            )
        return found

    def __str__(self) -> str:
        return self.value


_NUMPY: dict[DType, np.dtype[np.generic]] = {
    DType.BOOL: np.dtype(np.bool_),
    DType.I8: np.dtype(np.int8),
    DType.I16: np.dtype(np.int16),
    DType.I32: np.dtype(np.int32),
    DType.I64: np.dtype(np.int64),
    DType.U8: np.dtype(np.uint8),
    DType.U16: np.dtype(np.uint16),
    DType.U32: np.dtype(np.uint32),
    DType.U64: np.dtype(np.uint64),
    DType.F16: np.dtype(np.float16),
    DType.BF16: np.dtype(np.uint16),
    DType.F32: np.dtype(np.float32),
    DType.F64: np.dtype(np.float64),
}
_FROM_NUMPY = {dt.str[1:]: d for d, dt in _NUMPY.items() if d is not DType.BF16}


@dataclass(frozen=True, slots=True, eq=False)
class Quantization:
    """``real = scale * (q - zero_point)``, TensorFlow Lite's scheme.

    ``scale`` is float32 and ``zero_point`` int32, both of shape (1,) per tensor, or (channels,) along ``axis``.
    """

    scale: NDArray[np.float32]
    zero_point: NDArray[np.int32]
    axis: int | None = None

    @classmethod
    def make(cls, scale: object, zero_point: object = 0, axis: int | None = None) -> Quantization:
        """From scalars or sequences, checked.

        Raises:
            ModelError: a scale that is not finite and positive, or lengths that differ.
        """
        s = np.atleast_1d(np.asarray(scale, np.float32)).ravel()
        z = np.atleast_1d(np.asarray(zero_point, np.int32)).ravel()
        if z.size == 1 and s.size > 1:
            z = np.repeat(z, s.size)
        if s.size != z.size:
            raise ModelError(f"quantization has {s.size} scales but {z.size} zero points")
        if not (np.isfinite(s).all() and (s > 0).all()):
            raise ModelError(
                f"quantization scales must be finite and positive, found {s[~(np.isfinite(s) & (s > 0))][:3]}"
            )
        return cls(s, z, axis if s.size > 1 else None)

    @property
    def per_tensor(self) -> bool:
        return self.scale.size == 1

    @property
    def scale0(self) -> np.float32:
        """The scale of a per-tensor quantization."""
        return np.float32(self.scale[0])

    @property
    def zero0(self) -> int:
        """The zero point of a per-tensor quantization."""
        return int(self.zero_point[0])

    def same(self, other: Quantization | None) -> bool:
        """Equal parameters, so that values can be exchanged without requantization."""
        return (
            other is not None
            and self.axis == other.axis
            and np.array_equal(self.scale, other.scale)
            and np.array_equal(self.zero_point, other.zero_point)
        )

    def __str__(self) -> str:
        if self.per_tensor:
            return f"{float(self.scale0):.6g}*(q{-self.zero0:+d})"
        return f"per-channel[{self.scale.size}] axis {self.axis}"


def elements(shape: tuple[int, ...]) -> int:
    """Number of elements of a shape, with the cap that every tensor must respect.

    Raises:
        ModelError: negative dimension, rank above 8, or more than 2**31 - 1 elements (also of the non-zero part).
    """
    count = 1
    for dim in shape:
        if dim < 0:
            raise ModelError(f"shape {shape} has a negative dimension")
        count *= max(dim, 1)
    if len(shape) > MAX_RANK:
        raise ModelError(f"shape {shape} has rank {len(shape)}; the most is {MAX_RANK}")
    if count > MAX_ELEMENTS:
        raise ModelError(f"shape {shape} has {count} elements; the most is {MAX_ELEMENTS}")
    return 0 if 0 in shape else count


def byte_count(size: int | str) -> int:
    """A number of bytes from a number, or a text such as ``400K`` or ``1.5M``: K is 1,024 bytes, M is 1,024 K.

    Raises:
        UsageError: a text of another form, or a size below 1.
    """
    text = str(size).strip().upper()
    number, unit = (text[:-1], UNITS[text[-1]]) if text and text[-1] in UNITS else (text, 1)
    try:
        count = int(float(number) * unit)
    except (ValueError, OverflowError):
        count = 0
    if count < 1:
        raise UsageError(f"'{size}' is no size in bytes; expected one such as 65536, 400K or 1.5M")
    return count
