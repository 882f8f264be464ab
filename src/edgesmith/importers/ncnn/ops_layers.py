"""Convolutions and their opposites in one, two and three dimensions, pools, and products with matrices."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.emit import Emitter
from edgesmith.importers.ncnn.activation import activate
from edgesmith.importers.ncnn.convert import Call, Result
from edgesmith.importers.ncnn.quantized import Scales, take_scales, through_bytes
from edgesmith.importers.ncnn.quantized import weights as byte_weights
from edgesmith.importers.ncnn.weights import Array
from edgesmith.importers.spatial import Axis, convolve, deconvolve, pool
from edgesmith.ir import Value

SAME_UPPER, SAME_LOWER = -233, -234
# Numbers of kernel, dilation, stride, and padding before and behind, for depth, height and width.
NUMBERS = {"d": (21, 22, 23, 24, 17), "h": (11, 12, 13, 14, 16), "w": (1, 2, 3, 4, 15)}
MAX_EXTENT = 1 << 16


def _window(c: Call, dims: int) -> list[tuple[int, int, int, int, int]]:
    """Kernel, dilation, stride and padding of each axis, outermost first; those of the width stand for what lacks."""
    kernel, dilation, stride, low, high = NUMBERS["w"]
    first = c.integer(kernel), c.integer(dilation, 1), c.integer(stride, 1), c.integer(low), 0
    width = (*first[:4], c.integer(high, first[3]))
    found = [width]
    for axis in "hd"[: dims - 1]:
        numbers = NUMBERS[axis]
        values = [c.integer(number, default) for number, default in zip(numbers[:4], width[:4], strict=True)]
        found.insert(0, (values[0], values[1], values[2], values[3], c.integer(numbers[4], values[3])))
    for k, d, s, before, behind in found:
        if min(k, d, s) < 1 or max(k, d, s, before, behind) > MAX_EXTENT or min(before, behind) < SAME_LOWER:
            raise ModelError(f"a window of {k}, dilation {d}, stride {s}, padding {before} and {behind}")
    return found


def _same(size: int, reach: int, stride: int, kind: int) -> tuple[int, int]:
    """Padding that leaves one window a stride; the odd element is behind, or before for SAME_LOWER."""
    total = max(reach + (size - 1) // stride * stride - size, 0)
    small = total // 2
    return (small, total - small) if kind == SAME_UPPER else (total - small, small)


def _padding(size: int, reach: int, stride: int, low: int, high: int) -> tuple[int, int]:
    if low in (SAME_UPPER, SAME_LOWER):
        return _same(size, reach, stride, low)
    return max(low, 0), max(high, 0)


def _weights(c: Call, dims: int, depthwise: bool, window: Sequence[tuple[int, ...]]) -> tuple[Array, int, bool]:
    """The weights as (outputs, inputs of a group, kernel...), the number of groups, and whether a bias follows."""
    outputs, groups = c.integer(0), c.integer(7, 1) if depthwise else 1
    kernel = [row[0] for row in window]
    if outputs < 1 or groups < 1 or outputs % groups or c.integer(6) % (outputs * prod(kernel)):
        raise ModelError(f"{c.integer(6)} weights for {outputs} outputs in {groups} groups, kernel {kernel}")
    return c.weights[0].reshape(outputs, -1, *kernel), groups, bool(c.integer(5))


def _finished(c: Call, y: Value, scales: Scales | None) -> Value:
    y = activate(c.b, y, c.integer(9), c.layer.reals(10))
    return y if scales is None or scales.output is None else through_bytes(c, y, scales.output)


def _convolution(c: Call, dims: int, depthwise: bool) -> Result:
    x, b, window = c.x(0), c.b, _window(c, dims)
    if c.integer(19):
        c.unsupported("weights that are another layer's output")
    array, groups, has_bias = _weights(c, dims, depthwise, window)
    if x.rank == 2 and prod(row[0] for row in window) == 1 and groups == 1:
        return _dense(c, x, array.reshape(array.shape[0], -1), has_bias, c.integer(8))
    if x.rank != dims + 2:
        raise ModelError(f"a blob of shape {x.shape[1:]}; expected {dims + 1} dimensions")
    scales = take_scales(c, 1 + has_bias, c.integer(8), array.shape[0]) if c.integer(8) else None
    axes = []
    for size, (kernel, dilation, stride, low, high) in zip(x.shape[2:], window, strict=True):
        reach = (kernel - 1) * dilation + 1
        axes.append(Axis(size, kernel, stride, dilation, *_padding(size, reach, stride, low, high)))
    w = c.constant(c.weight(0).reshape(array.shape)) if scales is None else byte_weights(c, array, scales)
    if scales is not None:
        x = through_bytes(c, x, scales.input)
    if c.real(18) and any(axis.low or axis.high for axis in axes):
        x = b.pad(x, [(0, 0), (0, 0), *((axis.low, axis.high) for axis in axes)], c.real(18))
        axes = [Axis(x.shape[i + 2], a.kernel, a.stride, a.dilation, 0, 0) for i, a in enumerate(axes)]
    if any(axis.size + axis.low + axis.high < axis.reach for axis in axes):
        raise ModelError(f"windows {window} do not fit a blob of shape {x.shape[1:]}")
    y = convolve(b, x, w, c.constant(c.weights[1]) if has_bias else None, axes, groups)
    return _finished(c, y, scales)


def Convolution(c: Call) -> Result:
    return _convolution(c, 2, False)


def ConvolutionDepthWise(c: Call) -> Result:
    return _convolution(c, 2, True)


def Convolution1D(c: Call) -> Result:
    return _convolution(c, 1, False)


def ConvolutionDepthWise1D(c: Call) -> Result:
    return _convolution(c, 1, True)


def Convolution3D(c: Call) -> Result:
    return _convolution(c, 3, False)


def ConvolutionDepthWise3D(c: Call) -> Result:
    return _convolution(c, 3, True)


def _deconvolution(c: Call, dims: int, depthwise: bool) -> Result:
    """What lies beyond the wanted size is cut off: as padding says, or evenly where it says -233 or -234."""
    x, window = c.x(0, range(dims + 1, dims + 2)), _window(c, dims)
    if c.integer(28):
        c.unsupported("weights that are another layer's output")
    array, groups, has_bias = _weights(c, dims, depthwise, window)
    behind, sizes = [c.integer(18)], [c.integer(20 if dims < 3 else 25)]
    for number, size in ((19, 21 if dims < 3 else 26), (20, 27))[: dims - 1]:
        behind.insert(0, c.integer(number, behind[-1]))
        sizes.insert(0, c.integer(size, sizes[-1]))
    pads, extras = [], []
    for axis, (kernel, dilation, stride, low, high) in enumerate(window):
        extra = behind[axis]
        if not 0 <= extra <= MAX_EXTENT or not 0 <= sizes[axis] <= MAX_EXTENT:
            raise ModelError(f"an output of {sizes[axis]}, enlarged by {extra}")
        if low in (SAME_UPPER, SAME_LOWER):
            whole = (x.shape[axis + 2] - 1) * stride + (kernel - 1) * dilation + 1 + extra
            total = max(whole - sizes[axis], 0) if sizes[axis] else 0
            small = total // 2
            pads.append((small, total - small) if low == SAME_UPPER else (total - small, small))
        else:
            pads.append((max(low, 0), max(high, 0)))
        extras.append(extra)
    bias = c.constant(c.weights[1]) if has_bias else None
    w = c.constant(c.weight(0).reshape(array.shape))
    strides, dilations = [row[2] for row in window], [row[1] for row in window]
    return _finished(c, deconvolve(c.b, x, w, bias, groups, strides, dilations, pads, extras), None)


def Deconvolution(c: Call) -> Result:
    return _deconvolution(c, 2, False)


def DeconvolutionDepthWise(c: Call) -> Result:
    return _deconvolution(c, 2, True)


def Deconvolution1D(c: Call) -> Result:
    return _deconvolution(c, 1, False)


def DeconvolutionDepthWise1D(c: Call) -> Result:
    return _deconvolution(c, 1, True)


def Deconvolution3D(c: Call) -> Result:
    return _deconvolution(c, 3, False)


def DeconvolutionDepthWise3D(c: Call) -> Result:
    return _deconvolution(c, 3, True)


# -- pools ------------------------------------------------------------------------------------------------------------


def _pooling(c: Call, dims: int) -> Result:
    x, b, greatest = c.x(0, range(dims + 1, dims + 2)), c.b, c.integer(0) == 0
    if c.integer(0) not in (0, 1):
        raise ModelError(f"pooling of kind {c.integer(0)}; expected 0 (greatest) or 1 (mean)")
    spatial = range(2, x.rank)
    if c.integer(4):
        return b.reduce("reduce_max" if greatest else "reduce_mean", x, list(spatial))
    if c.integer(7):
        return _adaptive(c, x, greatest)
    axes = [_pooled_axis(c, x.shape[axis], "dhw"[3 - dims :][axis - 2]) for axis in spatial]
    # ncnn's means count the padding that makes sizes "the same"
    counted = {} if greatest else {"count_include_pad": bool(c.integer(6)) or c.integer(5) in (2, 3)}
    return pool(b, "max_pool2d" if greatest else "avg_pool2d", x, axes, **counted)[0]


def _pooled_axis(c: Call, size: int, axis: str) -> Axis:
    numbers = {"w": (1, 2, 3, 14), "h": (11, 12, 13, 15), "d": (21, 22, 23, 16)}[axis]
    width = c.integer(1), c.integer(2, 1), c.integer(3)
    kernel, stride, low = (c.integer(number, default) for number, default in zip(numbers[:3], width, strict=True))
    high = c.integer(numbers[3], low)
    if min(kernel, stride) < 1 or min(low, high) < 0 or max(kernel, stride, low, high) > MAX_EXTENT:
        raise ModelError(f"a window of {kernel}, stride {stride}, padding {low} and {high}")
    mode = c.integer(5)
    if mode == 0:  # a last window that the padding does not reach is filled up
        tail = (size + low + high - kernel) % stride
        high += stride - tail if tail else 0
    elif mode in (2, 3):
        low, high = _same(size, kernel, stride, SAME_UPPER if mode == 2 else SAME_LOWER)
    elif mode != 1:
        raise ModelError(f"padding of kind {mode}; expected 0 to 3")
    if size + low + high < kernel:
        raise ModelError(f"a window of {kernel} does not fit {size} elements with padding {low} and {high}")
    return Axis(size, kernel, stride, 1, low, high)


def _adaptive(c: Call, x: Value, greatest: bool) -> Value:
    """Windows from floor(i size / out) up to ceil((i + 1) size / out), axis after axis."""
    outs = [c.integer(8)]
    for number in (18, 28)[: x.rank - 3]:
        outs.insert(0, c.integer(number, outs[-1]))
    for axis, out in enumerate(outs, 2):
        size = x.shape[axis]
        if out in (-233, size):
            continue
        if not 1 <= out <= 256:
            raise ModelError(f"{out} places along an axis of {size}")
        ends = [(i * size // out, -(-(i + 1) * size // out)) for i in range(out)]
        op = "reduce_max" if greatest else "reduce_mean"
        x = c.b.concat([c.b.reduce(op, c.b.slice(x, axis, low, high), [axis], True) for low, high in ends], axis)
    return x


def Pooling(c: Call) -> Result:
    return _pooling(c, 2)


def Pooling1D(c: Call) -> Result:
    return _pooling(c, 1)


def Pooling3D(c: Call) -> Result:
    return _pooling(c, 3)


# -- matrices ---------------------------------------------------------------------------------------------------------


def _dense(c: Call, x: Value, array: Array, has_bias: bool, term: int) -> Value:
    """``x @ array.T + bias`` over the last axis of x."""
    scales = take_scales(c, 1 + has_bias, term, array.shape[0]) if term else None
    if scales is not None:
        x = through_bytes(c, x, scales.input)
    w = c.constant(c.weight(0).reshape(array.shape)) if scales is None else byte_weights(c, array, scales)
    y = c.b.add("fully_connected", x, w, c.constant(c.weights[1]) if has_bias else None)
    return _finished(c, y, scales)


def InnerProduct(c: Call) -> Result:
    """The whole blob as one vector; rows of a matrix that are as long as the weights want, each on its own."""
    x, outputs, size = c.x(0), c.integer(0), c.integer(2)
    if outputs < 1 or size % outputs:
        raise ModelError(f"{size} weights for {outputs} outputs")
    array = c.weights[0].reshape(outputs, -1)
    rows = x.rank == 3 and x.shape[2] == array.shape[1]
    if not rows:
        x = c.b.reshape(x, (x.shape[0], -1))
    return _dense(c, x, array, bool(c.integer(1)), c.integer(8))


def Embed(c: Call) -> Result:
    c.unsupported("words are integers, and ncnn's blobs hold floats", "Take the rows before the model.")
    raise AssertionError


def Gemm(c: Call) -> Result:
    """``alpha (A' B' + beta C)``, each of which may be a constant."""
    b, given = c.b, list(c.inputs)
    m, n, k = (c.integer(number) for number in (7, 8, 9))
    at = iter(range(len(c.weights)))
    left = _constant_matrix(c, next(at), (k, m) if c.integer(2) else (m, k), 0) if c.integer(4) else given.pop(0)
    right = _constant_matrix(c, next(at), (n, k) if c.integer(3) else (k, n), 1) if c.integer(5) else given.pop(0)
    bias: Value | None = None
    if c.integer(6):
        if c.integer(10) != -1:
            shapes = {0: (1, 1), 1: (-1, 1), 2: (-1, 1), 3: (m, n), 4: (1, n)}
            bias = c.constant(c.weight(next(at)).reshape(shapes[c.integer(10)]))
    elif given:
        bias = given.pop(0)
    left, right = (_matrix(b, value) for value in (left, right))
    a = b.transpose(left, (0, 2, 1)) if c.integer(2) else left
    w = right if c.integer(3) else b.transpose(right, (0, 2, 1))
    alpha, beta = c.real(0, 1.0), c.real(1, 1.0)
    if bias is not None:
        bias = b.times(_broadcast(b, bias, a.shape[1]), beta) if beta != 1 else bias
        bias = _broadcast(b, bias, a.shape[1])
    if c.integer(5):
        vector = bias is not None and bias.is_constant and bias.shape[-2:] == (1, w.shape[1])
        flat = b.reshape(bias, (-1,)) if bias is not None and vector else None
        y = b.add("fully_connected", a, b.reshape(w, w.shape[1:]), flat)
        y = y if bias is None or vector else b.plus(y, bias)
    else:
        y = b.matmul(a, b.transpose(w, (0, 2, 1)))
        y = y if bias is None else b.plus(y, bias)
    y = y if alpha == 1 else b.times(y, alpha)
    y = b.transpose(y, (0, 2, 1)) if c.integer(14) else y
    if c.integer(11):  # (N, 1, M): the rows are channels
        y = b.reshape(y, (1, y.shape[1], 1, y.shape[2]))
    return y


def _constant_matrix(c: Call, index: int, shape: tuple[int, int], side: int) -> Value:
    """A constant operand; its scales of int8, where it has them, are behind all constants."""
    array = c.weights[index].reshape(shape)
    if array.dtype == np.int8:
        scale = c.weights[len(c.weights) - 1 if side or not c.integer(5) else len(c.weights) - 2]
        rows = scale.reshape(-1, 1) if not c.integer(2) or side else scale.reshape(1, -1)
        array = array.astype(np.float32) / rows
    return c.constant(array)


def _matrix(b: Emitter, x: Value) -> Value:
    """An operand as (1, rows, columns): channels of height 1 are rows too."""
    return b.reshape(x, (1, x.size // max(x.shape[-1], 1), x.shape[-1]))


def _broadcast(b: Emitter, bias: Value, rows: int) -> Value:
    """What is added, as (1, rows or 1, columns or 1); a vector of as many numbers as rows belongs to the rows."""
    if bias.is_constant and bias.rank == 2:
        return b.reshape(bias, (1, *bias.shape))
    if bias.rank == 2:
        shape = (1, 1) if bias.size == 1 else (bias.size, 1) if bias.size == rows else (1, bias.size)
        return b.reshape(bias, (1, *shape))
    return bias


def MatMul(c: Call) -> Result:
    """NumPy's product; the second matrix may come transposed."""
    left, right, b = c.x(0), c.x(1), c.b
    if c.integer(0) and right.rank > 2:
        right = b.move(right, right.rank - 1, right.rank - 2)
    if left.rank == right.rank == 2:
        return b.reshape(b.sum(b.times(left, right), [1]), (1, 1))
    wide = max(left.rank, right.rank)
    a = b.reshape(left, (1, *[1] * (wide - max(left.rank, 3)), *((1,) if left.rank == 2 else ()), *left.shape[1:]))
    w = b.reshape(right, (1, *[1] * (wide - max(right.rank, 3)), *right.shape[1:], *((1,) if right.rank == 2 else ())))
    y = b.matmul(a, w)
    return b.squeeze(y, -2) if left.rank == 2 else b.squeeze(y, -1) if right.rank == 2 else y
