"""Arithmetic on quantized tensors that operators share; not an operator itself.

Everything is float32 with one rounding an operation, then ``clamp(round_half_even(value) + zero_point)``: the C kernels
do the same (``runtime/kernels/requantize.h``), so integers are equal bit for bit.
"""

from __future__ import annotations

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Value
from edgesmith.ops.conversion import limits
from edgesmith.types import DType, Quantization

_FAR = np.float32(2.0**62)


def need_quant(value: Value, what: str) -> Quantization:
    """The quantization of a value that must have one.

    Raises:
        ModelError: it has none, or zero points that its type cannot hold.
    """
    if value.quant is None:
        raise ModelError(f"{what}: {value!r} has no quantization")
    low, high = limits(value.dtype)
    zero = value.quant.zero_point
    if (zero < low).any() or (zero > high).any():
        raise ModelError(f"{what}: {value!r} has zero point {int(zero.max())}, which {value.dtype} cannot hold")
    return value.quant


def need_per_tensor(value: Value, what: str) -> Quantization:
    """Like ``need_quant``, with a single scale.

    Raises:
        ModelError: none, or one for each channel.
    """
    quant = need_quant(value, what)
    if not quant.per_tensor:
        raise ModelError(f"{what}: {value!r} is quantized per channel; expected one scale")
    return quant


def along_axis(numbers: np.ndarray, quant: Quantization, rank: int) -> np.ndarray:
    """Per-channel numbers shaped so that they broadcast along the quantized axis."""
    if quant.axis is None:
        return numbers.reshape(())
    shape = [1] * rank
    shape[quant.axis] = numbers.size
    return numbers.reshape(shape)


def settle(real: np.ndarray, zero: np.ndarray | int, low: int, high: int) -> np.ndarray:
    """``clamp(round_half_even(real) + zero)`` as int64; NaN counts as 0."""
    rounded = np.rint(real.astype(np.float32))
    rounded = np.where(np.isnan(rounded), np.float32(0), np.clip(rounded, -_FAR, _FAR))
    return np.clip(rounded.astype(np.int64) + zero, low, high)


def quantize_array(real: np.ndarray, quant: Quantization, dtype: DType) -> np.ndarray:
    """``clamp(round_half_even(x / scale) + zero_point)`` in float32."""
    scale = along_axis(quant.scale, quant, real.ndim)
    zero = along_axis(quant.zero_point, quant, real.ndim).astype(np.int64)
    with np.errstate(all="ignore"):
        return settle(real.astype(np.float32) / scale, zero, *limits(dtype)).astype(dtype.numpy)


def dequantize_array(q: np.ndarray, quant: Quantization) -> np.ndarray:
    """``scale * float32(q - zero_point)``."""
    scale = along_axis(quant.scale, quant, q.ndim)
    zero = along_axis(quant.zero_point, quant, q.ndim).astype(np.int64)
    with np.errstate(all="ignore"):
        return np.asarray((q.astype(np.int64) - zero).astype(np.float32) * scale, np.float32)


def centred(q: np.ndarray, quant: Quantization) -> np.ndarray:
    """``float32(q - zero_point)`` of a per-tensor quantized array."""
    return (q.astype(np.int64) - quant.zero0).astype(np.float32)


def ratio(a: Quantization, b: Quantization) -> np.float32:
    """``float32(scale_a / scale_b)``, the multiplier from one quantization to another; may be infinite."""
    with np.errstate(all="ignore"):
        return np.float32(a.scale0 / b.scale0)
