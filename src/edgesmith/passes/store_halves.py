"""Stores the weights of float32 layers in 16 bits: half the file, and half the memory to read.

Weights are rounded to the wanted type once; everything is then computed in float32 with the rounded weights. Where none
is wanted, only weights that half floats hold exactly are stored so, as those of models that were saved in them: that
changes no number.
"""

from __future__ import annotations

import numpy as np

from edgesmith.ir import Graph, Node, Value
from edgesmith.ops.conversion import convert
from edgesmith.types import DType

WEIGHTS = {"conv2d": 1, "fully_connected": 1, "gather": 0}  # operator -> which input is weights, or a table
SMALL = 1024  # elements: less is not worth a kernel of its own
FEW = 32  # channels, see conv2d_f32.c
TRIED = 4096  # elements that tell most weights that are no half floats


def store_halves(graph: Graph, kind: DType | None = None) -> None:
    """Replace the weights of layers, and tables that rows are gathered from, by constants of ``kind``.

    Args:
        graph: of float32 layers, with nothing left to fold.
        kind: F16 or BF16. Weights that it cannot hold without overflow stay as they are. None: whichever is exact.
    """
    stored: dict[Value, Value | None] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        nodes.append(node)
        index = WEIGHTS.get(node.op)
        if index is None or not _is_weight(node.input(index)) or (index == 1 and not _suits(node)):
            continue
        value = node.input(index)
        if value not in stored:
            stored[value] = _half(value, kind)
        half = stored[value]
        if half is None:
            continue
        node.inputs[index] = half
        if node.op == "gather":
            nodes.append(_widened(node, half.dtype))
    graph.nodes = nodes


def _suits(node: Node) -> bool:
    """Whether there are kernels for weights of 16 bits that are as fast: not for a few channels, whose windows are read
    in another way, nor with a bias that is computed at run time."""
    weights, bias = node.input(1), node.optional(2)
    few = node.op == "conv2d" and weights.shape[3] < FEW and weights.shape[1:3] != (1, 1)
    return node.input(0).dtype is DType.F32 and not few and (bias is None or bias.is_constant)


def _is_weight(value: Value) -> bool:
    return value.data is not None and value.dtype is DType.F32 and value.size >= SMALL


def _half(value: Value, kind: DType | None) -> Value | None:
    """The constant in 16 bits, or None where it cannot be."""
    assert value.data is not None
    some = value.data.reshape(-1)[:TRIED]
    for target in (kind,) if kind is not None else (DType.F16, DType.BF16):
        if kind is None and not _same(convert(some, DType.F32, target), some, target):
            continue
        data = convert(value.data, DType.F32, target)
        back = convert(data, target, DType.F32)
        fits = np.array_equal(np.isfinite(back), np.isfinite(value.data))
        if fits and (kind is not None or _same(data, value.data, target)):
            return Value(f"{value.name}.{target}", value.shape, target, data=data)
    return None


def _same(data: np.ndarray, wanted: np.ndarray, kind: DType) -> bool:
    return bool(np.array_equal(convert(data, kind, DType.F32), wanted))


def _widened(node: Node, kind: DType) -> Node:
    """Let a gather give halves, and return the cast that makes what it gave before of them."""
    out = node.outputs[0]
    inner = Value(f"{out.name}.{kind}", out.shape, kind)
    inner.producer = node
    node.outputs[0] = inner
    cast = Node("cast", [inner], [out], {"to": DType.F32}, node.source, node.path)
    out.producer = cast
    return cast
