"""What moves elements, joins or cuts blobs, or resizes pictures."""

from __future__ import annotations

import itertools
from math import prod

from edgesmith.errors import ModelError
from edgesmith.importers.caffe.convert import Call, Result
from edgesmith.importers.caffe.net import shape_of
from edgesmith.importers.caffe.text import Message
from edgesmith.importers.formulas import shuffle_channels, space_to_channels
from edgesmith.ir import Value
from edgesmith.ops.compositions import split
from edgesmith.types import DType, elements

IMAGE = range(4, 5)
MAX_EXTENT = 1 << 16


def Split(c: Call) -> Result:
    return [c.x()] * len(c.layer.tops)


def Parameter(c: Call) -> Result:
    return c.constant(c.weight(0, shape_of(c.param("parameter_param").message("shape"))))


def DummyData(c: Call) -> Result:
    """Constants; random numbers are nothing that a finished network computes with."""
    p = c.param("dummy_data_param")
    fillers, shapes = p.messages("data_filler"), [shape_of(message) for message in p.messages("shape")]
    if not shapes:
        sizes = [p.integers(name) for name in ("num", "channels", "height", "width")]
        shapes = [tuple(dims) for dims in zip(*sizes, strict=True)]
    results = []
    for place in range(len(c.layer.tops)):
        filler = fillers[place % len(fillers)] if fillers else Message()
        if filler.text("type", "constant") != "constant":
            c.unsupported("random numbers as a blob")
        results.append(c.b.full(shapes[place % len(shapes)], filler.real("value"), DType.F32))
    return results


def _named_axis(c: Call, p: Message, x: Value, old: str) -> int:
    """``axis``, or its name of 2014."""
    return c.axis(x, p.integer(old) if old in p else p.integer("axis", 1))


def Concat(c: Call) -> Result:
    p, values = c.param("concat_param"), [c.x(index) for index in range(len(c.inputs))]
    return c.b.concat(values, _named_axis(c, p, c.x(), "concat_dim"))


