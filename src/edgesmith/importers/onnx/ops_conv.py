"""Convolutions. One spatial axis becomes two, three become a sum of two-dimensional ones."""

from __future__ import annotations

from collections.abc import Sequence

from edgesmith.errors import ModelError
from edgesmith.importers.onnx.call import Call, Result
from edgesmith.importers.onnx.windows import axes_of
from edgesmith.importers.spatial import convolve, deconvolve, spread
from edgesmith.ir import Value


def Conv(c: Call) -> Result:
    x, w = c.x(0), c.x(1)
    axes = axes_of(c, x.shape[2:], kernel_of(c, x, w))
    return convolve(c.b, x, w, c.opt(2), axes, c.integer("group", 1))


def kernel_of(c: Call, x: Value, w: Value) -> list[int]:
    """The kernel's size, which the weight has and an attribute may repeat."""
    if x.rank < 3 or w.rank != x.rank:
        raise ModelError(f"input of shape {x.shape} and weight of shape {w.shape} do not fit")
    kernel = c.integers("kernel_shape") or list(w.shape[2:])
    if tuple(kernel) != w.shape[2:]:
        raise ModelError(f"kernel_shape is {kernel}, the weight has shape {w.shape}")
    return kernel


def ConvTranspose(c: Call) -> Result:
    x, w, b = c.x(0), c.x(1), c.b
    kernel = kernel_of(c, x, w)
    groups, rank = c.integer("group", 1), x.rank - 2
    if groups < 1 or x.shape[1] != w.shape[0] or w.shape[0] % groups:
        raise ModelError(f"weight of shape {w.shape} in {groups} groups: input has {x.shape[1]} channels")
    strides, dilations = c.integers("strides") or [1] * rank, c.integers("dilations") or [1] * rank
    extra = c.integers("output_padding") or [0] * rank
    if not len(strides) == len(dilations) == len(extra) == rank or min([*strides, *dilations], default=1) < 1:
        raise ModelError(f"strides, dilations and output_padding must be given for {rank} axes")
    pads = _transposed_pads(c, x.shape[2:], kernel, strides, dilations, extra)
    w = b.reshape(w, (groups, w.shape[0] // groups, *w.shape[1:]))
    w = b.transpose(w, (0, 2, 1, *range(3, w.rank)))
    w = b.reshape(w, (w.shape[0] * w.shape[1], *w.shape[2:]))
    return deconvolve(b, x, w, c.opt(2), groups, strides, dilations, pads, extra)


def _transposed_pads(
    c: Call, sizes: Sequence[int], kernel: list[int], strides: list[int], dilations: list[int], extra: list[int]
) -> list[tuple[int, int]]:
    """What is cut off at both ends of each axis."""
    rank = len(sizes)
    auto = c.choice("auto_pad", "NOTSET", ("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"))
    wanted = c.integers("output_shape")
    if wanted is None and auto.startswith("SAME"):
        wanted = [size * stride for size, stride in zip(sizes, strides, strict=True)]
    if wanted is None:
        pads = c.integers("pads") or [0] * (2 * rank)
        if len(pads) != 2 * rank or auto == "VALID":
            pads = [0] * (2 * rank)
        return list(zip(pads[:rank], pads[rank:], strict=True))
    found = []
    for size, k, stride, dilation, more, want in zip(
        sizes, kernel, strides, dilations, extra, wanted[-rank:], strict=True
    ):
        total = stride * (size - 1) + more + (k - 1) * dilation + 1 - want
        small = total // 2
        found.append((small, total - small) if auto == "SAME_UPPER" else (total - small, small))
    return found


def Col2Im(c: Call) -> Result:
    """Every place of the block is spread over the picture on its own, and the pictures are added up."""
    x, b = c.x(0), c.b
    image, block = c.int_list(1, "the picture's shape"), c.int_list(2, "the block's shape")
    axes = axes_of(c, image, block)
    count = 1
    for size in block:
        count *= size
    if x.rank != 3 or x.shape[1] % count or count > 1024:
        raise ModelError(f"columns of shape {x.shape} do not make blocks of {block}")
    n, channels, rank = x.shape[0], x.shape[1] // count, len(axes)
    x = b.reshape(x, (n, channels, count, *(axis.count for axis in axes)))
    total: Value | None = None
    for place in range(count):
        part, left = b.at(x, 2, place), place
        for i in reversed(range(rank)):
            axis, offset = axes[i], (left % block[i]) * axes[i].dilation
            left //= block[i]
            part = spread(b, part, i + 2, axis.stride)
            padded = axis.size + axis.low + axis.high
            pads = [(0, 0)] * part.rank
            pads[i + 2] = (offset, padded - offset - part.shape[i + 2])
            part = b.pad(part, pads)
        total = part if total is None else b.plus(total, part)
    assert total is not None
    for i, axis in enumerate(axes):
        total = b.slice(total, i + 2, axis.low, axis.low + axis.size)
    return total
