"""Resize and its ancestor Upsample: along each axis a gather (nearest) or a product with a matrix of weights."""

from __future__ import annotations

import math

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.onnx.call import Call, Result
from edgesmith.importers.onnx.emit import Emitter
from edgesmith.importers.onnx.interpolation import COORDINATES, ROUNDINGS, Rule, nearest, source_places, weights
from edgesmith.importers.onnx.ops_matmul import dense
from edgesmith.ir import Value
from edgesmith.types import DType, elements


def Resize(c: Call) -> Result:
    x, b = c.x(0), c.b
    axes = c.axes(c.integers("axes") or list(range(x.rank)), x.rank)
    sizes, scales = _sizes(c, x, axes)
    rule = Rule(
        c.choice("mode", "nearest", ("nearest", "linear", "cubic")),
        c.choice("coordinate_transformation_mode", "half_pixel", COORDINATES),
        c.choice("nearest_mode", "round_prefer_floor", ROUNDINGS),
        c.number("cubic_coeff_a", -0.75),
        bool(c.integer("antialias", 0)),
        bool(c.integer("exclude_outside", 0)),
    )
    roi = [0.0] * len(axes) + [1.0] * len(axes)
    if c.version >= 11 and rule.coordinates == "tf_crop_and_resize":
        roi = [float(number) for number in c.array(1, "the region").reshape(-1)]
        if len(roi) != 2 * len(axes):
            raise ModelError(f"the region has {len(roi)} numbers; expected {2 * len(axes)}")
    outside = np.zeros([1] * x.rank, bool)
    for i, axis in enumerate(axes):
        part = (roi[i], roi[i + len(axes)])
        if sizes[i] == x.shape[axis] and scales[i] == 1 and part == (0.0, 1.0):
            continue
        places = source_places(rule, x.shape[axis], sizes[i], scales[i], part)
        if rule.coordinates == "tf_crop_and_resize":
            beyond = (places < 0) | (places > x.shape[axis] - 1)
            outside = outside | beyond.reshape([-1 if j == axis else 1 for j in range(x.rank)])
        x = resize_axis(b, x, axis, rule, places, scales[i])
    if outside.any():
        x = b.where(b.constant(outside), c.number("extrapolation_value", 0.0), x)
    return x


def resize_axis(b: Emitter, x: Value, axis: int, rule: Rule, places: np.ndarray, scale: float) -> Value:
    """One axis resized."""
    if not x.shape[axis]:
        raise ModelError(f"axis {axis} is empty")
    if rule.mode == "nearest":
        return b.gather(x, b.ints(nearest(rule, places, x.shape[axis])), axis)
    matrix = weights(rule, places, x.shape[axis], scale)
    kind = x.dtype
    wide = b.move(b.cast(x, DType.F32), axis, x.rank - 1)
    y = dense(b, wide, b.constant(matrix.astype(np.float32)), None)
    y = b.move(y, x.rank - 1, axis)
    return b.cast(b.unary("round", y) if kind.is_integer else y, kind)


def _sizes(c: Call, x: Value, axes: list[int]) -> tuple[list[int], list[float]]:
    """Sizes and scales of the output along the axes; one of the two is given."""
    at = 1 if c.version < 11 else 2
    if c.version >= 11 and c.has(3) and c.x(3).size:
        sizes = c.int_list(3, "the sizes")
        if len(sizes) != len(axes) or min(sizes) < 0:
            raise ModelError(f"sizes {sizes} do not fit axes {axes}")
        scales = [size / max(1, x.shape[axis]) for size, axis in zip(sizes, axes, strict=True)]
        policy = c.choice("keep_aspect_ratio_policy", "stretch", ("stretch", "not_larger", "not_smaller"))
        if policy != "stretch":
            one = min(scales) if policy == "not_larger" else max(scales)
            sizes = [math.floor(one * x.shape[axis] + 0.5) for axis in axes]
            scales = [one] * len(axes)
    else:
        if not c.has(at):
            raise ModelError("needs scales or sizes")
        scales = [float(number) for number in c.array(at, "the scales").reshape(-1)]
        if len(scales) != len(axes) or not all(0 < scale < 2**24 for scale in scales):
            raise ModelError(f"scales {scales} do not fit axes {axes}")
        sizes = [math.floor(x.shape[axis] * scale) for axis, scale in zip(axes, scales, strict=True)]
    shape = list(x.shape)
    for axis, size in zip(axes, sizes, strict=True):
        shape[axis] = size
    elements(tuple(shape))
    return sizes, scales


def Upsample(c: Call) -> Result:
    x = c.x(0)
    scales = c.numbers("scales") if c.version < 9 else [float(n) for n in c.array(1, "the scales").reshape(-1)]
    if scales is None or len(scales) != x.rank or not all(1 <= scale < 2**24 for scale in scales):
        raise ModelError(f"scales {scales} do not fit an input of shape {x.shape}")
    rule = Rule(c.choice("mode", "nearest", ("nearest", "linear")), "asymmetric", "floor")
    elements(tuple(math.floor(dim * scale) for dim, scale in zip(x.shape, scales, strict=True)))
    for axis, scale in enumerate(scales):
        if scale != 1:
            places = source_places(rule, x.shape[axis], math.floor(x.shape[axis] * scale), scale, (0, 1))
            x = resize_axis(c.b, x, axis, rule, places, scale)
    return x
