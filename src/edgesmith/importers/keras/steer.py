"""Keras' export is led around what it would lose: recurrent layers, tensors that layers hold, compiled calls."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import numpy as np

_PAIRS = {"_fallback_lstm": "_cudnn_lstm", "_fallback_gru": "_cudnn_gru"}


@contextlib.contextmanager
def steered(keras: Any, model: Any) -> Iterator[None]:
    """Inside, the export of ``model`` keeps what it can."""
    if keras.backend.backend() == "tensorflow":
        with _constants_of_layers(keras, model), _calls_inlined():
            yield
    else:
        with _recurrent_layers_whole(keras):
            yield


@contextlib.contextmanager
def _constants_of_layers(keras: Any, model: Any) -> Iterator[None]:
    """Plain tensors that layers such as Normalization hold become inputs when TensorFlow traces them; arrays do not."""
    held = [
        (layer, name, value)
        for layer in model._flatten_layers()
        for name, value in vars(layer).items()
        if keras.ops.is_tensor(value)
    ]
    try:
        for layer, name, value in held:
            setattr(layer, name, np.asarray(value))
        yield
    finally:
        for layer, name, value in held:
            setattr(layer, name, value)


@contextlib.contextmanager
def _calls_inlined() -> Iterator[None]:
    """Keras compiles grouped convolutions for XLA on its own, and a compiled call stays opaque to the exporter."""
    import tensorflow

    plain = tensorflow.function

    @wraps(plain)
    def function(*arguments: Any, jit_compile: Any = None, **named: Any) -> Any:
        return plain(*arguments, **named)

    tensorflow.function = function
    try:
        yield
    finally:
        tensorflow.function = plain


@contextlib.contextmanager
def _recurrent_layers_whole(keras: Any) -> Iterator[None]:
    """LSTM and GRU layers with tanh and sigmoid stay one operator each through PyTorch.

    Off a GPU, Keras' PyTorch backend writes out every time step, so that a hundred steps become a thousand nodes. It
    has a second path, kept for GPUs, that calls PyTorch's own recurrent layers with the same weights and answer. A
    Keras without these functions exports as it would anyway.
    """
    rnn = sys.modules.get("keras.src.backend.torch.rnn")
    plain = {name: getattr(rnn, name, None) for name in _PAIRS}
    whole = {name: getattr(rnn, name, None) for name in _PAIRS.values()}
    usable = all((*plain.values(), *whole.values()))
    try:
        if usable:
            for name, target in _PAIRS.items():
                setattr(rnn, name, _rerouted(keras, plain[name], whole[target]))
        yield
    finally:
        if usable:
            for name, function in plain.items():
                setattr(rnn, name, function)


def _rerouted(keras: Any, plain: Any, whole: Any) -> Callable[..., Any]:
    @wraps(plain)
    def choose(inputs: Any, *arguments: Any) -> Any:
        # initial states and weights, then: activation, recurrent_activation, return_sequences [, batch_first]
        at = next(index for index, item in enumerate(arguments) if callable(item) and hasattr(item, "__name__"))
        weights, (activation, gates, sequences), rest = arguments[:at], arguments[at : at + 3], arguments[at + 3 :]
        same = activation is keras.activations.tanh and gates is keras.activations.sigmoid and all(rest)
        if not same:
            return plain(inputs, *arguments)
        return whole(inputs, *weights, return_sequences=sequences, device=inputs.device)

    return choose
