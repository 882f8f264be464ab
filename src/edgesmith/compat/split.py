"""Cuts an ONNX graph into parts that take turns between two engines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

OURS, THEIRS = "edgesmith", "onnxruntime"
Kinds = dict[str, tuple[int, Sequence[int | None]]]  # element type and shape, by the name of a value


@dataclass(frozen=True, slots=True)
class Part:
    """Nodes of one engine, with the values that they need from outside and those that others need of them."""

    engine: str
    nodes: tuple[Any, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def reads(node: Any) -> Iterator[str]:
    """Names that a node reads, those that its subgraphs take from outside included."""
    yield from (name for name in node.input if name)
    for attribute in node.attribute:
        for graph in [attribute.g] if attribute.HasField("g") else attribute.graphs:
            made = {item.name for item in (*graph.input, *graph.initializer)}
            for inner in graph.node:
                yield from (name for name in reads(inner) if name not in made)
                made.update(inner.output)
            yield from (item.name for item in graph.output if item.name not in made)


def split(graph: Any, theirs: set[str]) -> list[Part]:
    """Parts in an order in which they can run. ``theirs`` are the names of the nodes for the other engine.

    A node joins the earliest part of its engine that comes after all it needs, so that there are as few as can be
    found in one pass over the graph.
    """
    constants = {item.name for item in graph.initializer} | {item.values.name for item in graph.sparse_initializer}
    stage: dict[str, int] = {}  # value -> the stage that computes it; even stages are ours
    stages: dict[int, list[Any]] = {}
    for node in graph.node:
        mine = 1 if node.name in theirs else 0
        least = max((stage.get(name, 0) for name in reads(node)), default=0)
        at = least if least % 2 == mine else least + 1
        stage.update({name: at for name in node.output if name})
        stages.setdefault(at, []).append(node)
    wanted = {item.name for item in graph.output}
    parts = []
    for at in sorted(stages):
        nodes = stages[at]
        made = {name for node in nodes for name in node.output if name}
        needed = dict.fromkeys(name for node in nodes for name in reads(node) if name not in made | constants)
        later = {name for other, items in stages.items() if other != at for node in items for name in reads(node)}
        given = tuple(name for node in nodes for name in node.output if name in later | wanted)
        parts.append(Part(THEIRS if at % 2 else OURS, tuple(nodes), tuple(needed), given))
    return parts


def part_model(model: Any, part: Part, kinds: Kinds) -> bytes:
    """A part as an ONNX file of its own; ``kinds`` are element types and shapes of its inputs."""
    from onnx import helper

    needed = {name for node in part.nodes for name in reads(node)}
    inputs = [helper.make_tensor_value_info(name, *kinds[name]) for name in part.inputs]
    known = {item.name: item for item in (*model.graph.value_info, *model.graph.output)}
    unknown = helper.make_empty_tensor_value_info if part.engine == THEIRS else _untyped
    outputs = [known.get(name) or unknown(name) for name in part.outputs]
    graph = helper.make_graph(part.nodes, model.graph.name or "part", inputs, outputs)
    graph.initializer.extend(item for item in model.graph.initializer if item.name in needed)
    graph.sparse_initializer.extend(item for item in model.graph.sparse_initializer if item.values.name in needed)
    made = helper.make_model(graph, opset_imports=model.opset_import, functions=model.functions)
    made.ir_version = model.ir_version
    return bytes(made.SerializeToString())


def _untyped(name: str) -> Any:
    """A tensor of which nothing is known: its type and shape are inferred."""
    from onnx import helper

    return helper.make_tensor_value_info(name, 0, None)
