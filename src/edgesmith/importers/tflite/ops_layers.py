"""Convolutions, pools, fully connected layers and matrix products."""

from __future__ import annotations

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.tflite.call import IMAGE, Call, refuse
from edgesmith.ir import Value, remember
from edgesmith.types import DType, Quantization

Pads = tuple[tuple[int, int], ...]
MAX_SIDE = 1 << 16  # of a resized image: the tables of a larger one take seconds to compute


def same_padding(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Zeros before and after an axis so that the output has ceil(size / stride); the odd one comes after."""
    if min(kernel, stride, dilation) < 1:
        raise ModelError(f"kernel {kernel}, stride {stride} and dilation {dilation} must be at least 1")
    out = -(-size // stride)
    total = max((out - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def _padding(c: Call, spatial: tuple[int, ...], kernel: tuple[int, ...], strides: tuple[int, ...],
             dilations: tuple[int, ...]) -> Pads:  # fmt: skip
    if len(spatial) != len(kernel):
        raise ModelError(f"{c.op.where}: its operand has {len(spatial)} spatial dimensions, expected {len(kernel)}")
    if c.text("padding") == "VALID":
        return tuple((0, 0) for _ in kernel)
    return tuple(same_padding(*axis) for axis in zip(spatial, kernel, strides, dilations, strict=True))


def _pair(c: Call, name: str) -> tuple[int, int]:
    return c.integer(name.replace("*", "h")), c.integer(name.replace("*", "w"))


def weights(c: Call, x: Value, index: int) -> Value:
    """The weights in a form that multiplies ``x``: quantized weights of float layers (dynamic range) become float."""
    w = c.x(index)
    if x.dtype is DType.F32 and w.quant is not None:
        real, tensor = c.dequantized(w), c.tensor(index)
        assert tensor is not None
        remember_dynamic(c, w, real, tensor.name)
        return real
    if x.dtype is DType.F32 and w.dtype is DType.F16:
        return c.cast(w, DType.F32)
    return w


def remember_dynamic(c: Call, stored: Value, real: Value, name: str) -> None:
    """Note how the file holds weights of a layer that quantizes its input itself: bytes without a zero point only."""
    if stored.dtype is DType.I8 and stored.quant is not None and not stored.quant.zero_point.any():
        asymmetric = bool(c.op.options.get("asymmetric_quantize_inputs"))
        remember(c.frame.builder.graph, stored, real, name, dynamic=True, asymmetric=asymmetric)


def bias_of(c: Call, x: Value, index: int) -> Value | None:
    """The bias, or None; its scale is that of the products whatever the file says of it."""
    bias = c.optional(index)
    if bias is None:
        return None
    if bias.rank != 1:
        bias = c.reshaped(bias, (bias.size,))
    if x.dtype is DType.F32:
        return c.cast(bias, DType.F32)
    return c.constant(bias.data, bias.dtype) if bias.data is not None and bias.quant is not None else bias


def conv_2d(c: Call) -> Value:
    x = c.x(0)
    w = weights(c, x, 1)
    if x.rank != 4 or w.rank != 4 or not w.shape[3]:
        raise ModelError(f"{c.op.where}: input {x.shape} and weights {w.shape}; expected four dimensions each")
    strides, dilations = _pair(c, "stride_*"), _pair(c, "dilation_*_factor")
    padding = _padding(c, x.shape[1:3], w.shape[1:3], strides, dilations)
    geometry = {"strides": strides, "dilations": dilations, "padding": padding, "groups": x.shape[3] // w.shape[3]}
    return c.layer("conv2d", x, w, bias_of(c, x, 2), **geometry)


def depthwise_conv_2d(c: Call) -> Value:
    x = c.x(0)
    w = weights(c, x, 1)
    if x.rank != 4 or w.rank != 4 or w.shape[0] != 1:
        raise ModelError(f"{c.op.where}: input {x.shape}, weights {w.shape}; expected (N, H, W, C), (1, KH, KW, C * M)")
    strides, dilations = _pair(c, "stride_*"), _pair(c, "dilation_*_factor")
    padding = _padding(c, x.shape[1:3], w.shape[1:3], strides, dilations)
    w = c.reshaped(w, w.shape[1:], _moved_axis(w.quant, -1))
    return c.layer("depthwise_conv2d", x, w, bias_of(c, x, 2), strides=strides, dilations=dilations, padding=padding)


def _moved_axis(quant: Quantization | None, by: int) -> Quantization | None:
    if quant is None or quant.axis is None:
        return quant
    return Quantization(quant.scale, quant.zero_point, quant.axis + by)


def transpose_conv(c: Call) -> Value:
    """The gradient of a convolution; its first operand is the shape of the result, whose excess rows stay empty."""
    shape, x = c.ints(0, "output shape"), c.x(2)
    w = weights(c, x, 1)
    if len(shape) != 4 or x.rank != 4 or w.rank != 4:
        raise ModelError(f"{c.op.where}: input {x.shape}, weights {w.shape}, output {shape}; expected rank 4 each")
    strides = _pair(c, "stride_*")
    padding, more = list[tuple[int, int]](), list[int]()
    for size, out, kernel, stride in zip(x.shape[1:3], shape[1:3], w.shape[1:3], strides, strict=True):
        expected = same_padding(out, kernel, stride, 1)[0] if c.text("padding") == "SAME" else 0
        after = (size - 1) * stride + kernel - out - expected
        padding.append((expected, max(after, 0)))
        more.append(max(-after, 0))
    geometry = {"strides": strides, "padding": tuple(padding), "output_padding": tuple(more)}
    return c.layer("transpose_conv2d", x, w, bias_of(c, x, 3), **geometry)


def _conv_3d_geometry(c: Call) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return (
        (c.integer("stride_d"), *_pair(c, "stride_*")),
        (c.integer("dilation_d_factor"), *_pair(c, "dilation_*_factor")),
    )


def conv_3d(c: Call) -> Value:
    """Weights come as (depth, height, width, in, out)."""
    x = c.x(0)
    w = weights(c, x, 1)
    if x.rank != 5 or w.rank != 5:
        raise ModelError(f"{c.op.where}: input {x.shape} and weights {w.shape}; expected five dimensions each")
    strides, dilations = _conv_3d_geometry(c)
    padding = _padding(c, x.shape[1:4], w.shape[:3], strides, dilations)
    w = c.add("transpose", w, perm=(4, 0, 1, 2, 3))
    geometry = {"strides": strides, "dilations": dilations, "padding": padding}
    return c.layer("conv3d", x, w, bias_of(c, x, 2), **geometry)


def fully_connected(c: Call) -> Value:
    x = c.x(0)
    w = _unshuffled(c) if c.text("weights_format") == "SHUFFLED4x16INT8" else weights(c, x, 1)
    if w.rank != 2 or not w.shape[1]:
        raise ModelError(f"{c.op.where}: weights {w.shape}; expected (outputs, inputs)")
    inputs = w.shape[1]
    if c.flag("keep_num_dims"):
        if not x.rank or x.shape[-1] != inputs:
            raise ModelError(f"{c.op.where}: weights {w.shape} take {inputs} inputs, the operand has shape {x.shape}")
    elif x.rank != 2 or x.shape[1] != inputs:
        if x.size % inputs:
            raise ModelError(f"{c.op.where}: weights {w.shape} take {inputs} inputs, the operand has shape {x.shape}")
        x = c.reshaped(x, (x.size // inputs, inputs))
    if x.quant is not None and c.out_quant() is None:
        refuse("quantized operands with a float result")
    return c.layer("fully_connected", x, w, bias_of(c, x, 2))


def _unshuffled(c: Call) -> Value:
    """Weights that were stored as int8 in blocks of 4 rows by 16 columns, under a zero point of 128."""
    w = c.x(1)
    if w.data is None or w.rank != 2 or w.shape[0] % 4 or w.shape[1] % 16 or w.quant is None:
        refuse(f"shuffled weights of shape {w.shape}")
    rows, columns = w.shape
    # held_array has flipped the top bit, as of every UINT8 tensor; these bytes are signed already
    stored = (w.data.view(np.uint8) ^ np.uint8(0x80)).view(np.int8)
    blocks = stored.reshape(rows // 4, columns // 16, 4, 16).transpose(0, 2, 1, 3)
    return c.constant(blocks.reshape(rows, columns), DType.I8, w.quant)


def batch_matmul(c: Call) -> Value:
    a, b = c.x(0), weights(c, c.x(0), 1)
    if min(a.rank, b.rank) < 2:
        raise ModelError(f"{c.op.where}: operands {a.shape} and {b.shape}; expected at least two dimensions")
    return c.add("matmul", a, b, quant=c.out_quant(), transpose_a=c.flag("adj_x"), transpose_b=c.flag("adj_y"))


def _pool(c: Call, op: str, x: Value, **more: bool) -> Value:
    kernel, strides = (c.integer("filter_height"), c.integer("filter_width")), _pair(c, "stride_*")
    if x.rank != 4:
        raise ModelError(f"{c.op.where}: input {x.shape}; expected (N, H, W, C)")
    padding = _padding(c, x.shape[1:3], kernel, strides, (1, 1))
    return c.layer(op, x, kernel=kernel, strides=strides, padding=padding, **more)


def max_pool_2d(c: Call) -> Value:
    return _pool(c, "max_pool2d", c.x(0))


def average_pool_2d(c: Call) -> Value:
    """The mean of what lies inside the image."""
    return _pool(c, "avg_pool2d", c.x(0), unsigned=c.stored_zero() != 0)


def l2_pool_2d(c: Call) -> Value:
    """The root of the mean square of what lies inside the image."""
    if c.x(0, IMAGE).quant is not None:
        refuse("an L2 pool of quantized numbers")
    kernel, strides = (c.integer("filter_height"), c.integer("filter_width")), _pair(c, "stride_*")
    padding = _padding(c, c.x(0).shape[1:3], kernel, strides, (1, 1))
    mean = c.add("avg_pool2d", c.add("square", c.x(0)), kernel=kernel, strides=strides, padding=padding)
    return c.activated(c.add("sqrt", mean))


def resize_bilinear(c: Call) -> Value:
    return _resize(c, "linear")


def resize_nearest_neighbor(c: Call) -> Value:
    return _resize(c, "nearest")


def _resize(c: Call, mode: str) -> Value:
    x, size = c.x(0), c.ints(1, "size")
    if x.rank != 4 or len(size) != 2 or max(size) > MAX_SIDE:
        raise ModelError(
            f"{c.op.where}: input {x.shape}, size {size}; expected (N, H, W, C) and two numbers up to {MAX_SIDE}"
        )
    align, half = c.flag("align_corners"), c.flag("half_pixel_centers")
    coordinates = "align_corners" if align else "half_pixel" if half else "asymmetric"
    unsigned = c.stored_zero() != 0
    return c.add(
        "resize", x, sizes=tuple(size), mode=mode, coordinates=coordinates, unsigned=unsigned, quant=c.out_quant()
    )
