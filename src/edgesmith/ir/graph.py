"""A concrete graph in static single assignment: every value has a shape of integers, a type and one producer.

Values are compared by identity. A value is a graph input or state, a constant (``data`` is set), or the output of the
node that is its ``producer``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from edgesmith.types import DType, Quantization, elements

Attrs = dict[str, Any]


class Value:
    """A tensor: its name, shape, type, quantization, and the array itself where it is constant."""

    __slots__ = ("data", "dtype", "name", "producer", "quant", "shape")

    def __init__(
        self,
        name: str,
        shape: Sequence[int],
        dtype: DType,
        quant: Quantization | None = None,
        data: np.ndarray | None = None,
    ) -> None:
        self.name = name
        self.shape = tuple(int(dim) for dim in shape)
        self.dtype = dtype
        self.quant = quant
        self.data = data
        self.producer: Node | None = None
        elements(self.shape)

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return elements(self.shape)

    @property
    def nbytes(self) -> int:
        return self.size * self.dtype.bytes

    @property
    def is_constant(self) -> bool:
        return self.data is not None

    def __repr__(self) -> str:
        dims = "x".join(map(str, self.shape)) or "scalar"
        return f"%{self.name}:{self.dtype}[{dims}]"


class Node:
    """One application of an operator. ``source`` is the node's name in the source file, ``path`` its module path."""

    __slots__ = ("attrs", "inputs", "op", "outputs", "path", "source")

    def __init__(
        self,
        op: str,
        inputs: Sequence[Value | None],
        outputs: Sequence[Value],
        attrs: Attrs | None = None,
        source: str = "",
        path: str = "",
    ) -> None:
        self.op = op
        self.inputs: list[Value | None] = list(inputs)
        self.outputs: list[Value] = list(outputs)
        self.attrs: Attrs = dict(attrs or {})
        self.source = source
        self.path = path
        for value in self.outputs:
            value.producer = self

    @property
    def label(self) -> str:
        """What an error message or listing calls this node."""
        return self.path or self.source or (self.outputs[0].name if self.outputs else self.op)

    def input(self, index: int) -> Value:
        """The required input at ``index``."""
        value = self.inputs[index]
        assert value is not None, f"{self.op} '{self.label}': input {index} is missing"
        return value

    def optional(self, index: int) -> Value | None:
        """The input at ``index``, or None where it is absent."""
        return self.inputs[index] if index < len(self.inputs) else None

    def __repr__(self) -> str:
        return f"<{self.op} '{self.label}'>"


@dataclass(eq=False, slots=True)
class State:
    """A variable that lives between runs: read as ``value``, written from ``update`` when a run ends."""

    value: Value
    update: Value
    initial: np.ndarray


@dataclass(eq=False)
class Graph:
    """Nodes in topological order, from ``inputs`` and ``states`` to ``outputs``.

    ``extents`` names the outputs whose size along one axis is known only after a run: value -> (axis, count), where
    count is an i64 scalar value of this graph and the value's own shape is the most that is possible. ``integers``
    tells a writer which float constants the model's file holds as integers; see ``integers.py``.
    """

    name: str = "graph"
    inputs: list[Value] = field(default_factory=list)
    outputs: list[Value] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    extents: dict[Value, tuple[int, Value]] = field(default_factory=dict)
    output_names: list[str] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    integers: dict[bytes, Any] = field(default_factory=dict)

    def roots(self) -> list[Value]:
        """Every value that must be computed: outputs, state updates and output extents."""
        return [*self.outputs, *(state.update for state in self.states), *(c for _, c in self.extents.values())]

    @property
    def is_quantized(self) -> bool:
        """Whether any node reads or makes integers that have a scale."""
        values = (value for node in self.nodes for value in (*node.inputs, *node.outputs))
        return any(value is not None and value.quant is not None for value in values)

    def uses(self) -> dict[Value, list[tuple[Node, int]]]:
        """Where each value is read: (node, input index)."""
        found: dict[Value, list[tuple[Node, int]]] = {}
        for node in self.nodes:
            for index, value in enumerate(node.inputs):
                if value is not None:
                    found.setdefault(value, []).append((node, index))
        return found

    def replace(self, old: Value, new: Value) -> None:
        """Let every reader of ``old`` (nodes, outputs, states, extents) read ``new`` instead."""
        self.replace_all({old: new})

    def replace_all(self, mapping: dict[Value, Value]) -> None:
        """Like ``replace``, for many values in one pass; chains in the mapping are followed."""

        def final(value: Value) -> Value:
            while value in mapping:
                value = mapping[value]
            return value

        for node in self.nodes:
            node.inputs = [None if value is None else final(value) for value in node.inputs]
        self.outputs = [final(value) for value in self.outputs]
        for state in self.states:
            state.update = final(state.update)
        self.extents = {final(value): (axis, final(count)) for value, (axis, count) in self.extents.items()}

    def copy(self) -> Graph:
        """The same graph in values and nodes of its own, for rewriting in place; arrays are shared."""
        fresh: dict[Value, Value] = {}

        def own(value: Value) -> Value:
            if value not in fresh:
                fresh[value] = Value(value.name, value.shape, value.dtype, value.quant, value.data)
            return fresh[value]

        return Graph(
            self.name,
            [own(value) for value in self.inputs],
            [own(value) for value in self.outputs],
            [
                Node(
                    node.op,
                    [None if value is None else own(value) for value in node.inputs],
                    [own(value) for value in node.outputs],
                    node.attrs,
                    node.source,
                    node.path,
                )
                for node in self.nodes
            ],
            [State(own(state.value), own(state.update), state.initial) for state in self.states],
            {own(value): (axis, own(count)) for value, (axis, count) in self.extents.items()},
            list(self.output_names),
            dict(self.metadata),
            dict(self.integers),
        )

    def prune(self) -> int:
        """Remove nodes that no root needs; returns how many."""
        needed = set(self.roots())
        kept: list[Node] = []
        for node in reversed(self.nodes):
            if any(value in needed for value in node.outputs):
                kept.append(node)
                needed.update(value for value in node.inputs if value is not None)
        removed = len(self.nodes) - len(kept)
        self.nodes = kept[::-1]
        return removed

    def sort(self) -> None:
        """Bring the nodes into topological order, stable where the order does not matter."""
        produced = {value: node for node in self.nodes for value in node.outputs}
        done: set[int] = set()
        order: list[Node] = []
        for start in self.nodes:
            stack: list[tuple[Node, Iterable[Node]]] = []
            if id(start) not in done:
                done.add(id(start))
                stack.append((start, iter(_producers(start, produced))))
            while stack:
                node, pending = stack[-1]
                following = next((n for n in pending if id(n) not in done), None)
                if following is None:
                    order.append(node)
                    stack.pop()
                else:
                    done.add(id(following))
                    stack.append((following, iter(_producers(following, produced))))
        self.nodes = order


def _producers(node: Node, produced: dict[Value, Node]) -> list[Node]:
    return [produced[value] for value in node.inputs if value is not None and value in produced]