def Slice(c: Call) -> Result:
    """Cut at given places, or evenly."""
    p, x, count = c.param("slice_param"), c.x(), len(c.layer.tops)
    axis, points = _named_axis(c, p, x, "slice_dim"), p.integers("slice_point")
    whole = x.shape[axis]
    if not points:
        if count < 1 or whole % count:
            raise ModelError(f"an axis of {whole} elements in {count} parts")
        points = [whole // count * place for place in range(1, count)]
    ends = [0, *points, whole]
    sizes = [high - low for low, high in itertools.pairwise(ends)]
    if len(sizes) != count or min(sizes) < 1:
        raise ModelError(f"an axis of {whole} elements cut at {points[:9]} for {count} parts")
    return split(c.b, x, axis, sizes)


def Flatten(c: Call) -> Result:
    p, x = c.param("flatten_param"), c.x()
    first, last = c.axis(x, p.integer("axis", 1)), c.axis(x, p.integer("end_axis", -1), "end_axis")
    if last < first:
        raise ModelError(f"axes {first} to {last} of a blob of shape {x.shape}")
    return c.b.reshape(x, (*x.shape[:first], prod(x.shape[first : last + 1]), *x.shape[last + 1 :]))


def Reshape(c: Call) -> Result:
    """``num_axes`` axes from ``axis`` on get new dimensions: 0 keeps one, -1 is what remains."""
    p, x = c.param("reshape_param"), c.x()
    dims = p.message("shape").integers("dim")
    start = p.integer("axis")
    first = start if start >= 0 else x.rank + start + 1
    count = p.integer("num_axes", -1)
    last = x.rank if count == -1 else first + count
    if not 0 <= first <= last <= x.rank or len(dims) > 8:
        raise ModelError(f"{count} axes from axis {start} of a blob of shape {x.shape}, as {dims[:9]}")
    if any(dim == 0 and first + place >= x.rank for place, dim in enumerate(dims)):
        raise ModelError(f"shape {dims} keeps a dimension that a blob of shape {x.shape} has not")
    made = [x.shape[first + place] if dim == 0 else dim for place, dim in enumerate(dims)]
    shape = [*x.shape[:first], *made, *x.shape[last:]]
    if min(shape, default=1) < -1 or shape.count(-1) > 1 or 0 in shape:
        raise ModelError(f"shape {dims} cannot be")
    return c.b.reshape(x, shape)


def Crop(c: Call) -> Result:
    """As large as the second blob in the axes from one on, at an offset."""
    p, x, like = c.param("crop_param"), c.x(0), c.x(1)
    axis, offsets = c.axis(x, p.integer("axis", 2)), p.integers("offset")
    count = x.rank - axis
    offsets = (offsets or [0]) * (count if len(offsets) < 2 else 1)
    if x.rank != like.rank or len(offsets) != count:
        raise ModelError(f"blobs of shapes {x.shape} and {like.shape} with {len(offsets)} offsets from axis {axis} on")
    for place, offset in enumerate(offsets, axis):
        if offset < 0 or offset + like.shape[place] > x.shape[place]:
            raise ModelError(f"{like.shape[place]} elements from {offset} of an axis of {x.shape[place]}")
        x = c.b.slice(x, place, offset, offset + like.shape[place])
    return x


def Tile(c: Call) -> Result:
    p, x = c.param("tile_param"), c.x()
    axis, tiles = c.axis(x, p.integer("axis", 1)), p.integer("tiles")
    if tiles < 1:
        raise ModelError(f"{tiles} tiles")
    repeats = [1] * x.rank
    repeats[axis] = tiles
    elements(tuple(dim * number for dim, number in zip(x.shape, repeats, strict=True)))
    return c.b.add("tile", x, repeats=tuple(repeats))


def Permute(c: Call) -> Result:
    """Axes in a new order; those that are not named follow."""
    x, order = c.x(), c.param("permute_param").integers("order")
    if len(set(order)) != len(order) or any(not 0 <= axis < x.rank for axis in order):
        raise ModelError(f"order {order[:9]} of a blob of shape {x.shape}")
    return c.b.transpose(x, [*order, *(axis for axis in range(x.rank) if axis not in order)])


def ShuffleChannel(c: Call) -> Result:
    return shuffle_channels(c.b, c.x(0, range(2, 9)), c.param("shuffle_channel_param").integer("group", 1))


def Reorg(c: Call) -> Result:
    """YOLO version 2's passage from a large map to a small one: (C, H, W) is read as if it were (C / s2, H s, W s)."""
    p, b, x = c.param("reorg_param"), c.b, c.x(0, IMAGE)
    step = p.integer("stride", 2)
    n, channels, height, width = x.shape
    if p.flag("reverse"):
        c.unsupported("the opposite direction (reverse)")
    if not 1 <= step <= 64 or channels % (step * step) or height % step or width % step:
        raise ModelError(f"a blob of shape {x.shape} in blocks of {step} x {step}")
    y = b.reshape(x, (n, channels // (step * step), height * step, width * step))
    y = space_to_channels(b, y, step, places_first=True)
    return b.reshape(y, (n, channels * step * step, height // step, width // step))


def ReorgYOLO(c: Call) -> Result:
    return Reorg(c)


def Interp(c: Call) -> Result:
    """Linear between corners that stay corners, to a size, by factors, or to the size of a second blob."""
    p, x, b = c.param("interp_param"), c.x(0, IMAGE), c.b
    before, behind = p.integer("pad_beg"), p.integer("pad_end")
    if min(before, behind) < -MAX_EXTENT or max(before, behind) > 0:
        raise ModelError(f"padding {before} and {behind}; expected 0 or less, which cuts off")
    shrink, zoom = p.integer("shrink_factor", 1), p.integer("zoom_factor", 1)
    given = [p.integer(name) for name in ("height", "width")]
    for axis in (2, 3):
        x = b.slice(x, axis, -before, x.shape[axis] + behind)
    if min(x.shape[2:]) < 1 or min(shrink, zoom) < 1:
        raise ModelError(f"a picture of {x.shape[2:]}, factors {shrink} and {zoom}")
    if len(c.inputs) > 1:
        sizes = list(c.x(1, IMAGE).shape[2:])
    elif any(given):
        sizes = given
    else:
        small = [(dim - 1) // shrink + 1 for dim in x.shape[2:]]
        sizes = [dim + (dim - 1) * (zoom - 1) for dim in small]
    if not all(1 <= size <= MAX_EXTENT for size in sizes):
        raise ModelError(f"a picture of {sizes}")
    for axis, size in enumerate(sizes, 2):
        if size != x.shape[axis]:
            x = b.add("resize", x, axes=(axis,), sizes=(size,), mode="linear", coordinates="align_corners")
    return x
