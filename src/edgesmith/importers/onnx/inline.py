"""Replaces calls of functions that a model defines by their bodies, within a budget.

A function may call others, so a small file can describe any number of nodes; the budget counts calls as well as nodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from edgesmith.errors import ModelError
from edgesmith.importers.onnx.model import MAX_NODES, Function, Graph, Node, Ref

MAX_CALL_DEPTH = 64
_MAX_PREFIX = 160


def inline(graph: Graph, functions: Sequence[Function], title: str) -> Graph:
    """The graph without calls.

    Raises:
        ModelError: a function that is defined twice, calls itself, or is called with too many values or without a
            required attribute; or more nodes than the budget.
    """
    return Inliner(functions, title).graph(graph, ())


class Inliner:
    """Expands calls; ``left`` is what remains of the budget."""

    def __init__(self, functions: Sequence[Function], title: str, budget: int = MAX_NODES) -> None:
        self.title = title
        self.left = budget
        self.calls = 0
        self.functions: dict[tuple[str, str, str], Function] = {}
        for function in functions:
            key = (function.domain, function.name, function.overload)
            if key in self.functions:
                raise ModelError(f"{title}: function '{function.name}' is defined twice")
            self.functions[key] = function

    def graph(self, graph: Graph, stack: tuple[Function, ...]) -> Graph:
        nodes: list[Node] = []
        for node in graph.nodes:
            self.node(node, stack, nodes)
        return replace(graph, nodes=tuple(nodes))

    def node(self, node: Node, stack: tuple[Function, ...], out: list[Node]) -> None:
        """Appends the node, or what it stands for, to ``out``."""
        self.left -= 1
        if self.left < 0:
            raise ModelError(f"{self.title}: has more than {MAX_NODES} nodes after its functions are inlined")
        function = self.functions.get((node.domain, node.op, node.overload))
        if function is None:
            out.append(node.map_graphs(lambda inner: self.graph(inner, stack)))
            return
        if function in stack or len(stack) >= MAX_CALL_DEPTH:
            what = "calls itself" if function in stack else f"is called more than {MAX_CALL_DEPTH} deep"
            raise ModelError(f"{self.title}, node '{node.where}': function '{function.name}' {what}")
        for inner in self.body(function, node):
            self.node(inner, (*stack, function), out)

    def body(self, function: Function, call: Node) -> list[Node]:
        """The nodes of a function with the caller's names and attributes put in."""
        where = f"{self.title}, node '{call.where}'"
        if len(call.inputs) > len(function.inputs) or len(call.outputs) > len(function.outputs):
            raise ModelError(
                f"{where}: calls '{function.name}' with {len(call.inputs)} inputs and {len(call.outputs)} outputs; "
                f"it has {len(function.inputs)} and {len(function.outputs)}"
            )
        attributes = {**function.defaults, **call.attributes}
        missing = [name for name in function.attributes if name not in attributes]
        if missing and not function.standard:
            raise ModelError(f"{where}: function '{function.name}' needs the attribute '{missing[0]}'")
        self.calls += 1
        prefix = f"{call.where[:_MAX_PREFIX].lstrip('-> ')}#{self.calls}/"
        names = dict.fromkeys(function.inputs, "") | dict(zip(function.inputs, call.inputs, strict=False))
        extra: list[Node] = []
        for formal, actual in zip(function.outputs, call.outputs, strict=False):
            if not actual:
                continue
            if formal in names:  # an output that is an input, or another output, under a second name
                extra.append(Node("Identity", "", f"{prefix}copy", (names[formal],), (actual,), {}, 13))
            else:
                names[formal] = actual
        scope = _Scope(prefix, attributes, f"{where}: function '{function.name}'")
        scope.define_all(function.nodes, names)
        return [scope.node(inner, names) for inner in function.nodes] + extra


class _Scope:
    """Renames what a function body defines and fills in attribute references."""

    def __init__(self, prefix: str, attributes: Mapping[str, Any], where: str) -> None:
        self.prefix = prefix
        self.attributes = attributes
        self.where = where

    def node(self, node: Node, names: dict[str, str]) -> Node:
        inputs = tuple(self._find(name, names) for name in node.inputs)
        outputs = tuple(self._define(name, names) for name in node.outputs)
        attributes = {}
        for key, value in node.attributes.items():
            if isinstance(value, Ref):
                if value.name in self.attributes:
                    attributes[key] = self.attributes[value.name]
            else:
                attributes[key] = value
        changed = replace(node, name=f"{self.prefix}{node.name}", inputs=inputs, outputs=outputs, attributes=attributes)
        return changed.map_graphs(lambda inner: self._graph(inner, names))

    def _graph(self, graph: Graph, outer: dict[str, str]) -> Graph:
        names = dict(outer)
        inputs = tuple((self._define(name, names), kind) for name, kind in graph.inputs)
        constants = {self._define(name, names): tensor for name, tensor in graph.constants.items()}
        self.define_all(graph.nodes, names)
        nodes = tuple(self.node(inner, names) for inner in graph.nodes)
        outputs = tuple((self._find(name, names), kind) for name, kind in graph.outputs)
        return replace(graph, inputs=inputs, outputs=outputs, constants=constants, nodes=nodes, types={})

    def define_all(self, nodes: Sequence[Node], names: dict[str, str]) -> None:
        """Names every output first: a function cannot see its caller's values, in whatever order its nodes stand."""
        for node in nodes:
            for name in node.outputs:
                self._define(name, names)

    def _find(self, name: str, names: Mapping[str, str]) -> str:
        if name and name not in names:
            raise ModelError(f"{self.where} reads '{name}', which nothing in it defines")
        return names.get(name, "")

    def _define(self, name: str, names: dict[str, str]) -> str:
        if not name:
            return ""
        known = names.get(name)
        if known is None:
            known = names[name] = self.prefix + name
        return known
