"""Spectra, as products with constant matrices of sines and cosines."""

from __future__ import annotations

import math

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.emit import Emitter
from edgesmith.importers.onnx.call import Call, Result
from edgesmith.importers.onnx.tensors import ELEMENTS
from edgesmith.ir import Value

MAX_MATRIX = 2**24


def DFT(c: Call) -> Result:
    """The last axis holds one number (real) or two (real, imaginary)."""
    x, b = c.x(0), c.b
    if c.version >= 20:
        axis = int(c.array(2, "the axis").reshape(())) if c.has(2) else -2
    else:
        axis = c.integer("axis", 1)
    axis = c.axis(axis, x.rank)
    inverse, onesided = bool(c.integer("inverse", 0)), bool(c.integer("onesided", 0))
    given = int(c.array(1, "the length").reshape(())) if c.has(1) else None
    size = x.shape[axis]
    length = given if given is not None else (2 * (size - 1) if inverse and onesided else size)
    if length < 1 or x.shape[-1] not in (1, 2) or axis == x.rank - 1:
        raise ModelError(f"length {length} or axis {axis} do not fit an input of shape {x.shape}")
    last = b.move(x, axis, x.rank - 2)
    y = transform(c, b, last, length, inverse, onesided)
    return b.move(y, x.rank - 2, axis)


def transform(c: Call, b: Emitter, x: Value, length: int, inverse: bool, onesided: bool) -> Value:
    """The transform along the axis before the last."""
    used = min(x.shape[-2], length)
    if inverse and onesided:
        used = min(used, length // 2 + 1)
    x = b.slice(x, x.rank - 2, 0, used)
    bins = length // 2 + 1 if onesided and not inverse else length
    if used * bins > MAX_MATRIX:
        c.unsupported(f"a transform of length {length}")
    turns = (np.arange(used)[:, None] * np.arange(bins)) % length
    angle = 2 * np.pi * turns / length
    cosine, sine = np.cos(angle), np.sin(angle)
    cosine[4 * turns == length], cosine[4 * turns == 3 * length], sine[2 * turns == length] = 0, 0, 0
    if inverse:
        cosine, sine = cosine / length, -sine / length
        if onesided:  # the other half mirrors all but the first and, of an even length, the last
            twice = np.full((used, 1), 2.0)
            twice[0] = 1
            if length % 2 == 0 and used == length // 2 + 1:
                twice[-1] = 1
            cosine, sine = cosine * twice, sine * twice
    re, im = b.at(x, x.rank - 1, 0), b.at(x, x.rank - 1, 1) if x.shape[-1] == 2 else None
    cos, sin = b.like(cosine, x), b.like(sine, x)
    real = b.matmul(re, cos) if im is None else b.plus(b.matmul(re, cos), b.matmul(im, sin))
    if inverse and onesided:
        return b.expand_dims(real, real.rank)
    back = b.matmul(re, b.like(-sine, x))
    return b.stack([real, back if im is None else b.plus(b.matmul(im, cos), back)], real.rank)


def STFT(c: Call) -> Result:
    """(batch, samples, 1 or 2) to (batch, frames, bins, 2)."""
    x, b = c.x(0), c.b
    if x.rank == 2:
        x = b.expand_dims(x, 2)
    step = int(c.array(1, "the frame step").reshape(()))
    window = c.opt(2)
    length = int(c.array(3, "the frame length").reshape(())) if c.has(3) else (window.size if window else 0)
    if x.rank != 3 or step < 1 or not 1 <= length <= x.shape[1]:
        raise ModelError(f"frames of {length} every {step} do not fit an input of shape {x.shape}")
    count = (x.shape[1] - length) // step + 1
    index = np.arange(count)[:, None] * step + np.arange(length)
    frames = b.gather(x, b.ints(index), 1)
    if window is not None:
        frames = b.times(frames, b.reshape(window, (length, 1)))
    return transform(c, b, frames, length, False, bool(c.integer("onesided", 1)))


def MelWeightMatrix(c: Call) -> Result:
    """Triangles on the mel scale; computed while importing."""
    words = ("the number of bands", "the length", "the rate", "the lowest", "the highest frequency")
    bands, length, rate, low, high = (float(c.array(i, word).reshape(())) for i, word in enumerate(words))
    if not (1 <= bands <= 4096 and 1 <= length <= 2**20 and rate > 0 and 0 <= low < high):
        raise ModelError("its numbers are impossible")
    # The standard's step divides by the number of edges, one more than there are gaps between them.
    mels = _mel(low) + np.arange(int(bands) + 2) * (_mel(high) - _mel(low)) / (bands + 2)
    places = np.floor((length + 1) * (700 * (np.power(10, mels / 2595) - 1)) / rate).astype(np.int64)
    bins = int(length) // 2 + 1
    matrix = np.zeros((bins, int(bands)))
    for band in range(int(bands)):
        left, middle, right = places[band : band + 3]
        for i in range(left, min(middle, bins - 1) + 1):
            matrix[i, band] = (i - left) / (middle - left) if middle > left else 1.0
        for i in range(middle, min(right, bins)):
            matrix[i, band] = (right - i) / (right - middle) if right > middle else matrix[i, band]
    code = c.integer("output_datatype", 1)
    dtype = ELEMENTS[code].dtype if code in ELEMENTS and ELEMENTS[code].native else None
    if dtype is None:
        c.unsupported(f"element type {code}")
    return c.b.constant(matrix.astype(dtype.numpy), dtype)


def _mel(frequency: float) -> float:
    return 2595 * math.log10(1 + frequency / 700)
