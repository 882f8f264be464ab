"""Where resized elements come from: places, taps and weights along one axis. Not an operator itself.

Definitions: the ONNX standard's Resize, and TensorFlow's resize operators where no ``scale`` is given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgesmith.errors import ModelError

MODES = ("nearest", "linear", "cubic")
COORDINATES = (
    "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_crop_and_resize",
    "tf_half_pixel_for_nn",
)  # fmt: skip
ROUNDINGS = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
# How TensorFlow rounds in mode nearest, and from which place.
TENSORFLOW = {
    "align_corners": ("align_corners", "round_prefer_ceil"),
    "half_pixel": ("tf_half_pixel_for_nn", "floor"),
    "asymmetric": ("asymmetric", "floor"),
}
MOST_TAPS = 1 << 24

Places = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rule:
    """How to resize, the same along every axis."""

    mode: str
    coordinates: str
    rounding: str = "floor"
    cubic_coeff: float = -0.75
    exclude_outside: bool = False
    antialias: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: ``size`` elements become ``count``. ``scale`` is None where it is count / size, computed in float32 as
    TensorFlow does; ``roi`` is the part to crop, as fractions of the axis."""

    size: int
    count: int
    scale: float | None = None
    roi: tuple[float, float] = (0.0, 1.0)


def places(rule: Rule, axis: Axis) -> Places:
    """Where each output element lies among the input elements, not clamped."""
    out = np.arange(axis.count, dtype=np.float64)
    if axis.scale is None and rule.coordinates in ("align_corners", "asymmetric", "half_pixel", "tf_half_pixel_for_nn"):
        return _tensorflow(rule, axis, out.astype(np.float32)).astype(np.float64)
    scale = axis.scale if axis.scale is not None else axis.count / axis.size
    length = scale * axis.size
    if rule.coordinates == "align_corners":
        return out * (0.0 if length == 1 else (axis.size - 1) / (length - 1))
    if rule.coordinates == "asymmetric":
        return out / scale
    if rule.coordinates == "tf_half_pixel_for_nn":
        return (out + 0.5) / scale
    if rule.coordinates == "tf_crop_and_resize":
        low, span = axis.roi[0] * (axis.size - 1), (axis.roi[1] - axis.roi[0]) * (axis.size - 1)
        return low + (span / 2 + 0.0 * out if length == 1 else out * span / (length - 1))
    if rule.coordinates == "pytorch_half_pixel" and length == 1:
        return np.full(axis.count, -0.5)
    found = (out + 0.5) / scale - 0.5
    if rule.coordinates == "half_pixel_symmetric":
        found = found + axis.size / 2 * (1 - axis.count / length)
    return found


def _tensorflow(rule: Rule, axis: Axis, out: NDArray[np.float32]) -> NDArray[np.float32]:
    half = np.float32(0.5)
    if rule.coordinates == "align_corners" and axis.count > 1:
        return out * (np.float32(axis.size - 1) / np.float32(axis.count - 1))
    ratio = np.float32(axis.size) / np.float32(max(axis.count, 1))
    if rule.coordinates == "half_pixel":
        return (out + half) * ratio - half
    if rule.coordinates == "tf_half_pixel_for_nn":
        return (out + half) * ratio
    return out * ratio


def nearest(rule: Rule, axis: Axis) -> NDArray[np.int64]:
    """The index of the input element that each output element takes."""
    at = places(rule, axis)
    rounded = {
        "round_prefer_floor": np.ceil(at - 0.5),
        "round_prefer_ceil": np.floor(at + 0.5),
        "floor": np.floor(at),
        "ceil": np.ceil(at),
    }[rule.rounding]
    return np.clip(rounded, 0, axis.size - 1).astype(np.int64)


