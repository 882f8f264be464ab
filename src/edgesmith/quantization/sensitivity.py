"""How much each layer alone moves the outputs, from the cached float outputs of the layers before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from edgesmith.ir import Graph, Node, Value
from edgesmith.quantization.draft import Draft, Outputs, noise, outputs_of
from edgesmith.quantization.observe import Run, probe
from edgesmith.quantization.samples import Progress
from edgesmith.types import DType

Cache = dict[Value, list[np.ndarray]]


def sensitivity(
    draft: Draft,
    layers: Mapping[str, Node],
    values: Sequence[Value],
    wanted: Outputs,
    runs: Sequence[Run],
    tell: Progress,
    measure: Callable[[Outputs, Outputs], float] = noise,
) -> dict[str, float]:
    """Noise to signal of ``values`` with one layer in integers and all others in floats, for each layer.

    Only what comes after a layer is run for it: what it reads was kept when the layers before it were passed.
    ``measure`` makes one number of those of the values that a layer reaches.
    """
    graph = draft.graph
    names = {node: name for name, node in layers.items()}
    known: Cache = {value: [run[place] for run in runs] for place, value in enumerate(graph.inputs)}
    found: dict[str, float] = {}
    draft.scales()
    done = 0  # nodes whose results are in the cache
    for place, node in enumerate(graph.nodes):
        if node not in names:
            continue
        known = _advance(graph, known, graph.nodes[done:place], graph.nodes[place:], values)
        done = place
        kinds: dict[Node, DType | None] = dict.fromkeys(names)
        kinds[node] = draft.kinds.get(node) or DType.I8
        rest = Graph(graph.name, list(known), [], graph.nodes[place:], [], {}, [])
        part = replace(
            draft, graph=rest, kinds={n: kinds[n] for n in rest.nodes if n in kinds}, rounded=dict(draft.rounded)
        )
        ahead = {value for other in rest.nodes for value in other.outputs}  # outputs before it are as they were
        chosen = [index for index, value in enumerate(values) if value in ahead]
        made = part.build([values[index] for index in chosen])
        results = outputs_of(made, [list(arrays) for arrays in zip(*known.values(), strict=True)])
        found[names[node]] = measure([[run[index] for index in chosen] for run in wanted], results)
        tell("measuring layers", len(found), len(names))
    return found


def _advance(
    graph: Graph, known: Cache, passed: Sequence[Node], ahead: Sequence[Node], values: Sequence[Value]
) -> Cache:
    """The values that the nodes ahead read, once some more nodes are passed."""
    made = {value for node in passed for value in node.outputs}
    read = {value for node in ahead for value in node.inputs if value is not None}
    needed = [value for value in (*known, *made) if value in read]
    fresh = [value for value in needed if value not in known]
    if not fresh:
        return {value: known[value] for value in needed}
    part = Graph(graph.name, list(known), [], list(passed), [], {}, [])
    arrays = [[array.copy() for array in found] for found in probe(part, fresh, zip(*known.values(), strict=True))]
    columns = dict(zip(fresh, map(list, zip(*arrays, strict=True)), strict=True))
    return {value: known[value] if value in known else columns[value] for value in needed}
