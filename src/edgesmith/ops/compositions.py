"""Movements that are made of others: split, crop, roll, and the exchanges between space, depth and batch.

They take a ``Builder`` and return values; importers call them. Quantization travels with the values.
"""

from __future__ import annotations

from collections.abc import Sequence

from edgesmith.errors import ModelError
from edgesmith.ir import Value
from edgesmith.ops.broadcasting import normal_axis
from edgesmith.ops.builder import Builder


def slice_axis(b: Builder, x: Value, axis: int, start: int, size: int) -> Value:
    """``size`` elements of one axis from ``start``; the input itself where that is all of them."""
    axis = normal_axis(axis, x.rank)
    if start == 0 and size == x.shape[axis]:
        return x
    starts = [start if place == axis else 0 for place in range(x.rank)]
    sizes = [size if place == axis else dim for place, dim in enumerate(x.shape)]
    return b.add("slice", x, starts=tuple(starts), sizes=tuple(sizes))


def split(b: Builder, x: Value, axis: int, sizes: Sequence[int]) -> list[Value]:
    """Consecutive parts of an axis.

    Raises:
        ModelError: sizes that do not add up to the axis.
    """
    axis = normal_axis(axis, x.rank)
    if sum(sizes) != x.shape[axis] or min(sizes, default=0) < 0:
        raise ModelError(f"parts of {tuple(sizes)} do not add up to {x.shape[axis]}, axis {axis} of {x.shape}")
    starts = [sum(sizes[:index]) for index in range(len(sizes))]
    return [slice_axis(b, x, axis, start, size) for start, size in zip(starts, sizes, strict=True)]


def pad_or_crop(
    b: Builder,
    x: Value,
    pads: Sequence[tuple[int, int]],
    mode: str = "constant",
    value: float | None = None,
    border: Value | None = None,
) -> Value:
    """Like ``pad``, where negative numbers cut off. Cutting comes first, as ONNX has it."""
    if any(low < 0 or high < 0 for low, high in pads):
        starts = tuple(max(-low, 0) for low, _ in pads)
        cut = zip(x.shape, pads, strict=True)
        sizes = tuple(dim + min(low, 0) + min(high, 0) for dim, (low, high) in cut)
        if min(sizes) < 0:
            raise ModelError(f"pads {list(pads)} cut off more than there is of shape {x.shape}")
        x = b.add("slice", x, starts=starts, sizes=sizes)
    clean = tuple((max(low, 0), max(high, 0)) for low, high in pads)
    if not any(map(any, clean)):
        return x
    return b.add("pad", x, border, pads=clean, mode=mode, value=value)


def center_crop_pad(b: Builder, x: Value, axes: Sequence[int], sizes: Sequence[int]) -> Value:
    """Cut or pad with zeros to ``sizes`` along ``axes``, the same on both sides; ONNX CenterCropPad's rounding."""
    pads = [(0, 0)] * x.rank
    for axis, size in zip(axes, sizes, strict=True):
        axis = normal_axis(axis, x.rank)
        more = size - x.shape[axis]
        low = more // 2 if more > 0 else -(-more // 2)
        pads[axis] = (low, more - low)
    return pad_or_crop(b, x, pads)


def roll(b: Builder, x: Value, axis: int, shift: int) -> Value:
    """Elements move ``shift`` places towards the end of the axis; those pushed out come in at the start."""
    axis = normal_axis(axis, x.rank)
    length = x.shape[axis]
    places = shift % length if length else 0
    if places == 0:
        return x
    tail = slice_axis(b, x, axis, length - places, places)
    return b.add("concat", tail, slice_axis(b, x, axis, 0, length - places), axis=axis)


def _view(b: Builder, x: Value, split_to: Sequence[int], perm: Sequence[int], shape: Sequence[int]) -> Value:
    wide = b.add("reshape", x, shape=tuple(split_to))
    return b.add("reshape", b.add("transpose", wide, perm=tuple(perm)), shape=tuple(shape))


