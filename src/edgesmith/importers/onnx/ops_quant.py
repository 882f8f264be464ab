"""Quantization.

Scales and zero points that are constants become the quantization of a value, and the passes find integer forms for what
lies between. Others are arithmetic, exactly as the standard writes it. Unsigned bytes are shifted to signed ones, which
is what kernels exist for.
"""

from __future__ import annotations

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.emit import Emitter
from edgesmith.importers.onnx.call import Call, Narrow, Result
from edgesmith.importers.onnx.ops_conv import kernel_of
from edgesmith.importers.onnx.ops_matmul import multiply
from edgesmith.importers.onnx.tensors import ELEMENTS
from edgesmith.importers.onnx.windows import axes_of
from edgesmith.importers.spatial import convolve
from edgesmith.ir import Value
from edgesmith.types import DType, Quantization

TYPES = (DType.I8, DType.U8, DType.I16, DType.U16, DType.I32)


def known(c: Call, scale: int, zero: int, x: Value | None, axis: int, dtype: DType) -> Quantization | None:
    """The quantization that two inputs describe, where they are sound constants; None otherwise.

    ``axis`` is where a vector of scales lies in ``x``.
    """
    if dtype not in TYPES or c.x(scale).data is None or c.x(scale).dtype is DType.BF16:
        return None
    scales = np.asarray(c.x(scale).data, np.float32)
    points = np.zeros(scales.shape, np.int32)
    if c.has(zero):
        found = c.item(zero)
        data = found.tensor.array if isinstance(found, Narrow) else c.x(zero).data
        if data is None or data.dtype.kind not in "iu":
            return None
        points = np.asarray(data, np.int32)
    if not (np.isfinite(scales).all() and (scales > 0).all()) or scales.ndim > 1 or points.size != scales.size:
        return None
    if scales.size > 1 and (x is None or scales.size != x.shape[axis]):
        return None
    return Quantization.make(scales, points, axis)


def signed(quant: Quantization) -> Quantization:
    """The quantization of unsigned bytes once they are shifted to signed ones."""
    return Quantization.make(quant.scale, quant.zero_point - 128, quant.axis)


def quantized(b: Emitter, x: Value, quant: Quantization, dtype: DType) -> Value:
    """Real numbers as integers of a known quantization."""
    x = b.cast(x, DType.F32)
    if dtype is not DType.U8 or quant.axis is not None:
        return b.add("quantize", x, to=dtype, quant=quant)
    return b.add("requantize", b.add("quantize", x, to=DType.I8, quant=signed(quant)), to=DType.U8, quant=quant)


def integers(b: Emitter, x: Value, quant: Quantization) -> tuple[Value, Quantization]:
    """Integers and their quantization, in a type that kernels take: unsigned bytes shifted."""
    if x.dtype is not DType.U8:
        return x, quant
    if x.data is not None:
        return b.constant((x.data.astype(np.int16) - 128).astype(np.int8), DType.I8, name=x.name), signed(quant)
    made = x.producer
    if made is not None and made.op == "requantize" and signed(quant).same(made.input(0).quant):
        return made.input(0), signed(quant)
    if quant.axis is not None:
        return x, quant
    return b.add("requantize", b.viewed(x, quant), to=DType.I8, quant=signed(quant)), signed(quant)


def real(b: Emitter, x: Value, quant: Quantization) -> Value:
    """Integers of a known quantization as real numbers."""
    return b.dequantized(*integers(b, x, quant))


def _along(c: Call, v: Value, x: Value, axis: int, block: int) -> Value:
    """Scales or zero points, one, one an index of the axis, or one a block of them, shaped to broadcast over x."""
    b = c.b
    if v.size == 1 and v.rank <= 1:
        return b.reshape(v, ())
    if block:
        if v.rank != x.rank or v.shape[axis] * block < x.shape[axis]:
            raise ModelError(f"blocks of {block} and scales of shape {v.shape} do not fit an input of shape {x.shape}")
        index = np.arange(x.shape[axis]) // block
        return b.gather(v, b.ints(index), axis)
    if v.shape != (x.shape[axis],):
        raise ModelError(f"scales of shape {v.shape} do not fit axis {axis} of an input of shape {x.shape}")
    return b.reshape(v, [-1 if i == axis else 1 for i in range(x.rank)])


