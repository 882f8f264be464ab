"""What an ONNX file says, in plain Python: no protocol buffers beyond this point, nothing yet converted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from edgesmith.importers.onnx.tensors import ELEMENTS, Tensor

MAX_NODES = 100_000
MAX_DEPTH = 32
OLDEST_OPSET = 6


@dataclass(frozen=True, slots=True)
class ValueType:
    """Declared type of a value. ``shape`` is None for an unknown rank; a dimension is a number, a name, or None."""

    kind: str  # tensor, sparse_tensor, sequence, optional, map, or unknown
    code: int = 0
    shape: tuple[int | str | None, ...] | None = None
    inner: ValueType | None = None

    def __str__(self) -> str:
        if self.kind == "tensor":
            name = ELEMENTS[self.code].name if self.code in ELEMENTS else "untyped"
            return name + ("" if self.shape is None else str(list(self.shape)))
        return f"{self.kind}({self.inner})" if self.inner else self.kind


@dataclass(frozen=True, slots=True)
class Ref:
    """An attribute inside a function body that takes its value from the caller's attribute of this name."""

    name: str


@dataclass(frozen=True, slots=True)
class Node:
    """One operator. An empty string in ``inputs`` or ``outputs`` is an omitted optional one.

    Attributes are int, float, str, Tensor, Graph, ValueType, tuples of these, or a ``Ref``. ``path`` is the module that
    the node came from, where the exporter tells it.
    """

    op: str
    domain: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    version: int
    overload: str = ""
    path: str = ""

    @property
    def title(self) -> str:
        """The operator's name, with its domain where that is not ONNX's own."""
        return f"{self.domain}.{self.op}" if self.domain else self.op

    @property
    def where(self) -> str:
        """For messages: the node's name, or what it makes where it has none."""
        return self.name or next((f"-> {name}" for name in self.outputs if name), "")

    def graphs(self) -> Iterator[tuple[str, Graph]]:
        """The subgraphs among the attributes."""
        for key, value in self.attributes.items():
            for item in value if isinstance(value, tuple) else (value,):
                if isinstance(item, Graph):
                    yield key, item

    def map_graphs(self, change: Any) -> Node:
        """The same node with every subgraph replaced by ``change`` of it."""

        def apply(value: Any) -> Any:
            if isinstance(value, Graph):
                return change(value)
            return tuple(map(apply, value)) if isinstance(value, tuple) else value

        if not any(True for _ in self.graphs()):
            return self
        return replace(self, attributes={key: apply(value) for key, value in self.attributes.items()})


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in an order in which each follows those that it reads."""

    name: str
    inputs: tuple[tuple[str, ValueType], ...]
    outputs: tuple[tuple[str, ValueType], ...]
    constants: Mapping[str, Tensor]
    nodes: tuple[Node, ...]
    types: Mapping[str, ValueType] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Function:
    """An operator that the model defines itself by a list of nodes."""

    name: str
    domain: str
    overload: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: tuple[str, ...]
    defaults: Mapping[str, Any]
    nodes: tuple[Node, ...]
    standard: bool = False  # defined by the standard, where attributes may be left out


@dataclass(frozen=True, slots=True)
class OnnxModel:
    """A model file that was read and checked: functions inlined, nodes sorted, every name defined once."""

    source: str
    graph: Graph
    opsets: Mapping[str, int]
    metadata: Mapping[str, str]
    producer: str


def size(graph: Graph) -> int:
    """The number of nodes of a graph, with those of its subgraphs."""
    return sum(1 + sum(size(inner) for _, inner in node.graphs()) for node in graph.nodes)
