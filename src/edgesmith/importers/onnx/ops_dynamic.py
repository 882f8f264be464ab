"""Layers that make integers of their input as they run: what dynamic quantization of ONNX Runtime comes to.

Sources: docs/ContribOperators.md of ONNX Runtime, and ``dynamic.py`` beside this file.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.onnx.call import Call, Result
from edgesmith.importers.onnx.ops_conv import kernel_of
from edgesmith.importers.onnx.ops_matmul import multiply
from edgesmith.importers.onnx.ops_quant import integers, real
from edgesmith.importers.onnx.ops_rnn import LSTM as _lstm
from edgesmith.importers.onnx.windows import axes_of
from edgesmith.importers.spatial import convolve
from edgesmith.ir import Value
from edgesmith.types import DType, Quantization

DOMAIN = "com.microsoft"


def _rows(c: Call, x: Value) -> list[Value]:
    """The input's integers, with one scale for all of them; made once for all layers that read it."""
    found = c.scope.job.rows
    if x not in found:
        found[x] = c.b.add_multi("quantize_rows", (x,), attrs={"axes": 0})
    return found[x]


def _weights(c: Call, axis: int) -> tuple[Value, Quantization]:
    """The integers of the weights, whose outputs lie along ``axis``, and their quantization."""
    w, scale, zero = c.x(1), c.x(2).data, c.x(3).data if c.has(3) else np.zeros(1, np.uint8)
    if w.data is None or scale is None or zero is None or w.dtype not in (DType.I8, DType.U8):
        c.unsupported("its weights or their scales are computed, or are no bytes")
    sizes = 1, w.shape[axis]
    sound = scale.size in sizes and zero.size in sizes and np.isfinite(scale).all() and (scale > 0).all()
    if not sound:
        raise ModelError(f"{scale.size} scales and {zero.size} zero points do not fit weights of shape {w.shape}")
    points = np.broadcast_to(zero.reshape(-1).astype(np.int32), (max(scale.size, zero.size),))
    steps = np.broadcast_to(scale.reshape(-1).astype(np.float32), points.shape)
    return integers(c.b, w, Quantization.make(steps, points, axis if points.size > 1 else None))


def _layer(c: Call, op: str, x: Value, w: Value, data: np.ndarray, quant: Quantization, **attrs: Any) -> Value:
    """The layer over the rows of ``x``; ``data`` are the integers of ``w`` with outputs along the first axis."""
    axis = None if quant.axis is None else 0
    weights = c.b.constant(data, DType.I8, Quantization(quant.scale, quant.zero_point, axis), name=w.name)
    bias = c.opt(4)
    flat = None if bias is None else c.b.reshape(bias, (-1,))
    return c.b.add(op, *_rows(c, x), weights, flat, **attrs)


def DynamicQuantizeMatMul(c: Call) -> Result:
    """(a, b, b_scale, b_zero, bias)."""
    x, b = c.x(0), c.b
    w, quant = _weights(c, c.x(1).rank - 1)
    if w.data is None or w.rank != 2 or x.dtype is not DType.F32 or not x.rank or x.shape[-1] != w.shape[0]:
        y = multiply(b, x, real(b, w, quant))  # of a stack of matrices
        return y if not c.has(4) else b.plus(y, c.x(4))
    return _layer(c, "fully_connected_dynamic", x, w, np.ascontiguousarray(w.data.T), quant)


def DynamicQuantizeConv(c: Call) -> Result:
    """(x, w, w_scale, w_zero, bias): ``ConvInteger`` of the file with what is around it."""
    x, b, groups = c.x(0), c.b, c.integer("group", 1)
    w, quant = _weights(c, 0)
    axes = axes_of(c, x.shape[2:], kernel_of(c, x, w))
    if w.data is None or len(axes) != 2 or x.dtype is not DType.F32:
        return convolve(b, x, real(b, w, quant), None if not c.has(4) else b.reshape(c.x(4), (-1,)), axes, groups)
    window = {
        "strides": tuple(axis.stride for axis in axes),
        "dilations": tuple(axis.dilation for axis in axes),
        "padding": tuple((axis.low, axis.high) for axis in axes),
    }
    data = np.ascontiguousarray(w.data.transpose(0, 2, 3, 1))
    y = _layer(c, "conv2d_dynamic", b.channels_last(x), w, data, quant, groups=groups, **window)
    return b.channels_first(y)


def DynamicQuantizeLSTM(c: Call) -> Result:
    """The standard's LSTM with weights of bytes, (directions, inputs, 4 units); computed here in floats throughout.

    Inputs 8 to 11 are the scales and zero points of its two weights, for each direction, and perhaps each column.
    """
    items = [c.items[place] if c.has(place) else None for place in range(8)]
    for place, scale in ((1, 8), (2, 10)):
        w, steps = c.array(place), c.array(scale)
        points = c.array(scale + 1).astype(np.float32) if c.has(scale + 1) else np.zeros(1, np.float32)
        if w.ndim != 3 or any(each.size not in (1, w.shape[0], w.shape[0] * w.shape[2]) for each in (steps, points)):
            raise ModelError(f"weights of shape {w.shape} with {steps.size} scales and {points.size} zero points")
        steps, points = (
            each.reshape(w.shape[0] if each.size > 1 else 1, 1, -1).astype(np.float32) for each in (steps, points)
        )
        items[place] = c.b.constant(np.ascontiguousarray(((w - points) * steps).transpose(0, 2, 1)), DType.F32)
    return _lstm(Call(replace(c.node, domain="", version=14), items, c.b, c.scope))
