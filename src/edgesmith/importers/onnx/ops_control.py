"""Branches, loops, sequences and optionals. All are resolved while importing: loops are unrolled within the budget."""

from __future__ import annotations

import itertools

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.emit import Emitter
from edgesmith.importers.onnx.call import Call, Item, Items, Nothing, Result
from edgesmith.ir import Value
from edgesmith.types import DType


def If(c: Call) -> Result:
    condition = c.array(0, "the condition")
    if condition.size != 1:
        raise ModelError(f"the condition must be a single boolean, found shape {condition.shape}")
    return c.scope.subgraph(c.graph("then_branch" if bool(condition.reshape(())) else "else_branch"), [])


def Loop(c: Call) -> Result:
    """Trip count and conditions must be known, so that the body can be laid out once a trip."""
    b, body = c.b, c.graph("body")
    trips = int(c.array(0, "the trip count").reshape(-1)[0]) if c.has(0) else None
    going = bool(c.array(1, "the condition").reshape(-1)[0]) if c.has(1) else True
    state = [c.item(index) for index in range(2, len(c.items))]
    scans: list[list[Value]] = [[] for _ in range(len(body.outputs) - 1 - len(state))]
    step = 0
    while going and (trips is None or step < trips):
        results = c.scope.subgraph(body, [b.ints(step), b.constant(np.array(True)), *state])
        condition, state = results[0], results[1 : 1 + len(state)]
        for column, item in zip(scans, results[1 + len(state) :], strict=True):
            column.append(_tensor(item))
        if not isinstance(condition, Value):
            raise ModelError("the condition is not a tensor")
        going = bool(b.need_constant(condition, "the condition").reshape(-1)[0])
        step += 1
    stacked: list[Item] = []
    for (name, kind), column in zip(body.outputs[1 + len(state) :], scans, strict=True):
        if column:
            stacked.append(b.stack(column, 0))
        elif kind.shape is None or any(not isinstance(dim, int) for dim in kind.shape):
            c.unsupported(f"no trips, and the shape of '{name}' is not declared")
        else:
            from edgesmith.importers.onnx.tensors import ELEMENTS

            dtype = ELEMENTS[kind.code].dtype
            assert dtype is not None
            stacked.append(b.full((0, *(dim for dim in kind.shape if isinstance(dim, int))), 0, dtype))
    return [*state, *stacked]


def _tensor(item: Item) -> Value:
    if not isinstance(item, Value):
        raise ModelError("a tensor is expected, and a sequence or optional was found")
    return item


def Scan(c: Call) -> Result:
    """States go from step to step; the other inputs are cut along an axis, the other outputs stacked."""
    b, body = c.b, c.graph("body")
    if c.version < 9:
        return _batched_scan(c)
    count = c.integer("num_scan_inputs")
    states = len(c.items) - count
    if count < 1 or states < 0:
        raise ModelError(f"num_scan_inputs is {count} of {len(c.items)} inputs")
    values = [c.x(states + i) for i in range(count)]
    given = c.integers("scan_input_axes") or [0] * count
    axes = [c.axis(axis, value.rank) for axis, value in zip(given, values, strict=True)]
    backwards = c.integers("scan_input_directions") or [0] * count
    outputs = len(body.outputs) - states
    state, columns = _scan(c, [c.x(i) for i in range(states)], values, axes, backwards)
    order = c.integers("scan_output_directions") or [0] * outputs
    places = c.integers("scan_output_axes") or [0] * outputs
    stacked = []
    for column, turn, place in zip(columns, order, places, strict=True):
        rank = column[0].rank + 1
        stacked.append(b.stack(column[::-1] if turn else column, c.axis(place, rank)))
    return [*state, *stacked]


def _scan(
    c: Call, state: list[Value], values: list[Value], axes: list[int], backwards: list[int]
) -> tuple[list[Value], list[list[Value]]]:
    b, body = c.b, c.graph("body")
    lengths = {value.shape[axis] for value, axis in zip(values, axes, strict=True)}
    if len(lengths) != 1 or 0 in lengths:
        raise ModelError(f"the scanned axes have lengths {sorted(lengths)}; expected one length, 1 or more")
    length = lengths.pop()
    columns: list[list[Value]] = [[] for _ in range(len(body.outputs) - len(state))]
    for step in range(length):
        cut = [
            b.at(value, axis, length - 1 - step if turn else step)
            for value, axis, turn in zip(values, axes, backwards, strict=True)
        ]
        results = [_tensor(item) for item in c.scope.subgraph(body, [*state, *cut])]
        state, made = results[: len(state)], results[len(state) :]
        for column, item in zip(columns, made, strict=True):
            column.append(item)
    return state, columns


