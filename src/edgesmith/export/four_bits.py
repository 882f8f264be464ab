"""Weights of four bits in the files that are written, found by what they are: nothing is rounded here."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesmith.export.prepare import as_half
from edgesmith.ir import Value
from edgesmith.program.four_bits import GROUP, split

SMALL = 256  # elements: fewer are four bits by chance, and not worth it


def fits(array: NDArray[Any]) -> bool:
    """Whether quantized weights have four bits each."""
    return bool(array.dtype == np.int8 and array.size >= SMALL and array.min() >= -8 and array.max() <= 7)


def packed(array: NDArray[np.int8]) -> bytes:
    """Two numbers a byte, the first in the lower bits, as both formats have them."""
    flat = np.zeros(array.size + array.size % 2, np.uint8)
    flat[: array.size] = array.reshape(-1).view(np.uint8) & 15
    return bytes(flat[::2] | flat[1::2] << 4)


def grouped(value: Value) -> tuple[NDArray[np.int8], NDArray[np.float32]] | None:
    """Weights of floats, outputs first, as integers (outputs, inputs) and steps, one for each 32 of an output.

    None where four bits do not hold them exactly.
    """
    half = as_half(value) if value.rank > 1 else None
    found = None if half is None else split(np.ascontiguousarray(half).view(np.uint16).reshape(len(half), -1))
    if found is None:
        return None
    numbers, steps = found
    return numbers[:, : value.size // len(numbers)], np.where(steps == 0, 1, steps).astype(np.float32)


def in_rows(numbers: NDArray[np.int8]) -> NDArray[np.int8]:
    """A row for each step, filled with zeros where an output ends within 32."""
    columns = numbers.shape[1]
    return np.pad(numbers, ((0, 0), (0, -columns % GROUP))).reshape(-1, GROUP)
