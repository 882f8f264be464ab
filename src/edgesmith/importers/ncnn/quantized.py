"""Weights of int8, and layers that compute with it.

ncnn quantizes ``q = clamp(round(x * scale), -127, 127)``. Here quantize and dequantize before the layer say that,
with 1 / scale; the pass ``fuse_quantization`` makes an integer layer of it where the next one takes bytes too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.ncnn.convert import Call
from edgesmith.importers.ncnn.weights import Array
from edgesmith.ir import Value
from edgesmith.types import DType, Quantization


@dataclass(frozen=True, slots=True)
class Scales:
    """Of the weights (one, or one for each output), the input, and perhaps the output."""

    weights: Array
    input: float
    output: float | None


def quantization(scale: Array | float, axis: int | None = None) -> Quantization:
    """Of numbers that were multiplied by ``scale``. A channel without any weights may have a scale of 0.

    Raises:
        ModelError: a scale that is negative or no number.
    """
    scales = np.atleast_1d(np.asarray(scale, np.float32))
    if not (np.isfinite(scales).all() and (scales >= 0).all()):
        raise ModelError("a scale of int8 is negative, or no number")
    return Quantization.make(1 / np.where(scales > 0, scales, 1).astype(np.float32), 0, axis)


def to_bytes(array: Array, scales: Array) -> Array:
    """Real weights in the integers that ncnn makes of them when it loads them."""
    scaled = array * scales.reshape(-1, *[1] * (array.ndim - 1))
    whole = np.trunc(scaled + np.copysign(np.float32(0.5), scaled))
    return np.asarray(np.clip(whole, -127, 127).astype(np.int8))


def take_scales(c: Call, first: int, term: int, outputs: int) -> Scales:
    """The scales behind a layer's weights and bias, from the array at ``first`` on; one for each output."""
    scales = c.weights[first]
    if scales.size not in (1, outputs) and outputs % max(scales.size, 1):
        raise ModelError(f"{scales.size} scales of weights for {outputs} outputs")
    each = scales if scales.size in (1, outputs) else np.repeat(scales, outputs // scales.size)
    return Scales(each, float(c.weights[first + 1][0]), float(c.weights[first + 2][0]) if term > 100 else None)


def weights(c: Call, array: Array, scales: Scales) -> Value:
    """Weights of (outputs, ...) as a constant of int8 that is dequantized."""
    whole = array if array.dtype == np.int8 else to_bytes(array, scales.weights)
    value = c.b.constant(np.ascontiguousarray(whole), DType.I8, name=f"{c.layer.name}.w")
    return c.b.dequantized(value, quantization(scales.weights, 0))


def through_bytes(c: Call, x: Value, scale: float) -> Value:
    """``x`` as the real numbers that int8 of this scale leaves of it; bytes already are taken as they are."""
    made = x.producer
    if made is not None and made.op == "dequantize":
        return x
    quant = quantization(scale)
    limit = 127 * float(quant.scale0)
    whole = c.b.add("quantize", c.b.clip(x, -limit, limit), quant=quant, to=DType.I8)
    return c.b.add("dequantize", whole)
