"""Normalisations and the softmax family."""

from __future__ import annotations

import math

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.emit import Emitter
from edgesmith.importers.onnx.call import Call, Result
from edgesmith.ir import Value
from edgesmith.types import DType


def _per_channel(b: Emitter, v: Value, x: Value) -> Value:
    """A vector of one number a channel, shaped to broadcast over (N, C, spatial...)."""
    if v.size != x.shape[1]:
        raise ModelError(f"{v.size} numbers for {x.shape[1]} channels")
    return b.reshape(b.cast(v, x.dtype), (-1, *[1] * (x.rank - 2)))


def BatchNormalization(c: Call) -> Result:
    """A scale and a shift a channel. In training mode they come from the batch, which also updates the statistics."""
    x, b = c.x(0), c.b
    kind = x.dtype
    if kind in (DType.F16, DType.BF16):
        x = b.cast(x, DType.F32)
    if x.rank < 2:
        raise ModelError(f"needs channels on axis 1, found shape {x.shape}")
    scale, shift, mean, variance = (_per_channel(b, c.x(i), x) for i in range(1, 5))
    results = []
    if c.version >= 14 and c.integer("training_mode", 0):
        axes = [axis for axis in range(x.rank) if axis != 1]
        momentum = c.number("momentum", 0.9)
        now = b.mean(x, axes)
        spread = b.mean(b.times(b.minus(x, now), b.minus(x, now)), axes)
        for old, new, like in ((mean, now, c.x(3)), (variance, spread, c.x(4))):
            flat = b.plus(b.times(b.reshape(old, (-1,)), momentum), b.times(b.reshape(new, (-1,)), 1 - momentum))
            results.append(b.cast(flat, like.dtype))
        mean, variance = now, spread
    factor = b.over(scale, b.unary("sqrt", b.plus(variance, c.number("epsilon", 1e-5))))
    if factor.is_constant:
        y = b.plus(b.times(x, factor), b.minus(shift, b.times(mean, factor)))
    else:
        y = b.plus(b.times(b.minus(x, mean), factor), shift)
    return [b.cast(y, kind), *results]


def _standardise(b: Emitter, x: Value, axes: list[int], epsilon: float) -> tuple[Value, Value, Value]:
    """(x - mean) / sqrt(variance + epsilon), the mean, and the reciprocal of the root."""
    mean = b.mean(x, axes)
    centred = b.minus(x, mean)
    inverse = b.over(1, b.unary("sqrt", b.plus(b.mean(b.times(centred, centred), axes), epsilon)))
    return b.times(centred, inverse), mean, inverse


def InstanceNormalization(c: Call) -> Result:
    x, b = c.x(0), c.b
    y, _, _ = _standardise(b, x, list(range(2, x.rank)), c.number("epsilon", 1e-5))
    return b.plus(b.times(y, _per_channel(b, c.x(1), x)), _per_channel(b, c.x(2), x))


