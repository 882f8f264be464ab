"""Tensors whose length along one axis is known only after a run: padded to the most that is possible, with a count.

A few operators work row by row and hand the count on; everything else needs the values while importing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edgesmith.importers.onnx.call import Call, Item, Ragged
from edgesmith.ir import Value


def _same(c: Call, place: int, axis: int) -> int | None:
    return axis


def _squeezed(c: Call, place: int, axis: int) -> int | None:
    x = c.x(0)
    given = c.integers("axes") if c.version < 13 else c.int_list(1, "the axes") if c.has(1) else None
    if given is None:
        return None
    gone = c.axes(given, x.rank)
    return None if axis in gone else axis - sum(other < axis for other in gone)


def _unsqueezed(c: Call, place: int, axis: int) -> int | None:
    x, given = c.x(0), (c.integers("axes") if c.version < 13 else c.int_list(1, "the axes")) or []
    new = c.axes(given, x.rank + len(given))
    return [i for i in range(x.rank + len(given)) if i not in new][axis]


def _transposed(c: Call, place: int, axis: int) -> int | None:
    return (c.integers("perm") or list(range(c.x(0).rank))[::-1]).index(axis)


def _sliced(c: Call, place: int, axis: int) -> int | None:
    if c.version < 10 or place:
        return None
    cut = c.axes(c.int_list(3, "the axes"), c.x(0).rank) if c.has(3) else range(len(c.int_list(1, "the starts")))
    return None if axis in cut else axis


def _gathered(c: Call, place: int, axis: int) -> int | None:
    along = c.axis(c.integer("axis", 0), c.x(0).rank)
    if place == 1:
        return along + axis
    return None if axis == along else axis if axis < along else axis - 1 + c.x(1).rank


def _gathered_nd(c: Call, place: int, axis: int) -> int | None:
    return axis if place == 1 and axis < c.x(1).rank - 1 and not c.integer("batch_dims", 0) else None


def _beside(c: Call, place: int, axis: int) -> int | None:
    """Elementwise with another operand that is the same for every element of the axis."""
    x, other = c.x(place), c.x(1 - place)
    back = axis - x.rank
    same = other.rank < -back or other.shape[back] == 1
    return max(x.rank, other.rank) + back if same else None


Rule = Callable[[Call, int, int], int | None]
RULES: dict[str, Rule] = {
    **dict.fromkeys(("Identity", "Cast", "Abs", "Neg", "Exp", "Log", "Sqrt", "Sigmoid", "Relu", "Clip"), _same),
    **dict.fromkeys(("Add", "Sub", "Mul", "Div", "Mod"), _beside),
    "Squeeze": _squeezed,
    "Unsqueeze": _unsqueezed,
    "Transpose": _transposed,
    "Slice": _sliced,
    "Gather": _gathered,
    "GatherND": _gathered_nd,
}


def hand_on(c: Call, place: int, item: Ragged) -> Callable[[Sequence[Item]], list[Item]]:
    """How the results of a node that reads ``item`` at ``place`` are ragged in their turn.

    Raises:
        NeedsValue: the operator does not work row by row.
    """
    rule = RULES.get(c.node.op)
    axis = rule(c, place, item.axis) if rule is not None else None
    if axis is None:
        c.b.need_constant(item.count, f"input {place}, whose length depends on values,")
    return lambda results: [
        Ragged(found, axis, item.count) if isinstance(found, Value) and axis is not None else found for found in results
    ]


def ragged(value: Value, axis: int, count: Value) -> Item:
    """A value with a count; the exact value where all is constant."""
    if value.data is not None and count.data is not None:
        exact = value.data.take(range(int(count.data)), axis=axis)
        return Value(value.name, exact.shape, value.dtype, value.quant, exact)
    return Ragged(value, axis, count)
