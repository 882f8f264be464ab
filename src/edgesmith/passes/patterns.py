"""Small questions that passes ask about nodes when they look for a pattern."""

from __future__ import annotations

import math

from edgesmith.ir import Node, Value


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
