"""Sampling a picture at computed places: GridSample, DeformConv, RoiAlign. Everything is gathers and arithmetic."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.onnx.call import Call, Result
from edgesmith.importers.onnx.emit import Emitter
from edgesmith.importers.onnx.windows import axes_of
from edgesmith.ir import Value
from edgesmith.types import DType

Tap = tuple[Value, Value | None]  # an index along one axis (float, whole), and its weight


def GridSample(c: Call) -> Result:
    """x is (N, C, spatial...), the grid (N, out..., axes) in -1..1; its last axis has the spatial ones backwards."""
    x, grid, b = c.x(0), c.x(1), c.b
    rank = x.rank - 2
    if rank < 1 or grid.rank != x.rank or grid.shape[0] != x.shape[0] or grid.shape[-1] != rank:
        raise ModelError(f"a grid of shape {grid.shape} does not fit an input of shape {x.shape}")
    mode = {"bilinear": "linear", "bicubic": "cubic"}.get(c.word("mode", "linear"), c.word("mode", "linear"))
    if mode not in ("linear", "cubic", "nearest"):
        raise ModelError(f"mode '{mode}' is unknown")
    padding = c.choice("padding_mode", "zeros", ("zeros", "border", "reflection"))
    corners = bool(c.integer("align_corners", 0))
    n, out = x.shape[0], grid.shape[1:-1]
    flat = b.reshape(b.cast(grid, DType.F32), (n, math.prod(out), rank))
    taps: list[list[Tap]] = []
    for i, size in enumerate(x.shape[2:]):
        place = b.at(flat, 2, rank - 1 - i)
        if corners:
            place = b.times(b.over(b.plus(place, 1), 2), size - 1)
        else:
            place = b.over(b.minus(b.times(b.plus(place, 1), size), 1), 2)
        if mode == "nearest":
            place = b.unary("round", place)
        low, high = (0.0, size - 1.0) if corners else (-0.5, size - 0.5)
        place = _inside(b, place, padding, low, high, size)
        taps.append([_tap(b, tap, padding, low, high, size) for tap in _taps(b, place, mode)])
    y = gather_taps(b, x, taps)
    return b.cast(b.reshape(y, (*x.shape[:2], *out)), x.dtype)


def _reflect(b: Emitter, place: Value, low: float, high: float) -> Value:
    """Folded back at both borders, as often as needed."""
    span = high - low
    if span <= 0:
        return b.times(place, 0)
    turn = b.binary("mod", b.unary("abs", b.minus(place, low)), 2 * span)
    return b.plus(b.binary("minimum", turn, b.minus(2 * span, turn)), low)


def _inside(b: Emitter, place: Value, padding: str, low: float, high: float, size: int) -> Value:
    """Places beyond the borders brought back, unless what lies there is zero."""
    if padding == "zeros":
        return place
    back = _reflect(b, place, low, high) if padding == "reflection" else b.clip(place, 0, size - 1)
    within = b.binary("logical_and", b.binary("greater_equal", place, low), b.binary("less_equal", place, high))
    return b.where(within, place, back)


def _taps(b: Emitter, place: Value, mode: str) -> list[Tap]:
    if mode == "nearest":
        return [(place, None)]
    base = b.unary("floor", place)
    t = b.minus(place, base)
    if mode == "linear":
        return [(base, b.minus(1, t)), (b.plus(base, 1), t)]
    a = -0.75

    def near(d: Value) -> Value:
        return b.plus(b.times(b.times(b.minus(b.times(d, a + 2), a + 3), d), d), 1)

    def far(d: Value) -> Value:
        return b.minus(b.times(b.plus(b.times(b.minus(b.times(d, a), 5 * a), d), 8 * a), d), 4 * a)

    rest = b.minus(1, t)
    distances = [(-1, far(b.plus(t, 1))), (0, near(t)), (1, near(rest)), (2, far(b.plus(rest, 1)))]
    return [(b.plus(base, step) if step else base, weight) for step, weight in distances]


def _tap(b: Emitter, tap: Tap, padding: str, low: float, high: float, size: int) -> Tap:
    """An index that exists, and a weight of zero where the padding is."""
    index, weight = tap
    if padding == "zeros":
        return zero_outside(b, tap, size)
    if padding == "reflection":
        beyond = b.binary("logical_or", b.binary("less", index, low), b.binary("greater", index, high))
        index = b.where(beyond, b.unary("floor", _reflect(b, index, low, high)), index)
    return b.clip(index, 0, size - 1), weight


def zero_outside(b: Emitter, tap: Tap, size: int) -> Tap:
    """The tap with weight zero where its index lies outside 0..size-1, and an index that exists."""
    index, weight = tap
    held = b.clip(index, 0, size - 1)
    ones = b.cast(b.binary("equal", held, index), DType.F32)
    return held, ones if weight is None else b.times(weight, ones)


def gather_taps(b: Emitter, x: Value, taps: Sequence[Sequence[Tap]]) -> Value:
    """x is (N, C, spatial...); taps, a list of them a spatial axis, are (N, P). Returns (N, C, P) in float32."""
    n, channels = x.shape[:2]
    sizes = x.shape[2:]
    flat = b.reshape(b.cast(x, DType.F32), (n, channels, math.prod(sizes)))
    total: Value | None = None
    for combination in itertools.product(*taps):
        place: Value | None = None
        weight: Value | None = None
        for (index, factor), size in zip(combination, sizes, strict=True):
            whole = b.cast(index, DType.I64)
            place = whole if place is None else b.plus(b.times(place, size), whole)
            if factor is not None:
                weight = factor if weight is None else b.times(weight, factor)
        assert place is not None
        wide = b.expand(b.expand_dims(place, 1), (n, channels, place.shape[1]))
        part = b.add("gather_elements", flat, wide, axis=2)
        part = part if weight is None else b.times(part, b.expand_dims(weight, 1))
        total = part if total is None else b.plus(total, part)
    assert total is not None
    return total


def DeformConv(c: Call) -> Result:
    """Every place of the kernel is sampled at its own offset; samples and weights multiply as matrices."""
    x, w, offset, b = c.x(0), c.x(1), c.x(2), c.b
    if x.rank != 4 or w.rank != 4 or offset.rank != 4:
        c.unsupported(f"an input of shape {x.shape}", "Two spatial axes are available.")
    axes = axes_of(c, x.shape[2:], w.shape[2:])
    groups, offsets = c.integer("group", 1), c.integer("offset_group", 1)
    n, channels = x.shape[:2]
    out, count = [axis.count for axis in axes], w.shape[2] * w.shape[3]
    if (
        min(groups, offsets) < 1
        or channels != w.shape[1] * groups
        or w.shape[0] % groups
        or channels % offsets
        or offset.shape != (n, offsets * count * 2, *out)
    ):
        raise ModelError(f"offsets of shape {offset.shape} or weights {w.shape} do not fit an input of shape {x.shape}")
    points = math.prod(out)
    moved = b.reshape(offset, (n * offsets, count, 2, points))
    grid = np.meshgrid(*(np.arange(axis.count) * axis.stride - axis.low for axis in axes), indexing="ij")
    parts = []
    picture = b.reshape(x, (n * offsets, channels // offsets, *x.shape[2:]))
    for k, step in enumerate(itertools.product(*(range(axis.kernel) for axis in axes))):
        here = b.at(moved, 1, k)
        taps = []
        for i, axis in enumerate(axes):
            start = (grid[i] + step[i] * axis.dilation).reshape(1, -1).astype(np.float32)
            place = b.plus(b.at(here, 1, i), b.constant(start))
            taps.append([zero_outside(b, tap, axis.size) for tap in _taps(b, place, "linear")])
        part = gather_taps(b, picture, taps)
        if c.has(4):
            mask = b.reshape(c.x(4), (n * offsets, count, 1, points))
            part = b.times(part, b.at(mask, 1, k))
        parts.append(b.reshape(part, (n, channels, 1, points)))
    columns = b.reshape(b.concat(parts, 2), (n, groups, w.shape[1] * count, points))
    weights = b.reshape(w, (1, groups, w.shape[0] // groups, w.shape[1] * count))
    y = b.reshape(b.matmul(weights, columns), (n, w.shape[0], *out))
    return b.plus(y, b.reshape(c.x(3), (-1, 1, 1))) if c.has(3) else y


def RoiAlign(c: Call) -> Result:
    """Averages, or maxima, of samples on a regular grid in each cell of a region."""
    x, regions, b = c.x(0), b_float(c.b, c.x(1)), c.b
    height, width = c.integer("output_height", 1), c.integer("output_width", 1)
    scale = c.number("spatial_scale", 1.0)
    mode = c.choice("mode", "avg", ("avg", "max"))
    half = (
        c.version >= 16
        and c.choice("coordinate_transformation_mode", "half_pixel", ("half_pixel", "output_half_pixel"))
        == "half_pixel"
    )
    if x.rank != 4 or regions.rank != 2 or regions.shape[1] != 4 or min(height, width) < 1:
        raise ModelError(f"regions of shape {regions.shape} do not fit an input of shape {x.shape}")
    count = regions.shape[0]
    corner = b.minus(b.times(regions, scale), 0.5 if half else 0.0)
    span = b.minus(b.slice(corner, 1, 2, 4), b.slice(corner, 1, 0, 2))
    span = span if half else b.binary("maximum", span, 1.0)
    samples = c.integer("sampling_ratio", 0)
    # Coordinates are (x, y); rows come first in the picture.
    found = []
    for column, cells, size in ((1, height, x.shape[2]), (0, width, x.shape[3])):
        cell = b.over(b.slice(span, 1, column, column + 1), cells)
        if samples > 0:
            each = samples
        else:
            most = c.b.need_constant(b.unary("ceil", cell), "the size of a region")
            if most.size and most.min() != most.max():
                c.unsupported("regions of several sizes without a sampling_ratio", "Give a sampling_ratio.")
            each = max(1, int(most.max())) if most.size else 1
        steps = (np.arange(cells)[:, None] + (np.arange(each) + 0.5) / each).reshape(1, -1).astype(np.float32)
        place = b.plus(b.slice(corner, 1, column, column + 1), b.times(cell, b.constant(steps)))
        found.append((place, each, cells, size))
    (rows, row_each, _, _), (columns, column_each, _, _) = found
    shape = (count, rows.shape[1], columns.shape[1])
    places = [
        b.reshape(b.expand(b.expand_dims(rows, 2), shape), (count, -1)),
        b.reshape(b.expand(b.expand_dims(columns, 1), shape), (count, -1)),
    ]
    taps = [_region_taps(b, place, size) for place, (_, _, _, size) in zip(places, found, strict=True)]
    batch = b.gather(x, b.cast(c.x(2), DType.I64), 0)
    reduce = _largest if mode == "max" else None
    y = reduce(b, batch, taps) if reduce else gather_taps(b, batch, taps)
    y = b.reshape(y, (count, x.shape[1], height, row_each, width, column_each))
    return b.cast(b.reduce("reduce_max" if mode == "max" else "reduce_mean", y, [3, 5]), x.dtype)


def b_float(b: Emitter, v: Value) -> Value:
    return b.cast(v, DType.F32)


def _region_taps(b: Emitter, place: Value, size: int) -> list[Tap]:
    """Linear taps; places more than one element outside count as zero, nearer ones take the edge."""
    ok = b.binary("logical_and", b.binary("greater_equal", place, -1.0), b.binary("less_equal", place, float(size)))
    valid = b.cast(ok, DType.F32)
    place = b.clip(place, 0, size - 1)
    return [
        (b.clip(index, 0, size - 1), None if w is None else b.times(w, valid)) for index, w in _taps(b, place, "linear")
    ]


def _largest(b: Emitter, x: Value, taps: Sequence[Sequence[Tap]]) -> Value:
    """The largest weighted tap, which is what the standard's max mode takes."""
    best: Value | None = None
    for combination in itertools.product(*taps):
        part = gather_taps(b, x, [[tap] for tap in combination])
        best = part if best is None else b.binary("maximum", best, part)
    assert best is not None
    return best
