"""Reductions."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from edgesmith.importers.emit import Emitter
from edgesmith.importers.onnx.call import Call, Result
from edgesmith.ir import Value
from edgesmith.types import DType

_AXES_AS_INPUT_SINCE = {"ReduceSum": 13}


def _axes(c: Call, rank: int) -> list[int]:
    since = _AXES_AS_INPUT_SINCE.get(c.node.op, 18)
    given = c.integers("axes") if c.version < since else (c.int_list(1, "the axes") if c.has(1) else None)
    if not given:
        return [] if c.integer("noop_with_empty_axes", 0) else list(range(rank))
    return c.axes(given, rank)


def _identity(op: str, dtype: DType) -> float:
    """The result over nothing."""
    if op in ("reduce_max", "reduce_min"):
        sign = -1 if op == "reduce_max" else 1
        if dtype.is_float:
            return sign * math.inf
        if dtype is DType.BOOL:
            return sign > 0
        info = np.iinfo(dtype.numpy.name)
        return info.min if sign < 0 else info.max
    return {"reduce_prod": 1.0, "reduce_sum": 0.0}.get(op, math.nan)


def reduce(b: Emitter, op: str, x: Value, axes: list[int], keep: bool) -> Value:
    """A reduction that is defined over no elements and over booleans too."""
    if not axes:
        return x
    if x.size == 0:
        shape = [1 if axis in axes else dim for axis, dim in enumerate(x.shape) if keep or axis not in axes]
        if math.prod(shape):
            return b.full(shape, _identity(op, x.dtype), x.dtype)
    if x.dtype is DType.BOOL:
        return b.binary("not_equal", b.reduce(op, b.cast(x, DType.I32), axes, keep), 0)
    return b.reduce(op, x, axes, keep)


Step = Callable[[Emitter, Value], Value]


def _reduction(op: str, before: Step | None = None, after: Step | None = None) -> Callable[[Call], Result]:
    def convert(c: Call) -> Value:
        x, b = c.x(), c.b
        kind = x.dtype
        if (before or after) and kind in (DType.F16, DType.BF16):
            x = b.cast(x, DType.F32)
        axes = _axes(c, x.rank)
        x = before(b, x) if before else x
        y = reduce(b, op, x, axes, bool(c.integer("keepdims", 1)))
        y = after(b, y) if after else y
        return b.cast(y, kind)

    return convert


def _sqrt(b: Emitter, x: Value) -> Value:
    if x.dtype.is_float:
        return b.unary("sqrt", x)
    return b.cast(b.unary("sqrt", b.cast(x, DType.F64)), x.dtype)


def _log(b: Emitter, x: Value) -> Value:
    if x.dtype.is_float:
        return b.unary("log", x)
    return b.cast(b.unary("log", b.cast(x, DType.F64)), x.dtype)


ReduceSum = _reduction("reduce_sum")
ReduceMean = _reduction("reduce_mean")
ReduceMax = _reduction("reduce_max")
ReduceMin = _reduction("reduce_min")
ReduceProd = _reduction("reduce_prod")
ReduceL1 = _reduction("reduce_sum", before=lambda b, x: b.unary("abs", x))
ReduceL2 = _reduction("reduce_sum", before=lambda b, x: b.times(x, x), after=_sqrt)
ReduceSumSquare = _reduction("reduce_sum", before=lambda b, x: b.times(x, x))
ReduceLogSum = _reduction("reduce_sum", after=_log)


def ReduceLogSumExp(c: Call) -> Result:
    """``m + log(sum(exp(x - m)))``, where m is the largest element, or 0 where that is infinite."""
    x, b = c.x(), c.b
    kind = x.dtype
    if not kind.is_float or kind.bytes == 2:
        x = b.cast(x, DType.F32 if kind.is_float else DType.F64)
    axes, keep = _axes(c, x.rank), bool(c.integer("keepdims", 1))
    if not axes or x.size == 0:
        total = reduce(b, "reduce_sum", b.unary("exp", x), axes, keep)
        return b.cast(x if not axes else b.unary("log", total), kind)
    top = b.reduce("reduce_max", x, axes, True)
    top = b.where(b.binary("less", b.unary("abs", top), math.inf), top, 0)
    y = b.plus(b.unary("log", b.sum(b.unary("exp", b.minus(x, top)), axes, True)), top)
    return b.cast(y if keep else b.squeeze(y, *axes), kind)
