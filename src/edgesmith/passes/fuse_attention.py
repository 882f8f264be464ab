"""Recognises attention where a file spells it out: a product, its scale and mask, softmax, and a second product."""

from __future__ import annotations

from collections.abc import Callable

from edgesmith.ir import Graph, Node, Value
from edgesmith.ops.attention import steps
from edgesmith.ops.broadcasting import broadcast
from edgesmith.passes.patterns import either, made_by, number
from edgesmith.types import DType


def fuse_attention(graph: Graph) -> None:
    """Replace ``matmul(softmax(matmul(q, k) * scale + mask), v)``, and a transpose behind it, by one node."""
    uses, roots = graph.uses(), set(graph.roots())

    def alone(value: Value) -> bool:
        return value not in roots and len(uses.get(value, ())) == 1

    changed = False
    for node in graph.nodes:
        if node.op != "matmul":
            continue
        found = _attention(node, alone)
        if found is None:
            continue
        last = node
        readers = uses.get(node.outputs[0], [])
        if alone(node.outputs[0]) and readers[0][0].op == "transpose":
            last = readers[0][0]
            found.attrs["axes_y"] = tuple(last.attrs["perm"])
        found.outputs = last.outputs
        direct = _direct(found)
        if steps(direct) is not None:
            found = direct
        elif steps(found) is None:
            continue
        last.op, last.inputs, last.attrs = "attention", found.inputs, found.attrs
        changed = True
    if changed:
        graph.prune()


def _attention(node: Node, alone: Callable[[Value], bool]) -> Node | None:
    """The attention that a second product ends, without what comes after it."""
    softmax = made_by(node.input(0), "softmax")
    if softmax is None or node.attrs["transpose_a"] or node.attrs["axes_a"] or not alone(node.input(0)):
        return None
    scores = softmax.input(0)
    if scores.dtype is not DType.F32 or softmax.attrs["axis"] not in (-1, scores.rank - 1) or not alone(scores):
        return None
    mask: Value | None = None
    scale = 1.0
    total = made_by(scores, "add")
    if total is not None:
        for product, other in either(total):
            if made_by(product, "matmul", "mul", "div") and product.shape == scores.shape and alone(product):
                scores, mask = product, other
                break
    if mask is not None and broadcast(mask.shape, scores.shape) != scores.shape:
        return None
    scaled = made_by(scores, "mul", "div")
    times = _times(scaled) if scaled is not None else None
    if times is not None and alone(times[0]):
        scores, scale = times
    first = made_by(scores, "matmul")
    if first is None:
        return None
    attrs = {
        "axes_q": _axes(first, 0, "axes_a", first.attrs["transpose_a"]),
        "axes_k": _axes(first, 1, "axes_b", not first.attrs["transpose_b"]),
        "axes_v": _axes(node, 1, "axes_b", node.attrs["transpose_b"]),
        "axes_y": (),
        "scale": scale,
    }
    inputs: list[Value | None] = [first.input(0), first.input(1), node.input(1)]
    return Node("attention", [*inputs, mask] if mask is not None else inputs, [], attrs)


def _direct(node: Node) -> Node:
    """The same attention on what its operands were made of: before they were transposed or given axes of size 1, and q
    and k before they were multiplied by a number."""
    inputs, attrs = list(node.inputs), dict(node.attrs)
    for index, name in enumerate(("axes_q", "axes_k", "axes_v")):
        while (made := made_by(inputs[index], "transpose", "reshape", "mul", "div")) is not None:
            axes: tuple[int, ...] | None = attrs[name] or tuple(range(made.outputs[0].rank))
            factor = 1.0
            x = made.input(0)
            if made.op == "transpose":
                axes = tuple(made.attrs["perm"][axis] for axis in axes or ())
            elif made.op == "reshape":
                axes = _reshaped(made, axes or ())
            else:
                times = _times(made)
                if times is None or index == 2:
                    break
                x, factor = times
            if axes is None:
                break
            inputs[index], attrs[name] = x, axes
            attrs["scale"] *= factor
    twin = Node("attention", inputs, [], attrs)
    twin.outputs = node.outputs
    return twin


def _reshaped(node: Node, axes: tuple[int, ...]) -> tuple[int, ...] | None:
    """The order of the axes before a reshape that only adds or drops leading axes of size 1; None for others."""
    before, after = node.input(0).shape, node.outputs[0].shape
    more = len(after) - len(before)
    if more >= 0:
        same = after[more:] == before and after[:more] == (1,) * more and axes[:more] == tuple(range(more))
        return tuple(axis - more for axis in axes[more:]) if same else None
    same = before[-more:] == after and before[:-more] == (1,) * -more
    return (*range(-more), *(axis - more for axis in axes)) if same else None


def _times(node: Node) -> tuple[Value, float] | None:
    """x and c of ``x * c`` or ``x / (1 / c)``, where c is a number."""
    for x, factor in either(node) if node.op == "mul" else ((node.input(0), node.input(1)),):
        value = number(factor)
        if value and x.shape == node.outputs[0].shape:
            return x, value if node.op == "mul" else 1.0 / value
    return None


def _axes(node: Node, index: int, attribute: str, turned: bool) -> tuple[int, ...]:
    """The order of an operand's axes, its last two exchanged where ``turned``."""
    axes = list(node.attrs[attribute]) or list(range(node.input(index).rank))
    if turned:
        axes[-2:] = axes[:-3:-1]
    return () if axes == sorted(axes) else tuple(axes)
