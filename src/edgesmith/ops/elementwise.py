"""What operators share that compute each element of their output from one element of each operand."""

from __future__ import annotations

from edgesmith.ir import Node, Value
from edgesmith.ops.contract import Operator, Window


class Elementwise(Operator):
    """Base of operators whose element ``i`` depends on element ``i`` of operands of the same shape, or broadcast ones.

    Their kernels may write over an operand whose elements are as large as the output's: every thread reads an element,
    or a vector of them, before it writes there, and no other thread comes near it.
    """

    def windows(self, node: Node) -> dict[int, Window]:
        y = node.outputs[0]
        if y.rank != 4 or y.shape[0] != 1:
            return {}
        rowed = {}
        for index, value in enumerate(node.inputs):
            if value is None or _rows(value) == 1:
                continue
            if value.is_constant or value.shape[0] != 1:
                return {}  # its rows would have to be cut out as constants of their own
            rowed[index] = Window()
        along = any(v is not None and v.quant is not None and v.quant.axis == 1 for v in (*node.inputs, y))
        return {} if along else rowed

    def in_place(self, node: Node) -> tuple[int, ...]:
        y = node.outputs[0]
        return tuple(
            index
            for index, x in enumerate(node.inputs)
            if x is not None and x.shape == y.shape and x.dtype.bytes == y.dtype.bytes
        )


def _rows(value: Value) -> int:
    """The size along axis 1 of (N, H, W, C), counted from the last axis as broadcasting does."""
    return value.shape[-3] if value.rank >= 3 else 1
