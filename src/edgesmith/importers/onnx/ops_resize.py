"""Resize and its ancestor Upsample."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.emit import Emitter
from edgesmith.importers.onnx.call import Call, Result
from edgesmith.importers.onnx.ops_quant import quantized, real
from edgesmith.ir import Value
from edgesmith.types import DType, elements

COORDINATES = (
    "half_pixel",
    "half_pixel_symmetric",
    "pytorch_half_pixel",
    "align_corners",
    "asymmetric",
    "tf_crop_and_resize",
    "tf_half_pixel_for_nn",  # of operator sets 11 and 12; tf2onnx writes it in later ones too
)
ROUNDINGS = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")


def Resize(c: Call) -> Result:
    x = c.x(0)
    axes = c.axes(c.integers("axes") or list(range(x.rank)), x.rank)
    sizes, scales = _sizes(c, x, axes)
    coordinates = c.choice("coordinate_transformation_mode", "half_pixel", COORDINATES)
    attrs: dict[str, Any] = {
        "mode": c.choice("mode", "nearest", ("nearest", "linear", "cubic")),
        "coordinates": coordinates if c.version >= 11 else "asymmetric",
        "rounding": c.choice("nearest_mode", "round_prefer_floor", ROUNDINGS) if c.version >= 11 else "floor",
        "cubic_coeff": c.number("cubic_coeff_a", -0.75),
        "antialias": bool(c.integer("antialias", 0)),
        "exclude_outside": bool(c.integer("exclude_outside", 0)),
        "extrapolation": c.number("extrapolation_value", 0.0),
    }
    if attrs["coordinates"] == "tf_crop_and_resize":
        roi = [float(number) for number in c.array(1, "the region").reshape(-1)]
        if len(roi) != 2 * len(axes) or not all(map(math.isfinite, roi)):
            raise ModelError(f"the region has {len(roi)} numbers; expected {2 * len(axes)}")
        attrs["roi"] = list(zip(roi[: len(axes)], roi[len(axes) :], strict=True))
    return resize(c.b, x, axes, sizes, scales, attrs)


def resize(
    b: Emitter, x: Value, axes: list[int], sizes: list[int], scales: list[float], attrs: dict[str, Any]
) -> Value:
    """The axes resized; those that stay as they are are left out."""
    still = [
        axis for axis, size, scale in zip(axes, sizes, scales, strict=True) if size == x.shape[axis] and scale == 1
    ]
    roi = attrs.get("roi") or [(0.0, 1.0)] * len(axes)
    rows = [row for row in zip(axes, sizes, scales, roi, strict=True) if row[0] not in still or row[3] != (0.0, 1.0)]
    if not rows:
        return x
    attrs = {**attrs, "axes": tuple(row[0] for row in rows), "sizes": tuple(row[1] for row in rows)}
    told = all(size == _scaled(x.shape[axis], scale) for axis, size, scale, _ in rows)
    if attrs["mode"] == "linear" and told and not attrs.get("antialias"):
        attrs["scales"] = None  # the sizes say it all
    else:
        attrs["scales"] = tuple(row[2] for row in rows)
    attrs["roi"] = tuple(row[3] for row in rows) if attrs.get("roi") else None
    if x.quant is not None and attrs["mode"] != "cubic" and not attrs["roi"] and not attrs.get("antialias"):
        return quantized(b, b.add("resize", real(b, x, x.quant), **attrs), x.quant, x.dtype)
    x = b.plain(x)
    if attrs["mode"] == "nearest" and not attrs["roi"]:
        return b.add("resize", x, **attrs)
    kind = x.dtype
    y = b.add("resize", b.cast(x, DType.F32), **attrs)
    return b.cast(b.unary("round", y) if kind.is_integer else y, kind)


def _scaled(dim: int, scale: float) -> float:
    """A dimension times a scale as files hold it: 20 times 9/20 is 9 in float32, and a little less beyond it."""
    return float(np.float32(dim) * np.float32(scale))


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
        sizes = [math.floor(_scaled(x.shape[axis], scale)) for axis, scale in zip(axes, scales, strict=True)]
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
    sizes = [math.floor(_scaled(dim, scale)) for dim, scale in zip(x.shape, scales, strict=True)]
    mode = c.choice("mode", "nearest", ("nearest", "linear"))
    attrs = {"mode": mode, "coordinates": "asymmetric", "rounding": "floor"}
    return resize(c.b, x, list(range(x.rank)), sizes, scales, attrs)
