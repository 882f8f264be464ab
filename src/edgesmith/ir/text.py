"""The graph as text, for people and for golden files."""

from __future__ import annotations

import numpy as np

from edgesmith.ir.graph import Graph, Value


def text(graph: Graph) -> str:
    """A listing of the graph, one line a node, in topological order."""
    lines = [f"graph {graph.name}"]
    lines += [f"  input  {value!r}{_quant(value)}" for value in graph.inputs]
    lines += [f"  state  {state.value!r} <- %{state.update.name}" for state in graph.states]
    for node in graph.nodes:
        outputs = ", ".join(f"{value!r}{_quant(value)}" for value in node.outputs)
        inputs = ", ".join(_operand(value) for value in node.inputs)
        attrs = "".join(f" {key}={_attr(item)}" for key, item in sorted(node.attrs.items()))
        source = f"  # {node.label}" if node.path or node.source else ""
        lines.append(f"  {outputs} = {node.op}({inputs}){attrs}{source}")
    lines += [f"  output {value!r}{_quant(value)}" for value in graph.outputs]
    return "\n".join(lines) + "\n"


def _quant(value: Value) -> str:
    return f" {{{value.quant}}}" if value.quant else ""


def _operand(value: Value | None) -> str:
    if value is None:
        return "-"
    if value.data is None:
        return f"%{value.name}"
    if value.size <= 4:
        return f"{value.dtype}{np.asarray(value.data).tolist()}"
    return f"const {value.dtype}[{'x'.join(map(str, value.shape))}]"


def _attr(item: object) -> str:
    if isinstance(item, np.ndarray):
        return f"array[{item.size}]" if item.size > 8 else str(item.tolist())
    return str(item).replace(" ", "")
