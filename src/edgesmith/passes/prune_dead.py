"""Removes nodes whose outputs nobody reads."""

from __future__ import annotations

from edgesmith.ir import Graph


def prune_dead(graph: Graph) -> None:
    """Keep what outputs, states and extents need."""
    graph.prune()
