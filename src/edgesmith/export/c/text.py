"""Numbers, names and arrays as C text."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

C_TYPE = {
    "int8": "int8_t", "uint8": "uint8_t", "int16": "int16_t", "uint16": "uint16_t", "int32": "int32_t",
    "uint32": "uint32_t", "int64": "int64_t", "uint64": "uint64_t", "float32": "float", "float64": "double",
}  # fmt: skip


def identifier(name: str) -> str:
    """A name that C takes: ``My model-2`` becomes ``my_model_2``."""
    found = re.sub(r"\W+", "_", name.lower()).strip("_") or "model"
    return f"m_{found}" if found[0].isdigit() else found


def number(value: Any) -> str:
    """A number, or several in braces, exactly."""
    if isinstance(value, tuple):
        return "{" + ", ".join(map(number, value)) + "}"
    if isinstance(value, float):
        if np.isinf(value):
            return "-INFINITY" if value < 0 else "INFINITY"
        return "NAN" if np.isnan(value) else f"{value.hex()}f"
    if value == -(2**31):
        return "INT32_MIN"
    return str(value) if abs(value) < 2**31 else f"INT64_C({value})"


def comment(text: str) -> str:
    """Text from a model's file that is safe inside a comment."""
    return re.sub(r"[^\x20-\x7e]", "?", text).replace("*/", "* /").replace("/*", "/ *").replace("\\", "/")


def elements(array: np.ndarray) -> str:
    """The elements of an array, in lines."""
    if array.dtype == np.uint32:
        items = [f"0x{item:08x}" for item in array.tolist()]
    elif array.dtype.kind == "f":
        mark = "f" if array.dtype == np.float32 else ""
        items = [f"{float(item).hex()}{mark}" if np.isfinite(item) else number(float(item)) for item in array]
    elif array.dtype.itemsize == 8:
        items = ["INT64_MIN" if item == -(2**63) else f"INT64_C({item})" for item in array.tolist()]
    else:
        items = [number(item) for item in array.tolist()]
    lines, line = [], "   "
    for item in items:
        if len(line) + len(item) > 117:
            lines.append(line)
            line = "   "
        line += f" {item},"
    return "\n".join([*lines, line])


def banner(title: str) -> str:
    return f"/* ---- {title} {'-' * (110 - len(title))} */"


__all__ = ["C_TYPE", "banner", "comment", "elements", "identifier", "number"]
