"""The recipe in one function: simplify, observe, choose, apply."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from edgesmith.ir import Graph
from edgesmith.model import Model, load
from edgesmith.passes.pipeline import SIMPLIFYING
from edgesmith.quantize.apply import apply
from edgesmith.quantize.choose import choose
from edgesmith.quantize.observe import observe


def quantize(model: Model | Graph, batches: Iterable[Sequence[np.ndarray]]) -> Model:
    """A float model computed with int8, where an operator has an integer form.

    Activations get one scale each from their least and greatest number, weights one a channel, biases 32 bits (Jacob
    et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018).
    Inputs and outputs stay floats. ``batches`` gives the model's inputs, one list a run; it is read once, and nothing
    of it is kept.

    Raises:
        UsageError: no batches, or arrays that do not fit the inputs.
        ModelError: an activation that is not finite.
    """
    graph = model.copy() if isinstance(model, Graph) else model.graph()
    for rewrite in SIMPLIFYING:
        rewrite(graph)
    scales = choose(graph, observe(graph, batches))
    return load(apply(graph, scales))