def taps(rule: Rule, axis: Axis) -> tuple[NDArray[np.int64], Places]:
    """(count, taps) indices, clamped to the axis, and the weights that they have.

    Raises:
        ModelError: a table too large to be meant.
    """
    if rule.mode == "nearest":
        return nearest(rule, axis)[:, None], np.ones((axis.count, 1))
    at = places(rule, axis)
    scale = axis.scale if axis.scale is not None else axis.count / axis.size
    stretch = min(scale, 1.0) if rule.antialias else 1.0
    reach = int(np.ceil((1 if rule.mode == "linear" else 2) / stretch))
    if 2 * reach * axis.count > MOST_TAPS:
        raise ModelError(f"shrinking {axis.size} elements to {axis.count} takes too many weights")
    base = np.floor(at)
    index = base[:, None] + np.arange(1 - reach, 1 + reach)
    distance = np.abs(index - at[:, None]) * stretch
    weight = np.maximum(0, 1 - distance) if rule.mode == "linear" else _cubic(distance, rule.cubic_coeff)
    if rule.exclude_outside:
        weight = np.where((index >= 0) & (index < axis.size), weight, 0)
    if rule.exclude_outside or rule.antialias:
        total = weight.sum(axis=1, keepdims=True)
        weight = weight / np.where(total == 0, 1, total)
    return np.clip(index, 0, axis.size - 1).astype(np.int64), weight


def _cubic(d: Places, a: float) -> Places:
    """Keys, "Cubic convolution interpolation for digital image processing", 1981."""
    near = ((a + 2) * d - (a + 3)) * d * d + 1
    far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
    return np.where(d <= 1, near, np.where(d < 2, far, 0))


def outside(rule: Rule, axis: Axis) -> NDArray[np.bool_]:
    """Which output elements lie beyond the input and take the extrapolation value."""
    if rule.coordinates != "tf_crop_and_resize":
        return np.zeros(axis.count, bool)
    at = places(rule, axis)
    return (at < 0) | (at > axis.size - 1)


def neighbours(rule: Rule, axis: Axis) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """TensorFlow's float32 interpolation: lower index, upper index, and the place beyond the lower."""
    at = places(rule, axis).astype(np.float32)
    lower = np.clip(np.floor(at), 0, axis.size - 1).astype(np.int64)
    upper = np.clip(np.ceil(at), 0, axis.size - 1).astype(np.int64)
    return lower, upper, at - lower.astype(np.float32)


def eleven_bits(rule: Rule, axis: Axis) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """XNNPACK's places for bytes, found in float32: lower index, upper index, and the place between in 1/2048."""
    size, count, one = axis.size, axis.count, np.float32(1)
    scale = one * size / count
    if rule.coordinates == "align_corners" and count > 1:
        scale = one * (size - 1) / (count - 1)
    at = np.arange(count).astype(np.float32) * np.float32(scale)
    if rule.coordinates == "half_pixel":
        at = at + (np.float32(0.5) * np.float32(scale) - np.float32(0.5))
    at = np.clip(at, np.float32(0), np.float32(size - 1))
    lower = at.astype(np.int64)
    between = np.rint((at - lower.astype(np.float32)) * np.float32(2048)).astype(np.int64)
    return lower, np.minimum(lower + 1, size - 1), between


def fixed_point(rule: Rule, axis: Axis) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """TensorFlow Lite's interpolation of int16: lower index, upper index, and the place beyond the lower in 1/1024."""
    size, count = axis.size, axis.count
    scale = (1024 * size + count // 2) // count
    if rule.coordinates == "align_corners" and count > 1:
        scale = (1024 * (size - 1) + (count - 1) // 2) // (count - 1)
    at = np.arange(count, dtype=np.int64) * scale
    if rule.coordinates == "half_pixel":
        at = at + scale // 2 - 512
    lower = np.minimum(np.maximum(at // 1024, 0), size - 1)
    upper = np.minimum(np.maximum((at + 1023) // 1024, 0), size - 1)
    return lower, upper, at - 1024 * lower
