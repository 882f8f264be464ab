"""Pools. One spatial axis becomes two; three are pooled in two steps, which for these functions is the same."""

from __future__ import annotations

import math

from edgesmith.errors import ModelError
from edgesmith.importers.onnx.call import Call, Result
from edgesmith.importers.onnx.ops_quant import quantized, real
from edgesmith.importers.onnx.windows import axes_of
from edgesmith.importers.spatial import Axis, pool, unfold
from edgesmith.ir import Value
from edgesmith.types import DType, elements


def _axes(c: Call, x: Value) -> list[Axis]:
    if x.rank < 3:
        raise ModelError(f"needs a batch, channels and at least one more axis, found shape {x.shape}")
    return axes_of(c, x.shape[2:], c.integers("kernel_shape") or [])


def MaxPool(c: Call) -> Result:
    x = c.x()
    axes = _axes(c, x)
    if not c.wants(1):
        if x.quant is None or x.dtype is not DType.U8:
            return pool(c.b, "max_pool2d", x, axes)
        (y,) = pool(c.b, "max_pool2d", real(c.b, x, x.quant), axes)  # passes then choose among the integers
        return quantized(c.b, y, x.quant, x.dtype)
    if len(axes) > 2:
        c.unsupported("indices of a pool over three axes")
    order = "column_major" if c.integer("storage_order", 0) else "row_major"
    return pool(c.b, "max_pool2d", x, axes, indices=order)


def AveragePool(c: Call) -> Result:
    x = c.x()
    return pool(c.b, "avg_pool2d", x, _axes(c, x), count_include_pad=bool(c.integer("count_include_pad", 0)))


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
