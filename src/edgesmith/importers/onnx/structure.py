"""Checks that a graph is one: every name defined once and before use, no cycles; and puts its nodes in order."""

from __future__ import annotations

import heapq
from collections.abc import Set
from dataclasses import replace

from edgesmith.errors import ModelError, nearest
from edgesmith.importers.onnx.model import MAX_DEPTH, Graph, Node


def arrange(graph: Graph, title: str, outer: Set[str] = frozenset(), depth: int = 0) -> Graph:
    """The graph with its nodes, and those of subgraphs, in an order in which each follows what it reads.

    Nodes that are in such an order already keep it. ``outer`` are the names that a subgraph can see around it.

    Raises:
        ModelError: a name defined twice or never, or nodes that wait for each other.
    """
    if depth > MAX_DEPTH:
        raise ModelError(f"{title}: subgraphs are nested more than {MAX_DEPTH} deep")
    known = set(graph.constants)
    for name, _ in graph.inputs:
        _define(name, known, title, f"input of graph '{graph.name}'")
    makers: dict[str, int] = {}
    for index, node in enumerate(graph.nodes):
        for name in node.outputs:
            if name:
                _define(name, known, title, f"node '{node.where}' ({node.op})")
                makers[name] = index
    reads = [_reads(node) for node in graph.nodes]
    visible = known | outer
    for node, names in zip(graph.nodes, reads, strict=True):
        for name in sorted(names):
            if name not in visible:
                raise ModelError(
                    f"{title}, node '{node.where}' ({node.op}): reads '{name}', which nothing defines."
                    f"{nearest(name, list(visible)[:2000])}"
                )
    for name, _ in graph.outputs:
        if name not in visible:
            raise ModelError(f"{title}: output '{name}' of graph '{graph.name}' is defined by nothing")
    order = _order(graph, reads, makers, title)
    nodes = [graph.nodes[index].map_graphs(lambda g: arrange(g, title, visible, depth + 1)) for index in order]
    return replace(graph, nodes=tuple(nodes))


def _define(name: str, known: set[str], title: str, what: str) -> None:
    if name in known:
        raise ModelError(f"{title}: '{name}' is defined twice, the second time by {what}")
    known.add(name)


def _reads(node: Node) -> set[str]:
    """The names that a node needs from around it, with those that its subgraphs capture."""
    names = {name for name in node.inputs if name}
    for _, graph in node.graphs():
        names |= captures(graph)
    return names


def captures(graph: Graph) -> set[str]:
    """The names that a subgraph reads and does not define."""
    own = set(graph.constants) | {name for name, _ in graph.inputs}
    read = {name for name, _ in graph.outputs}
    for node in graph.nodes:
        own.update(node.outputs)
        read |= _reads(node)
    return read - own - {""}


def _order(graph: Graph, reads: list[set[str]], makers: dict[str, int], title: str) -> list[int]:
    """Kahn's algorithm, the earliest ready node first, so that a sorted graph stays as it is."""
    waiting = [0] * len(graph.nodes)
    followers: list[list[int]] = [[] for _ in graph.nodes]
    for index, names in enumerate(reads):
        for maker in {makers[name] for name in names if name in makers}:
            waiting[index] += 1
            followers[maker].append(index)
    ready = [index for index, count in enumerate(waiting) if count == 0]
    order: list[int] = []
    while ready:
        index = heapq.heappop(ready)
        order.append(index)
        for follower in followers[index]:
            waiting[follower] -= 1
            if waiting[follower] == 0:
                heapq.heappush(ready, follower)
    if len(order) < len(graph.nodes):
        stuck = next(index for index, count in enumerate(waiting) if count > 0)
        node = graph.nodes[stuck]
        raise ModelError(f"{title}, node '{node.where}' ({node.op}): waits for its own output; the graph has a cycle")
    return order
