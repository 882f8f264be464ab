"""Lets the layer before a hard sigmoid compute it: ``clamp(alpha * (w*x + b) + beta, 0, 1)`` has new weights and bias.

So the gates of squeeze-and-excite layers cost nothing, and stay integers when the layer is quantized.
"""

from __future__ import annotations

import numpy as np

from edgesmith.ir import Graph, Value
from edgesmith.passes.fold_scale_and_shift import fold, foldable


def fuse_hard_sigmoid(graph: Graph) -> None:
    """Fold every hard sigmoid of a float layer that nobody else reads into that layer."""
    uses = graph.uses()
    roots = set(graph.roots())
    renamed: dict[Value, Value] = {}
    for node in graph.nodes:
        if node.op != "hard_sigmoid":
            continue
        made, out = node.input(0), node.outputs[0]
        layer = made.producer
        if layer is None or not foldable(layer, made, out) or made in roots or len(uses[made]) != 1:
            continue
        for op, number in (("mul", node.attrs["alpha"]), ("add", node.attrs["beta"])):
            fold(layer, op, np.full(out.shape[-1], number, np.float32))
        layer.attrs["lo"], layer.attrs["hi"] = 0.0, 1.0
        renamed[out] = made
        made.name = out.name  # a name says what the numbers are
    graph.nodes = [node for node in graph.nodes if not any(value in renamed for value in node.outputs)]
    graph.replace_all(renamed)
