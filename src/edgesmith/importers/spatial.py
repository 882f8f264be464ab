"""Sliding windows over (N, C, spatial...): convolutions, their opposites, and pools, for formats with channels first.

One spatial axis becomes two. Three become a sum of two-dimensional convolutions, or pools in two steps, which for
pools is the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.emit import Emitter, Scalar
from edgesmith.importers.source import UnsupportedForm
from edgesmith.ir import Value
from edgesmith.types import DType, elements


@dataclass(frozen=True, slots=True)
class Axis:
    """A window along one axis of ``size`` elements.

    ``low`` and ``high`` are the padding; ``high`` includes ``extra``, which rounding up the number of windows adds.
    """

    size: int
    kernel: int
    stride: int
    dilation: int
    low: int
    high: int
    extra: int = 0

    @property
    def reach(self) -> int:
        """From the first to behind the last element of a window."""
        return (self.kernel - 1) * self.dilation + 1

    @property
    def count(self) -> int:
        """The number of windows."""
        return (self.size + self.low + self.high - self.reach) // self.stride + 1


WHOLE = Axis(1, 1, 1, 1, 0, 0)
FLOATS = (DType.F32, DType.F16, DType.BF16)
NATIVE = (DType.F32, DType.I8, DType.I16)


def unfold(b: Emitter, x: Value, axis: int, window: Axis, fill: Value | Scalar) -> Value:
    """One axis becomes two: the windows, and the places inside a window."""
    pads = [(window.low, window.high) if i == axis else (0, 0) for i in range(x.rank)]
    index = np.arange(window.count)[:, None] * window.stride + np.arange(window.kernel) * window.dilation
    elements((*x.shape, window.kernel))
    return b.gather(b.pad(x, pads, fill), b.ints(index), axis)


def spread(b: Emitter, x: Value, axis: int, stride: int) -> Value:
    """Zeros between the elements of an axis: n become (n - 1) * stride + 1."""
    if stride == 1 or x.shape[axis] <= 1:
        return x
    size = x.shape[axis]
    wide = b.expand_dims(x, axis + 1)
    wide = b.pad(wide, [(0, stride - 1) if i == axis + 1 else (0, 0) for i in range(wide.rank)])
    flat = b.reshape(wide, [size * stride if i == axis else dim for i, dim in enumerate(x.shape)])
    return b.slice(flat, axis, 0, (size - 1) * stride + 1)


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


def deconvolve(
    b: Emitter,
    x: Value,
    w: Value,
    bias: Value | None,
    groups: int,
    strides: Sequence[int],
    dilations: Sequence[int],
    pads: Sequence[tuple[int, int]],
    extra: Sequence[int],
) -> Value:
    """A transposed convolution of (N, C, spatial...) by w (O, C / groups, kernel...), of which ``pads`` are cut off.

    Where no operator does it: the input with zeros between its elements, convolved with the kernel turned around.

    Raises:
        ModelError: channels that do not fit, or nothing left.
    """
    rank, kernel = x.rank - 2, w.shape[2:]
    if groups < 1 or w.shape[0] % groups or x.shape[1] != w.shape[1] * groups:
        raise ModelError(f"weight of shape {w.shape} in {groups} groups: input has {x.shape[1]} channels")
    if rank <= 2 and x.dtype in FLOATS and min(min(pair) for pair in pads) >= 0:
        return _transposed(b, x, w, bias, groups, list(strides), list(dilations), list(pads), list(extra))
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
    y = convolve(b, x, w, bias, axes, groups)
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


def pool(b: Emitter, op: str, x: Value, axes: Sequence[Axis], **attrs: Any) -> list[Value]:
    """max_pool2d or avg_pool2d over the spatial axes of (N, C, spatial...); the outputs of the operator."""
    if len(axes) == 1:
        return [b.squeeze(y, 2) for y in pool(b, op, b.expand_dims(x, 2), [WHOLE, *axes], **attrs)]
    if len(axes) > 2:
        # The windows are boxes, so pooling axis after axis sees each element once, and counts multiply.
        n, channels, first = x.shape[:3]
        y = pool(b, op, b.reshape(x, (n, channels * first, *x.shape[3:])), axes[1:], **attrs)[0]
        y = b.reshape(y, (n, channels, first, math.prod(y.shape[2:])))
        y = pool(b, op, y, [axes[0], replace(WHOLE, size=y.shape[3])], **attrs)[0]
        return [b.reshape(y, (n, channels, axes[0].count, *(axis.count for axis in axes[1:])))]
    kind = x.dtype
    if kind not in NATIVE or (kind is not DType.F32 and op == "avg_pool2d"):
        x = b.cast(x, DType.I16 if kind is DType.U8 else DType.F32)
    if kind in (DType.F64, DType.I32, DType.U32, DType.I64, DType.U64):
        raise UnsupportedForm(f"pools of {kind}", "float32, float16, bfloat16 and narrow integers are available.")
    attrs |= {"kernel": [a.kernel for a in axes], "strides": [a.stride for a in axes]}
    attrs |= {"dilations": [a.dilation for a in axes], "padding": [(a.low, a.high) for a in axes]}
    attrs = {key: tuple(item) if isinstance(item, list) else item for key, item in attrs.items()}
    if attrs.get("count_include_pad"):
        attrs["overhang"] = tuple(axis.extra for axis in axes)
    outputs = b.add_multi(op, [b.channels_last(x)], attrs=attrs)
    return [b.cast(b.channels_first(outputs[0]), kind), *(b.channels_first(y) for y in outputs[1:])]
