"""Sampling a picture at computed places: GridSample, DeformConv, RoiAlign."""

from __future__ import annotations

import math

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.onnx.call import Call, Result
from edgesmith.importers.onnx.windows import axes_of
from edgesmith.types import DType


def GridSample(c: Call) -> Result:
    """x is (N, C, spatial...), the grid (N, out..., axes) in -1..1; its last axis has the spatial ones backwards."""
    x, grid, b = c.x(0), c.x(1), c.b
    rank = x.rank - 2
    if rank < 1 or grid.rank != x.rank or grid.shape[0] != x.shape[0] or grid.shape[-1] != rank:
        raise ModelError(f"a grid of shape {grid.shape} does not fit an input of shape {x.shape}")
    if rank > 3:
        c.unsupported(f"an input of shape {x.shape}", "One, two and three spatial axes are available.")
    mode = {"bilinear": "linear", "bicubic": "cubic"}.get(c.word("mode", "linear"), c.word("mode", "linear"))
    if mode not in ("linear", "cubic", "nearest"):
        raise ModelError(f"mode '{mode}' is unknown")
    padding = c.choice("padding_mode", "zeros", ("zeros", "border", "reflection"))
    corners = bool(c.integer("align_corners", 0))
    picture, places = b.cast(x, DType.F32), b.cast(grid, DType.F32)
    if rank == 1:  # one row: its middle is 0 whatever the corners
        picture = b.expand_dims(picture, 2)
        places = b.concat([places, b.full(places.shape, 0, DType.F32)], places.rank - 1)
    y = b.add("grid_sample", b.channels_last(picture), places, mode=mode, padding=padding, align_corners=corners)
    return b.cast(b.channels_first(y), x.dtype)


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
    # the places that every weight is sampled at, as (column, row)
    grids = np.meshgrid(*(np.arange(axis.count) * axis.stride - axis.low for axis in axes), indexing="ij")
    steps = np.meshgrid(*(np.arange(axis.kernel) * axis.dilation for axis in axes), indexing="ij")
    start = [step.reshape(-1, 1) + grid.reshape(1, -1) for step, grid in zip(steps, grids, strict=True)]
    moved = b.transpose(b.reshape(b.cast(offset, DType.F32), (n * offsets, count, 2, points)), (0, 1, 3, 2))
    places = b.plus(moved, b.constant(np.stack(start, -1).astype(np.float32)))
    places = b.concat([b.slice(places, 3, 1, 2), b.slice(places, 3, 0, 1)], 3)
    picture = b.channels_last(b.reshape(b.cast(x, DType.F32), (n * offsets, channels // offsets, *x.shape[2:])))
    samples = b.add("grid_sample", picture, places, pixels=True)
    if c.has(4):
        samples = b.times(samples, b.reshape(b.cast(c.x(4), DType.F32), (n * offsets, count, points, 1)))
    columns = b.reshape(b.transpose(samples, (0, 3, 1, 2)), (n, groups, w.shape[1] * count, points))
    weights = b.reshape(b.cast(w, DType.F32), (1, groups, w.shape[0] // groups, w.shape[1] * count))
    y = b.cast(b.reshape(b.matmul(weights, columns), (n, w.shape[0], *out)), x.dtype)
    return b.plus(y, b.reshape(c.x(3), (-1, 1, 1))) if c.has(3) else y


def RoiAlign(c: Call) -> Result:
    """Averages, or maxima, of samples on a regular grid in each cell of a region."""
    x, regions, b = c.x(0), c.x(1), c.b
    known = ("half_pixel", "output_half_pixel")
    half = c.version >= 16 and c.choice("coordinate_transformation_mode", "half_pixel", known) == "half_pixel"
    height, width = c.integer("output_height", 1), c.integer("output_width", 1)
    if x.rank != 4 or regions.rank != 2 or regions.shape[1] != 4 or min(height, width) < 1:
        raise ModelError(f"regions of shape {regions.shape} do not fit an input of shape {x.shape}")
    y = b.add(
        "roi_align",
        b.channels_last(b.cast(x, DType.F32)),
        b.cast(regions, DType.F32),
        b.cast(c.x(2), DType.I64),
        output=(height, width),
        samples=max(0, c.integer("sampling_ratio", 0)),
        scale=c.number("spatial_scale", 1.0),
        mode=c.choice("mode", "avg", ("avg", "max")),
        half_pixel=half,
    )
    return b.cast(b.channels_first(y), x.dtype)