def _batched_scan(c: Call) -> Result:
    """Operator set 8: every input has a leading batch axis, and the first input gives lengths."""
    b, count = c.b, c.integer("num_scan_inputs")
    if c.has(0):
        c.unsupported("sequence lengths of operator set 8")
    items = [c.x(i) for i in range(1, len(c.items))]
    states = len(items) - count
    results: list[list[Value]] = []
    for entry in range(items[0].shape[0]):
        here = [b.at(item, 0, entry) for item in items]
        turns = c.integers("directions") or [0] * count
        state, columns = _scan(c, here[:states], here[states:], [0] * count, turns)
        results.append([*state, *(b.stack(column, 0) for column in columns)])
    return [b.stack(list(column), 0) for column in zip(*results, strict=True)]


# -- sequences ----------------------------------------------------------------------------------------------------


def SequenceEmpty(c: Call) -> Result:
    return Items(())


def SequenceConstruct(c: Call) -> Result:
    return Items(tuple(c.item(i) for i in range(len(c.items))))


def _place(c: Call, index: int, count: int, last: bool = False) -> int:
    number = int(c.array(index, "the position").reshape(-1)[0])
    top = count + 1 if last else count
    if not -count <= number < top:
        raise ModelError(f"position {number} is outside a sequence of {count}")
    return number + count if number < 0 else number


def SequenceAt(c: Call) -> Result:
    values = c.sequence()
    return values[_place(c, 1, len(values))]


def SequenceLength(c: Call) -> Result:
    return c.b.ints(len(c.sequence()))


def SequenceInsert(c: Call) -> Result:
    values = list(c.sequence())
    place = _place(c, 2, len(values), last=True) if c.has(2) else len(values)
    return Items((*values[:place], c.item(1), *values[place:]))


def SequenceErase(c: Call) -> Result:
    values = list(c.sequence())
    place = _place(c, 1, len(values)) if c.has(1) else len(values) - 1
    if not values:
        raise ModelError("the sequence is empty")
    return Items((*values[:place], *values[place + 1 :]))


def ConcatFromSequence(c: Call) -> Result:
    values = [_tensor(item) for item in c.sequence()]
    if not values:
        raise ModelError("the sequence is empty")
    if c.integer("new_axis", 0):
        return c.b.stack(values, c.axis(c.integer("axis"), values[0].rank, inclusive=True))
    return c.b.concat(values, c.axis(c.integer("axis"), values[0].rank))


def SplitToSequence(c: Call) -> Result:
    x, b = c.x(0), c.b
    axis = c.axis(c.integer("axis", 0), x.rank)
    keep = bool(c.integer("keepdims", 1))
    if not c.has(1):
        parts = [b.slice(x, axis, i, i + 1) for i in range(x.shape[axis])]
        return Items(tuple(parts if keep else [b.squeeze(part, axis) for part in parts]))
    split = c.array(1, "the split")
    sizes = [int(size) for size in split.reshape(-1)]
    if split.ndim == 0:
        each, total = sizes[0], x.shape[axis]
        if each < 1:
            raise ModelError(f"parts of {each} elements")
        sizes = [min(each, total - start) for start in range(0, total, each)]
    return Items(tuple(_cut(b, x, axis, sizes)))


def _cut(b: Emitter, x: Value, axis: int, sizes: list[int]) -> list[Value]:
    if sum(sizes) != x.shape[axis] or min(sizes, default=0) < 0:
        raise ModelError(f"parts of {sizes} do not make up {x.shape[axis]}")
    ends = itertools.accumulate(sizes, initial=0)
    return [b.slice(x, axis, start, end) for start, end in itertools.pairwise(ends)]


def SequenceMap(c: Call) -> Result:
    """The body once for every element of the first sequence; tensors among the inputs go to each."""
    body, first = c.graph("body"), c.sequence(0)
    columns: list[list[Item]] = [[] for _ in body.outputs]
    for step in range(len(first)):
        inputs: list[Item] = []
        for index in range(len(c.items)):
            item = c.item(index)
            if isinstance(item, Items) and len(item.values) != len(first):
                raise ModelError(f"sequences of {len(first)} and {len(item.values)} elements")
            inputs.append(item.values[step] if isinstance(item, Items) else item)
        for column, result in zip(columns, c.scope.subgraph(body, inputs), strict=True):
            column.append(result)
    return [Items(tuple(column)) for column in columns]


# -- optionals ----------------------------------------------------------------------------------------------------


def Optional(c: Call) -> Result:
    return c.item(0) if c.has(0) else Nothing()


def OptionalHasElement(c: Call) -> Result:
    return c.b.constant(np.array(c.has(0) and not isinstance(c.item(0), Nothing)), DType.BOOL)


def OptionalGetElement(c: Call) -> Result:
    if isinstance(c.item(0), Nothing):
        raise ModelError("the optional is empty")
    return c.item(0)
