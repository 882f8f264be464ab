"""Resizing along one axis, as a matrix: row i holds the weights of the input elements that make output element i."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgesmith.errors import ModelError

Matrix = NDArray[np.float64]
COORDINATES = (
    "half_pixel",
    "half_pixel_symmetric",
    "pytorch_half_pixel",
    "align_corners",
    "asymmetric",
    "tf_crop_and_resize",
)
ROUNDINGS = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")


@dataclass(frozen=True, slots=True)
class Rule:
    """How a node resizes; the same along every axis."""

    mode: str
    coordinates: str
    rounding: str = "round_prefer_floor"
    cubic: float = -0.75
    antialias: bool = False
    exclude_outside: bool = False


def source_places(rule: Rule, size: int, count: int, scale: float, roi: tuple[float, float]) -> Matrix:
    """Where each of ``count`` output elements lies in an input of ``size``. ``scale`` need not be count / size."""
    out, length = np.arange(count, dtype=np.float64), scale * size
    if rule.coordinates == "align_corners":
        return out * 0 if length == 1 else out * (size - 1) / (length - 1)
    if rule.coordinates == "asymmetric":
        return out / scale
    if rule.coordinates == "tf_crop_and_resize":
        span = (roi[1] - roi[0]) * (size - 1)
        start = roi[0] * (size - 1)
        return out * 0 + start + span / 2 if length == 1 else start + out * span / (length - 1)
    if rule.coordinates == "pytorch_half_pixel" and length == 1:
        return out * 0 - 0.5
    places = (out + 0.5) / scale - 0.5
    if rule.coordinates == "half_pixel_symmetric":
        places += size / 2 * (1 - count / length)
    return places


def nearest(rule: Rule, places: Matrix, size: int) -> NDArray[np.int64]:
    """The index of the input element that each place takes."""
    rounded = {
        "round_prefer_floor": np.ceil(places - 0.5),
        "round_prefer_ceil": np.floor(places + 0.5),
        "floor": np.floor(places),
        "ceil": np.ceil(places),
    }[rule.rounding]
    return np.clip(rounded, 0, size - 1).astype(np.int64)


def weights(rule: Rule, places: Matrix, size: int, scale: float) -> Matrix:
    """The matrix (places, size) of a linear or cubic resize; what lies outside repeats the edge.

    Raises:
        ModelError: a matrix too large to build.
    """
    stretch = min(scale, 1.0) if rule.antialias else 1.0
    support = (1.0 if rule.mode == "linear" else 2.0) / stretch
    if size * len(places) > 2**26 or support > 2**20:
        raise ModelError(f"resizing {size} elements to {len(places)} is too large")
    base = np.floor(places)
    reach = int(np.ceil(support))
    steps = np.arange(-reach, reach + 2)
    index = base[:, None] + steps
    kernel = _linear if rule.mode == "linear" else _cubic
    tap = kernel((index - places[:, None]) * stretch, rule.cubic)
    inside = (index >= 0) & (index < size)
    if rule.exclude_outside:
        tap = np.where(inside, tap, 0)
    if rule.exclude_outside or rule.antialias:
        tap = tap / tap.sum(axis=1, keepdims=True)
    matrix = np.zeros((len(places), size))
    rows = np.repeat(np.arange(len(places)), len(steps))
    np.add.at(matrix, (rows, np.clip(index, 0, size - 1).astype(np.int64).ravel()), tap.ravel())
    return matrix


def _linear(distance: Matrix, _: float) -> Matrix:
    return np.asarray(np.maximum(0, 1 - np.abs(distance)), np.float64)


def _cubic(distance: Matrix, a: float) -> Matrix:
    """Keys' kernel, https://doi.org/10.1109/TASSP.1981.1163711."""
    d = np.abs(distance)
    near = ((a + 2) * d - (a + 3)) * d * d + 1
    far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
    return np.where(d <= 1, near, np.where(d < 2, far, 0))