def space_to_depth(b: Builder, x: Value, block: int) -> Value:
    """NHWC: blocks of ``block`` x ``block`` pixels become channels, in the order row, column, channel."""
    n, h, w, c = x.shape
    if block < 1 or h % block or w % block:
        raise ModelError(f"an image of {h} x {w} is not made of blocks of {block} x {block}")
    high, wide = h // block, w // block
    out = (n, high, wide, block * block * c)
    return _view(b, x, (n, high, block, wide, block, c), (0, 1, 3, 2, 4, 5), out)


def depth_to_space(b: Builder, x: Value, block: int, channels_first: bool = False) -> Value:
    """NHWC: channels become blocks of pixels.

    Channels are read as (row, column, channel), ONNX mode DCR and TFLite; with ``channels_first`` as (channel, row,
    column), ONNX mode CRD.
    """
    n, h, w, c = x.shape
    if block < 1 or c % (block * block):
        raise ModelError(f"{c} channels are not made of blocks of {block} x {block}")
    depth = c // (block * block)
    out = (n, h * block, w * block, depth)
    if channels_first:
        return _view(b, x, (n, h, w, depth, block, block), (0, 1, 4, 2, 5, 3), out)
    return _view(b, x, (n, h, w, block, block, depth), (0, 1, 3, 2, 4, 5), out)


def space_to_batch(b: Builder, x: Value, blocks: Sequence[int], pads: Sequence[tuple[int, int]]) -> Value:
    """Axes 1.. are padded, then cut into ``blocks``; the place within a block goes in front of the batch (TFLite)."""
    count = len(blocks)
    if count >= x.rank or len(pads) != count or min(blocks, default=1) < 1:
        raise ModelError(f"blocks {tuple(blocks)} with pads {list(pads)} do not fit shape {x.shape}")
    if any(map(any, pads)):
        x = b.add("pad", x, pads=((0, 0), *pads, *((0, 0),) * (x.rank - 1 - count)))
    if any(dim % block for dim, block in zip(x.shape[1:], blocks, strict=False)):
        raise ModelError(f"the padded shape {x.shape} is not made of blocks of {tuple(blocks)}")
    cut = [dim // block for dim, block in zip(x.shape[1:], blocks, strict=False)]
    pairs = [item for pair in zip(cut, blocks, strict=True) for item in pair]
    rest = x.shape[1 + count :]
    inside, outside = [2 + 2 * k for k in range(count)], [1 + 2 * k for k in range(count)]
    perm = [*inside, 0, *outside, *range(1 + 2 * count, 1 + 2 * count + len(rest))]
    batch = x.shape[0]
    for block in blocks:
        batch *= block
    return _view(b, x, (x.shape[0], *pairs, *rest), perm, (batch, *cut, *rest))


def batch_to_space(b: Builder, x: Value, blocks: Sequence[int], crops: Sequence[tuple[int, int]]) -> Value:
    """The opposite of ``space_to_batch``; ``crops`` are cut off at the end."""
    count = len(blocks)
    area = 1
    for block in blocks:
        area *= block
    if count >= x.rank or len(crops) != count or area < 1 or x.shape[0] % area:
        raise ModelError(f"blocks {tuple(blocks)} with crops {list(crops)} do not fit shape {x.shape}")
    batch, inner, rest = x.shape[0] // area, x.shape[1 : 1 + count], x.shape[1 + count :]
    perm = [count]
    for k in range(count):
        perm += [count + 1 + k, k]
    perm += range(2 * count + 1, 2 * count + 1 + len(rest))
    wide = [dim * block for dim, block in zip(inner, blocks, strict=True)]
    y = _view(b, x, (*blocks, batch, *inner, *rest), perm, (batch, *wide, *rest))
    return pad_or_crop(b, y, ((0, 0), *((-low, -high) for low, high in crops), *((0, 0),) * len(rest)))
