"""Small questions that passes ask about nodes when they look for a pattern."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence

from edgesmith.ir import Node, Value
from edgesmith.ops.layers import function_of
from edgesmith.types import DType

OWN = frozenset({"conv2d", "depthwise_conv2d", "fully_connected"})  # layers that may have a function of their own


def made_by(value: Value | None, *ops: str) -> Node | None:
    """The node that computes ``value``, where it is one of these operators."""
    node = None if value is None else value.producer
    return node if node is not None and node.op in ops else None


def number(value: Value | None) -> float | None:
    """The one number that a constant holds."""
    if value is None or value.data is None or value.size != 1 or not value.dtype.is_float:
        return None
    return float(value.data.reshape(-1)[0])


def is_number(value: Value | None, wanted: float) -> bool:
    """Whether ``value`` is a constant of that one number, up to the rounding of a file's float16."""
    found = number(value)
    return found is not None and math.isclose(found, wanted, rel_tol=1e-3)


def either(node: Node) -> tuple[tuple[Value, Value], tuple[Value, Value]]:
    """The two operands of a commutative node, in both orders."""
    a, b = node.input(0), node.input(1)
    return (a, b), (b, a)


def layer_of(node: Node, uses: Mapping[Value, Sequence[object]], roots: Container[Value]) -> Node | None:
    """The float layer that could compute this node's function before it rounds, were it one of integers: only this node
    reads it, and it clamps nothing and adds nothing itself."""
    if function_of(node) is None or node.input(0) in roots or len(uses[node.input(0)]) != 1:
        return None
    layer = made_by(node.input(0), *OWN)
    if layer is None or layer.input(0).dtype is not DType.F32 or layer.optional(3) is not None:
        return None
    return layer if (layer.attrs["lo"], layer.attrs["hi"]) == (-math.inf, math.inf) else None
