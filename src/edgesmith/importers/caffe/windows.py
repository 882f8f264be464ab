"""Sliding windows as Caffe's parameters give them: one number for all axes, one an axis, or height and width apart."""

from __future__ import annotations

from typing import Final

from edgesmith.errors import ModelError
from edgesmith.importers.caffe.text import Message
from edgesmith.importers.spatial import Axis

MAX_EXTENT: Final = 1 << 16


def spread(param: Message, name: str, stem: str, count: int, default: int | None, least: int = 1) -> list[int]:
    """A number for each of ``count`` axes: ``name`` (once, or for each axis), or ``stem``_h and ``stem``_w.

    Raises:
        ModelError: none where there is no default, another count, or numbers that no window has.
    """
    numbers = param.integers(name)
    if f"{stem}_h" in param or f"{stem}_w" in param:
        if numbers or count != 2:
            raise ModelError(f"{stem}_h and {stem}_w beside '{name}', or for {count} axes")
        numbers = [param.integer(f"{stem}_h", default or 0), param.integer(f"{stem}_w", default or 0)]
    if not numbers:
        if default is None:
            raise ModelError(f"it has no '{name}'")
        numbers = [default]
    numbers = numbers * count if len(numbers) == 1 else numbers
    if len(numbers) != count or min(numbers) < least or max(numbers) > MAX_EXTENT:
        raise ModelError(f"'{name}' is {numbers[:9]}; expected {count} numbers from {least} to {MAX_EXTENT}")
    return numbers


def windows(param: Message, sizes: tuple[int, ...]) -> list[Axis]:
    """The windows of a convolution over axes of these sizes.

    Raises:
        ModelError: numbers that contradict each other, or windows larger than the blob.
    """
    count = len(sizes)
    kernel = spread(param, "kernel_size", "kernel", count, None)
    stride = spread(param, "stride", "stride", count, 1)
    dilation = spread(param, "dilation", "dilation", count, 1)
    pad = spread(param, "pad", "pad", count, 0, least=0)
    axes = [
        Axis(*numbers[:4], numbers[4], numbers[4]) for numbers in zip(sizes, kernel, stride, dilation, pad, strict=True)
    ]
    return axes


def check_fit(axes: list[Axis]) -> None:
    """Raises:
    ModelError: a window that no padded blob has room for.
    """
    for axis in axes:
        if axis.size + axis.low + axis.high < axis.reach:
            raise ModelError(f"a window of {axis.reach} does not fit {axis.size} elements with padding {axis.low}")


def pooled(size: int, kernel: int, stride: int, pad: int, up: bool = True) -> Axis:
    """A pool's windows. Their number is rounded up, and a last one that would lie in the padding alone is left out.

    Raises:
        ModelError: padding as wide as the window, a window larger than the blob, or one behind its end.
    """
    if pad >= kernel or size + 2 * pad < kernel:
        raise ModelError(f"a window of {kernel} for {size} elements with padding {pad}")
    room = size + 2 * pad - kernel
    count = (-(-room // stride) if up else room // stride) + 1
    if pad and (count - 1) * stride >= size + pad:
        count -= 1
    if (count - 1) * stride - pad >= size:
        raise ModelError(f"windows of {kernel} every {stride} elements leave the last beyond {size}, where nothing is")
    high = max((count - 1) * stride + kernel - size - pad, 0)
    return Axis(size, kernel, stride, 1, pad, high, extra=max(high - pad, 0))