def _axis(c: Call, x: Value) -> int:
    """The default axis need not exist where there is one scale for all."""
    axis = c.integer("axis", 1)
    return c.axis(axis, x.rank) if "axis" in c.node.attributes and x.rank else min(1, max(0, x.rank - 1))


def _limits(dtype: DType) -> tuple[int, int]:
    info = np.iinfo(dtype.numpy.name)
    return int(info.min), int(info.max)


def QuantizeLinear(c: Call) -> Result:
    """``saturate(round(x / scale) + zero_point)``, halves to even."""
    x, scale, b = c.x(0), c.x(1), c.b
    code = c.integer("output_dtype", 0)
    if c.has(2) and isinstance(c.item(2), Narrow):
        c.unsupported(f"quantizes to {c.item(2).tensor.element.name}")  # type: ignore[union-attr]
    if code and not ELEMENTS[code].native if code in ELEMENTS else code:
        c.unsupported(f"quantizes to {ELEMENTS[code].name if code in ELEMENTS else 'an unknown type'}")
    dtype = c.x(2).dtype if c.has(2) else (ELEMENTS[code].dtype if code else DType.U8)
    assert dtype is not None
    axis, block = _axis(c, x), c.integer("block_size", 0)
    quant = None if block else known(c, 1, 2, x, axis, dtype)
    if quant is not None:
        return quantized(b, x, quant, dtype)
    zero = c.opt(2)
    return quantize(
        b, x, _along(c, scale, x, axis, block), None if zero is None else _along(c, zero, x, axis, block), dtype
    )


def quantize(b: Emitter, x: Value, scale: Value, zero: Value | None, dtype: DType) -> Value:
    """The arithmetic of quantization, in float32."""
    y = b.unary("round", b.over(b.cast(x, DType.F32), b.cast(scale, DType.F32)))
    if zero is not None:
        y = b.plus(y, b.cast(zero, DType.F32))
    low, high = _limits(dtype)
    return b.cast(b.clip(y, low, high), dtype)


def DequantizeLinear(c: Call) -> Result:
    """``(x - zero_point) * scale``."""
    scale, b = c.x(1), c.b
    found = c.item(0)
    if isinstance(found, Narrow):
        carrier = found.tensor.element.dtype
        if carrier is None:
            c.unsupported(f"dequantizes {found.tensor.element.name}")
        x = b.constant(found.tensor.array, carrier)
    else:
        x = c.x(0)
    axis, block = _axis(c, x), c.integer("block_size", 0)
    code = c.integer("output_dtype", 0)
    out = ELEMENTS[code].dtype if code in ELEMENTS and ELEMENTS[code].native else scale.dtype
    quant = None if block else known(c, 1, 2, x, axis, x.dtype)
    if quant is not None:
        return b.cast(real(b, x, quant), out or scale.dtype)
    x = b.plain(x)
    wide = b.cast(x, DType.F32)
    if c.has(2):
        zero = c.item(2)
        if isinstance(zero, Narrow):
            point = b.constant(zero.tensor.array, zero.tensor.element.dtype)
        else:
            point = c.x(2)
        wide = b.cast(b.minus(b.cast(x, DType.I32), b.cast(_along(c, point, x, axis, block), DType.I32)), DType.F32)
        if x.dtype.is_float:
            wide = b.minus(b.cast(x, DType.F32), b.cast(_along(c, point, x, axis, block), DType.F32))
    y = b.times(wide, b.cast(_along(c, scale, x, axis, block), DType.F32))
    return b.cast(y, out or scale.dtype)


def DynamicQuantizeLinear(c: Call) -> Result:
    """The range of x, widened to hold 0, on 0..255."""
    x, b = c.x(), c.b
    axes = list(range(x.rank))
    top = b.binary("maximum", b.reduce("reduce_max", x, axes), 0)
    bottom = b.binary("minimum", b.reduce("reduce_min", x, axes), 0)
    scale = b.over(b.minus(top, bottom), 255)
    zero = b.cast(b.clip(b.unary("round", b.over(b.minus(0, bottom), scale)), 0, 255), DType.U8)
    return quantize(b, x, scale, zero, DType.U8), scale, zero


