"""Runs a graph by the NumPy meanings of its operators: the oracle that the C runtime is held to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from edgesmith.ir import Graph, Node, Value
from edgesmith.ops.widening import evaluate

Watch = Callable[[Node, list[np.ndarray]], None]


def interpret(
    graph: Graph,
    inputs: Sequence[np.ndarray],
    states: dict[Value, np.ndarray] | None = None,
    watch: Watch | None = None,
) -> list[np.ndarray]:
    """Outputs of a graph for arrays in the order of ``graph.inputs``.

    ``states`` holds the variables between calls (start with an empty dict) and is updated; ``watch`` sees every node
    with its outputs.
    """
    known: dict[Value, np.ndarray] = dict(zip(graph.inputs, inputs, strict=True))
    for state in graph.states:
        held = states.get(state.value) if states is not None else None
        known[state.value] = state.initial if held is None else held
    for node in graph.nodes:
        operands = [None if value is None else _array(known, value) for value in node.inputs]
        results = evaluate(node, operands)
        for value, array in zip(node.outputs, results, strict=True):
            if array.shape != value.shape or array.dtype != value.dtype.numpy:
                raise AssertionError(
                    f"{node.op} '{node.label}' computed {array.dtype}{array.shape}, declared {value.dtype}{value.shape}"
                )
            known[value] = array
        if watch is not None:
            watch(node, results)
    outputs = []
    for value in graph.outputs:
        array = _array(known, value)
        if value in graph.extents:
            axis, count = graph.extents[value]
            array = array.take(range(int(_array(known, count))), axis=axis)
        outputs.append(array)
    if states is not None:
        for state in graph.states:
            states[state.value] = _array(known, state.update)
    return outputs


def _array(known: Mapping[Value, np.ndarray], value: Value) -> np.ndarray:
    return value.data if value.data is not None else known[value]
