"""The order of the passes, with the reason where the order matters."""

from __future__ import annotations

from collections.abc import Callable

from edgesmith.ir import Graph
from edgesmith.passes.prune_dead import prune_dead
from edgesmith.passes.widen_types import widen_types

PASSES: list[Callable[[Graph], None]] = [
    prune_dead,  # first, so that nothing else looks at what no output needs
    widen_types,  # last: the casts that it adds hide patterns from every other pass
]
