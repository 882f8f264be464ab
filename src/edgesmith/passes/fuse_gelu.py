"""Recognises GELU where a file spells it out: ``x * 0.5 * (1 + erf(x / sqrt(2)))``, its products in any order."""

from __future__ import annotations

import math

from edgesmith.ir import Graph, Node, Value
from edgesmith.passes.patterns import either, is_number, made_by


def fuse_gelu(graph: Graph) -> None:
    """Replace the last product by a ``gelu`` node; what it no longer needs is pruned."""
    changed = False
    for node in graph.nodes:
        x = _gelu_of(node)
        if x is not None and node.outputs[0].shape == x.shape and x.dtype is node.outputs[0].dtype and x.quant is None:
            node.op, node.inputs, node.attrs = "gelu", [x], {}
            changed = True
    if changed:
        graph.prune()


def _gelu_of(node: Node) -> Value | None:
    if node.op != "mul":
        return None
    for a, b in either(node):
        x = _one_plus_erf(a)
        if x is not None and _half_of(b) is x:  # (1 + erf) * (x * 0.5)
            return x
        inner = made_by(a, "mul")
        for c, d in either(inner) if inner is not None else ():
            x = _one_plus_erf(c)
            if x is None:
                continue
            if (d is x and is_number(b, 0.5)) or (b is x and is_number(d, 0.5)):
                return x
    return None


def _half_of(value: Value) -> Value | None:
    node = made_by(value, "mul", "div")
    if node is None:
        return None
    if node.op == "div":
        return node.input(0) if is_number(node.input(1), 2.0) else None
    return next((x for x, half in either(node) if is_number(half, 0.5)), None)


def _one_plus_erf(value: Value) -> Value | None:
    """The x of ``1 + erf(x / sqrt(2))``."""
    total = made_by(value, "add")
    for e, one in either(total) if total is not None else ():
        erf = made_by(e, "erf") if is_number(one, 1.0) else None
        inner = made_by(erf.input(0), "div", "mul") if erf is not None else None
        if inner is None:
            continue
        if inner.op == "div" and is_number(inner.input(1), math.sqrt(2)):
            return inner.input(0)
        if inner.op == "mul":
            return next((x for x, c in either(inner) if is_number(c, math.sqrt(0.5))), None)
    return None
