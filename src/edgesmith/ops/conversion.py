"""Conversion of arrays between the element types: the NumPy meaning of ``cast``.

Integers wrap when narrowed. Floats become integers by dropping the fraction, limited to the range of the type, and NaN
becomes 0. Anything but zero is true. Integers and f64 reach bf16 by way of f32.
"""

from __future__ import annotations

import numpy as np

from edgesmith.types import DType


def limits(kind: DType) -> tuple[int, int]:
    """The lowest and highest number of an integer type."""
    bits = 8 * kind.bytes
    return (-(1 << bits - 1), (1 << bits - 1) - 1) if kind.is_signed else (0, (1 << bits) - 1)


def bf16_to_f32(bits: np.ndarray) -> np.ndarray:
    """The floats whose upper halves are ``bits``."""
    return np.asarray(bits.astype(np.uint32) << np.uint32(16)).view(np.float32).reshape(bits.shape)


def f32_to_bf16(x: np.ndarray) -> np.ndarray:
    """To the nearest bfloat16, ties to even, as its bits; NaN stays a quiet NaN."""
    bits = np.atleast_1d(x.astype(np.float32)).view(np.uint32)
    rounded = (bits + np.uint32(0x7FFF) + (bits >> np.uint32(16) & np.uint32(1))) >> np.uint32(16)
    quiet = bits >> np.uint32(16) | np.uint32(0x40)
    return np.where(np.isnan(x), quiet.reshape(x.shape), rounded.reshape(x.shape)).astype(np.uint16)


def convert(x: np.ndarray, source: DType, target: DType) -> np.ndarray:
    """``x`` of type ``source`` as ``target``."""
    if source is target:
        return x
    if source is DType.BF16:
        return convert(bf16_to_f32(x), DType.F32, target)
    with np.errstate(all="ignore"):
        if target is DType.BF16:
            return f32_to_bf16(x.astype(np.float32))
        if target is DType.BOOL:
            return np.asarray(x != 0)
        if target.is_float or not source.is_float:
            return x.astype(target.numpy)
        low, high = limits(target)
        whole = np.trunc(np.nan_to_num(x.astype(np.float64), nan=0.0, posinf=np.inf, neginf=-np.inf))
        above, below = whole >= float(high), whole <= float(low)
        inside = np.where(above | below, 0.0, whole).astype(target.numpy)
        ends = np.where(above, np.array(high, target.numpy), np.array(low, target.numpy))
        return np.where(above | below, ends, inside).astype(target.numpy)
