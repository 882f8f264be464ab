"""Arrays to run a model on, and how close two arrays are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgesmith.errors import CheckFailed
from edgesmith.ir import Graph
from edgesmith.types import DType


def random_inputs(graph: Graph, seed: int = 0) -> list[np.ndarray]:
    """Plausible arrays for the inputs of a graph, see ``random_array``."""
    return [random_array(v.shape, v.dtype, v.quant is not None, seed + i) for i, v in enumerate(graph.inputs)]


def random_array(shape: Sequence[int], dtype: DType, quantized: bool, seed: int = 0) -> np.ndarray:
    """Normal floats, the full range of quantized and byte-sized integers, 0 or 1 for others (often indices)."""
    rng = np.random.default_rng(seed)
    size = tuple(shape)
    if dtype is DType.BOOL:
        return rng.integers(0, 2, size).astype(bool)
    if dtype is DType.BF16:
        return (rng.standard_normal(size).astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
    if dtype.is_float:
        return rng.standard_normal(size).astype(dtype.numpy)
    if quantized or dtype in (DType.U8, DType.I8):
        info = np.iinfo(dtype.numpy.str)
        return rng.integers(info.min, info.max, size, dtype=np.int64, endpoint=True).astype(dtype.numpy)
    return rng.integers(0, 2, size).astype(dtype.numpy)


def agreement(got: np.ndarray, want: np.ndarray, rtol: float, atol: float | np.ndarray) -> tuple[float, float, bool]:
    """The difference that is largest beside what is allowed, what is allowed there, and whether all elements agree.

    ``atol`` is one number or one for each element.

    Integers must be equal, so theirs is the largest difference. Where one of both is no number, it is infinite.
    """
    if got.size == 0:
        return 0.0, float(np.max(atol, initial=0.0)), True
    if got.dtype.kind != "f":
        difference = float(np.abs(got.astype(np.float64) - want.astype(np.float64)).max())
        return difference, 0.0, bool(np.array_equal(got, want))
    g, w = got.astype(np.float64), want.astype(np.float64)
    with np.errstate(all="ignore"):
        error = np.abs(g - w)
        half_step = 0.5 * np.spacing(np.abs(want.astype(got.dtype))).astype(np.float64)
        allowed = np.maximum(atol + rtol * np.abs(w), half_step)
        same = (g == want.astype(got.dtype)) | (np.isnan(g) & np.isnan(w))
        error = np.where(same, 0.0, error)
        ratio = np.where(same, 0.0, error / allowed)
    ratio = np.where(np.isnan(ratio), np.inf, ratio)
    worst = int(np.argmax(ratio))
    off = float(error.flat[worst])
    return float("inf") if np.isnan(off) else off, float(allowed.flat[worst]), bool(ratio.flat[worst] <= 1.0)


def decibels(signal: float, noise: float) -> float:
    """Signal to noise in dB, infinite where nothing differs."""
    return float("inf") if noise == 0 else 10 * float(np.log10(max(signal, 1e-300) / noise))


@dataclass(slots=True)
class OutputComparison:
    """How close two arrays are. ``sqnr_db`` is the signal to quantization noise ratio, infinite where equal."""

    name: str
    shape: tuple[int, ...]
    max_error: float
    relative_error: float
    sqnr_db: float
    equal: bool
    ok: bool

    def __str__(self) -> str:
        verdict = "equal" if self.equal else f"max error {self.max_error:.3g}, SQNR {self.sqnr_db:.1f} dB"
        return f"{'ok ' if self.ok else 'BAD'} {self.name} {list(self.shape)}: {verdict}"


def compare_outputs(
    names: Sequence[str], first: Sequence[np.ndarray], second: Sequence[np.ndarray], tolerance: float
) -> list[OutputComparison]:
    """Compare outputs of two models; ``relative_error`` is the largest difference over the largest magnitude.

    Raises:
        CheckFailed: the models do not have the same outputs.
    """
    if len(first) != len(second):
        raise CheckFailed(f"one model has {len(first)} outputs, the other {len(second)}")
    results = []
    for name, a, b in zip(names, first, second, strict=True):
        if a.shape != b.shape:
            raise CheckFailed(f"output '{name}' has shape {a.shape} in one model and {b.shape} in the other")
        x, y = a.astype(np.float64), b.astype(np.float64)
        difference = np.abs(x - y)
        peak = float(np.abs(x).max(initial=0.0))
        worst = float(difference.max(initial=0.0))
        relative = worst / peak if peak else worst
        sqnr = decibels(float((x**2).sum()), float((difference**2).sum()))
        same = bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))
        results.append(OutputComparison(name, a.shape, worst, relative, sqnr, same, same or relative <= tolerance))
    return results
