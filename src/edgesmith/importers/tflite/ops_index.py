"""Elements chosen by indices: gather, scatter, one-hot, segments."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.tflite.call import Call, refuse
from edgesmith.ir import Value
from edgesmith.types import DType


def _table(c: Call, index: int) -> Value:
    """What is gathered from; quantized tables of a float result (hybrid), or of many scales, become float."""
    x = c.x(index)
    return c.dequantized(x) if x.quant is not None and c.out_type().is_float else x


def gather(c: Call) -> Value:
    x = _table(c, 0)
    axis, batch = c.axis(c.integer("axis"), x.rank), c.integer("batch_dims")
    batch += c.x(1).rank if batch < 0 else 0
    return c.add("gather", x, c.x(1), axis=axis, batch_dims=batch, quant=c.out_quant())


def gather_nd(c: Call) -> Value:
    return c.add("gather_nd", c.x(0), c.x(1), quant=c.out_quant())


def embedding_lookup(c: Call) -> Value:
    """Rows of a table; the ids come first."""
    return c.add("gather", _table(c, 1), c.x(0), axis=0, quant=c.out_quant())


def _filled(c: Call, shape: tuple[int, ...], fill: int | float) -> Value:
    return c.add("expand", c.constant(np.asarray(fill), c.out_type(), c.out_quant()), shape=shape, quant=c.out_quant())


def scatter_nd(c: Call) -> Value:
    """Updates added into zeros, at (possibly repeated) places."""
    indices, updates, shape = c.x(0), c.x(1), tuple(c.ints(2, "shape"))
    zeros = _filled(c, shape, c.stored_zero())
    if updates.quant is None:
        return c.add("scatter_nd", zeros, indices, updates, reduction="add")
    places = c.array(0, "indices").reshape(-1, indices.shape[-1] if indices.rank else 1)
    if len(np.unique(places, axis=0)) != len(places):
        refuse("quantized updates that meet at one place")
    return c.add("scatter_nd", zeros, indices, updates, quant=c.out_quant())


def sparse_to_dense(c: Call) -> Value:
    """Values at places of a tensor that is filled with a default."""
    indices, shape, values, default = c.x(0), tuple(c.ints(1, "shape")), c.x(2), c.x(3)
    if indices.rank < 2:  # one place, or places along one axis
        indices = c.reshaped(indices, (indices.size, 1) if len(shape) == 1 else (1, indices.size))
    if values.rank == 0:
        values = c.add("expand", values, shape=indices.shape[:1])
    filled = c.add("expand", c.reshaped(default, ()), shape=shape)
    return c.add("scatter_nd", filled, indices, values)


def one_hot(c: Call) -> Value:
    """``on`` where the position along a new axis equals the index, else ``off``."""
    indices, (depth, *_) = c.x(0), c.ints(1, "depth")
    if not 0 <= depth <= 1 << 24:
        raise ModelError(f"{c.op.where}: depth {depth}")
    axis = c.axis(c.integer("axis"), indices.rank + 1)
    places = np.arange(depth).reshape(depth, *(1,) * (indices.rank - axis))
    spread = c.reshaped(indices, (*indices.shape[:axis], 1, *indices.shape[axis:]))
    hit = c.add("equal", spread, c.constant(places, indices.dtype))
    return c.add("select", hit, c.reshaped(c.x(2), ()), c.reshaped(c.x(3), ()), quant=c.out_quant())


def _segments(reduction: str) -> Callable[[Call], Value]:
    """Rows of the data reduced into the segment that each names."""

    def convert(c: Call) -> Value:
        data, ids = c.x(0), c.x(1)
        count = c.ints(2, "number of segments")[0] if len(c.op.inputs) > 2 else max(c.ints(1, "ids"), default=-1) + 1
        shape = (count, *data.shape[ids.rank :])
        start = _filled(c, shape, _neutral(reduction, data.dtype))
        places = c.reshaped(ids, (*ids.shape, 1))
        return c.add("scatter_nd", start, places, data, reduction=reduction)

    return convert


def _neutral(reduction: str, dtype: DType) -> int | float:
    """What a reduction of nothing gives."""
    if reduction in ("add", "mul"):
        return int(reduction == "mul")
    if dtype.is_float:
        top = float(np.finfo(np.float32).max)
        return -top if reduction == "max" else top
    info = np.iinfo(dtype.numpy.type(0))  # type: ignore[type-var]
    return int(info.min if reduction == "max" else info.max)


segment_sum = _segments("add")
unsorted_segment_sum = _segments("add")
unsorted_segment_prod = _segments("mul")
unsorted_segment_max = _segments("max")
unsorted_segment_min = _segments("min")


def bucketize(c: Call) -> Value:
    """How many boundaries each number reaches."""
    x = c.x(0)
    edges = np.asarray(c.option("boundaries"), np.float32)
    if (np.diff(edges) < 0).any() or not np.isfinite(edges).all():
        raise ModelError(f"{c.op.where}: its boundaries do not rise")
    if x.size * max(edges.size, 1) >= 1 << 30:
        raise ModelError(f"{c.op.where}: {edges.size} boundaries for {x.size} numbers are too many")
    real = c.cast(c.reshaped(x, (*x.shape, 1)), DType.F32)
    reached = c.add("greater_equal", real, c.constant(edges))
    return c.add("reduce_sum", c.cast(reached, DType.I32), axes=(x.rank,), keepdims=False)


def where(c: Call) -> Value:
    """The places of what is not zero, one a row; how many there are is known only after a run."""
    x = c.x(0)
    if x.quant is not None:
        x = c.add("not_equal", c.cast(x, DType.I32), c.constant(x.quant.zero0, DType.I32))
    return nonzero_rows(c, x)


def nonzero_rows(c: Call, x: Value) -> Value:
    if x.data is not None:
        return c.constant(np.argwhere(x.data), DType.I64)
    places, count = c.add_multi("nonzero", (x,))
    c.frame.builder.graph.extents[places] = (0, count)
    return places


def unique(c: Call) -> list[Value]:
    """Each number once, in the order of appearance, and for every element which one it is."""
    values, _, inverse, _, count = c.add_multi("unique", (c.x(0),), (c.out_quant(),), sorted=False)
    if values.data is not None and count.data is not None:
        values = c.constant(values.data[: int(count.data)], values.dtype, values.quant)
    else:
        c.frame.builder.graph.extents[values] = (0, count)
    return [values, c.cast(inverse, c.out_type(1))]


def _kept(c: Call) -> tuple[Value, Value]:
    """Places of the boxes that stay, then zeros, and how many stay."""
    boxes, scores, most = c.x(0), c.x(1), c.ints(2, "the number of boxes")[0]
    if boxes.rank != 2 or scores.rank != 1 or not 0 <= most <= 1 << 20:
        raise ModelError(f"{c.op.where}: boxes {boxes.shape}, scores {scores.shape}, at most {most} of them")
    count = scores.shape[0]
    rows, valid = c.add_multi(
        "non_max_suppression",
        (c.reshaped(boxes, (1, *boxes.shape)), c.reshaped(scores, (1, 1, count))),
        keep=most,
        iou_threshold=float(c.array(3, "the overlap").ravel()[0]),
        score_threshold=float(c.array(4, "the least score").ravel()[0]),
    )
    places = c.add("slice", rows, starts=(0, 2), sizes=(rows.shape[0], 1))
    places = c.cast(c.reshaped(places, rows.shape[:1]), DType.I32)
    if most > rows.shape[0]:
        places = c.add("pad", places, pads=((0, most - rows.shape[0]),))
    return places, valid


def non_max_suppression_v4(c: Call) -> list[Value]:
    places, valid = _kept(c)
    return [places, c.cast(valid, DType.I32)]


def non_max_suppression_v5(c: Call) -> list[Value]:
    """Like V4, with the scores of those that stay; the soft form, which lowers scores instead, is missing."""
    if float(c.array(5, "the soft sigma").ravel()[0]) != 0:
        refuse("soft non-maximum suppression (sigma is not 0)")
    places, valid = _kept(c)
    scores = c.add("gather", c.x(1), places, axis=0)
    alive = c.add("less", c.constant(np.arange(places.shape[0])), c.reshaped(valid, ()))
    scores = c.add("select", alive, scores, c.like(0, scores))
    return [places, scores, c.cast(valid, DType.I32)]
