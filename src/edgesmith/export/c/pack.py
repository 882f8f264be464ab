"""Weights in the order in which a target's kernels read them: a device has nothing to do before its first run."""

from __future__ import annotations

import numpy as np

CHUNK = 128  # activations in one sum


def columns(w: np.ndarray, bias: np.ndarray, multiplier: np.ndarray, width: int, step: int) -> np.ndarray:
    """Columns of a product for ``chip_tile`` and ``chip_line``.

    Args:
        w: int8 (N, K), a row for each output.
        bias: int32 (N,), what a sum begins with.
        multiplier: float32 (N,).
        width: columns of a block.
        step: elements of one column that lie together.

    Returns:
        uint32 words: for every block of columns its biases, its weights (K / step, width, step), its multipliers; what
        is missing is zero.
    """
    n, k = w.shape
    blocks, steps = -(-n // width), -(-k // step)
    full = np.zeros((blocks * width, steps * step), np.int8)
    full[:n, :k] = w
    tiles = full.reshape(blocks, width, steps, step).transpose(0, 2, 1, 3)
    words = np.ascontiguousarray(tiles).view("<u4").reshape(blocks, -1)
    ends = np.zeros((2, blocks * width), np.uint32)
    ends[0, :n] = bias.astype(np.int32).view(np.uint32)
    ends[1, :n] = multiplier.astype(np.float32).view(np.uint32)
    first, last = ends.reshape(2, blocks, width)
    return np.concatenate([first, words, last], axis=1).reshape(-1)


def channels(w: np.ndarray, bias: np.ndarray, multiplier: np.ndarray) -> np.ndarray:
    """Windows of a depthwise convolution for ``chip_bands``.

    Args:
        w: int8 (KH, KW, O).

    Returns:
        uint32 words: for every channel its bias, its multiplier, and its rows of weights, four bytes a word.
    """
    height, width, count = w.shape
    rows = np.zeros((count, height, -(-width // 4) * 4), np.int8)
    rows[:, :, :width] = w.transpose(2, 0, 1)
    words = rows.reshape(count, -1).view("<u4")
    ends = [bias.astype(np.int32).view(np.uint32)[:, None], multiplier.astype(np.float32).view(np.uint32)[:, None]]
    return np.concatenate([*ends, words], axis=1).reshape(-1)


def wide_channels(w: np.ndarray, bias: np.ndarray, multiplier: np.ndarray) -> np.ndarray:
    """As ``channels``, of weights (KH, KW, O) that need 16 bits: for every channel two a word, row after row."""
    taps = w.reshape(-1, w.shape[2]).T
    full = np.zeros((len(taps), -(-taps.shape[1] // 2) * 2), np.int16)
    full[:, : taps.shape[1]] = taps
    ends = [bias.astype(np.int32).view(np.uint32)[:, None], multiplier.astype(np.float32).view(np.uint32)[:, None]]
    return np.concatenate([*ends, full.view("<u4")], axis=1).reshape(-1)


def with_zeros(w: np.ndarray, zero: np.ndarray, step: int) -> np.ndarray:
    """Rows of weights (N, K) with what their zero points (N,) are multiplied by sums of activations through.

    Behind K, filled up to whole steps, stands for every two chunks of activations the zero point, negated, in two
    halves, twice.
    """
    halves = np.stack([-zero // 2, -zero - -zero // 2], 1).astype(np.int8)
    filled = np.pad(w, ((0, 0), (0, -w.shape[1] % step)))
    return np.concatenate([filled, *[halves] * (2 * chunk_steps(w.shape[1]))], axis=1)


def chunk_steps(k: int) -> int:
    """Steps that sums of K activations take: two chunks each."""
    return -(-k // (2 * CHUNK))


def lanes(w: np.ndarray, bias: np.ndarray, multiplier: np.ndarray, wide: bool) -> np.ndarray:
    """Windows of a depthwise convolution (KH, KW, C) for ``chip_lanes``, or ``chip_wide_lanes``.

    Returns:
        uint32 words: for every sixteen channels (eight where ``wide``) biases and multipliers in the order in which
        widening products take lanes, bottom ones first; and the weights of an even number of taps.
    """
    width = 8 if wide else 16
    taps, count = w.reshape(-1, w.shape[2]), -(-w.shape[2] // width)
    order = np.arange(8).reshape(4, 2).T.reshape(-1) if wide else np.arange(16).reshape(4, 2, 2).T.reshape(-1)
    ends = np.zeros((2, count * width), np.uint32)
    ends[0, : len(bias)] = bias.astype(np.int32).view(np.uint32)
    ends[1, : len(bias)] = multiplier.astype(np.float32).view(np.uint32)
    first = ends.reshape(2, count, width)[:, :, order].transpose(1, 0, 2).reshape(count, -1)
    full = np.zeros((-(-len(taps) // 2) * 2, count * width), np.int16 if wide else np.int8)
    full[: len(taps), : taps.shape[1]] = taps
    words = np.ascontiguousarray(full.reshape(-1, count, width).transpose(1, 0, 2)).view("<u4").reshape(count, -1)
    return np.concatenate([first, words], axis=1).reshape(-1)


def with_halves(w: np.ndarray, zero: np.ndarray, step: int) -> np.ndarray:
    """As ``with_zeros``, for targets whose activations come three times instead of as sums."""
    filled = np.pad(w, ((0, 0), (0, -w.shape[1] % step)))
    parts = [filled]
    for half in (-zero // 2, -zero - -zero // 2):
        part = np.zeros_like(filled)
        part[:, : w.shape[1]] = half[:, None]
        parts.append(part)
    return np.concatenate(parts, axis=1)


def folded_bias(w: np.ndarray, bias: np.ndarray | None, x_zero: int, axes: tuple[int, ...]) -> np.ndarray:
    """``bias - x_zero * sum(w)`` in wrapping int32: sums over x itself then equal those over ``x - x_zero``."""
    sums = w.astype(np.int64).sum(axes)
    whole = (0 if bias is None else bias.astype(np.int64)) - x_zero * sums
    wrapped: np.ndarray = (whole & 0xFFFFFFFF).astype(np.uint32).view(np.int32)
    return wrapped


__all__ = ["channels", "chunk_steps", "columns", "folded_bias", "lanes", "wide_channels", "with_halves", "with_zeros"]
