"""The networks of the zoo in sizes that tests can afford, and inputs for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgesmith import zoo
from edgesmith.ir import Graph

SMALL: dict[str, dict[str, Any]] = {
    "mobilenet_v1": {"resolution": 64, "width": 0.25, "classes": 20},
    "mobilenet_v2": {"resolution": 64, "width": 0.35, "classes": 20},
    "mobilenet_v3_large": {"resolution": 64, "width": 0.35, "classes": 20},
    "mobilenet_v3_small": {"resolution": 64, "width": 0.5, "classes": 20},
    "resnet50": {"resolution": 64, "width": 0.125, "classes": 20},
    "squeezenet_1_1": {"resolution": 64, "classes": 20},
    "efficientnet_lite0": {"resolution": 64, "width": 0.35, "classes": 20},
    "efficientnet_edgetpu_s": {"resolution": 64, "width": 0.35, "classes": 20},
    "inception_v3": {"resolution": 107, "width": 0.125, "classes": 20},
    "ssdlite_mobilenet_v2": {"resolution": 96, "width": 0.35, "classes": 7},
    "deeplab_mobilenet_v2": {"resolution": 65, "width": 0.35, "classes": 5},
    "bert_4x128": {"layers": 2, "tokens": 24, "hidden": 64, "vocabulary": 60},
    "mobilebert": {"layers": 2, "tokens": 24, "hidden": 96, "inner": 32, "vocabulary": 60},
}


def small(name: str, seed: int = 0) -> Graph:
    """A network of the zoo, reduced where its full size takes long."""
    return zoo.graph(name, seed, **SMALL.get(name, {}))


def feeds(graph: Graph, seed: int = 1) -> list[np.ndarray]:
    """One random array an input: floats in -1..1, or indices below 50."""
    random = np.random.default_rng(seed)
    return [
        random.uniform(-1, 1, value.shape).astype(np.float32)
        if value.dtype.is_float
        else random.integers(0, 50, value.shape).astype(value.dtype.numpy)
        for value in graph.inputs
    ]


def listed(result: Any) -> list[np.ndarray]:
    """What a model returns, as a list in every case."""
    return list(result) if isinstance(result, (list, tuple)) else [result]


def logits(graph: Graph) -> Graph:
    """The graph without a softmax at its end, whose results are so small that int8 hides all differences."""
    last = graph.outputs[0].producer
    if last is not None and last.op == "softmax":
        graph.outputs[0] = last.input(0)
        graph.prune()
    return graph