def _centred(c: Call, index: int, zero: int, channel: int | None = None) -> Value:
    """An integer operand minus its zero point, in 32 bits. ``channel`` is the axis of a zero point that is a vector."""
    b = c.b
    x = b.plain(c.x(index))
    wide = b.cast(x, DType.I32)
    if not c.has(zero):
        return wide
    point = b.cast(c.x(zero), DType.I32)
    if point.size == 1:
        point = b.reshape(point, ())
    elif point.rank == 1 and channel is not None:
        point = b.reshape(point, [-1 if i == channel % x.rank else 1 for i in range(x.rank)])
    return b.minus(wide, point)


def MatMulInteger(c: Call) -> Result:
    return c.b.matmul(_centred(c, 0, 2, -2), _centred(c, 1, 3, -1))


def ConvInteger(c: Call) -> Result:
    b = c.b
    x, w = _centred(c, 0, 2), _centred(c, 1, 3, 0)
    axes = axes_of(c, x.shape[2:], kernel_of(c, x, w))
    return convolve(b, x, w, None, axes, c.integer("group", 1))


def QLinearMatMul(c: Call) -> Result:
    """(a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero)."""
    b, left, right = c.b, c.x(0), c.x(3)
    quants = [known(c, 1, 2, None, 0, left.dtype), known(c, 4, 5, right, right.rank - 1, right.dtype)]
    target = known(c, 6, 7, None, 0, c.x(7).dtype)
    if target is not None and quants[0] is not None and quants[1] is not None:
        y = multiply(b, real(b, left, quants[0]), real(b, right, quants[1]))
        return quantized(b, y, target, c.x(7).dtype)
    total = b.cast(b.matmul(_centred(c, 0, 2, -2), _centred(c, 3, 5, -1)), DType.F32)
    a_scale, w_scale = b.cast(c.x(1), DType.F32), b.cast(c.x(4), DType.F32)
    if a_scale.size > 1:
        a_scale = b.expand_dims(a_scale, a_scale.rank)
    product = b.times(total, b.times(_scalar(b, a_scale), _scalar(b, w_scale)))
    return quantize(b, product, _scalar(b, c.x(6)), c.x(7), c.x(7).dtype)


def _scalar(b: Emitter, v: Value) -> Value:
    return b.reshape(v, ()) if v.size == 1 else v


def QLinearConv(c: Call) -> Result:
    """(x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero, bias)."""
    b, groups, bias = c.b, c.integer("group", 1), c.opt(8)
    axes = axes_of(c, c.x(0).shape[2:], kernel_of(c, c.x(0), c.x(3)))
    quants = [known(c, 1, 2, None, 0, c.x(0).dtype), known(c, 4, 5, c.x(3), 0, c.x(3).dtype)]
    target = known(c, 6, 7, None, 0, c.x(7).dtype)
    if target is not None and quants[0] is not None and quants[1] is not None and (bias is None or bias.is_constant):
        if bias is not None:
            scale = quants[0].scale * quants[1].scale
            bias = b.dequantized(bias, Quantization.make(scale, 0, 0 if scale.size > 1 else None))
        y = convolve(b, real(b, c.x(0), quants[0]), real(b, c.x(3), quants[1]), bias, axes, groups)
        return quantized(b, y, target, c.x(7).dtype)
    y = convolve(b, _centred(c, 0, 2), _centred(c, 3, 5, 0), None, axes, groups)
    if bias is not None:
        y = b.plus(y, b.reshape(bias, (-1, *[1] * (y.rank - 2))))
    scale_of = b.times(_scalar(b, c.x(1)), _scalar(b, c.x(4)))
    if scale_of.rank == 1:
        scale_of = b.reshape(scale_of, (-1, *[1] * (y.rank - 2)))
    product = b.times(b.cast(y, DType.F32), scale_of)
    return quantize(b, product, _scalar(b, c.x(6)), _scalar(b, c.x(7)), c.x(7).dtype)
