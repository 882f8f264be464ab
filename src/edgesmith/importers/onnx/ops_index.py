"""Indexing: gather, scatter, sort, search, running sums."""

from __future__ import annotations

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.emit import Emitter
from edgesmith.importers.onnx.call import Call, Result
from edgesmith.importers.onnx.ragged import ragged
from edgesmith.ir import Value
from edgesmith.types import DType


def _index(b: Emitter, index: Value) -> Value:
    """Indices are 32- or 64-bit integers."""
    return index if index.dtype in (DType.I32, DType.I64) else b.cast(index, DType.I64)


def Gather(c: Call) -> Result:
    x = c.x(0)
    axis = c.axis(c.integer("axis", 0), x.rank)
    return c.b.gather(x, _index(c.b, c.x(1)), axis, wrap=True)


def GatherElements(c: Call) -> Result:
    x, index = c.x(0), c.x(1)
    axis = c.axis(c.integer("axis", 0), x.rank)
    return c.b.add("gather_elements", x, _index(c.b, index), axis=axis, wrap=True)


def GatherND(c: Call) -> Result:
    index = _index(c.b, c.x(1))
    return c.b.add("gather_nd", c.x(0), index, batch_dims=c.integer("batch_dims", 0), wrap=True)


def ScatterElements(c: Call) -> Result:
    x, index, update = c.x(0), c.x(1), c.x(2)
    axis = c.axis(c.integer("axis", 0), x.rank)
    how = c.choice("reduction", "none", ("none", "add", "mul", "max", "min"))
    return c.b.add("scatter_elements", x, _index(c.b, index), update, axis=axis, reduction=how, wrap=True)


Scatter = ScatterElements


def ScatterND(c: Call) -> Result:
    x, index, update = c.x(0), c.x(1), c.x(2)
    how = c.choice("reduction", "none", ("none", "add", "mul", "max", "min"))
    return c.b.add("scatter_nd", x, _index(c.b, index), update, reduction=how, wrap=True)


def TensorScatter(c: Call) -> Result:
    """Writes a piece of a sequence into a cache, at a place of its own for every batch entry."""
    cache, update, b = c.x(0), c.x(1), c.b
    axis = c.axis(c.integer("axis", -2), cache.rank)
    circular = c.choice("mode", "linear", ("linear", "circular")) == "circular"
    if axis == 0 or update.rank != cache.rank:
        raise ModelError(f"axis {axis} does not fit shapes {cache.shape} and {update.shape}")
    along = [1] * cache.rank
    along[axis] = update.shape[axis]
    place = b.ints(np.arange(update.shape[axis]).reshape(along))
    if c.has(2):
        place = b.plus(place, b.reshape(b.cast(c.x(2), DType.I64), (-1, *[1] * (cache.rank - 1))))
    if circular:
        place = b.binary("mod", place, cache.shape[axis])
    return b.add("scatter_elements", cache, b.expand(place, update.shape), update, axis=axis, reduction="none")


def OneHot(c: Call) -> Result:
    """Indices outside the depth give rows of the off value."""
    index, values, b = c.x(0), c.x(2), c.b
    depth = int(c.array(1, "the depth").reshape(-1)[0])
    if not 0 <= depth <= 2**24 or values.size != 2:
        raise ModelError(f"depth {depth} or {values.size} values are impossible")
    axis = c.axis(c.integer("axis", -1), index.rank, inclusive=True)
    index = b.cast(index, DType.I64)
    index = b.expand_dims(b.where(b.binary("less", index, 0), b.plus(index, depth), index), axis)
    line = np.arange(depth).reshape([depth if i == axis else 1 for i in range(index.rank)])
    values = b.reshape(values, (2,))
    on, off = b.at(values, 0, 1), b.at(values, 0, 0)
    return b.where(b.binary("equal", index, b.ints(line)), on, off)


def TopK(c: Call) -> Result:
    x, b = c.x(0), c.b
    k = c.integer("k") if c.version < 10 else int(c.array(1, "k").reshape(-1)[0])
    axis = c.axis(c.integer("axis", -1), x.rank)
    if not 0 <= k <= x.shape[axis]:
        raise ModelError(f"k is {k} and the axis has {x.shape[axis]} elements")
    values, index = b.add_multi("topk", [x], attrs={"k": k, "axis": axis, "largest": bool(c.integer("largest", 1))})
    return values, b.cast(index, DType.I64)


def _arg(op: str, c: Call) -> Result:
    x, b = c.x(), c.b
    axis, keep = c.axis(c.integer("axis", 0), x.rank), bool(c.integer("keepdims", 1))
    index = b.add(op, x, axis=axis, keepdims=keep, select_last=bool(c.integer("select_last_index", 0)))
    return b.cast(index, DType.I64)


def ArgMax(c: Call) -> Result:
    return _arg("argmax", c)


def ArgMin(c: Call) -> Result:
    return _arg("argmin", c)


def _running(op: str, c: Call) -> Result:
    x, b = c.x(), c.b
    axis = c.axis(int(c.array(1, "the axis").reshape(())), x.rank)
    exclusive, backwards = bool(c.integer("exclusive", 0)), bool(c.integer("reverse", 0))
    return b.add(op, x, axis=axis, exclusive=exclusive, reverse=backwards)


def CumSum(c: Call) -> Result:
    return _running("cumsum", c)


def CumProd(c: Call) -> Result:
    return _running("cumprod", c)


def NonZero(c: Call) -> Result:
    x, b = c.x(), c.b
    places, count = b.add_multi("nonzero", [x if x.rank else b.reshape(x, (1,))])
    return ragged(b.transpose(places, (1, 0)), 1, count)


def Compress(c: Call) -> Result:
    x, b = c.x(0), c.b
    if "axis" in c.node.attributes:
        axis = c.axis(c.integer("axis"), x.rank)
    else:
        x, axis = b.reshape(x, (-1,)), 0
    y, count = b.add_multi("compress", [x, c.x(1)], attrs={"axis": axis})
    return ragged(y, axis, count)


def Unique(c: Call) -> Result:
    """Over everything, a graph operator; along an axis it is computed while importing, from values that are known."""
    x, b, in_order = c.x(), c.b, bool(c.integer("sorted", 1))
    if "axis" in c.node.attributes or x.dtype in (DType.F16, DType.BF16, DType.BOOL):
        return _unique_slices(c, x, in_order)
    found, first, inverse, counts, number = b.add_multi("unique", [b.reshape(x, (-1,))], attrs={"sorted": in_order})
    return ragged(found, 0, number), ragged(first, 0, number), inverse, ragged(counts, 0, number)


def _unique_slices(c: Call, x: Value, in_order: bool) -> Result:
    if x.dtype is DType.BF16:
        c.unsupported("bfloat16 values")
    data = c.array(0)
    axis = c.axis(c.integer("axis"), data.ndim) if "axis" in c.node.attributes else None
    found, first, inverse, counts = np.unique(data, True, True, True, axis=axis)
    if not in_order:
        order = np.argsort(first)
        place = np.empty_like(order)
        place[order] = np.arange(order.size)
        found, first, counts = np.take(found, order, axis=axis or 0), first[order], counts[order]
        inverse = place[inverse]
    return c.b.constant(found, x.dtype), c.b.ints(first), c.b.ints(inverse.reshape(-1)), c.b.ints(counts)
