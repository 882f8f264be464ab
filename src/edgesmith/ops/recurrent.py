"""What lstm, gru and rnn share: activations, sequence lengths, checks. Not an operator itself.

The product of the input with its weights does not depend on the state, so it is an ordinary ``fully_connected`` or
``matmul`` before the operator, for all steps at once; the operator's first input is that product with biases added.
Steps are the first axis. One operator runs one direction; two make a bidirectional layer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.contract import Bound
from edgesmith.types import DType

Activation = tuple[str, float, float]  # name, alpha, beta
BOUND = Bound(rtol=2e-5, atol=5e-6)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    e = np.exp(-np.abs(x))
    return np.asarray(np.where(x < 0, e, 1) / (1 + e))


# The order is that of `recurrent_act` in runtime/kernels/recurrent.h.
ACTIVATIONS: dict[str, Callable[[np.ndarray, float, float], np.ndarray]] = {
    "sigmoid": lambda x, a, b: _sigmoid(x),
    "tanh": lambda x, a, b: np.tanh(x),
    "relu": lambda x, a, b: np.maximum(x, 0),
    "affine": lambda x, a, b: a * x + b,
    "leaky_relu": lambda x, a, b: np.where(x < 0, a * x, x),
    "thresholded_relu": lambda x, a, b: np.where(x > a, x, 0),
    "scaled_tanh": lambda x, a, b: a * np.tanh(b * x),
    "hard_sigmoid": lambda x, a, b: np.clip(a * x + b, 0, 1),
    "elu": lambda x, a, b: np.where(x < 0, a * np.expm1(np.minimum(x, 0)), x),
    "softsign": lambda x, a, b: x / (1 + np.abs(x)),
    "softplus": lambda x, a, b: np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0),
    "relu6": lambda x, a, b: np.clip(x, 0, 6),
}
CODES = {name: code for code, name in enumerate(ACTIVATIONS)}
SIGMOID: Activation = ("sigmoid", 0.0, 0.0)
TANH: Activation = ("tanh", 0.0, 0.0)


def activate(activation: Activation, x: np.ndarray, clip: float) -> np.ndarray:
    """The activation of a gate; ``clip`` > 0 first limits x to -clip..clip."""
    name, alpha, beta = activation
    with np.errstate(all="ignore"):
        limited = np.clip(x, -clip, clip) if clip > 0 else x
        return np.asarray(ACTIVATIONS[name](limited, alpha, beta)).astype(x.dtype)


def check_activations(activations: Sequence[Activation], count: int) -> None:
    """Raises:
    ModelError: another number of activations, or one that is not known.
    """
    unknown = [name for name, _, _ in activations if name not in ACTIVATIONS]
    if len(activations) != count or unknown:
        raise ModelError(f"activations are {tuple(activations)}; expected {count} of {', '.join(ACTIVATIONS)}")


def activation_fields(activations: Sequence[Activation]) -> dict[str, list[float]]:
    """Activations as the kernels want them."""
    codes, alphas, betas = zip(*((CODES[name], a, b) for name, a, b in activations), strict=True)
    return {"act": list(codes), "alpha": list(alphas), "beta": list(betas)}


def check_shape(value: Value | None, shape: tuple[int, ...], what: str, dtype: DType = DType.F32) -> None:
    """Raises:
    ModelError: the value is there with another shape or type.
    """
    if value is not None and (value.shape != shape or value.dtype is not dtype):
        raise ModelError(f"{what} is {value.dtype}{list(value.shape)}; expected {dtype}{list(shape)}")


def projected_shape(value: Value | None, gates: int) -> tuple[int, int, int]:
    """Steps, batch and units from the shape of the projected input.

    Raises:
        ModelError: no such shape.
    """
    assert value is not None
    if value.rank != 3 or value.shape[2] % gates or value.dtype is not DType.F32:
        raise ModelError(f"the projected input is {value!r}; expected f32 (steps, batch, {gates} * units)")
    return value.shape[0], value.shape[1], value.shape[2] // gates


def walk(
    node: Node,
    steps: int,
    lengths: np.ndarray | None,
    states: list[np.ndarray],
    cell: Callable[[int, list[np.ndarray]], list[np.ndarray]],
) -> list[np.ndarray]:
    """Run a cell over all steps; returns outputs (steps, batch, ...) and the last states.

    ``cell(step, states)`` gives new states, the first of which is the output. Rows of the batch whose length is
    reached keep their states and have output 0.
    """
    rows: list[np.ndarray] = [np.zeros_like(states[0])] * steps
    for step in range(steps)[::-1] if node.attrs["reverse"] else range(steps):
        fresh = cell(step, states)
        if lengths is None:
            states, rows[step] = fresh, fresh[0]
        else:
            alive = (lengths > step)[:, None]
            states = [np.where(alive, new, old) for new, old in zip(fresh, states, strict=True)]
            rows[step] = np.where(alive, fresh[0], 0).astype(fresh[0].dtype)
    y = np.stack(rows) if rows else np.zeros((0, *states[0].shape), states[0].dtype)
    return [y, *states]
