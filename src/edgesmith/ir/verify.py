"""The legality of a graph, executable: run after import and between passes in tests and under a flag."""

from __future__ import annotations

from edgesmith.errors import ModelError
from edgesmith.ir.graph import Graph, Value
from edgesmith.types import DType


def verify(graph: Graph, where: str = "graph") -> None:
    """Check that every value has one producer, comes before its readers, and agrees with its data.

    Raises:
        ModelError: the first rule that is broken, with the node.
    """
    known: set[Value] = set(graph.inputs) | {state.value for state in graph.states}

    def readable(value: Value, reader: str) -> None:
        if value.data is not None:
            if value.data.shape != value.shape:
                raise ModelError(f"{where}: {value!r} holds an array of shape {value.data.shape}")
            if value.dtype is not DType.BF16 and DType.of(value.data) is not value.dtype:
                raise ModelError(f"{where}: {value!r} holds an array of {value.data.dtype}")
        elif value not in known:
            raise ModelError(f"{where}: {reader} reads {value!r} before anything produces it")
        if value.quant is not None and not value.quant.per_tensor:
            axis = value.quant.axis
            if axis is None or not 0 <= axis < value.rank or value.shape[axis] != value.quant.scale.size:
                raise ModelError(f"{where}: {value!r} has {value.quant.scale.size} scales along axis {axis}")

    for node in graph.nodes:
        for operand in node.inputs:
            if operand is not None:
                readable(operand, f"{node.op} '{node.label}'")
        for value in node.outputs:
            if value in known:
                raise ModelError(f"{where}: {value!r} is produced twice, the second time by {node.op} '{node.label}'")
            if value.producer is not node:
                raise ModelError(f"{where}: {value!r} does not name {node.op} '{node.label}' as its producer")
            known.add(value)
    for value in graph.roots():
        readable(value, "the graph's outputs")
    for state in graph.states:
        if state.update.shape != state.value.shape or state.update.dtype is not state.value.dtype:
            raise ModelError(f"{where}: state {state.value!r} is updated from {state.update!r}")
