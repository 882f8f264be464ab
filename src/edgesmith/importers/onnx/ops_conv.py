"""Convolutions. One spatial axis becomes two, three become a sum of two-dimensional ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from edgesmith.errors import ModelError
from edgesmith.importers.onnx.call import Call, Result
from edgesmith.importers.onnx.emit import Emitter
from edgesmith.importers.onnx.windows import Axis, axes_of, spread, unfold
from edgesmith.ir import Value
from edgesmith.types import DType

WHOLE = Axis(1, 1, 1, 1, 0, 0)
FLOATS = (DType.F32, DType.F16, DType.BF16)


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


def convolve(b: Emitter, x: Value, w: Value, bias: Value | None, axes: Sequence[Axis], groups: int) -> Value:
    """x is (N, C, spatial...), w is (O, C / groups, kernel...); returns (N, O, spatial...).

    Raises:
        ModelError: channels that do not fit, or more spatial axes than three.
    """
    if groups < 1 or w.shape[0] % groups or x.shape[1] != w.shape[1] * groups:
        raise ModelError(f"weight of shape {w.shape} in {groups} groups: input has {x.shape[1]} channels")
    if bias is not None and bias.shape != (w.shape[0],):
        raise ModelError(f"bias has shape {bias.shape}; expected ({w.shape[0]},)")
    if x.dtype not in FLOATS:
        return _by_matmul(b, x, w, bias, axes, groups)
    if len(axes) == 1:
        y = convolve(b, b.expand_dims(x, 2), b.expand_dims(w, 2), bias, [WHOLE, *axes], groups)
        return b.squeeze(y, 2)
    if len(axes) == 3:
        return _three(b, x, w, bias, axes, groups)
    if len(axes) != 2:
        raise ModelError(f"a convolution over {len(axes)} axes; 1 to 3 are available")
    kind = x.dtype
    if kind is not DType.F32:
        x, w = b.cast(x, DType.F32), b.cast(w, DType.F32)
        bias = bias and b.cast(bias, DType.F32)
    strides, dilations = [axis.stride for axis in axes], [axis.dilation for axis in axes]
    pads = [(axis.low, axis.high) for axis in axes]
    y = conv2d(b, b.channels_last(x), b.channels_last(w), bias, strides, dilations, pads, groups)
    return b.cast(b.channels_first(y), kind)


def _by_matmul(b: Emitter, x: Value, w: Value, bias: Value | None, axes: Sequence[Axis], groups: int) -> Value:
    """Element types that convolutions have no kernels for: the windows laid out, and a matrix product."""
    rank = len(axes)
    for i, axis in enumerate(axes):
        x = unfold(b, x, 2 + 2 * i, axis, 0)
    out, kernel = [2 + 2 * i for i in range(rank)], [3 + 2 * i for i in range(rank)]
    x = b.transpose(x, [0, 1, *kernel, *out])
    points = math.prod(axis.count for axis in axes)
    x = b.reshape(x, (x.shape[0], groups, math.prod(w.shape[1:]), points))
    y = b.matmul(b.reshape(w, (1, groups, w.shape[0] // groups, math.prod(w.shape[1:]))), x)
    y = b.reshape(y, (x.shape[0], w.shape[0], *(axis.count for axis in axes)))
    return y if bias is None else b.plus(y, b.reshape(bias, (-1, *[1] * rank)))


def conv2d(
    b: Emitter,
    x: Value,
    w: Value,
    bias: Value | None,
    strides: Sequence[int],
    dilations: Sequence[int],
    pads: Sequence[tuple[int, int]],
    groups: int,
) -> Value:
    """x is NHWC, w is OHWI."""
    attrs: dict[str, Any] = {"strides": tuple(strides), "dilations": tuple(dilations), "padding": tuple(pads)}
    if groups > 1 and w.shape[3] == 1:
        return b.add(
            "depthwise_conv2d", x, b.reshape(b.transpose(w, (3, 1, 2, 0)), w.shape[1:3] + w.shape[:1]), bias, **attrs
        )
    return b.add("conv2d", x, w, bias, groups=groups, **attrs)


def _three(b: Emitter, x: Value, w: Value, bias: Value | None, axes: Sequence[Axis], groups: int) -> Value:
    """A sum over the first spatial axis of the kernel, with that axis of the input folded into the batch."""
    depth, rest = axes[0], axes[1:]
    n = x.shape[0]
    x = b.pad(x, [(0, 0), (0, 0), (depth.low, depth.high), (0, 0), (0, 0)])
    total: Value | None = None
    for place in range(depth.kernel):
        start = place * depth.dilation
        part = b.slice(x, 2, start, start + (depth.count - 1) * depth.stride + 1, depth.stride)
        part = b.transpose(part, (0, 2, 1, 3, 4))
        part = b.reshape(part, (n * depth.count, *part.shape[2:]))
        y = convolve(b, part, b.at(w, 2, place), bias if place == 0 else None, rest, groups)
        total = y if total is None else b.plus(total, y)
    assert total is not None
    return b.transpose(b.reshape(total, (n, depth.count, *total.shape[1:])), (0, 2, 1, 3, 4))


def ConvTranspose(c: Call) -> Result:
    """The input with zeros between its elements, convolved with the kernel turned around."""
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
    if rank <= 2 and x.dtype in FLOATS and min(min(pair) for pair in pads) >= 0:
        return _transposed(b, x, w, c.opt(2), groups, strides, dilations, pads, extra)
    axes, cut = [], []
    for i in range(rank):
        w = b.reverse(w, i + 2)
        x = spread(b, x, i + 2, strides[i])
        reach = (kernel[i] - 1) * dilations[i]
        low, high = reach - pads[i][0], reach - pads[i][1] + extra[i]
        cut.append((max(0, -low), max(0, -high)))
        axes.append(Axis(x.shape[i + 2], kernel[i], 1, dilations[i], max(0, low), max(0, high)))
        if axes[-1].count < 1:
            raise ModelError("the output would be empty")
    y = convolve(b, x, w, c.opt(2), axes, groups)
    for i, (low, high) in enumerate(cut):
        y = b.slice(y, i + 2, low, y.shape[i + 2] - high)
    return y


def _transposed(
    b: Emitter,
    x: Value,
    w: Value,
    bias: Value | None,
    groups: int,
    strides: list[int],
    dilations: list[int],
    pads: list[tuple[int, int]],
    extra: list[int],
) -> Value:
    """One or two spatial axes; w is (O, C / groups, kernel...)."""
    if len(strides) == 1:
        wide = [1, *strides], [1, *dilations], [(0, 0), *pads], [0, *extra]
        return b.squeeze(_transposed(b, b.expand_dims(x, 2), b.expand_dims(w, 2), bias, groups, *wide), 2)
    kind = x.dtype
    y = b.add(
        "transpose_conv2d",
        b.channels_last(b.cast(x, DType.F32)),
        b.channels_last(b.cast(w, DType.F32)),
        bias and b.cast(bias, DType.F32),
        strides=tuple(strides),
        dilations=tuple(dilations),
        padding=tuple(pads),
        output_padding=tuple(extra),
        groups=groups,
    )
    return b.cast(b.channels_first(y), kind)


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
