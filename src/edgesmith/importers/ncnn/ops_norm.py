"""Normalisations, scales and shifts of channels, and reductions."""

from __future__ import annotations

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.formulas import lrn_across, lrn_within, standardized
from edgesmith.importers.ncnn.convert import Call, Result
from edgesmith.ir import Value
from edgesmith.types import DType

REDUCING = ("sum", "asum", "sumsq", "mean", "max", "min", "prod", "l1", "l2", "logsum", "logsumexp")


def BatchNorm(c: Call) -> Result:
    """``(x - mean) / sqrt(var + eps) * slope + bias``, as one factor and one summand a channel."""
    x, (slope, mean, variance, bias) = c.x(), c.weights
    spread = np.sqrt(variance + np.float32(c.real(1)))
    factor = slope / spread
    return c.b.plus(c.b.times(x, c.channels(factor, x)), c.channels(bias - mean * factor, x))


def Scale(c: Call) -> Result:
    """By numbers of the file, or (-233) by another blob."""
    x, b = c.x(), c.b
    if c.integer(0) == -233:
        return b.times(x, b.reshape(c.x(1), (1, -1, *[1] * (x.rank - 2))))
    y = b.times(x, c.channels(c.weights[0], x))
    return b.plus(y, c.channels(c.weights[1], x)) if c.integer(1) else y


def Bias(c: Call) -> Result:
    return c.b.plus(c.x(), c.channels(c.weights[0], c.x())) if c.weights else c.x()


def LRN(c: Call) -> Result:
    """Over neighbouring channels, or over a square of pixels."""
    x, b, size = c.x(0, range(3, 4)), c.b, c.integer(1, 5)
    alpha, beta, bias = c.real(2, 1.0), c.real(3, 0.75), c.real(4, 1.0)
    if not 1 <= size < 1 << 16:
        raise ModelError(f"a window of {size}")
    return (lrn_within if c.integer(0) else lrn_across)(b, x, size, alpha, beta, bias)


def _scaled(c: Call, y: Value) -> Value:
    """Gamma and beta of the channels, where the file has them."""
    if not c.weights:
        return y
    return c.b.plus(c.b.times(y, c.channels(c.weights[0], y)), c.channels(c.weights[1], y))


def InstanceNorm(c: Call) -> Result:
    x = c.x(0, range(2, 5))
    return _scaled(c, standardized(c.b, x, list(range(2, x.rank)), c.real(1, 0.001)))


def GroupNorm(c: Call) -> Result:
    x, groups = c.x(), c.integer(0, 1)
    if groups < 1 or x.shape[1] % groups:
        raise ModelError(f"{x.shape[1]} channels in {groups} groups")
    wide = c.b.reshape(x, (1, groups, -1))
    return _scaled(c, c.b.reshape(standardized(c.b, wide, [2], c.real(2, 0.001)), x.shape))


def _normalized_axis(c: Call, x: Value) -> int:
    """The first of the innermost axes whose elements are as many as the file's numbers."""
    size = c.integer(0)
    if size in (0, x.shape[-1]):
        return x.rank - 1
    for axis in range(x.rank - 1, 0, -1):
        if int(np.prod(x.shape[axis:])) == size:
            return axis
    raise ModelError(f"{size} numbers are normalised, which the last axes of {x.shape[1:]} are not")


def LayerNorm(c: Call) -> Result:
    x = c.x()
    axis = _normalized_axis(c, x)
    gamma, beta = (c.constant(array.reshape(x.shape[axis:])) for array in c.weights) if c.weights else (None, None)
    return c.b.add("layer_norm", x, gamma, beta, axis=axis, epsilon=c.real(1, 0.001))


def RMSNorm(c: Call) -> Result:
    x = c.x()
    axis = _normalized_axis(c, x)
    gamma = c.constant(c.weights[0].reshape(x.shape[axis:])) if c.weights else None
    return c.b.add("rms_norm", x, gamma, axis=axis, epsilon=c.real(1, 0.001))


def MVN(c: Call) -> Result:
    """Zero mean, and perhaps unit variance, of each channel or of the whole."""
    x, b = c.x(0, range(3, 4)), c.b
    axes = [1, 2, 3] if c.integer(1) else [2, 3]
    return standardized(c.b, x, axes, c.real(2, 1e-4), outside=True) if c.integer(0) else b.minus(x, b.mean(x, axes))


def Normalize(c: Call) -> Result:
    """Divided by the length over channels, pixels or both, and scaled."""
    x, b, epsilon = c.x(), c.b, c.real(2, 1e-4)
    axes = [*([1] if c.integer(4, 1) else []), *(range(2, x.rank) if c.integer(0) else [])]
    if not axes:
        return x
    total = b.sum(b.unary("square", x), axes, True)
    match c.integer(9):
        case 0:
            length = b.unary("sqrt", b.plus(total, epsilon))
        case 1:
            length = b.binary("maximum", b.unary("sqrt", total), epsilon)
        case 2:
            length = b.unary("sqrt", b.binary("maximum", total, epsilon))
        case mode:
            raise ModelError(f"epsilon of mode {mode}; expected 0, 1 or 2")
    y = b.over(x, length)
    if not c.weights:
        return y
    scale = c.weights[0][:1] if c.integer(1) else c.weights[0]
    return b.times(y, c.channels(scale, x))


def Reduction(c: Call) -> Result:
    x, b, kind = c.x(), c.b, c.integer(0)
    if not 0 <= kind < len(REDUCING):
        raise ModelError(f"operation {kind}; expected 0 to {len(REDUCING) - 1}")
    name, listed, keep = REDUCING[kind], c.layer.integers(3), bool(c.integer(4))
    every = bool(c.integer(1, 1)) or not listed
    axes = list(range(1, x.rank)) if every else [c.axis(x, axis) for axis in listed]
    inner = {"asum": "abs", "l1": "abs", "sumsq": "square", "l2": "square"}.get(name)
    top: Value | None = None
    if inner is not None:
        x = b.unary(inner, x)
    if name == "logsumexp":
        x = b.unary("exp", x)
    op = {"mean": "reduce_mean", "max": "reduce_max", "min": "reduce_min", "prod": "reduce_prod"}.get(name)
    top = b.reduce(op or "reduce_sum", x, axes, True)
    if name == "l2":
        top = b.unary("sqrt", top)
    if name in ("logsum", "logsumexp"):
        top = b.unary("log", top)
    factor = c.real(2, 1.0)
    top = top if factor == 1 else b.times(top, factor)
    if keep:
        return top
    kept = [dim for axis, dim in enumerate(top.shape) if axis not in axes]
    return b.reshape(top, kept if len(kept) > 1 else (1, 1))


def ArgMax(c: Call) -> Result:
    """Places of the greatest elements of a blob seen as a vector; with ``out_max_val`` the elements before them."""
    x, b = c.b.reshape(c.x(), (1, -1)), c.b
    best, places = b.add_multi("topk", [x], attrs={"k": c.integer(1, 1), "axis": 1})
    indices = b.cast(places, DType.F32)
    return b.stack([best, indices], 1) if c.integer(0) else indices
