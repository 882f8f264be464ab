"""Control flow that can be flattened, and variables.

A call is inlined. A loop is unrolled as long as its condition is known while importing. Where the condition of a
branch is known only at run time, both sides are computed and one is chosen.
"""

from __future__ import annotations

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.tflite.call import Call, refuse
from edgesmith.ir import Value
from edgesmith.types import DType

MAX_ITERATIONS = 10_000


def _operands(c: Call, first: int = 0) -> list[Value]:
    return [c.x(index) for index in range(first, len(c.op.inputs))]


def call(c: Call) -> list[Value]:
    return c.frame.inline(c.integer("subgraph"), _operands(c), c.op.where)


def stablehlo_composite(c: Call) -> list[Value]:
    """An operator that brings its own meaning as a subgraph."""
    return c.frame.inline(c.integer("decomposition_subgraph_index"), _operands(c), c.op.where)


def call_once(c: Call) -> list[Value]:
    """Run an initialisation before the first run: what it assigns is what variables start from."""
    converter, number = c.frame.converter, c.integer("init_subgraph_index")
    if number not in converter.initialised:
        converter.initialised.add(number)
        converter.initialising += 1
        try:
            c.frame.inline(number, [], c.op.where)
        finally:
            converter.initialising -= 1
    return []


def if_(c: Call) -> list[Value]:
    condition = c.x(0)
    sides = (c.integer("then_subgraph_index"), c.integer("else_subgraph_index"))
    if condition.data is not None:
        if condition.size != 1:
            raise ModelError(f"{c.op.where}: its condition has shape {condition.shape}; expected one element")
        return c.frame.inline(sides[0 if condition.data.ravel()[0] else 1], _operands(c, 1), c.op.where)
    held, before = c.frame.converter.held, dict(c.frame.converter.held)
    chosen, after = [], []
    for side in sides:
        held.clear()
        held.update(before)
        chosen.append(c.frame.inline(side, _operands(c, 1), c.op.where))
        after.append(dict(held))
    condition = c.reshaped(condition, ())
    for key, state in c.frame.converter.states.items():
        held[key] = _select(c, condition, after[0].get(key, state.value), after[1].get(key, state.value))
    return [_select(c, condition, a, b) for a, b in zip(*chosen, strict=True)]


def _select(c: Call, condition: Value, a: Value, b: Value) -> Value:
    if a is b:
        return a
    if a.shape != b.shape:
        c.frame.builder.need_constant(condition, "the condition")
    return c.add("select", condition, a, c.requantized(b, a.quant), quant=a.quant)


def while_(c: Call) -> list[Value]:
    values = _operands(c)
    for _ in range(MAX_ITERATIONS):
        (condition,) = c.frame.inline(c.integer("cond_subgraph_index"), values, c.op.where)[:1]
        known = c.frame.builder.need_constant(condition, "the condition").ravel()
        if known.size != 1:
            raise ModelError(f"{c.op.where}: its condition has {known.size} elements; expected one")
        if not known[0]:
            return values
        values = c.frame.inline(c.integer("body_subgraph_index"), values, c.op.where)
    refuse(f"a loop of more than {MAX_ITERATIONS} iterations")


def var_handle(c: Call) -> Value:
    """A handle holds no elements: the value stands for the variable's name."""
    handle = c.constant(0, DType.I32)
    c.frame.converter.handles[handle] = ("variable", c.text("container"), c.text("shared_name"))
    return handle


def _handle(c: Call) -> tuple[str, ...]:
    key = c.frame.converter.handles.get(c.x(0))
    if key is None:
        refuse("a variable whose handle is computed")
    return key


def read_variable(c: Call) -> Value:
    """What the variable holds at this point; zeros before anything was assigned."""
    key, converter = _handle(c), c.frame.converter
    if key not in converter.states:
        quant = c.out_quant()
        initial = np.full(c.out().shape, 0 if quant is None else quant.zero0, c.out_type().numpy)
        converter.state(key, initial, quant, c.out().name)
    return converter.held[key]


def assign_variable(c: Call) -> list[Value]:
    key, value, converter = _handle(c), c.x(1), c.frame.converter
    if converter.initialising and value.data is None:
        raise ModelError(f"{c.op.where}: a variable starts from a value that is not constant")
    if key not in converter.states:
        zero = np.full(value.shape, 0 if value.quant is None else value.quant.zero0, value.dtype.numpy)
        converter.state(key, zero, value.quant, key[-1] or "variable")
    state = converter.states[key]
    if (state.value.shape, state.value.dtype) != (value.shape, value.dtype):
        refuse(f"a variable that changes from {state.value!r} to {value!r}")
    if converter.initialising and value.data is not None:
        state.initial = value.data
    else:
        converter.held[key] = value
    return []
