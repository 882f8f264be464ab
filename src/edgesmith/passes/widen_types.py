"""Gives every node element types that kernels exist for, by casts around it.

Half floats are computed in float32, narrow integers in wider ones (and wrap when cast back, as their own arithmetic
would).
"""

from __future__ import annotations

from edgesmith.errors import Unsupported, UnsupportedError
from edgesmith.ir import Graph, Node, Value
from edgesmith.ops import get
from edgesmith.types import DType

WIDER: dict[DType, tuple[DType, ...]] = {
    DType.F16: (DType.F32, DType.F64),
    DType.BF16: (DType.F32, DType.F64),
    DType.F32: (DType.F64,),
    DType.I8: (DType.I16, DType.I32, DType.I64),
    DType.I16: (DType.I32, DType.I64),
    DType.I32: (DType.I64,),
    DType.U8: (DType.U16, DType.I16, DType.I32, DType.I64, DType.U64),
    DType.U16: (DType.I32, DType.I64, DType.U64),
    DType.U32: (DType.I64, DType.U64),
    DType.BOOL: (DType.U8, DType.I32),
}


def widen_types(graph: Graph) -> None:
    """Wrap every node whose type is not native to its operator.

    Raises:
        UnsupportedError: no wider type has a kernel either; all such nodes are listed.
    """
    nodes: list[Node] = []
    missing: list[Unsupported] = []
    for node in graph.nodes:
        op = get(node.op)
        kinds = {value.dtype for value in node.inputs if value is not None} if op.widens else set()
        foreign = [kind for kind in kinds if kind not in op.native]
        if not foreign:
            nodes.append(node)
            continue
        targets = {kind: next((w for w in WIDER.get(kind, ()) if w in op.native), None) for kind in foreign}
        if None in targets.values():
            bad = next(kind for kind, wide in targets.items() if wide is None)
            known = ", ".join(sorted(kind.value for kind in op.native))
            missing.append(Unsupported(node.op, node.label, f"no kernel for {bad} (there is {known})"))
            continue
        wide = {kind: target for kind, target in targets.items() if target is not None}
        nodes.extend(_wrapped(node, wide))
    if missing:
        raise UnsupportedError(graph.name, missing)
    graph.nodes = nodes


def _wrapped(node: Node, wide: dict[DType, DType]) -> list[Node]:
    made: list[Node] = []

    def cast(value: Value, to: DType, out: Value) -> Value:
        made.append(Node("cast", [value], [out], {"to": to}, node.source, node.path))
        return out

    for index, value in enumerate(node.inputs):
        if value is not None and value.dtype in wide:
            to = wide[value.dtype]
            if value.data is not None:
                folded = get("cast").compute(Node("cast", [value], [], {"to": to}), [value.data])[0]
                node.inputs[index] = Value(f"{value.name}.{to}", value.shape, to, data=folded)
                continue
            node.inputs[index] = cast(value, to, Value(f"{value.name}.{to}", value.shape, to))
    made.append(node)
    for index, value in enumerate(node.outputs):
        if value.dtype in wide:
            inner = Value(f"{value.name}.{wide[value.dtype]}", value.shape, wide[value.dtype])
            inner.producer = node
            node.outputs[index] = inner
            cast(inner, value.dtype, value)
    return made
