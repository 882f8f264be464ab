"""Recurrent layers over (steps, batch, ...), whose states begin anew wherever a second blob, (steps, batch), is 0.

Source: J. Donahue et al., "Long-term Recurrent Convolutional Networks for Visual Recognition and Description" (2015).
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from edgesmith.errors import ModelError
from edgesmith.importers.caffe.convert import Call, Result
from edgesmith.importers.emit import Emitter
from edgesmith.ir import Value
from edgesmith.types import DType

MAX_STEPS = 256
State = tuple[Value, ...]


class _Layer:
    """What both layers share: the input's part of every step at once, then step after step."""

    def __init__(self, c: Call, gates: int) -> None:
        p = c.param("recurrent_param")
        self.c, self.b, self.units = c, c.b, p.integer("num_output")
        x, goes_on = c.x(0, range(2, 9)), c.x(1, range(2, 3))
        self.steps, self.batch = x.shape[:2]
        if p.flag("expose_hidden"):
            c.unsupported("states as blobs of their own (expose_hidden)")
        if p.flag("debug_info") or not 1 <= self.units <= 1 << 16:
            raise ModelError(f"{self.units} outputs")
        if goes_on.shape != (self.steps, self.batch) or len(c.inputs) > 3:
            raise ModelError(f"blobs of shapes {[value.shape for value in c.inputs]}")
        if self.steps > MAX_STEPS:
            c.unsupported(f"{self.steps} steps; the most is {MAX_STEPS}")
        wide, size = gates * self.units, prod(x.shape[2:])
        self.goes_on = goes_on
        bias = c.constant(c.weight(1, (wide,)))
        self.x = self.product(self.b.reshape(x, (self.steps, self.batch, size)), 0, (wide, size), bias)
        self.at = 2  # the next array
        if len(c.inputs) > 2:  # the same for every step
            still = self.b.reshape(c.x(2), (1, self.batch, -1))
            self.x = self.b.plus(self.x, self.product(still, 2, (wide, still.shape[2])))
            self.at = 3

    def product(self, x: Value, index: int, shape: tuple[int, int], bias: Value | None = None) -> Value:
        return self.b.add("fully_connected", x, self.c.constant(self.c.weight(index, shape)), bias)

    def walk(self, states: int, step: Callable[[Value, State], tuple[Value, State]]) -> Value:
        """The outputs of all steps: (steps, batch, units)."""
        b = self.b
        held: State = (b.full((self.batch, self.units), 0.0, DType.F32),) * states
        found = []
        for place in range(self.steps):
            goes_on = b.reshape(b.at(self.goes_on, 0, place), (self.batch, 1))
            held = tuple(b.times(value, goes_on) for value in held)
            y, held = step(b.at(self.x, 0, place), held)
            found.append(y)
        return b.stack(found, 0)


def LSTM(c: Call) -> Result:
    """Gates in the order input, forget, output, new."""
    layer, b = _Layer(c, 4), c.b
    units = layer.units

    def step(x: Value, held: State) -> tuple[Value, State]:
        sums = b.plus(x, layer.product(held[0], layer.at, (4 * units, units)))
        let, keep, show = (b.unary("sigmoid", _part(b, sums, place, units)) for place in range(3))
        cell = b.plus(b.times(keep, held[1]), b.times(let, b.unary("tanh", _part(b, sums, 3, units))))
        hidden = b.times(show, b.unary("tanh", cell))
        return hidden, (hidden, cell)

    return layer.walk(2, step)


def _part(b: Emitter, x: Value, place: int, units: int) -> Value:
    return b.slice(x, 1, place * units, (place + 1) * units)


def RNN(c: Call) -> Result:
    """The state and what it gives are both hyperbolic tangents."""
    layer, b = _Layer(c, 1), c.b
    units, at = layer.units, layer.at

    def step(x: Value, held: State) -> tuple[Value, State]:
        hidden = b.unary("tanh", b.plus(x, layer.product(held[0], at, (units, units))))
        bias = c.constant(c.weight(at + 2, (units,)))
        return b.unary("tanh", layer.product(hidden, at + 1, (units, units), bias)), (hidden,)

    return layer.walk(1, step)
