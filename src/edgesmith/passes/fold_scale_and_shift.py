"""Folds a multiplication or addition by per-channel constants into the float layer before it.

This is how batch normalisation disappears: ``(w*x + b)*m + a`` is ``(m*w)*x + (m*b + a)`` (Jacob et al., "Quantization
and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018, section 3.2).
"""

from __future__ import annotations

import numpy as np

from edgesmith.ir import Graph, Node, Value
from edgesmith.types import DType

# operator -> output axis of its weights
LAYERS = {"conv2d": 0, "conv3d": 0, "depthwise_conv2d": -1, "fully_connected": 0, "transpose_conv2d": 0}


def fold_scale_and_shift(graph: Graph) -> None:
    """Fold every ``mul``, ``add``, ``sub`` and ``div`` by channel constants that follows a layer nobody else reads."""
    uses = graph.uses()
    roots = set(graph.roots())
    renamed: dict[Value, Value] = {}
    for node in graph.nodes:
        if node.op not in ("mul", "add", "sub", "div"):
            continue
        read, constant = node.input(0), node.input(1)
        if read.is_constant and node.op in ("mul", "add"):
            read, constant = constant, read
        made = renamed.get(read, read)
        layer, out = made.producer, node.outputs[0]
        if layer is None or constant.data is None or not foldable(layer, made, out):
            continue
        if read in roots or made in roots or len(uses.get(read, ())) != 1:
            continue
        channel = _per_channel(constant, out)
        if channel is None:
            continue
        fold(layer, node.op, channel)
        renamed[out] = made
        made.name = out.name  # a name says what the numbers are
    graph.nodes = [node for node in graph.nodes if not any(value in renamed for value in node.outputs)]
    graph.replace_all(renamed)


def foldable(layer: Node, made: Value, out: Value) -> bool:
    """Whether ``out``, computed from ``made``, can be had from the constants of the layer that makes ``made``."""
    if layer.op not in LAYERS or made.dtype is not DType.F32 or made.shape != out.shape:
        return False
    weights = layer.input(1)
    bias = layer.optional(2)
    if weights.data is None or (bias is not None and bias.data is None):
        return False
    return bool(layer.attrs["lo"] == -np.inf and layer.attrs["hi"] == np.inf)


def _per_channel(constant: Value, out: Value) -> np.ndarray | None:
    """The constant as one number a channel, or None where it varies along other axes."""
    assert constant.data is not None
    channels = out.shape[-1]
    if constant.rank > out.rank or any(dim != 1 for dim in constant.shape[:-1]):
        return None
    flat = constant.data.reshape(-1)
    if flat.size not in (1, channels):
        return None
    return np.broadcast_to(flat, (channels,)).astype(np.float32)


def fold(layer: Node, op: str, channel: np.ndarray) -> None:
    """Give the layer new constants, so that it computes its result ``op`` (mul, div, add, sub) one number a channel."""
    weights, bias = layer.input(1), layer.optional(2)
    assert weights.data is not None
    base = np.zeros(channel.size, np.float32) if bias is None or bias.data is None else bias.data
    if op in ("mul", "div"):
        factor = channel if op == "mul" else np.float32(1) / channel
        shape = [1] * weights.rank
        shape[LAYERS[layer.op]] = channel.size
        scaled = weights.data * factor.reshape(shape)
        layer.inputs[1] = Value(f"{weights.name}.scaled", weights.shape, DType.F32, None, scaled)
        base = base * factor
    else:
        base = base + channel if op == "add" else base - channel
    name = bias.name if bias is not None else f"{weights.name}.bias"
    fresh = Value(f"{name}.folded", base.shape, DType.F32, None, base.astype(np.float32))
    layer.inputs[2:] = [fresh]
