"""Pools. One spatial axis becomes two; three are pooled in two steps, which for these functions is the same."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.onnx.call import Call, Result
from edgesmith.importers.onnx.emit import Emitter
from edgesmith.importers.onnx.ops_conv import WHOLE
from edgesmith.importers.onnx.windows import Axis, axes_of, unfold, unfold_all
from edgesmith.ir import Value
from edgesmith.types import DType, elements


def _axes(c: Call, x: Value) -> list[Axis]:
    if x.rank < 3:
        raise ModelError(f"needs a batch, channels and at least one more axis, found shape {x.shape}")
    return axes_of(c, x.shape[2:], c.integers("kernel_shape") or [])


def pool(b: Emitter, op: str, x: Value, axes: Sequence[Axis]) -> Value:
    """max_pool2d or avg_pool2d (padding not counted) over the spatial axes of (N, C, spatial...)."""
    if len(axes) == 1:
        return b.squeeze(pool(b, op, b.expand_dims(x, 2), [WHOLE, *axes]), 2)
    if len(axes) > 2:
        # The windows are boxes, so pooling axis after axis sees each element once, and counts multiply.
        n, channels, first = x.shape[:3]
        flat = b.reshape(x, (n, channels * first, *x.shape[3:]))
        y = pool(b, op, flat, axes[1:])
        y = b.reshape(y, (n, channels, first, math.prod(y.shape[2:])))
        y = pool(b, op, y, [axes[0], replace(WHOLE, size=y.shape[3])])
        return b.reshape(y, (n, channels, axes[0].count, *(axis.count for axis in axes[1:])))
    if any(axis.dilation > 1 for axis in axes) or x.dtype is not DType.F32:
        return _by_positions(b, op, x, axes)
    y = b.add(
        op,
        b.channels_last(x),
        kernel=tuple(axis.kernel for axis in axes),
        strides=tuple(axis.stride for axis in axes),
        padding=tuple((axis.low, axis.high) for axis in axes),
    )
    return b.channels_first(y)


def _by_positions(b: Emitter, op: str, x: Value, axes: Sequence[Axis]) -> Value:
    """Axis after axis, by gathering windows: dilated ones, and types that have no kernel."""
    largest = op == "max_pool2d"
    for i, axis in enumerate(axes, x.rank - len(axes)):
        x = unfold(b, x, i, axis, _lowest(x.dtype) if largest else 0)
        x = b.reduce("reduce_max" if largest else "reduce_sum", x, i + 1)
    return x if largest else b.over(x, b.like(_counts(axes), x))


def _lowest(dtype: DType) -> float:
    return -math.inf if dtype.is_float else float(np.iinfo(dtype.numpy.name).min)


def _counts(axes: Sequence[Axis], padding: bool = False) -> np.ndarray:
    """How many elements every window averages; ``padding`` counts it, but never what rounding up added."""
    counts = np.ones((), np.float32)
    for axis in axes:
        places = np.arange(axis.count)[:, None] * axis.stride + np.arange(axis.kernel) * axis.dilation - axis.low
        low, high = (-axis.low, axis.size + axis.high - axis.extra) if padding else (0, axis.size)
        counts = counts[..., None] * ((places >= low) & (places < high)).sum(axis=1).astype(np.float32)
    return counts


def MaxPool(c: Call) -> Result:
    x = c.x()
    axes = _axes(c, x)
    y = pool(c.b, "max_pool2d", x, axes)
    return (y, _where_largest(c, x, axes)) if c.wants(1) else y


def _where_largest(c: Call, x: Value, axes: Sequence[Axis]) -> Value:
    """The place of each window's largest element in the flattened input."""
    b, sizes = c.b, [axis.size for axis in axes]
    wide = unfold_all(b, x, axes, _lowest(x.dtype))
    best = b.cast(b.add("argmax", wide, axis=wide.rank - 1), DType.I64)
    grids = np.meshgrid(*(np.arange(axis.count) * axis.stride - axis.low for axis in axes), indexing="ij")
    inner = np.meshgrid(*(np.arange(axis.kernel) * axis.dilation for axis in axes), indexing="ij")
    order = range(len(sizes)) if c.integer("storage_order", 0) else range(len(sizes))[::-1]
    weights, step = [0] * len(sizes), 1
    for i in order:
        weights[i] = step
        step *= sizes[i]
    base = sum(w * grid for w, grid in zip(weights, grids, strict=True))
    offsets = sum(w * grid.ravel() for w, grid in zip(weights, inner, strict=True))
    plane = np.arange(x.shape[0] * x.shape[1]).reshape(*x.shape[:2], *[1] * len(sizes)) * math.prod(sizes)
    return b.plus(b.gather(b.ints(offsets), best, 0), b.ints(plane + base))


