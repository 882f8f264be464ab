"""What moves elements, or hands them on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from edgesmith.errors import ModelError
from edgesmith.importers.formulas import shuffle_channels, space_to_channels
from edgesmith.importers.ncnn.convert import Call, Result
from edgesmith.importers.ncnn.weights import blob_shape
from edgesmith.ir import Value
from edgesmith.ops.compositions import depth_to_space, split

REST = -233  # a size or an end that the file leaves to the blob
NUMBERED = ("w", "h", "d", "c")
ORDERS = {
    2: "WH HW",
    3: "WHC HWC WCH CWH HCW CHW",
    4: "WHDC HWDC WDHC DWHC HDWC DHWC WHCD HWCD WCHD CWHD HCWD CHWD WDCH DWCH WCDH CWDH DCWH CDWH HDCW DHCW HCDW CHDW "
    "DCHW CDHW",
}  # from the innermost dimension outwards
OUTWARDS = {1: "W", 2: "HW", 3: "CHW", 4: "CDHW"}
SEVERAL = range(1, 5)


def Split(c: Call) -> Result:
    return [c.x()] * len(c.layer.outputs)


def Noop(c: Call) -> Result:
    return list(c.inputs)


def DeepCopy(c: Call) -> Result:
    return c.x()


def Cast(c: Call) -> Result:
    """Between kinds of floats, which are all computed in float32 here."""
    if 3 in (c.integer(0), c.integer(1)):
        c.unsupported("a cast from or to int8")
    return c.x()


def Packing(c: Call) -> Result:
    return c.x()


def MemoryData(c: Call) -> Result:
    return c.constant(c.weight(0).reshape(1, *blob_shape(c.layer)))


def Flatten(c: Call) -> Result:
    return c.b.reshape(c.x(), (1, -1))


def _wanted(c: Call, x: Value) -> list[int]:
    """The shape that a reshape states, outermost dimension first."""
    expression = c.layer.text(6)
    if expression:
        return evaluate(expression, [value.shape[1:] for value in c.inputs])[::-1]
    stated = [c.integer(number, REST) for number in (0, 1, 11, 2)]
    if stated[2] != REST:
        return stated[::-1]
    return [dim for dim in (stated[3], stated[1], stated[0]) if dim != REST]


def Reshape(c: Call) -> Result:
    """0 keeps a dimension of the blob, -1 is what remains."""
    x = c.x()
    if c.integer(3):
        c.unsupported("the old form with permute=1", "Convert the model again with a newer tool.")
    if 12 in c.layer.params or 13 in c.layer.params:
        c.unsupported("a reshape that moves the batch")
    wanted, known = _wanted(c, x), dict(zip(OUTWARDS[x.rank - 1], x.shape[1:], strict=True))
    if not 1 <= len(wanted) <= 4:
        raise ModelError(f"a shape of {len(wanted)} dimensions; expected 1 to 4")
    named = zip(OUTWARDS[len(wanted)], wanted, strict=True)
    shape = [known.get(name, 1) if dim == 0 else dim for name, dim in named]
    if any(dim < -1 for dim in shape) or shape.count(-1) > 1:
        raise ModelError(f"shape {shape} (from the outermost dimension) cannot be")
    return c.b.reshape(x, (1, *shape))


def evaluate(text: str, shapes: Sequence[tuple[int, ...]]) -> list[int]:
    """A list of sizes in prefix notation over the blobs' own, such as ``*(0w,2),1h,-1``.

    Raises:
        ModelError: words that are not known, or too few operands.
    """
    stack: list[int] = []
    words = re.split(r"[(),]+", text)
    for word in reversed([word for word in words if word]):
        sized = re.fullmatch(r"(\d)([whdc])", word)
        if sized and int(sized[1]) < len(shapes):
            shape = shapes[int(sized[1])]
            stack.append(dict(zip(OUTWARDS[len(shape)].lower(), shape, strict=True)).get(sized[2], 1))
        elif re.fullmatch(r"-?\d{1,9}", word):
            stack.append(int(word))
        elif word in ("+", "-", "*", "//", "max", "min") and len(stack) > 1:
            a, b = stack.pop(), stack.pop()
            if word == "//" and b == 0:
                raise ModelError(f"expression '{text}' divides by 0")
            quotient = a // b if word == "//" else 0
            made = {"+": a + b, "-": a - b, "*": a * b, "max": max(a, b), "min": min(a, b), "//": quotient}
            stack.append(made[word])
        else:
            raise ModelError(f"expression '{text}' holds '{word}', which is not known here")
    return stack[::-1]


def Permute(c: Call) -> Result:
    x, kind = c.x(), c.integer(0)
    dims = x.rank - 1
    if dims == 1 or kind == 0:
        return x
    orders = ORDERS[dims].split()
    if not 0 <= kind < len(orders):
        raise ModelError(f"order {kind} of a blob of {dims} dimensions; expected 0 to {len(orders) - 1}")
    return c.b.transpose(x, [0, *(1 + OUTWARDS[dims].index(name) for name in reversed(orders[kind]))])


def Concat(c: Call) -> Result:
    values = [c.x(index) for index in range(len(c.inputs))]
    return c.b.concat(values, c.axis(values[0], c.integer(0)))


def Slice(c: Call) -> Result:
    """Parts of given sizes, of which -233 shares what remains evenly; or cut at given places."""
    x, sizes, count = c.x(), c.layer.integers(0), len(c.layer.outputs)
    axis = c.axis(x, c.integer(1))
    places = c.layer.integers(2)
    if places:
        ends = [end % x.shape[axis] if end < 0 else end for end in [*places, x.shape[axis]]]
        sizes = [end - start for start, end in zip([0, *ends[:-1]], ends, strict=True)]
    if len(sizes) != count:
        raise ModelError(f"{len(sizes)} parts for {count} outputs")
    left = x.shape[axis]
    for place, size in enumerate(sizes):
        sizes[place] = left // (count - place) if size == REST else size
        left -= sizes[place]
    return split(c.b, x, axis, sizes)


def Crop(c: Call) -> Result:
    """A box of the blob: between starts and ends of axes, at an offset with a size, or as large as another blob."""
    x, b = c.x(), c.b
    dims = x.rank - 1
    if any(number in c.layer.params for number in (19, 20, 21)):
        starts = evaluate(c.layer.text(19), [value.shape[1:] for value in c.inputs])
        ends = evaluate(c.layer.text(20), [value.shape[1:] for value in c.inputs])
        axes = evaluate(c.layer.text(21), []) if c.layer.text(21) else list(range(len(starts)))
        return _cut(c, x, starts, ends, axes)
    if c.layer.integers(9) and c.layer.integers(10):
        starts, ends = c.layer.integers(9), c.layer.integers(10)
        return _cut(c, x, starts, ends, c.layer.integers(11) or list(range(len(starts))))
    reference = c.inputs[1].shape[1:] if len(c.inputs) > 1 else None
    numbers = {"w": (0, 3, 6), "h": (1, 4, 7), "d": (13, 14, 15), "c": (2, 5, 8)}
    for axis, name in enumerate(OUTWARDS[dims].lower()):
        # offsets of a blob with fewer dimensions are those of its innermost ones
        offset, size, behind = (c.integer(number) for number in numbers[name])
        whole = x.shape[axis + 1]
        if reference is not None:
            known = dict(zip(OUTWARDS[len(reference)].lower(), reference, strict=True))
            size = known.get(name, whole - offset)
        elif size in (0, REST):
            size = whole - offset - behind
        if offset < 0 or size < 1 or offset + size > whole:
            raise ModelError(f"{size} elements from {offset} of an axis of {whole}")
        x = b.slice(x, axis + 1, offset, offset + size)
    return x


def _cut(c: Call, x: Value, starts: Sequence[int], ends: Sequence[int], axes: Sequence[int]) -> Value:
    if not len(starts) == len(ends) == len(axes):
        raise ModelError(f"{len(starts)} starts, {len(ends)} ends and {len(axes)} axes")
    for start, end, name in zip(starts, ends, axes, strict=True):
        axis = c.axis(x, name)
        whole = x.shape[axis]
        low = 0 if start == REST else start
        high = whole if end == REST else end
        x = c.b.slice(x, axis, low, high)
    return x


def Padding(c: Call) -> Result:
    """Borders of a number, of one number a channel, of the outermost elements, or mirrored."""
    x, b = c.x(), c.b
    dims = x.rank - 1
    pads = {"h": (c.integer(0), c.integer(1)), "w": (c.integer(2), c.integer(3))}
    pads["c" if dims == 3 else "d"] = (c.integer(7), c.integer(8))
    listed = [(0, 0), *(pads.get(name, (0, 0)) for name in OUTWARDS[dims].lower())]
    if min(min(pair) for pair in listed) < 0 or max(max(pair) for pair in listed) > 1 << 16:
        raise ModelError(f"padding {listed[1:]}")
    kind = c.integer(4)
    if kind not in (0, 1, 2):
        raise ModelError(f"padding of kind {kind}; expected 0, 1 or 2")
    if not c.weights or kind:
        return b.pad(x, listed, c.real(5), ("constant", "edge", "reflect")[kind])
    if dims != 3 or listed[1] != (0, 0):
        c.unsupported("one number a channel for a blob that is no picture")
    number = c.channels(c.weights[0], x)  # added where nothing else is
    return b.plus(b.pad(b.minus(x, number), listed), number)


def PixelShuffle(c: Call) -> Result:
    x, b = c.x(0, range(3, 4)), c.b
    return b.channels_first(depth_to_space(b, b.channels_last(x), c.integer(0, 1), channels_first=c.integer(1) == 0))


def Reorg(c: Call) -> Result:
    """The opposite of PixelShuffle: blocks of pixels become channels."""
    return space_to_channels(c.b, c.x(0, range(3, 4)), c.integer(0, 1), places_first=c.integer(1) != 0)


def ShuffleChannel(c: Call) -> Result:
    x, group = c.x(), c.integer(0, 1)
    if group < 1 or x.shape[1] % group:
        raise ModelError(f"{x.shape[1]} channels in {group} groups")
    return shuffle_channels(c.b, x, x.shape[1] // group if c.integer(1) else group)


def Tile(c: Call) -> Result:
    x, b, repeats = c.x(), c.b, c.layer.integers(2)
    if not repeats:
        repeats = [1] * (x.rank - 1)
        repeats[c.axis(x, c.integer(0)) - 1] = c.integer(1, 1)
    if min(repeats) < 1 or len(repeats) > 4:
        raise ModelError(f"repeats {repeats}")
    wide = b.reshape(x, (1, *[1] * (len(repeats) - x.rank + 1), *x.shape[1:]))
    return b.add("tile", wide, repeats=(1, *[1] * (wide.rank - 1 - len(repeats)), *repeats))


def _flagged(c: Call, rank: int) -> list[int]:
    """Axes that flags for the width, height, depth and channels name, in a blob of ``rank`` dimensions."""
    flags = {"w": c.integer(0), "h": c.integer(1), "d": c.integer(11), "c": c.integer(2)}
    return [axis for axis, name in enumerate(OUTWARDS[rank].lower()) if flags[name]]


def ExpandDims(c: Call) -> Result:
    x, axes = c.x(0, range(1, 4)), c.layer.integers(3)
    dims = x.rank - 1
    if not axes:
        axes = _flagged(c, dims + 1) if dims > 1 or not (c.integer(0) and c.integer(1)) else [0, 2]
    wanted = dims + len(axes)
    if wanted > 4 or any(not -wanted <= axis < wanted for axis in axes):
        raise ModelError(f"axes {axes} of a blob of shape {x.shape[1:]}")
    return c.b.expand_dims(x, *(axis % wanted + 1 for axis in axes))


def Squeeze(c: Call) -> Result:
    x, axes = c.x(), c.layer.integers(3)
    dims = x.rank - 1
    named = [c.axis(x, axis) for axis in axes] if axes else [axis + 1 for axis in _flagged(c, dims)]
    gone = [axis for axis in named if x.shape[axis] == 1]
    return c.b.squeeze(x, *gone[: dims - 1]) if gone else x


def Flip(c: Call) -> Result:
    x = c.x()
    for axis in c.layer.integers(0):
        x = c.b.reverse(x, c.axis(x, axis))
    return x


def Interp(c: Call) -> Result:
    """1 nearest, 2 linear, 3 cubic; to a size, by factors, or to the size of another blob."""
    x, b = c.x(), c.b
    if c.layer.text(9):
        sizes = evaluate(c.layer.text(9), [value.shape[1:] for value in c.inputs])[::-1]
    elif len(c.inputs) > 1:
        sizes = list(c.inputs[1].shape[-2:] if x.rank == 4 else c.inputs[1].shape[-1:])
    else:
        sizes = [c.integer(3), c.integer(4)][-min(max(x.rank - 2, 1), 2) :]
    factors = [c.real(1, 1.0), c.real(2, 1.0)]
    if x.rank == 2:
        sizes = _sized([1, 1], [c.integer(3), c.integer(4)], factors)
        return b.expand(b.reshape(x, (1, -1, 1, 1)), (1, x.shape[1], *sizes))
    spatial = list(x.shape[2:])
    sizes = _sized(spatial, sizes, factors[-len(spatial) :])
    kind = c.integer(0)
    if kind not in (1, 2, 3) or len(spatial) > 2:
        raise ModelError(f"interpolation of kind {kind} over {len(spatial)} axes; expected 1, 2 or 3 over one or two")
    rows = [(axis, size) for axis, size in enumerate(sizes, 2) if size != x.shape[axis]]
    if not rows:
        return x
    scale_given = len(c.inputs) == 1 and not c.integer(3) and not c.layer.text(9)
    scales = tuple(factors[-len(spatial) :][axis - 2] if scale_given else size / x.shape[axis] for axis, size in rows)
    corners = bool(c.integer(6)) and kind != 1
    # a factor that the sizes do not say exactly decides the places, as in PyTorch
    exact = all(size == scale * x.shape[axis] for (axis, size), scale in zip(rows, scales, strict=True))
    y = b.add(
        "resize",
        x,
        axes=tuple(axis for axis, _ in rows),
        sizes=tuple(size for _, size in rows),
        mode=("nearest", "linear", "cubic")[kind - 1],
        coordinates="asymmetric" if kind == 1 else "align_corners" if corners else "half_pixel",
        rounding="floor" if kind == 1 else None,
        scales=None if kind == 2 and exact else scales,
    )
    return y


def _sized(spatial: Sequence[int], sizes: Sequence[int], factors: Sequence[float]) -> list[int]:
    """Sizes as they are stated; where one is 0, all follow from the factors."""
    if 0 in sizes:
        sizes = [int(dim * factor) for dim, factor in zip(spatial, factors, strict=True)]
    if len(sizes) != len(spatial) or not all(1 <= size < 1 << 20 for size in sizes):
        raise ModelError(f"sizes {list(sizes)} for a blob of {list(spatial)}")
    return list(sizes)
