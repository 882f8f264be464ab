"""Moves transposes towards the outputs and cancels them on the way.

Importers of channels-first formats wrap every convolution in a pair of transposes. ``f(T(x))`` equals ``T(f(x))`` for
elementwise ``f``, and for others once their axes are renamed, so that each transpose meets its inverse. A reshape that
keeps apart what the transpose moves changes places with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgesmith.ir import Graph, Node, Value
from edgesmith.passes.reshapes import exchanged, parted
from edgesmith.types import Quantization

Perm = tuple[int, ...]

ELEMENTWISE = frozenset(
    """
    add sub mul div floor_div mod fmod pow minimum maximum squared_difference atan2 equal not_equal less less_equal
    greater greater_equal logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor shift_left shift_right
    prelu select abs neg sign floor ceil round trunc sqrt rsqrt reciprocal exp log log1p expm1 sin cos tan asin acos
    atan sinh cosh tanh asinh acosh atanh erf sigmoid relu clip leaky_relu elu selu celu softplus softsign hard_sigmoid
    hard_swish gelu gelu_tanh silu mish thresholded_relu shrink isnan isinf logical_not bitwise_not square cast
    quantize dequantize requantize lookup
    """.split()  # noqa: SIM905 - a list of 80 quoted names would hide which they are
)
ONE_AXIS = frozenset({"concat", "softmax", "log_softmax", "cumsum", "softmax_q"})
REDUCTIONS = frozenset(
    "reduce_" + kind
    for kind in ("sum", "mean", "max", "min", "prod", "l1", "l2", "sum_square", "log_sum", "log_sum_exp", "any", "all")
)


def remove_transposes(graph: Graph) -> None:
    """Sink and cancel all transposes in one walk; what cannot move on stays where it got to."""
    _Sinker(graph).run()
    graph.prune()


def inverse(perm: Perm) -> Perm:
    """The permutation that undoes ``perm``."""
    return tuple(int(axis) for axis in np.argsort(perm))


class _Sinker:
    """Walks nodes in order. ``behind`` maps a value to (base, perm) where it equals base transposed by perm."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.behind: dict[Value, tuple[Value, Perm]] = {}
        self.made: dict[tuple[Value, Perm], Value] = {}
        self.nodes: list[Node] = []
        self.renamed: dict[Value, Value] = {}
        self.names = {value.name for value in graph.inputs}
        self.names |= {value.name for node in graph.nodes for value in node.outputs}

    def run(self) -> None:
        for node in self.graph.nodes:
            node.inputs = [None if v is None else self.renamed.get(v, v) for v in node.inputs]
            if node.op == "transpose":
                self._transpose(node)
            elif not any(rule(node) for rule in (self._absorb, self._take, self._reshape, self._sink)):
                self.nodes.append(node)
        self.graph.nodes = self.nodes
        self.graph.replace_all(self.renamed)

    def _named(self, value: Value) -> str:
        """A name for a value turned, which a file that was written after such a pass may have already."""
        name = f"{value.name}.t"
        while name in self.names:
            name += ".t"
        self.names.add(name)
        return name

    def _transpose(self, node: Node) -> None:
        x, y = node.input(0), node.outputs[0]
        perm: Perm = tuple(node.attrs["perm"])
        base, first = self.behind.get(x, (x, tuple(range(x.rank))))
        whole = tuple(first[axis] for axis in perm)
        if whole == tuple(range(base.rank)):
            self.renamed[y] = base
        elif (base, whole) in self.made:
            self.renamed[y] = self.made[base, whole]
        elif not self._lift(node):
            node.inputs, node.attrs = [base], {"perm": whole}
            self._keep(node, base, whole)

    def _keep(self, node: Node, base: Value, perm: Perm) -> None:
        self.nodes.append(node)
        self.behind[node.outputs[0]] = (base, perm)
        self.made[base, perm] = node.outputs[0]

    def _lift(self, node: Node) -> bool:
        """Move a transpose before a reshape that another could not pass, so that the two become one."""
        x, y, perm = node.input(0), node.outputs[0], tuple(node.attrs["perm"])
        z = x.producer.input(0) if x.producer is not None and x.producer.op == "reshape" else None
        found = exchanged(y.shape, inverse(perm), z.shape) if z is not None and z in self.behind else None
        if z is None or found is None:
            return False
        inner, order = found
        turned = Value(self._named(y), inner, y.dtype, y.quant)
        self._transpose(Node("transpose", [z], [turned], {"perm": inverse(order)}, node.source, node.path))
        node.op, node.inputs, node.attrs = "reshape", [self.renamed.get(turned, turned)], {"shape": y.shape}
        self.nodes.append(node)
        return True

    def _take(self, node: Node) -> bool:
        """Let a gather that drops an axis read the base, and the rest of the transpose follow it."""
        base, perm = (
            self.behind.get(node.inputs[0], (None, ())) if node.op == "gather" and node.inputs[0] else (None, ())
        )
        if base is None or node.input(1).rank or node.attrs["batch_dims"]:
            return False
        dropped = perm[node.attrs["axis"] % len(perm)]
        order = tuple(place - (place > dropped) for place in perm if place != dropped)
        out = node.outputs[0]
        inner = Value(
            self._named(out), [out.shape[axis] for axis in inverse(order)], out.dtype, _moved(out.quant, order)
        )
        attrs = {**node.attrs, "axis": dropped}
        self.nodes.append(Node("gather", [base, node.inputs[1]], [inner], attrs, node.source, node.path))
        self._transpose(Node("transpose", [inner], [out], {"perm": order}, node.source, node.path))
        return True

    def _reshape(self, node: Node) -> bool:
        """Let a transpose sink through a reshape that keeps apart what it moves."""
        if node.op != "reshape":
            return False
        out, x = node.outputs[0], _unshaped(node.input(0))
        node.inputs[0] = x
        base, perm = self.behind.get(x, (x, ()))
        if not perm or (x.quant is not None and not x.quant.per_tensor):
            return False
        found, pair = exchanged(base.shape, perm, out.shape), parted(base.shape, perm, out.shape)
        if found is not None:
            shape, order = found
        elif pair is not None:
            first, shape, order = pair
            turned = Value(f"{out.name}.p", [base.shape[axis] for axis in first], out.dtype, out.quant)
            self._transpose(Node("transpose", [base], [turned], {"perm": first}, node.source, node.path))
            base = self.renamed.get(turned, turned)
        else:
            return False
        base = _unshaped(base)
        if order == tuple(range(out.rank)):  # it moved nothing but axes of one element
            node.inputs[0] = base
            return False
        inner = Value(self._named(out), shape, out.dtype, out.quant)
        self.nodes.append(Node("reshape", [base], [inner], {"shape": shape}, node.source, node.path))
        self._keep(Node("transpose", [inner], [out], {"perm": order}, node.source, node.path), inner, order)
        return True

    def _absorb(self, node: Node) -> bool:
        """Let a reduction that drops its axes read the base, where the axes that it keeps have the same order there."""
        base, perm = self.behind.get(node.inputs[0], (None, ())) if node.inputs and node.inputs[0] else (None, ())
        if base is None or node.op not in REDUCTIONS or node.attrs.get("keepdims"):
            return False
        summed = {axis % len(perm) for axis in node.attrs["axes"]}
        kept = [place for axis, place in enumerate(perm) if axis not in summed]
        if kept != sorted(kept):
            return False
        node.inputs[0] = base
        node.attrs = {**node.attrs, "axes": tuple(sorted(perm[axis] for axis in summed))}
        self.nodes.append(node)
        return True

    def _sink(self, node: Node) -> bool:
        """Rewrite ``op(T(x), ...)`` as ``T(op'(x, ...))``; False where that is not possible."""
        if len(node.outputs) != 1:
            return False
        perms = {self.behind[v][1] for v in node.inputs if v in self.behind}
        if len(perms) != 1:
            return False
        perm = next(iter(perms))
        out = node.outputs[0]
        if out.rank != len(perm):
            return False
        attrs = _renamed_attrs(node, perm)
        if attrs is None:
            return False
        inputs: list[Value | None] = []
        for index, value in enumerate(node.inputs):
            moved = None if value is None else self._operand(node, index, value, perm)
            if value is not None and moved is None:
                return False
            inputs.append(moved)
        back = inverse(perm)
        inner = Value(self._named(out), [out.shape[axis] for axis in back], out.dtype, _moved(out.quant, perm))
        self.nodes.append(Node(node.op, inputs, [inner], attrs, node.source, node.path))
        self._keep(Node("transpose", [inner], [out], {"perm": perm}, node.source, node.path), inner, perm)
        return True

    def _operand(self, node: Node, index: int, value: Value, perm: Perm) -> Value | None:
        """The operand as seen before the transpose, or None where it cannot be had for free."""
        if value in self.behind:
            return self.behind[value][0]
        if node.op == "lookup":
            return value  # a table has no axis of the elements that are looked up
        if node.op in ELEMENTWISE or node.op in ONE_AXIS:
            if value.size == 1 and value.rank <= len(perm) and value.dtype is not None:
                return value if value.rank == 0 or node.op in ELEMENTWISE else None
            if value.data is not None and value.rank <= len(perm):
                lead = (1,) * (len(perm) - value.rank)
                array = value.data.reshape(lead + value.shape).transpose(inverse(perm))
                quant = value.quant
                if quant is not None and quant.axis is not None:
                    quant = Quantization(quant.scale, quant.zero_point, perm[quant.axis + len(lead)])
                return Value(f"{value.name}.t", array.shape, value.dtype, quant, np.ascontiguousarray(array))
            return None
        return value if index > 0 and value.size <= 1 else None


