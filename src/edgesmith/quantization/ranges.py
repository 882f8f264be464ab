"""From the numbers seen to the range that integers span: four methods, each from its paper."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edgesmith.quantization.observe import Spread

LEVELS = 256
OUTSIDE = 1e-4  # of the numbers, at each end, are left out by "percentile"
SHRUNK = np.linspace(1.0, 0.0, 51)[:-1]  # shares of the whole range that "mse" tries
KL_BINS, KL_LEVELS = 2048, 128

Range = tuple[float, float]


def minmax(spread: Spread) -> Range:
    """Everything that was seen (Jacob et al., "Quantization and Training of Neural Networks ...", 2018)."""
    return spread.low, spread.high


def percentile(spread: Spread) -> Range:
    """All but the outermost ten-thousandth at each end (McKinstry et al., "Discovering Low-Precision Networks Close
    to Full-Precision Networks for Efficient Embedded Inference", 2018)."""
    middles, counts = spread.histogram.occupied()
    below = np.cumsum(counts) / max(counts.sum(), 1)
    half = spread.histogram.width / 2
    low = middles[np.searchsorted(below, OUTSIDE)] - half
    high = middles[np.searchsorted(below, 1 - OUTSIDE)] + half
    return max(spread.low, float(low)), min(spread.high, float(high))


Function = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def mse(spread: Spread, behind: Function | None = None) -> Range:
    """The range whose steps and clipping cost the least squared error (Shin et al., "Fixed-Point Performance Analysis
    of Recurrent Neural Networks", 2016; Banner et al., "Post Training 4-bit Quantization ...", 2019).

    Both ends shrink together, then each alone. Where a function alone reads the numbers, the error ``behind`` it
    counts: a rectifier that all but forgets its left side, or a gate that is flat there, leaves the steps to the right
    one.
    """
    middles, counts = spread.histogram.occupied()
    low, high = min(spread.low, 0.0), max(spread.high, 0.0)

    def best(ranges: list[Range]) -> Range:
        return ranges[int(np.argmin([_error(middles, counts, *ends, behind) for ends in ranges]))]

    low, high = best([(low * share, high * share) for share in SHRUNK])
    low, high = best([(low, high * share) for share in SHRUNK] if high else [(low, high)])
    return best([(low * share, high) for share in SHRUNK] if low else [(low, high)])


def _error(
    middles: NDArray[np.float64], counts: NDArray[np.float64], low: float, high: float, behind: Function | None
) -> float:
    """Squared error of rounding the bins' middles to 256 steps from low to high."""
    step = (high - low) / (LEVELS - 1)
    rounded = np.zeros_like(middles)
    if step > 0:
        rounded = np.clip(np.rint(middles / step), np.rint(low / step), np.rint(high / step)) * step
    return float(counts @ (middles - rounded if behind is None else behind(middles) - behind(rounded)) ** 2)


def kl(spread: Spread) -> Range:
    """The clip whose 128 steps keep most of the distribution's information (Migacz, "8-bit Inference with TensorRT",
    2017): least Kullback-Leibler divergence of distances from zero."""
    middles, counts = spread.histogram.occupied()
    reach = spread.reach
    if not reach:
        return minmax(spread)
    places = np.minimum(np.abs(middles) / reach * KL_BINS, KL_BINS - 1).astype(np.int64)
    weight = np.asarray(np.bincount(places, counts, KL_BINS), np.float64)
    weight[0] = weight[1]  # exact zeros, of which rectifiers make most, say nothing about the clip
    ends = np.arange(KL_LEVELS, KL_BINS + 1, 16)
    best = reach * float(ends[int(np.argmin([_divergence(weight, int(end)) for end in ends]))]) / KL_BINS
    return max(spread.low, -best), min(spread.high, best)


def _divergence(weight: NDArray[np.float64], end: int) -> float:
    """Between the distribution clipped to its first ``end`` bins, and what 128 steps make of these."""
    clipped = weight[:end].copy()
    filled = clipped > 0
    step = np.arange(end) * KL_LEVELS // end
    held = np.bincount(step, clipped, KL_LEVELS) / np.maximum(np.bincount(step, filled, KL_LEVELS), 1)
    coarse = np.where(filled, held[step], 0)
    clipped[-1] += weight[end:].sum()
    p, q = clipped / max(clipped.sum(), 1e-300), coarse / max(coarse.sum(), 1e-300)
    both = p > 0
    return float((p[both] * np.log(p[both] / np.maximum(q[both], 1e-12))).sum())


METHODS: dict[str, Callable[[Spread], Range]] = {"minmax": minmax, "percentile": percentile, "mse": mse, "kl": kl}
