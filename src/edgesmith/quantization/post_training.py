"""The recipe in one function: simplify, observe, choose, apply."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from edgesmith.model import Model, load
from edgesmith.passes.pipeline import SIMPLIFYING
from edgesmith.quantization.apply import apply
from edgesmith.quantization.choose import choose
from edgesmith.quantization.observe import observe


def quantize(model: Any, batches: Iterable[np.ndarray | Sequence[np.ndarray]]) -> Model:
    """A float model computed with int8, where an operator has an integer form.

    Activations get one scale each from their least and greatest number, weights one a channel, biases 32 bits (Jacob
    et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018).
    Inputs and outputs stay floats.

    Args:
        model: a ``Model`` or whatever ``load`` takes. Open dimensions become 1.
        batches: what the model is run on: an array, or one for each input. It is read once, and none of it is kept.

    Raises:
        UsageError: no batches, or arrays that do not fit the inputs.
        ModelError: a number that is not finite, among activations or weights.
    """
    graph = (model if isinstance(model, Model) else load(model)).graph()
    for rewrite in SIMPLIFYING:
        rewrite(graph)
    runs = ([batch] if isinstance(batch, np.ndarray) else batch for batch in batches)
    return load(apply(graph, choose(graph, observe(graph, runs))))