def AveragePool(c: Call) -> Result:
    x, b = c.x(), c.b
    axes = _axes(c, x)
    if not c.integer("count_include_pad", 0):
        return pool(b, "avg_pool2d", x, axes)
    # Padding becomes elements that count; what rounding up added stays padding that does not.
    x = b.pad(x, [(0, 0), (0, 0), *((axis.low, axis.high - axis.extra) for axis in axes)])
    grown = [replace(axis, size=axis.size + axis.low + axis.high - axis.extra, low=0, high=axis.extra) for axis in axes]
    return pool(b, "avg_pool2d", x, grown)


def LpPool(c: Call) -> Result:
    x, b = c.x(), c.b
    p = c.integer("p", 2)
    x = b.unary("abs", x)
    total = x if p == 1 else b.times(x, x) if p == 2 else b.binary("pow", x, p)
    for i, axis in enumerate(_axes(c, x), 2):
        total = b.sum(unfold(b, total, i, axis, 0), i + 1)
    return total if p == 1 else b.unary("sqrt", total) if p == 2 else b.binary("pow", total, 1 / p)


def _spatial(x: Value) -> list[int]:
    if x.rank < 3:
        raise ModelError(f"needs a batch, channels and at least one more axis, found shape {x.shape}")
    return list(range(2, x.rank))


def GlobalAveragePool(c: Call) -> Result:
    return c.b.mean(c.x(), _spatial(c.x()))


def GlobalMaxPool(c: Call) -> Result:
    return c.b.reduce("reduce_max", c.x(), _spatial(c.x()), True)


def GlobalLpPool(c: Call) -> Result:
    x, b, p = c.x(), c.b, c.integer("p", 2)
    power = b.binary("pow", b.unary("abs", x), p)
    return b.binary("pow", b.sum(power, _spatial(x), True), 1 / p)


def MaxUnpool(c: Call) -> Result:
    """Indices count in the picture that the pool's attributes imply; ``output_shape`` may enlarge it."""
    x, index, b = c.x(0), c.x(1), c.b
    kernel = c.integers("kernel_shape") or []
    rank = x.rank - 2
    strides, pads = c.integers("strides") or [1] * rank, c.integers("pads") or [0] * (2 * rank)
    if not len(kernel) == len(strides) == rank or len(pads) != 2 * rank or index.shape != x.shape:
        raise ModelError(f"kernel {kernel} and indices of shape {index.shape} do not fit an input of shape {x.shape}")
    sizes = [
        (size - 1) * stride - pads[i] - pads[i + rank] + k
        for i, (size, stride, k) in enumerate(zip(x.shape[2:], strides, kernel, strict=True))
    ]
    shape = [*x.shape[:2], *sizes]
    elements(tuple(shape))
    flat = b.full((math.prod(shape),), 0, x.dtype)
    index = b.reshape(b.cast(index, DType.I64), (-1,))
    y = b.add("scatter_elements", flat, index, b.reshape(x, (-1,)), axis=0, reduction="none")
    y = b.reshape(y, shape)
    if c.has(2):
        wanted = c.int_list(2, "the output's shape")
        if len(wanted) != x.rank or any(want < have for want, have in zip(wanted, shape, strict=True)):
            raise ModelError(f"output shape {wanted} does not hold {shape}")
        y = b.pad(y, [(0, want - have) for want, have in zip(wanted, shape, strict=True)])
    return y
