"""The quantization of one tensor, in the forms that TensorFlow Lite defines and no others."""

from __future__ import annotations

from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from edgesmith.importers.tflite.flat import Table
from edgesmith.importers.tflite.records import Quant
from edgesmith.importers.tflite.schema import parse_tables

# Integers whose values mean reals, with their range. Scales on other types (left by training tools) say nothing.
_RANGE: Final = {
    "INT2": (-2, 1),
    "INT4": (-8, 7),
    "UINT4": (0, 15),
    "INT8": (-128, 127),
    "UINT8": (0, 255),
    "INT16": (-(2**15), 2**15 - 1),
    "UINT16": (0, 2**16 - 1),
    "INT32": (-(2**31), 2**31 - 1),
    "INT64": (-(2**63), 2**63 - 1),
}
# Biases: their scale is the product of two others, which may underflow to 0 and is not needed.
_WIDE: Final = ("INT32", "INT64")

_DETAILS: Final = ("", "CustomQuantization", "BlockwiseQuantization", "MultiAxisQuantization")
_DETAIL_FIELDS: Final = parse_tables("""
CustomQuantization
BlockwiseQuantization  scales:i32 zero_points:i32 block_size:i32 block_shape:[i32]
MultiAxisQuantization  scales:i32 zero_points:i32 block_size:i32 quantized_dimensions:[i32]
""")


def read_quant(table: Table | None, dtype: str, shape: tuple[int, ...]) -> Quant | None:
    """Scales and zero points, or None for a tensor that has none.

    Raises:
        ModelError: counts that disagree, a scale that is not finite and positive, a zero point outside the type.
    """
    if table is None or dtype not in _RANGE:
        return None
    form = table.name(4, _DETAILS, "quantization form", "u8")
    scale = cast(NDArray[np.float32], table.array(2, "f32"))
    zero = cast(NDArray[np.int64], table.array(3, "i64"))
    axis = table.integer(6, "i32")
    if form:
        details = table.table(5, f"{table.where} details")
        fields = {} if details is None else details.decode(_DETAIL_FIELDS[form])
        return Quant(scale, zero, axis, form, fields)
    if scale.size == 0:
        return None
    if zero.size == 0:
        zero = np.zeros(scale.size, np.int64)
    elif zero.size == 1 and scale.size > 1:
        zero = np.repeat(zero, scale.size)
    if zero.size != scale.size:
        table.fail(f"it has {scale.size} scales and {zero.size} zero points")
    if len(shape) == 1:
        axis = 0  # biases in old files repeat the dimension of their filter; a vector has only one
    if scale.size > 1 and (not 0 <= axis < len(shape) or shape[axis] != scale.size):
        table.fail(f"it has {scale.size} scales along dimension {axis} of shape {shape}")
    legal = np.isfinite(scale) & ((scale >= 0) if dtype in _WIDE else (scale > 0))
    if not legal.all():
        table.fail(f"scale {float(scale[~legal][0])} is not a finite positive number")
    low, high = _RANGE[dtype]
    outside = (zero < low) | (zero > high)
    if outside.any():
        table.fail(f"zero point {int(zero[outside][0])} lies outside {dtype}, {low}..{high}")
    return Quant(scale, zero, axis)
