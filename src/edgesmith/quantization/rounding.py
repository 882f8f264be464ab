"""Rounding weights together instead of one by one: GPTQ and AdaRound, from what layers are given to multiply.

Both look at the layer's own error, ``|(W - Q) X|^2``, which is ``trace((W - Q) H (W - Q)^T)`` with ``H = X X^T``: all
that must be kept of any amount of data is one square matrix a layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from edgesmith.ir import Node
from edgesmith.quantization.weights import Rounded, array_of, scale_of
from edgesmith.types import Quantization

ROWS = 512  # rows of a layer's input that go into its matrix, each run others
DAMPING = 0.01  # of the mean diagonal, added to it
STEPS, RATE, STRETCH = 400, 0.02, 1.1  # AdaRound's descent; how far its sigmoid reaches beyond 0 and 1
WARM = 0.2  # of the steps go by before numbers are pushed to 0 or 1

Floats = NDArray[np.float32]
# Weights (O, K), the matrix H (K, K), steps of each weight (O, K), levels: integers (O, K).
Rounding = Callable[[Floats, NDArray[np.float64], Floats, int], NDArray[np.int8]]


def has_matrix(node: Node) -> bool:
    """Whether each output of a layer is a sum over all of a window, so that one matrix says what it multiplies."""
    return node.op == "fully_connected" or (node.op == "conv2d" and node.attrs["groups"] == 1)


def length_of(node: Node) -> int:
    """How many weights an output of such a layer has: the length of its matrix."""
    return node.input(1).size // node.input(1).shape[0]


def rows_of(node: Node, x: np.ndarray) -> Floats:
    """What the layer multiplies its weights with, (positions, K): windows of the input, in the order of the weights."""
    if node.op == "fully_connected":
        return np.asarray(x.reshape(-1, x.shape[-1]), np.float32)
    _, height, width, _ = node.input(1).shape
    attrs = node.attrs
    if (height, width) == (1, 1):
        return np.asarray(x[:, :: attrs["strides"][0], :: attrs["strides"][1]].reshape(-1, x.shape[-1]), np.float32)
    padded = np.pad(x, ((0, 0), *attrs["padding"], (0, 0)))
    down, right = attrs["dilations"]
    reach = ((height - 1) * down + 1, (width - 1) * right + 1)
    windows = np.lib.stride_tricks.sliding_window_view(padded, reach, axis=(1, 2))
    windows = windows[:, :: attrs["strides"][0], :: attrs["strides"][1], :, ::down, ::right]
    return np.asarray(windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, height * width * x.shape[3]), np.float32)


def gather(node: Node, inputs: Iterable[np.ndarray]) -> NDArray[np.float64]:
    """The matrix H of a layer over its inputs, damped."""
    return damped(np.asarray(sum(square_of(node, x, count) for count, x in enumerate(inputs))))


def square_of(node: Node, x: np.ndarray, count: int) -> NDArray[np.float64]:
    """What one input, the how manieth, adds to the matrix of a layer."""
    rows = rows_of(node, x)
    step = -(-rows.shape[0] // ROWS)
    rows = rows[count % step :: step]
    return np.asarray(rows.T @ rows, np.float64)


def damped(total: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum of such squares, which can be inverted."""
    mean = float(np.trace(total)) / len(total)
    return total + (DAMPING * mean if mean > 0 else 1.0) * np.eye(len(total))


def nearest(weights: Floats, matrix: NDArray[np.float64], steps: Floats, levels: int) -> NDArray[np.int8]:
    """Each weight for itself."""
    return np.asarray(np.clip(np.rint(weights / steps), -levels, levels), np.int8)


