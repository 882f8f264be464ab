"""Fixed-point arithmetic with the roundings of TensorFlow Lite's integer recurrent layers; not an operator itself.

A real multiplier is an int32 mantissa and a power of two (R. Jacob et al., "Quantization and Training of Neural
Networks for Efficient Integer-Arithmetic-Only Inference", 2018, section 2.2). Gates are int16: before their activation
with some integer bits before the point, after it with none. Exponentials are a series on [-1/4, 0) times a constant for
each bit above; quotients are three Newton steps. Every operation rounds, so the order of operations is the meaning.

Arrays are int64 that hold int16 or int32; ``runtime/kernels/fixed_point.h`` does the same in C.
"""

from __future__ import annotations

import math

import numpy as np

ONE = 32767  # the int16 nearest to one, with no bits before the point
_LOW, _HIGH = -32768, 32767


def decompose(real: float) -> tuple[int, int]:
    """Mantissa and shift: ``real = mantissa * 2 ** (shift - 31)``, 2^30 <= mantissa < 2^31, or (0, 0) for nothing.

    Multipliers beyond 2^30 become the largest.
    """
    if not real > 0:
        return 0, 0
    if real >= 2.0**30:
        return 2**31 - 1, 30
    part, shift = math.frexp(real)
    mantissa = math.floor(part * 2**31 + 0.5)
    if mantissa == 2**31:
        mantissa, shift = 2**30, shift + 1
    return (mantissa, shift) if shift >= -31 else (0, 0)


def wrap(x: np.ndarray | int) -> np.ndarray:
    """The low 32 bits, with their sign."""
    return np.asarray(x, np.int64).astype(np.int32).astype(np.int64)


def over_power(x: np.ndarray, exponent: int) -> np.ndarray:
    """``x / 2 ** exponent``, half away from zero."""
    half = 1 << exponent >> 1
    return np.asarray(np.where(x < 0, -((-x + half) >> exponent), (x + half) >> exponent))


def multiply(x: np.ndarray, mantissa: int, shift: int) -> np.ndarray:
    """``x * mantissa * 2 ** (shift - 31)`` of int32, rounded twice: half up, then half away from zero.

    What a left shift pushes out of 32 bits is lost.
    """
    high = (wrap(x << max(shift, 0)) * mantissa + 2**30) >> 31
    return over_power(high, max(-shift, 0))


def _product(a: np.ndarray, b: np.ndarray | int) -> np.ndarray:
    """Of int16, all of whose bits but the sign are behind the point."""
    return np.asarray(np.minimum((a * b + 2**14) >> 15, _HIGH))


def _shift_up(x: np.ndarray, bits: int) -> np.ndarray:
    return np.asarray(np.clip(x << bits, _LOW, _HIGH))


def _constant(real: float, bits: int = 0) -> int:
    """Rounded from its 32-bit form, as the source of these numbers has it."""
    return (math.floor(real * 2.0 ** (31 - bits) + 0.5) + 2**15) >> 16


def _exp(x: np.ndarray, bits: int) -> np.ndarray:
    """e^x of x <= 0 with ``bits`` before the point."""
    fraction = 15 - bits
    quarter = 1 << fraction - 2
    within = (x & quarter - 1) - quarter  # in [-1/4, 0)
    t = _shift_up(within, bits) + 2**12  # the series is around -1/8
    t2 = _product(t, t)
    inner = over_power(_product(t2, t2), 2) + _product(t2, t)
    inner = over_power(_product(inner, _constant(1 / 3)) + t2, 1)
    top = _constant(math.exp(-1 / 8))
    result = np.clip(top + _product(t + inner, top), _LOW, _HIGH)
    rest = within - x
    for power in range(-2, min(bits, 5)):
        factor = _constant(math.exp(-(2.0**power)))
        result = np.where(rest >> fraction + power & 1, _product(result, factor), result)
    if bits > 5:
        result = np.where(x < -(32 << fraction), 0, result)
    return np.where(x == 0, ONE, result)


def _reciprocal(x: np.ndarray) -> np.ndarray:
    """2 / (1 + x) of x in [0, 1], with two bits before the point."""
    half = (x + ONE + 1) >> 1
    y = _constant(48 / 17, 2) + _product(half, _constant(-32 / 17, 2))
    for _ in range(3):
        y = y + _shift_up(_product(y, 2**13 - _product(half, y)), 2)
    return y


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Of int16 with 3 bits before the point."""
    positive = _shift_up(_reciprocal(_exp(-np.abs(x), 3)), 1)
    return np.where(x > 0, positive, np.where(x == 0, 2**14, ONE - positive))


def tanh(x: np.ndarray, bits: int) -> np.ndarray:
    """Of int16 with ``bits`` (0 to 6) before the point."""
    size = _shift_up(_reciprocal(_exp(-np.abs(x), bits + 1)) - 2**13, 2)
    return np.where(x == 0, 0, np.where(x < 0, -size, size))


def _inverse_root(x: int) -> tuple[int, int]:
    """1 / sqrt(x) of 0 <= x < 2^31 as mantissa and shift; five Newton steps. Of 0 as of 1."""
    if x <= 1:
        return 2**31 - 1, 0
    shift = 11
    while x >= 2**29:
        x, shift = x // 4, shift + 1
    pairs = (31 - x.bit_length()) // 2 - 1
    x, shift = x << 2 * pairs, shift - pairs

    def product(a: int, b: int) -> int:
        return (a * b + 2**30) >> 31

    def up(a: int, bits: int) -> int:
        return min(max(a << bits, -(2**31)), 2**31 - 1)

    half, y = (x // 2 + 1) >> 1, 2**28  # numbers with three bits before the point
    for _ in range(5):
        cube = up(product(product(y, y), y), 6)
        y = up(product(3 << 27, y) - product(half, cube), 3)
    y = product(y, 1518500250)  # sqrt(1/2)
    return (y << -shift, 0) if shift < 0 else (y, -shift)


def normalize(
    x: np.ndarray, weights: np.ndarray, bias: np.ndarray, mantissa: int, shift: int, least: int
) -> np.ndarray:
    """Layer normalization of int16 rows, weighted (int16), with ``bias`` (int32) at 1/1024 of the weights' scale.

    ``mantissa`` and ``shift`` bring the weights' scale to the result's. ``least`` stands for no variance.
    """
    count = x.shape[1]
    rows = []
    for row in x:
        mean = _truncated(int(row.sum()) * 1024, count)
        variance = _truncated(int((row * row).sum()) * (2**20 // count) - mean * mean, 2**20)
        scale = _inverse_root(variance if variance >= 1 else least)
        total = wrap(wrap(multiply(1024 * row - mean, *scale) * weights) + bias)
        total = np.where(total > 0, (total + 512) >> 10, -((512 - total) >> 10))
        rows.append(np.clip(multiply(total, mantissa, shift), _LOW, _HIGH))
    return np.stack(rows)


def _truncated(a: int, b: int) -> int:
    return a // b if a >= 0 else -(-a // b)
