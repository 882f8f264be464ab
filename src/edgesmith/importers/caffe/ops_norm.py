"""Normalisations of channels and pictures, and orders along axes."""

from __future__ import annotations

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.caffe.convert import Call, Result
from edgesmith.importers.formulas import lrn_across, lrn_within, standardized
from edgesmith.ir import Value
from edgesmith.types import DType

IMAGE = range(4, 5)


def _factor(c: Call, x: Value, factor: np.ndarray, shift: np.ndarray) -> Value:
    """One factor and one summand a channel."""
    return c.b.plus(c.b.times(x, c.channels(factor, x)), c.channels(shift, x))


def BatchNorm(c: Call) -> Result:
    """By the file's mean and variance, which are sums over a number that the file has too; or by the blob's own."""
    p, x = c.param("batch_norm_param"), c.x(0, range(1, 9))
    epsilon = p.real("eps", 1e-5)
    count = x.shape[1] if x.rank > 1 else 1
    if not p.flag("use_global_stats", True):
        if x.rank < 2:
            raise ModelError(f"a blob of shape {x.shape}; expected channels")
        return standardized(c.b, x, [0, *range(2, x.rank)], epsilon)
    mean, variance, total = c.weight(0, (count,)), c.weight(1, (count,)), c.weight(2, (1,))
    weight = np.float32(1) / total[0] if total[0] else np.float32(0)
    factor = 1 / np.sqrt(variance * weight + np.float32(epsilon))
    shift = -mean * weight * factor
    if p.flag("scale_bias"):  # NVIDIA's form has what a Scale does in it
        slope, bias = c.weight(3, (count,)), c.weight(4, (count,))
        factor, shift = factor * slope, shift * slope + bias
    return _factor(c, x, factor, shift)


def BN(c: Call) -> Result:
    """A fork's form: slope and bias, in which mean and variance are folded or behind which they stand."""
    p, x = c.param("bn_param"), c.x(0, range(2, 9))
    p.choice("bn_mode", ("LEARN", "INFERENCE"), "LEARN")
    p.known.update(("slope_filler", "bias_filler", "momentum", "frozen", "shift_filler"))
    slope, bias = (c.weight(place, (x.shape[1],)) for place in range(2))
    if len(c.weights) < 4:
        return _factor(c, x, slope, bias)
    mean, variance = (c.weight(place, (x.shape[1],)) for place in (2, 3))
    factor = slope / np.sqrt(variance + np.float32(p.real("eps", 1e-5)))
    return _factor(c, x, factor, bias - mean * factor)


def LRN(c: Call) -> Result:
    """Over neighbouring channels, or over a square of pixels (which knows no ``k``)."""
    p, x = c.param("lrn_param"), c.x(0, IMAGE)
    size, alpha, beta = p.integer("local_size", 5), p.real("alpha", 1.0), p.real("beta", 0.75)
    if size % 2 == 0 or not 1 <= size < 1 << 16:
        raise ModelError(f"a window of {size}; expected an odd number")
    if p.choice("norm_region", ("ACROSS_CHANNELS", "WITHIN_CHANNEL"), "ACROSS_CHANNELS") == "WITHIN_CHANNEL":
        p.real("k", 1.0)
        return lrn_within(c.b, x, size, alpha, beta, 1.0)
    return lrn_across(
        c.b, x, min(size, 2 * x.shape[1] - 1), alpha * min(size, 2 * x.shape[1] - 1) / size, beta, p.real("k", 1.0)
    )


def MVN(c: Call) -> Result:
    """Zero mean, and perhaps unit variance, of each channel or of the whole picture."""
    p, x, b = c.param("mvn_param"), c.x(0, IMAGE), c.b
    axes = [1, 2, 3] if p.flag("across_channels") else [2, 3]
    epsilon = p.real("eps", 1e-9)
    if p.flag("normalize_variance", True):
        return standardized(b, x, axes, epsilon, outside=True)
    return b.minus(x, b.mean(x, axes))


def Normalize(c: Call) -> Result:
    """Divided by the length of each pixel's channels, or of the whole picture, and scaled."""
    p, x, b = c.param("norm_param"), c.x(0, IMAGE), c.b
    axes = [1, 2, 3] if p.flag("across_spatial", True) else [1]
    length = b.unary("sqrt", b.plus(b.sum(b.unary("square", x), axes, True), p.real("eps", 1e-10)))
    count = 1 if p.flag("channel_shared", True) else x.shape[1]
    return b.times(b.over(x, length), c.channels(c.weight(0, (count,)), x))


def Softmax(c: Call) -> Result:
    x = c.x()
    return c.b.add("softmax", x, axis=c.axis(x, c.param("softmax_param").integer("axis", 1)))


def ArgMax(c: Call) -> Result:
    """Places of the greatest, or what they are; of the whole of each row of the batch both, one below the other."""
    p, x, b = c.param("argmax_param"), c.x(), c.b
    values, count = p.flag("out_max_val"), p.integer("top_k", 1)
    if "axis" in p:
        best, places = b.add_multi("topk", [x], attrs={"k": count, "axis": c.axis(x, p.integer("axis"))})
        return best if values else b.cast(places, DType.F32)
    best, places = b.add_multi("topk", [b.reshape(x, (x.shape[0], -1))], attrs={"k": count, "axis": 1})
    found = [b.cast(places, DType.F32), *([best] if values else [])]
    return b.reshape(b.stack(found, 1), (x.shape[0], len(found), count, *[1] * (x.rank - 3)))
