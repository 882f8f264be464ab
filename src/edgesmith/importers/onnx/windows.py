"""Sliding windows: what convolutions and pools share. A window is described by one ``Axis`` a spatial axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.onnx.call import Call
from edgesmith.importers.onnx.emit import Emitter, Scalar
from edgesmith.ir import Value
from edgesmith.types import elements

MAX_EXTENT = 2**24


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


def axes_of(c: Call, sizes: Sequence[int], kernel: Sequence[int]) -> list[Axis]:
    """The windows that a node's attributes describe.

    Raises:
        ModelError: lists of another length than the spatial axes, numbers out of range, or windows that do not fit.
    """
    rank = len(sizes)
    strides = c.integers("strides") or [1] * rank
    dilations = c.integers("dilations") or [1] * rank
    pads = c.integers("pads") or [0] * (2 * rank)
    auto = c.choice("auto_pad", "NOTSET", ("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"))
    if not len(kernel) == len(strides) == len(dilations) == rank or len(pads) != 2 * rank:
        raise ModelError(f"kernel, strides, dilations and pads must be given for {rank} axes")
    if min([*kernel, *strides, *dilations], default=1) < 1 or max([*kernel, *strides, *dilations], default=1) > 2**24:
        raise ModelError(f"kernel {list(kernel)}, strides {strides} and dilations {dilations} must be 1 or more")
    if min(pads, default=0) < 0 or max(pads, default=0) > MAX_EXTENT:
        raise ModelError(f"pads {pads} are out of range")
    found = []
    for i, size in enumerate(sizes):
        low, high = pads[i], pads[i + rank]
        reach = (kernel[i] - 1) * dilations[i] + 1
        if auto.startswith("SAME"):
            total = max(0, (-(-size // strides[i]) - 1) * strides[i] + reach - size)
            low = total // 2 if auto == "SAME_UPPER" else total - total // 2
            high = total - low
        elif auto == "VALID":
            low = high = 0
        extra = _rounding_up(size, low, high, reach, strides[i]) if c.integer("ceil_mode", 0) else 0
        axis = Axis(size, kernel[i], strides[i], dilations[i], low, high + extra, extra)
        if axis.size + axis.low + axis.high < axis.reach:
            raise ModelError(f"a window of {axis.reach} does not fit {size} elements with padding {low} and {high}")
        found.append(axis)
    return found


def _rounding_up(size: int, low: int, high: int, reach: int, stride: int) -> int:
    """Padding for a last, partial window, which must begin inside the input or the padding before it."""
    span = size + low + high - reach
    count = -(-span // stride) + 1
    if (count - 1) * stride >= size + low:
        count -= 1
    return max(0, (count - 1) * stride - span)


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
