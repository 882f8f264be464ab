"""Convolutions and their opposite, pools, products with matrices, and tables of rows."""

from __future__ import annotations

from math import prod

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.caffe.convert import Call, Result
from edgesmith.importers.caffe.text import Message
from edgesmith.importers.caffe.weights import Array
from edgesmith.importers.caffe.windows import check_fit, pooled, spread, windows
from edgesmith.importers.spatial import Axis, convolve, deconvolve, pool, unfold
from edgesmith.ir import Value
from edgesmith.types import DType

IMAGE = range(4, 5)
MAX_OUTPUTS = 1 << 24


def _channels(c: Call, p: Message, x: Value) -> tuple[int, int]:
    """The numbers of outputs and of groups, which must divide inputs and outputs."""
    outputs, groups = p.integer("num_output"), p.integer("group", 1)
    if c.axis(x, p.integer("axis", 1)) != 1:
        c.unsupported("channels in another axis than 1")
    if not 1 <= outputs <= MAX_OUTPUTS or groups < 1 or outputs % groups or x.shape[1] % groups:
        raise ModelError(f"{outputs} outputs and {x.shape[1]} channels in {groups} groups")
    return outputs, groups


def _filled(c: Call, p: Message, shape: tuple[int, ...]) -> Array:
    """The weights; those of a layer that the file of weights leaves out, where its filler leaves nothing to chance."""
    filler = p.message("weight_filler")
    kind = filler.text("type") if not c.weights else ""
    if kind == "constant" and prod(shape) <= MAX_OUTPUTS:
        return np.full(shape, filler.real("value"), np.float32)
    if kind == "bilinear" and len(shape) == 4 and shape[2] == shape[3] and prod(shape) <= MAX_OUTPUTS:
        half = -(-shape[2] // 2)
        slope = 1 - np.abs(np.arange(shape[2], dtype=np.float32) / half - (2 * half - 1 - half % 2) / (2 * half))
        return np.broadcast_to(slope[:, None] * slope, shape).astype(np.float32)
    return c.weight(0, shape)


def _bias(c: Call, p: Message, count: int) -> Value | None:
    if not p.flag("bias_term", True):
        return None
    if not c.weights and p.message("weight_filler").fields:  # as the weights, from its filler
        return c.constant(np.full(count, p.message("bias_filler").real("value"), np.float32))
    return c.constant(c.weight(1, (count,)))


def Convolution(c: Call) -> Result:
    """Several blobs go through the same weights, each to a blob of its own."""
    p, results = c.param("convolution_param"), []
    for index in range(max(len(c.inputs), 1)):
        x = c.x(index, range(3, 6))
        outputs, groups = _channels(c, p, x)
        axes = windows(p, x.shape[2:])
        check_fit(axes)
        w = _filled(c, p, (outputs, x.shape[1] // groups, *(axis.kernel for axis in axes)))
        results.append(convolve(c.b, x, c.constant(w), _bias(c, p, outputs), axes, groups))
    return results


def ConvolutionDepthwise(c: Call) -> Result:
    """A name that forks give to convolutions of one channel each, whose number of groups they may leave out."""
    p = c.param("convolution_param")
    if "group" not in p and p.integer("num_output") != c.x().shape[1]:
        c.unsupported("a number of outputs that is not that of the channels, without groups")
    if "group" in p:
        return Convolution(c)
    x = c.x(0, IMAGE)
    outputs = x.shape[1]
    axes = windows(p, x.shape[2:])
    check_fit(axes)
    w = c.weight(0, (outputs, 1, *(axis.kernel for axis in axes)))
    return convolve(c.b, x, c.constant(w), _bias(c, p, outputs), axes, outputs)


def DepthwiseConvolution(c: Call) -> Result:
    return ConvolutionDepthwise(c)


def Deconvolution(c: Call) -> Result:
    p, results = c.param("convolution_param"), []
    for index in range(max(len(c.inputs), 1)):
        x = c.x(index, range(3, 6))
        outputs, groups = _channels(c, p, x)
        axes = windows(p, x.shape[2:])
        kernel = [axis.kernel for axis in axes]
        # (C, O / groups, kernel...) in the file; (O, C / groups, kernel...) here
        array = _filled(c, p, (x.shape[1], outputs // groups, *kernel))
        array = array.reshape(groups, x.shape[1] // groups, outputs // groups, *kernel).swapaxes(1, 2)
        w = c.constant(array.reshape(outputs, x.shape[1] // groups, *kernel))
        strides, dilations = [axis.stride for axis in axes], [axis.dilation for axis in axes]
        pads = [(axis.low, axis.high) for axis in axes]
        nothing = [0] * len(axes)
        results.append(deconvolve(c.b, x, w, _bias(c, p, outputs), groups, strides, dilations, pads, nothing))
    return results


def InnerProduct(c: Call) -> Result:
    """Axes from ``axis`` on are one vector."""
    p, x, b = c.param("inner_product_param"), c.x(), c.b
    outputs, axis = p.integer("num_output"), c.axis(x, p.integer("axis", 1))
    size = prod(x.shape[axis:])
    if not 1 <= outputs <= MAX_OUTPUTS:
        raise ModelError(f"{outputs} outputs")
    if p.flag("transpose"):
        array = _filled(c, p, (size, outputs)).T
    else:
        array = _filled(c, p, (outputs, size))
    y = b.add("fully_connected", b.reshape(x, (*x.shape[:axis], size)), c.constant(array), _bias(c, p, outputs))
    return y


def Embed(c: Call) -> Result:
    """Rows of a table, by numbers that are integers though a blob holds them as floats."""
    p, x, b = c.param("embed_param"), c.x(), c.b
    rows, outputs = p.integer("input_dim"), p.integer("num_output")
    if not (1 <= rows <= MAX_OUTPUTS and 1 <= outputs <= MAX_OUTPUTS):
        raise ModelError(f"a table of {rows} rows of {outputs}")
    y = b.gather(c.constant(c.weight(0, (rows, outputs))), b.cast(x, DType.I64), 0)
    bias = _bias(c, p, outputs)
    return y if bias is None else b.plus(y, bias)


def Im2col(c: Call) -> Result:
    """What a window sees, at every place, as channels."""
    p, x, b = c.param("convolution_param"), c.x(0, IMAGE), c.b
    axes = windows(p, x.shape[2:])
    check_fit(axes)
    y = unfold(b, unfold(b, x, 2, axes[0], 0), 4, axes[1], 0)
    channels = x.shape[1] * axes[0].kernel * axes[1].kernel
    return b.reshape(b.transpose(y, (0, 1, 3, 5, 2, 4)), (x.shape[0], channels, axes[0].count, axes[1].count))


# -- pools ------------------------------------------------------------------------------------------------------------


def _pool(c: Call, x: Value, axes: list[Axis], greatest: bool) -> Value:
    counted = {} if greatest else {"count_include_pad": True}
    return pool(c.b, "max_pool2d" if greatest else "avg_pool2d", x, axes, **counted)[0]


def _greatest(c: Call, p: Message) -> bool:
    kind = p.choice("pool", ("MAX", "AVE", "STOCHASTIC"), "MAX")
    if kind == "STOCHASTIC":
        c.unsupported("stochastic pooling")
    return kind == "MAX"


def Pooling(c: Call) -> Result:
    """The greatest or the mean. A second blob gets the places of the greatest in their channel, as floats."""
    p, x, b = c.param("pooling_param"), c.x(0, IMAGE), c.b
    greatest, masked = _greatest(c, p), len(c.layer.tops) > 1
    up = p.choice("round_mode", ("CEIL", "FLOOR"), "CEIL") == "CEIL" and p.flag("ceil_mode", True)
    if p.flag("global_pooling"):
        if not masked:
            return b.reduce("reduce_max" if greatest else "reduce_mean", x, [2, 3], True)
        axes = [pooled(size, size, 1, 0) for size in x.shape[2:]]
    else:
        kernel = spread(p, "kernel_size", "kernel", 2, None)
        stride = spread(p, "stride", "stride", 2, 1)
        pad = spread(p, "pad", "pad", 2, 0, least=0)
        axes = [pooled(*numbers, up) for numbers in zip(x.shape[2:], kernel, stride, pad, strict=True)]
    if not masked:
        return _pool(c, x, axes, greatest)
    if not greatest:
        raise ModelError("places of the greatest, of a pool of means")
    y, places = pool(b, "max_pool2d", x, axes, indices="row_major")
    return [y, b.cast(b.minus(places, _planes(c, x.shape[:2], x.shape[2:])), DType.F32)]


def _planes(c: Call, channels: tuple[int, ...], size: tuple[int, ...]) -> Value:
    """Where each channel begins in a flat (N, C, H, W) blob."""
    return c.b.ints(np.arange(prod(channels)).reshape(*channels, 1, 1) * prod(size))


def Upsample(c: Call) -> Result:
    """Each pixel as a square of them; with a second blob, of places that a pool kept, each back in its place."""
    p, x, b = c.param("upsample_param"), c.x(0, IMAGE), c.b
    scale = p.integer("scale", 2)
    factors = (p.integer("scale_h", scale), p.integer("scale_w", scale))
    size = [dim * factor for dim, factor in zip(x.shape[2:], factors, strict=True)]
    if not all(1 <= factor <= 64 for factor in factors):
        raise ModelError(f"factors {factors}; expected 1 to 64")
    if len(c.inputs) == 1:
        return b.add("resize", x, axes=(2, 3), sizes=tuple(size), mode="nearest", coordinates="asymmetric",
                     rounding="floor")  # fmt: skip
    size = [p.integer("upsample_h", size[0]), p.integer("upsample_w", size[1])]
    if not all(1 <= dim <= 1 << 16 for dim in size):
        raise ModelError(f"a picture of {size}")
    places = b.plus(b.cast(c.x(1, IMAGE), DType.I64), _planes(c, x.shape[:2], tuple(size)))
    last = [b.channels_last(value) for value in (x, places)]
    return b.channels_first(b.add("max_unpool", *last, shape=tuple(size)))


def SPP(c: Call) -> Result:
    """Pools of 1, 2, 4, ... windows a side, whatever the size of the picture, side by side as a vector."""
    p, x, b = c.param("spp_param"), c.x(0, IMAGE), c.b
    height, greatest = p.integer("pyramid_height"), _greatest(c, p)
    if not 1 <= height <= 8:
        raise ModelError(f"a pyramid of {height} levels; expected 1 to 8")
    levels = []
    for level in range(height):
        axes = []
        for size in x.shape[2:]:
            kernel = -(-size // (1 << level))
            axes.append(pooled(size, kernel, kernel, ((kernel << level) - size + 1) // 2))
        levels.append(_pool(c, x, axes, greatest))
    return levels[0] if height == 1 else b.concat([b.reshape(y, (x.shape[0], -1)) for y in levels], 1)
