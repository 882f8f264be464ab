"""Turns a product with a constant matrix into a fully connected layer: its weights are packed once, not in each run."""

from __future__ import annotations

import numpy as np

from edgesmith.ir import Graph, Value
from edgesmith.types import DType


def weigh_matmuls(graph: Graph) -> None:
    """Rewrite float32 ``matmul(a, b)`` where b is one constant matrix and a is read as it lies."""
    for node in graph.nodes:
        if node.op != "matmul":
            continue
        a, b, attrs = node.input(0), node.input(1), node.attrs
        if b.data is None or b.dtype is not DType.F32 or b.size != b.shape[-1] * b.shape[-2]:
            continue
        if attrs["transpose_a"] or attrs["axes_a"] or attrs["axes_b"] or a.rank < b.rank:
            continue
        matrix = b.data.reshape(b.shape[-2:])
        weights = np.ascontiguousarray(matrix if attrs["transpose_b"] else matrix.T)
        node.op, node.attrs = "fully_connected", {"lo": -np.inf, "hi": np.inf}
        node.inputs = [a, Value(f"{b.name}.weights", weights.shape, DType.F32, data=weights)]
