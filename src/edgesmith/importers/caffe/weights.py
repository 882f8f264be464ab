"""``.caffemodel`` files: the arrays of every layer, by the layer's name.

Such a file repeats the whole network; what is read is names and arrays, since the ``.prototxt`` describes the rest.
Numbers of fields are those of Caffe's ``caffe.proto``; halves are NVIDIA's addition.
"""

from __future__ import annotations

from math import prod
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edgesmith.errors import ModelError
from edgesmith.importers.wire import BYTES, FIXED32, VARINT, Wire, signed, varint

Array = NDArray[Any]
MAX_AXES: Final = 32
LAYER, LAYERS = 100, 2  # of a network: layers of today, and of before 2014
# numbers of the name and the arrays in each kind of layer
_PARTS: Final = {LAYER: (1, 7), LAYERS: (4, 6)}
_RAW: Final = {0: "<f8", 1: "<f4", 2: "<f2"}
_MAX_LOOSE: Final = 1 << 16  # numbers that are not packed, a field each


def is_weights(data: bytes) -> bool:
    """Whether a file is a network in Caffe's binary form: its name is text where an ONNX file has a number."""
    try:
        for number, kind, _ in Wire(data).fields():
            if (number, kind) in ((LAYER, BYTES), (LAYERS, BYTES)):
                return True
            if (number, kind) not in ((1, BYTES), (3, BYTES), (4, VARINT), (5, VARINT), (6, BYTES), (8, BYTES)):
                return False
    except ModelError:
        pass
    return False


def read(data: bytes, source: str) -> dict[str, list[Array]]:
    """The arrays of every layer that has any; where a name is twice, those of the last, as Caffe copies them.

    Raises:
        ModelError: damaged, or beyond the limits.
    """
    wire = Wire(data)
    found: dict[str, list[Array]] = {}
    try:
        for number, kind, value in wire.fields():
            if number in _PARTS and isinstance(value, memoryview) and kind == BYTES:
                name, arrays = _layer(wire, value, *_PARTS[number])
                if arrays:
                    found[name] = arrays
    except ModelError as error:
        raise ModelError(f"{source}: its weights are no sound .caffemodel: {error}") from None
    return found


def _layer(wire: Wire, data: memoryview, name_number: int, blob_number: int) -> tuple[str, list[Array]]:
    name, blobs = "", []
    for number, kind, value in wire.fields(data):
        if kind != BYTES or not isinstance(value, memoryview):
            continue
        if number == name_number:
            name = bytes(value).decode("utf-8", "replace")
        elif number == blob_number:
            blobs.append(value)
    arrays = []
    for place, blob in enumerate(blobs):
        try:
            arrays.append(_array(wire, blob))
        except ModelError as error:
            raise ModelError(f"array {place} of layer '{name}': {error}") from None
    return name, arrays


def _array(wire: Wire, data: memoryview) -> Array:
    """A blob: its numbers, and its shape as four numbers (before 2015) or a list."""
    old: dict[int, int] = {}
    shape: list[int] | None = None
    parts: list[Array] = []
    loose: list[memoryview] = []
    raw, raw_kind = None, 1
    for number, kind, value in wire.fields(data):
        if isinstance(value, int):
            if 1 <= number <= 4:
                old[number] = signed(value)
            elif number == 10:
                raw_kind = value
        elif number == 7 and kind == BYTES:
            shape = _shape(wire, value)
        elif number in (5, 8) and kind == BYTES:
            parts.append(_numbers(value, "<f4" if number == 5 else "<f8"))
        elif number == 5 and kind == FIXED32:
            loose.append(value)
        elif number == 12 and kind == BYTES:
            raw = value
    if len(loose) > _MAX_LOOSE:
        raise ModelError(f"{len(loose)} numbers in a field each; the most is {_MAX_LOOSE}")
    if loose:
        parts.append(_numbers(memoryview(b"".join(loose)), "<f4"))
    if raw is not None and not parts:
        if raw_kind not in _RAW:
            raise ModelError(f"raw numbers of kind {raw_kind}; expected 0 (double), 1 (float) or 2 (half)")
        parts.append(_numbers(raw, _RAW[raw_kind]))
    array = parts[0] if len(parts) == 1 else np.concatenate([np.zeros(0, np.float32), *parts])
    if shape is None:
        shape = [old.get(place, 1) for place in range(1, 5)] if old else [array.size]
    if min(shape, default=1) < 0 or prod(shape) != array.size:
        raise ModelError(f"{array.size} numbers for shape {shape}")
    return array.reshape(shape)


def _numbers(data: memoryview, dtype: str) -> Array:
    if len(data) % np.dtype(dtype).itemsize:
        raise ModelError(f"{len(data)} bytes are no whole number of {np.dtype(dtype).itemsize}-byte numbers")
    return np.frombuffer(data, dtype)


def _shape(wire: Wire, data: memoryview) -> list[int]:
    dims: list[int] = []
    for number, _, value in wire.fields(data):
        if number != 1:
            continue
        if isinstance(value, int):
            dims.append(signed(value))
            continue
        at = 0
        while at < len(value) and len(dims) <= MAX_AXES:
            dim, at = varint(value, at)
            dims.append(signed(dim))
    if len(dims) > MAX_AXES:
        raise ModelError(f"a shape of more than {MAX_AXES} dimensions")
    return dims
