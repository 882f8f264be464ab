"""What every writer does first: a simplified graph of its own, and one error for all that the format cannot say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from edgesmith.errors import Unsupported, UnsupportedError
from edgesmith.ir import Graph, Node
from edgesmith.passes.pipeline import SIMPLIFYING


class RefusedError(Exception):
    """This node has no form in the format; the writer goes on to find all others that have none."""


def refuse(reason: str) -> NoReturn:
    """Say why the node at hand cannot be written."""
    raise RefusedError(reason)


def simplified(model: Any) -> Graph:
    """The graph of a ``Graph`` or ``Model``, copied, with its transposes, pads and activations folded."""
    graph: Graph = model.copy() if isinstance(model, Graph) else model.graph()
    for rewrite in SIMPLIFYING:
        rewrite(graph)
    return graph


def write_nodes(graph: Graph, table: Mapping[str, Callable[[Node], None]], format: str) -> None:
    """Hand every node to its operator's writer.

    Raises:
        UnsupportedError: every node without a writer, or that its writer refuses, and what else has no form.
    """
    missing = [
        Unsupported("state", state.value.name, f"{format} files are written without them") for state in graph.states
    ]
    missing += [Unsupported("output", v.name, "its size is known only after a run") for v in graph.extents]
    for node in graph.nodes:
        try:
            if node.op not in table:
                refuse(f"it has no form in {format} yet")
            table[node.op](node)
        except RefusedError as error:
            missing.append(Unsupported(node.op, node.label, str(error)))
    if missing:
        raise UnsupportedError(graph.name, missing)