def gptq(weights: Floats, matrix: NDArray[np.float64], steps: Floats, levels: int) -> NDArray[np.int8]:
    """Column by column, each column's error made up for by the columns that are still to come (Frantar et al., "GPTQ:
    Accurate Post-Training Quantization for Generative Pre-trained Transformers", 2023). Those that multiply the
    greatest numbers come first."""
    order = np.argsort(-np.diag(matrix), kind="stable")
    left = weights[:, order].astype(np.float32)
    size, sizes = steps[:, order], len(order)
    upper = np.linalg.cholesky(np.linalg.inv(matrix[np.ix_(order, order)])).T.astype(np.float32)
    whole = np.empty(left.shape, np.int8)
    block = 64
    for start in range(0, sizes, block):
        end = min(start + block, sizes)
        errors = np.empty((left.shape[0], end - start), np.float32)
        for place in range(start, end):
            whole[:, place] = np.clip(np.rint(left[:, place] / size[:, place]), -levels, levels)
            error = (left[:, place] - whole[:, place] * size[:, place]) / upper[place, place]
            left[:, place:end] -= np.outer(error, upper[place, place:end])
            errors[:, place - start] = error
        left[:, end:] -= errors @ upper[start:end, end:]
    found = np.empty_like(whole)
    found[:, order] = whole
    return found


def adaround(weights: Floats, matrix: NDArray[np.float64], steps: Floats, levels: int) -> NDArray[np.int8]:
    """Up or down for each weight, learned together (Nagel et al., "Up or Down? Adaptive Rounding for Post-Training
    Quantization", 2020): descent on the layer's error by Adam, with a push to whole numbers that grows."""
    scaled = weights / steps
    below = np.floor(scaled)
    share = np.clip(scaled - below, 0.01, 0.99)
    open_ = np.log((share + 0.05) / (1.05 - share)).astype(np.float32)  # the sigmoid's argument that gives the share
    square = (matrix / (np.trace(matrix) / len(matrix))).astype(np.float32)
    norm = np.float32(np.square(steps).mean())
    mean, spread = np.zeros_like(open_), np.zeros_like(open_)
    for step in range(1, STEPS + 1):
        sigmoid = 1 / (1 + np.exp(-open_))
        raw = sigmoid * STRETCH - (STRETCH - 1) / 2
        up = np.clip(raw, 0, 1)
        error = (np.clip(below + up, -levels, levels) * steps - weights) @ square
        gradient = 2 * error * steps / norm
        done = step / STEPS
        if done > WARM:
            power = np.float32(20 - 18 * (done - WARM) / (1 - WARM))
            far = np.abs(2 * up - 1)
            gradient += -0.05 * power * far ** (power - 1) * np.sign(2 * up - 1) * 2
        gradient *= STRETCH * sigmoid * (1 - sigmoid) * ((raw > 0) & (raw < 1))
        mean += np.float32(0.1) * (gradient - mean)
        spread += np.float32(0.001) * (gradient * gradient - spread)
        fixed = np.sqrt(spread / (1 - 0.999**step)) + 1e-8
        open_ -= (RATE * (mean / (1 - 0.9**step)) / fixed).astype(np.float32)
    up = np.clip(1 / (1 + np.exp(-open_)) * STRETCH - (STRETCH - 1) / 2, 0, 1) >= 0.5
    return np.asarray(np.clip(below + up, -levels, levels), np.int8)


ROUNDINGS: dict[str, Rounding] = {"nearest": nearest, "gptq": gptq, "adaround": adaround}


def together(node: Node, per_channel: bool, matrix: NDArray[np.float64], rounding: str) -> Rounded:
    """A layer's weights as int8, rounded by a method that looks at all weights of an output."""
    weights = array_of(node)
    scale = scale_of(node, per_channel)
    flat = weights.reshape(len(weights), -1)
    steps = np.broadcast_to(scale.astype(np.float32)[:, None], flat.shape)
    whole = ROUNDINGS[rounding](flat, matrix, steps, 127).reshape(weights.shape)
    return Rounded(whole, Quantization.make(scale, 0, 0))


def loss(weights: Floats, matrix: NDArray[np.float64], real: Floats) -> float:
    """The layer's error, ``trace((W - Q) H (W - Q)^T)``."""
    error = (weights - real).astype(np.float64)
    return float(np.einsum("ok,kl,ol->", error, matrix, error, optimize=True))