def GroupNormalization(c: Call) -> Result:
    """Scale and shift are per channel; in operator sets 18 to 20 they were per group."""
    x, b = c.x(0), c.b
    groups = c.integer("num_groups")
    if x.rank < 2 or groups < 1 or x.shape[1] % groups:
        raise ModelError(f"input of shape {x.shape} does not divide into {groups} groups of channels")
    kind = x.dtype
    wide = b.cast(x, DType.F32) if kind in (DType.F16, DType.BF16) else x
    y, _, _ = _standardise(b, b.reshape(wide, (x.shape[0], groups, -1)), [2], c.number("epsilon", 1e-5))
    parts = []
    for index in (1, 2):
        v = c.x(index)
        if v.size == groups != x.shape[1]:
            v = b.reshape(b.expand(b.reshape(v, (groups, 1)), (groups, x.shape[1] // groups)), (-1,))
        parts.append(_per_channel(b, v, wide))
    return b.cast(b.plus(b.times(b.reshape(y, x.shape), parts[0]), parts[1]), kind)


def LayerNormalization(c: Call) -> Result:
    x, b = c.x(0), c.b
    kind = x.dtype
    axis = c.axis(c.integer("axis", -1), x.rank)
    wide = b.cast(x, DType.F32) if kind in (DType.F16, DType.BF16) else x
    y, mean, inverse = _standardise(b, wide, list(range(axis, x.rank)), c.number("epsilon", 1e-5))
    y = b.times(y, b.cast(c.x(1), y.dtype))
    if c.has(2):
        y = b.plus(y, b.cast(c.x(2), y.dtype))
    return b.cast(y, kind), mean, inverse


def RMSNormalization(c: Call) -> Result:
    x, b = c.x(0), c.b
    kind = x.dtype
    axis = c.axis(c.integer("axis", -1), x.rank)
    wide = b.cast(x, DType.F32) if kind in (DType.F16, DType.BF16) else x
    mean = b.mean(b.times(wide, wide), list(range(axis, x.rank)))
    y = b.over(wide, b.unary("sqrt", b.plus(mean, c.number("epsilon", 1e-5))))
    return b.cast(b.times(y, b.cast(c.x(1), y.dtype)), kind)


def MeanVarianceNormalization(c: Call) -> Result:
    x, b = c.x(), c.b
    axes = c.axes(c.integers("axes", [0, 2, 3]) or [], x.rank)
    mean = b.mean(x, axes)
    variance = b.minus(b.mean(b.times(x, x), axes), b.times(mean, mean))
    return b.over(b.minus(x, mean), b.plus(b.unary("sqrt", variance), 1e-9))


def LpNormalization(c: Call) -> Result:
    """A vector of zeros stays one."""
    x, b = c.x(), c.b
    axis, p = c.axis(c.integer("axis", -1), x.rank), c.integer("p", 2)
    if p not in (1, 2):
        raise ModelError(f"p is {p}; expected 1 or 2")
    if p == 1:
        norm = b.sum(b.unary("abs", x), axis, True)
    else:
        norm = b.unary("sqrt", b.sum(b.times(x, x), axis, True))
    return b.over(x, b.where(b.binary("equal", norm, 0), 1, norm))


def LRN(c: Call) -> Result:
    """Local response normalisation across channels."""
    x, b, size = c.x(), c.b, c.integer("size")
    if size < 1 or x.rank < 2:
        raise ModelError(f"size {size} does not fit an input of shape {x.shape}")
    size = min(size, 2 * x.shape[1] + 1)
    before = (size - 1) // 2
    square = b.pad(b.times(x, x), [(0, 0), (before, size - 1 - before), *[(0, 0)] * (x.rank - 2)])
    if size > 256:
        c.unsupported(f"a window of {size} channels")
    total: Value | None = None
    for start in range(size):
        part = b.slice(square, 1, start, start + x.shape[1])
        total = part if total is None else b.plus(total, part)
    assert total is not None
    alpha, beta, bias = c.number("alpha", 1e-4), c.number("beta", 0.75), c.number("bias", 1.0)
    return b.over(x, b.binary("pow", b.plus(b.times(total, alpha / c.integer("size")), bias), beta))


def _softmax(c: Call, op: str) -> Value:
    """Before operator set 13 everything from the axis on was one vector."""
    x, b = c.x(), c.b
    if c.version >= 13:
        axis = c.axis(c.integer("axis", -1), x.rank)
        return b.add(op, x, axis=axis)
    axis = c.axis(c.integer("axis", 1), x.rank) if x.rank else 0
    flat = b.reshape(x, (math.prod(x.shape[:axis]), math.prod(x.shape[axis:])))
    return b.reshape(b.add(op, flat, axis=1), x.shape)


def Softmax(c: Call) -> Result:
    return _softmax(c, "softmax")


def LogSoftmax(c: Call) -> Result:
    return _softmax(c, "log_softmax")


def Hardmax(c: Call) -> Result:
    """One at the first largest element, zero elsewhere."""
    x, b = c.x(), c.b
    shape = x.shape
    axis = c.axis(c.integer("axis", -1 if c.version >= 13 else 1), x.rank)
    if c.version < 13:
        x, axis = b.reshape(x, (math.prod(shape[:axis]), math.prod(shape[axis:]))), 1
    best = b.expand_dims(b.cast(b.add("argmax", x, axis=axis), DType.I64), axis)
    line = np.arange(x.shape[axis]).reshape([-1 if i == axis else 1 for i in range(x.rank)])
    return b.reshape(b.cast(b.binary("equal", best, b.ints(line)), x.dtype), shape)


def Dropout(c: Call) -> Result:
    """Nothing is dropped when a network is used; training mode is accepted where its ratio is 0."""
    x, b = c.x(), c.b
    if c.version >= 12 and c.has(2) and bool(c.array(2, "training_mode").reshape(-1)[0]):
        ratio = float(c.array(1, "the ratio").reshape(-1)[0]) if c.has(1) else 0.5
        if ratio:
            c.unsupported("training mode drops at random", "Export the model for inference.")
    mask = b.full(x.shape, True, DType.BOOL if c.version >= 10 else x.dtype) if c.wants(1) else x
    return x, mask
