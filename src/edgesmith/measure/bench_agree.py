"""Whether engines agree: the same input in each engine's layout and type, and how far their answers lie apart.

The reference is Edgesmith's own border. A peer's file may have its channels first, or take real numbers where ours
takes quantized ones (a QDQ file of ONNX does); both are translated before any clock starts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgesmith.errors import CheckFailed
from edgesmith.measure.engines import Port


@dataclass(frozen=True, slots=True)
class Difference:
    """The largest difference of all outputs: ``steps`` of the output's quantization, or ``relative`` to the largest
    magnitude of the reference."""

    unit: str
    most: float
    mean: float

    def __str__(self) -> str:
        return f"{self.most:.3g} {'steps' if self.unit == 'steps' else 'of the largest value'}"


def random_feeds(ports: Sequence[Port], seed: int = 0) -> list[np.ndarray]:
    """Arrays for our inputs: normal floats, the whole range of small integers, 0 or 1 where integers are wide."""
    rng = np.random.default_rng(seed)
    feeds = []
    for port in ports:
        dtype = np.dtype(port.dtype)
        if dtype.kind == "f":
            feeds.append(rng.standard_normal(port.shape).astype(dtype))
        elif dtype.itemsize <= 2 and dtype.kind in "iu":
            info = np.iinfo(dtype.str)
            feeds.append(rng.integers(info.min, info.max, port.shape, dtype=np.int64, endpoint=True).astype(dtype))
        else:
            feeds.append(rng.integers(0, 2, port.shape).astype(dtype))
    return feeds


def reorder(array: np.ndarray, shape: Sequence[int], where: str) -> np.ndarray:
    """The array in another shape: the same, with channels moved first or last, or with dimensions of 1 more or less.

    Raises:
        CheckFailed: none of these fits.
    """
    wanted = tuple(shape)
    if array.shape == wanted:
        return array
    if array.ndim >= 3:
        for moved in (np.moveaxis(array, -1, 1), np.moveaxis(array, 1, -1)):
            if moved.shape == wanted:
                return np.ascontiguousarray(moved)
        for moved in (np.moveaxis(array, -1, 0), np.moveaxis(array, 0, -1)):
            if array.shape[0] != 1 and moved.shape == wanted:
                return np.ascontiguousarray(moved)
    if [dim for dim in array.shape if dim != 1] == [dim for dim in wanted if dim != 1]:
        return array.reshape(wanted)
    raise CheckFailed(f"{where} has shape {array.shape} for us and {wanted} for the other engine")


def translate(array: np.ndarray, ours: Port, theirs: Port) -> np.ndarray:
    """Our input as the other engine takes it.

    Raises:
        CheckFailed: the shapes or types do not correspond.
    """
    moved = reorder(array, theirs.shape, f"input '{ours.name}'") if theirs.shape else array
    wanted = np.dtype(theirs.dtype)
    if moved.dtype == wanted:
        return moved
    if wanted.kind == "f" and ours.scale:
        return ((moved.astype(np.float32) - ours.zero_point) * np.float32(ours.scale)).astype(wanted)
    if {moved.dtype.name, wanted.name} == {"int8", "uint8"}:
        return (moved.astype(np.int16) + (128 if wanted.name == "uint8" else -128)).astype(wanted)
    if moved.dtype.kind in "iub" and wanted.kind in "iu":
        return moved.astype(wanted)
    raise CheckFailed(f"input '{ours.name}' is {moved.dtype} for us and {wanted} for the other engine")


def compare(
    reference: Sequence[np.ndarray], ports: Sequence[Port], found: Sequence[np.ndarray], theirs: Sequence[Port]
) -> Difference:
    """How far another engine's outputs are from ours.

    A float output whose port has a scale is dequantized integers, and is compared by steps as they are.

    Raises:
        CheckFailed: they have other outputs.
    """
    if len(reference) != len(found):
        raise CheckFailed(f"we have {len(reference)} outputs, the other engine {len(found)}")
    steps = any(port.scale for port in ports)
    worst, total, count = 0.0, 0.0, 0
    for want, port, got, their in zip(reference, ports, found, theirs, strict=True):
        placed = reorder(got, want.shape, f"output '{port.name}'")
        a = _real(want, port.scale, port.zero_point)
        if placed.dtype == want.dtype or (placed.dtype.kind in "iu" and not their.scale):
            shift = 128 if (want.dtype.name, placed.dtype.name) == ("int8", "uint8") else 0
            b = _real(placed, port.scale, port.zero_point + shift)
        else:
            b = _real(placed, their.scale, their.zero_point)
        if not np.isfinite(b).all():
            raise CheckFailed(f"output '{port.name}' of the other engine has values that are not finite")
        unit = port.scale or (1.0 if steps else float(np.abs(a).max(initial=0.0)) or 1.0)
        apart = np.abs(a - b) / unit
        worst, total, count = max(worst, float(apart.max(initial=0.0))), total + float(apart.sum()), count + a.size
    return Difference("steps" if steps else "relative", worst, total / max(count, 1))


def _real(array: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    wide: np.ndarray = array.astype(np.float64)
    return (wide - zero_point) * scale if scale and array.dtype.kind in "iu" else wide
