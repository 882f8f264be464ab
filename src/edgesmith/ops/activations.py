"""relu, clip, gelu, ...: activation functions, elementwise, some with parameters.

The formulas in C are in ``runtime/kernels/activations.c`` (float32) and ``activations_plain.c`` (other types).
"""

from __future__ import annotations

import numpy as np

from edgesmith.ops.contract import Bound
from edgesmith.ops.elementwise_binary import FLOATS, NUMBERS, SIGNED
from edgesmith.ops.elementwise_unary import Member, declare, erf, sigmoid, ulps

# Klambauer, Unterthiner, Mayr, Hochreiter: Self-Normalizing Neural Networks, 2017
SELU_ALPHA, SELU_GAMMA = 1.6732632423543772, 1.0507009873554805
NEAR_ZERO = Bound(1e-6, 5e-7)  # sums of terms that cancel: the error is absolute, of the size of the terms
DEEP = 104 * 2.0**-149  # x times an e^x below the normal numbers, of which a step is 2^-149: down to -104 it is not 0


def _elu(x: np.ndarray, alpha: float) -> np.ndarray:
    return np.where(x > 0, x, alpha * np.expm1(x))


def _gelu_tanh(x: np.ndarray) -> np.ndarray:
    return np.asarray(x * sigmoid(np.sqrt(8 / np.pi) * (x + 0.044715 * x * x * x)))


def _shrink(x: np.ndarray, bias: float, lambd: float) -> np.ndarray:
    return np.where(x < -lambd, x + bias, np.where(x > lambd, x - bias, 0))


MEMBERS = [
    Member("relu", lambda x: np.maximum(x, 0), FLOATS + SIGNED),
    Member(
        "clip",
        lambda x, lo, hi: np.minimum(np.maximum(x, lo), hi),
        NUMBERS,
        attributes={"lo": float("-inf"), "hi": float("inf")},
        tried=({"lo": 0, "hi": 6}, {"lo": -1}, {"hi": 1}, {"lo": 3, "hi": 1}),
    ),
    Member("leaky_relu", lambda x, alpha: np.where(x < 0, x * alpha, x), attributes={"alpha": 0.01}),
    Member("elu", _elu, bound=ulps(4), attributes={"alpha": 1.0}, tried=({}, {"alpha": 0.7})),
    Member(
        "selu",
        lambda x, alpha, gamma: gamma * _elu(x, alpha),
        bound=ulps(5),
        attributes={"alpha": SELU_ALPHA, "gamma": SELU_GAMMA},
    ),
    Member(
        "celu",
        lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(x / alpha)),
        bound=Bound(1e-6, 1e-44),
        attributes={"alpha": 1.0},
        tried=({}, {"alpha": 2.5}),
    ),
    Member("softplus", lambda x: np.logaddexp(0, x), bound=Bound(1e-6, 1e-44)),
    Member("softsign", lambda x: x / (1 + np.abs(x)), bound=ulps(2)),
    Member(
        "hard_sigmoid",
        lambda x, alpha, beta: np.minimum(np.maximum(x * alpha + beta, 0), 1),
        bound=NEAR_ZERO,
        attributes={"alpha": 0.2, "beta": 0.5},
    ),
    Member("hard_swish", lambda x: x * (np.minimum(np.maximum(x + 3, 0), 6) / 6), bound=NEAR_ZERO),
    Member("gelu", lambda x: x * 0.5 * (1 + erf(x * np.sqrt(0.5))), bound=NEAR_ZERO),
    Member("gelu_tanh", _gelu_tanh, bound=NEAR_ZERO),
    Member("silu", lambda x: x * sigmoid(x), bound=Bound(4 * 2.0**-23, DEEP)),
    Member("mish", lambda x: x * np.tanh(np.logaddexp(0, x)), bound=Bound(1e-6, DEEP)),
    Member("thresholded_relu", lambda x, alpha: np.where(x > alpha, x, 0), attributes={"alpha": 1.0}),
    Member("shrink", _shrink, attributes={"bias": 0.0, "lambd": 0.5}, tried=({}, {"bias": 1.5, "lambd": 1.5})),
]

for _member in MEMBERS:
    declare(_member, "activations")
