"""Recognises layer normalisation where a file spells it out in a dozen nodes, and lets one kernel do it.

``(x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon)``, then perhaps times a scale and plus a bias of the shape of
the normalised axes, which must be the last ones.
"""

from __future__ import annotations

import math

import numpy as np

from edgesmith.ir import Graph, Node, Value
from edgesmith.passes.patterns import either, is_number, made_by, number
from edgesmith.types import DType


def fuse_layer_norm(graph: Graph) -> None:
    """Replace the last node of each pattern by ``layer_norm``; what it no longer needs is pruned."""
    uses = graph.uses()
    roots = set(graph.roots())
    changed = False
    for node in graph.nodes:
        found = _standardised(node)
        if found is None:
            continue
        x, axis, epsilon = found
        shape = x.shape[axis:]
        last, scale, bias = node, None, None
        follower = _only_reader(last, uses, roots, "mul")
        if follower is not None and (scale := _parameter(follower, last.outputs[0], shape)) is not None:
            last = follower
        follower = _only_reader(last, uses, roots, "add")
        if follower is not None and (bias := _parameter(follower, last.outputs[0], shape)) is not None:
            last = follower
        last.op, last.inputs = "layer_norm", [x, scale, bias]
        last.attrs = {"axis": axis, "epsilon": epsilon}
        changed = True
    if changed:
        graph.prune()


def _only_reader(node: Node, uses: dict[Value, list[tuple[Node, int]]], roots: set[Value], op: str) -> Node | None:
    value = node.outputs[0]
    readers = uses.get(value, [])
    if value in roots or len(readers) != 1 or readers[0][0].op != op:
        return None
    return readers[0][0]


def _parameter(node: Node, value: Value, shape: tuple[int, ...]) -> Value | None:
    """The constant operand beside ``value``, as a value of ``shape``, if it broadcasts along no other axis."""
    other = next((b for a, b in either(node) if a is value), None)
    if other is None or other.data is None or node.outputs[0].shape != value.shape:
        return None
    lead = len(other.shape) - len(shape)
    if any(dim != 1 for dim in other.shape[: max(lead, 0)]):
        return None
    data = other.data.reshape(other.shape[max(lead, 0) :])
    return Value(other.name, shape, other.dtype, data=np.ascontiguousarray(np.broadcast_to(data, shape)))


def _standardised(node: Node) -> tuple[Value, int, float] | None:
    """The input, first axis and epsilon of a node that gives zero mean and unit variance."""
    if node.op == "div":
        pairs = [(node.input(0), _root(node.input(1)))]
    elif node.op == "mul":
        pairs = [(a, _inverse_root(b)) for a, b in either(node)]
    else:
        return None
    for centred, variance_and_epsilon in pairs:
        if variance_and_epsilon is None:
            continue
        variance, epsilon = variance_and_epsilon
        source = _centred(centred)
        squared = _mean_of(variance)
        if source is None or squared is None or squared[1] != source[1]:
            continue
        base = _square_of(squared[0])
        if base is None or (base is not centred and _centred(base) != source):
            continue
        x, axes = source
        if axes and axes == tuple(range(axes[0], x.rank)) and x.dtype in (DType.F32, DType.F64) and x.quant is None:
            return x, axes[0], epsilon
    return None


def _root(value: Value) -> tuple[Value, float] | None:
    """v and epsilon of ``sqrt(v + epsilon)``."""
    root = made_by(value, "sqrt")
    return _shifted(root.input(0)) if root is not None else None


def _inverse_root(value: Value) -> tuple[Value, float] | None:
    """v and epsilon of ``1 / sqrt(v + epsilon)``."""
    node = made_by(value, "rsqrt", "reciprocal", "div")
    if node is None:
        return None
    if node.op == "rsqrt":
        return _shifted(node.input(0))
    if node.op == "reciprocal":
        return _root(node.input(0))
    return _root(node.input(1)) if is_number(node.input(0), 1.0) else None


def _shifted(value: Value) -> tuple[Value, float] | None:
    total = made_by(value, "add")
    for v, epsilon in either(total) if total is not None else ():
        found = number(epsilon)
        if found is not None and math.isfinite(found):
            return v, found
    return None


def _mean_of(value: Value) -> tuple[Value, tuple[int, ...]] | None:
    """What is averaged over which axes, if they are kept with size 1."""
    node = made_by(value, "reduce_mean")
    if node is None or not node.attrs["keepdims"]:
        return None
    x = node.input(0)
    return x, tuple(sorted(axis % x.rank for axis in node.attrs["axes"])) if x.rank else ()


def _centred(value: Value) -> tuple[Value, tuple[int, ...]] | None:
    """x and the axes of ``x - mean(x)``."""
    node = made_by(value, "sub")
    found = _mean_of(node.input(1)) if node is not None else None
    return found if node is not None and found is not None and found[0] is node.input(0) else None


def _square_of(value: Value) -> Value | None:
    node = made_by(value, "mul", "square", "pow")
    if node is None:
        return None
    if node.op == "mul":
        return node.input(0) if node.input(0) is node.input(1) else None
    return node.input(0) if node.op == "square" or number(node.input(1)) == 2.0 else None
