"""Layers that ncnn has from Caffe, as compositions of operators: one formula for both."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.emit import Emitter
from edgesmith.importers.source import UnsupportedForm
from edgesmith.importers.spatial import Axis, pool
from edgesmith.ir import Value


def leaky(b: Emitter, x: Value, slope: float) -> Value:
    return b.unary("relu", x) if slope == 0 else b.unary("leaky_relu", x, alpha=slope)


def affine(b: Emitter, x: Value, scale: float, shift: float) -> Value:
    """``scale x + shift``."""
    x = x if scale == 1 else b.times(x, scale)
    return x if shift == 0 else b.plus(x, shift)


def exponential(b: Emitter, x: Value, base: float, scale: float, shift: float) -> Value:
    """``base ^ (scale x + shift)``; a base of -1 stands for e."""
    inner = affine(b, x, scale, shift)
    return b.unary("exp", inner) if base == -1 else b.binary("pow", base, inner)


def logarithm(b: Emitter, x: Value, base: float, scale: float, shift: float) -> Value:
    """``log(scale x + shift)`` to a base, of which -1 stands for e."""
    y = b.unary("log", affine(b, x, scale, shift))
    return y if base == -1 else b.times(y, 1 / math.log(base))


def power(b: Emitter, x: Value, exponent: float, scale: float, shift: float) -> Value:
    """``(scale x + shift) ^ exponent``."""
    inner = affine(b, x, scale, shift)
    return inner if exponent == 1 else b.binary("pow", inner, exponent)


def eltwise(b: Emitter, op: str, values: Sequence[Value], factors: Sequence[float]) -> Value:
    """``mul``, ``add`` (each value times its factor) or ``maximum`` of several values."""
    if op == "add" and factors:
        if len(factors) != len(values):
            raise ModelError(f"{len(factors)} coefficients for {len(values)} blobs")
        values = [value if f == 1 else b.times(value, f) for value, f in zip(values, factors, strict=True)]
    total = values[0]
    for value in values[1:]:
        total = b.binary(op, total, value)
    return total


def standardized(b: Emitter, x: Value, axes: Sequence[int], epsilon: float, outside: bool = False) -> Value:
    """Zero mean and unit variance; epsilon is added to the variance, or ``outside`` of the root."""
    centred = b.minus(x, b.mean(x, axes))
    variance = b.mean(b.unary("square", centred), axes)
    if outside:
        return b.over(centred, b.plus(b.unary("sqrt", variance), epsilon))
    return b.times(centred, b.unary("rsqrt", b.plus(variance, epsilon)))


def lrn_across(b: Emitter, x: Value, size: int, alpha: float, beta: float, bias: float) -> Value:
    """Each element over its neighbours' squares in ``size`` channels.

    Raises:
        UnsupportedForm: a window of an even number of channels.
        ModelError: one that no blob of so many channels needs.
    """
    if size > 2 * x.shape[1]:
        raise ModelError(f"a window of {size} channels in a blob of {x.shape[1]}")
    if size % 2 == 0:
        raise UnsupportedForm(f"a window of {size} channels, which has no middle")
    return b.channels_first(b.add("lrn", b.channels_last(x), size=size, alpha=alpha, beta=beta, bias=bias))


def lrn_within(b: Emitter, x: Value, size: int, alpha: float, beta: float, bias: float) -> Value:
    """Each element over its neighbours' squares in a square of ``size`` x ``size`` pixels, beyond borders zeros."""
    before = size // 2
    axes = [Axis(dim, size, 1, 1, before, size - before - 1) for dim in x.shape[2:]]
    mean = pool(b, "avg_pool2d", b.unary("square", x), axes, count_include_pad=True)[0]
    return b.times(x, b.binary("pow", b.plus(b.times(mean, alpha), bias), -beta))


def shuffle_channels(b: Emitter, x: Value, rows: int) -> Value:
    """Channels seen as a matrix of so many rows, which is transposed."""
    channels = x.shape[1]
    if rows < 1 or channels % rows:
        raise ModelError(f"{channels} channels in {rows} groups")
    y = b.reshape(x, (x.shape[0], rows, channels // rows, *x.shape[2:]))
    return b.reshape(b.transpose(y, (0, 2, 1, *range(3, y.rank))), x.shape)


def space_to_channels(b: Emitter, x: Value, step: int, places_first: bool = False) -> Value:
    """Blocks of ``step`` x ``step`` pixels become channels: those of one channel side by side, or of one place."""
    n, channels, height, width = x.shape
    if step < 1 or height % step or width % step:
        raise ModelError(f"a picture of {height} x {width} is not made of blocks of {step} x {step}")
    y = b.reshape(x, (n, channels, height // step, step, width // step, step))
    y = b.transpose(y, (0, 3, 5, 1, 2, 4) if places_first else (0, 1, 3, 5, 2, 4))
    return b.reshape(y, (n, channels * step * step, height // step, width // step))


def tiled_constants(numbers: Sequence[float], count: int) -> np.ndarray:
    """Numbers over and over, ``count`` in all, float32."""
    return np.tile(np.array(numbers, np.float32), count // len(numbers))
