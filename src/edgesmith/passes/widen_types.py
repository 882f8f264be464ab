"""Gives every node element types that kernels exist for, by casts around it.

Half floats are computed in float32, and stay float32 from one such node to the next: rounding in between would cost
time and precision. Narrow integers are computed in wider ones, and wrap when cast back, as their own arithmetic would.
"""

from __future__ import annotations

from edgesmith.errors import Unsupported, UnsupportedError
from edgesmith.ir import Graph, Node, Value
from edgesmith.ops import get
from edgesmith.ops.conversion import convert
from edgesmith.ops.widening import wider_types
from edgesmith.types import DType

HALVES = (DType.F16, DType.BF16)
MOVING = frozenset({"reshape", "transpose", "slice", "concat", "expand", "select"})


def widen_types(graph: Graph) -> None:
    """Wrap every node whose type is not native to its operator.

    Raises:
        UnsupportedError: no wider type has a kernel either; all such nodes are listed.
    """
    nodes: list[Node] = []
    missing: list[Unsupported] = []
    unrounded: dict[Value, Value] = {}
    for node in graph.nodes:
        op = get(node.op)
        targets = wider_types(op, node) or _kept_wide(node, unrounded)
        if not targets:
            nodes.append(node)
            continue
        if None in targets.values():
            bad = next(kind for kind, target in targets.items() if target is None)
            known = ", ".join(sorted(kind.value for kind in op.native))
            missing.append(Unsupported(node.op, node.label, f"no kernel for {bad} (there is {known})"))
            continue
        wide = {kind: target for kind, target in targets.items() if target is not None}
        nodes.extend(_wrapped(node, wide, unrounded))
    if missing:
        raise UnsupportedError(graph.name, missing)
    graph.nodes = nodes
    graph.prune()


def _kept_wide(node: Node, unrounded: dict[Value, Value]) -> dict[DType, DType | None]:
    """Nodes that only move elements stay wide between nodes that compute, where nothing they read was rounded yet."""
    halves = [value for value in node.inputs if value is not None and value.dtype in HALVES]
    if node.op not in MOVING or not any(value in unrounded for value in halves):
        return {}
    if any(value not in unrounded and value.data is None for value in halves):
        return {}
    return {halves[0].dtype: DType.F32} if len({value.dtype for value in halves}) == 1 else {}


def _wrapped(node: Node, wide: dict[DType, DType], unrounded: dict[Value, Value]) -> list[Node]:
    """The node between casts. ``unrounded`` knows the wide form of half floats that were computed in one."""
    made: list[Node] = []

    def cast(value: Value, to: DType, out: Value) -> Value:
        made.append(Node("cast", [value], [out], {"to": to}, node.source, node.path))
        return out

    for index, value in enumerate(node.inputs):
        if value is not None and value.dtype in wide:
            to = wide[value.dtype]
            if value.data is not None:
                folded = convert(value.data, value.dtype, to)
                node.inputs[index] = Value(f"{value.name}.{to}", value.shape, to, data=folded)
                continue
            if value in unrounded and unrounded[value].dtype is to:
                node.inputs[index] = unrounded[value]
                continue
            node.inputs[index] = cast(value, to, Value(f"{value.name}.{to}", value.shape, to))
    made.append(node)
    for index, value in enumerate(node.outputs):
        if value.dtype in wide:
            inner = Value(f"{value.name}.{wide[value.dtype]}", value.shape, wide[value.dtype])
            inner.producer = node
            node.outputs[index] = inner
            cast(inner, value.dtype, value)
            if value.dtype in HALVES:
                unrounded[value] = inner
    return made
