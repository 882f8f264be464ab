"""The windows that the attributes of convolutions and pools describe."""

from __future__ import annotations

from collections.abc import Sequence

from edgesmith.errors import ModelError
from edgesmith.importers.onnx.call import Call
from edgesmith.importers.spatial import Axis

MAX_EXTENT = 2**24


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