def _unshaped(value: Value) -> Value:
    """What a value was before it was reshaped."""
    plain = value.quant is None or value.quant.per_tensor
    return value.producer.input(0) if plain and value.producer is not None and value.producer.op == "reshape" else value


def _moved(quant: Quantization | None, perm: Perm) -> Quantization | None:
    if quant is None or quant.axis is None:
        return quant
    return Quantization(quant.scale, quant.zero_point, perm[quant.axis])


def _renamed_attrs(node: Node, perm: Perm) -> dict[str, Any] | None:
    """Attributes for the operator before the transpose, or None where it does not commute."""
    attrs = dict(node.attrs)
    if node.op in ELEMENTWISE:
        if attrs.get("axis") is not None:
            attrs["axis"] = perm[attrs["axis"] % len(perm)]
        return attrs
    if node.op in ONE_AXIS:
        attrs["axis"] = perm[attrs["axis"] % len(perm)]
        return attrs
    if node.op in REDUCTIONS and attrs.get("keepdims"):
        attrs["axes"] = tuple(sorted(perm[axis % len(perm)] for axis in attrs["axes"]))
        return attrs
    if node.op == "pad" and attrs.get("mode", "constant") == "constant":
        attrs["pads"] = _scattered(attrs["pads"], perm)
        return attrs
    if node.op == "resize":
        return _resized(attrs, perm)
    if node.op == "slice":
        for key in ("starts", "sizes", "steps"):
            attrs[key] = _scattered(attrs[key], perm) if attrs[key] else ()
        return attrs
    return None


def _resized(attrs: dict[str, Any], perm: Perm) -> dict[str, Any]:
    """The axes of a resize and what goes with each, in the order in which they lie before the transpose."""
    axes = [perm[axis % len(perm)] for axis in attrs["axes"]]
    order = sorted(range(len(axes)), key=axes.__getitem__)
    for key, items in (("axes", axes), *((key, attrs[key]) for key in ("sizes", "scales", "roi"))):
        attrs[key] = None if items is None else tuple(items[place] for place in order)
    return attrs


def _scattered(items: Sequence[Any], perm: Perm) -> tuple[Any, ...]:
    """Per-axis items of the transposed tensor, in the axes' order before."""
    result: list[Any] = [None] * len(perm)
    for item, axis in zip(items, perm, strict=True):
        result[axis] = item
    return tuple(result)
