"""Recurrent layers step by step, where TensorFlow Lite has no operator for them, or none that takes their states.

Its own LSTM keeps its states between runs and gives only outputs; it has no GRU. States that are given, that others
read, layers that run from the end: all of that is plain operators for each step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from edgesmith.export.prepare import refuse
from edgesmith.export.tflite_file import File
from edgesmith.export.tflite_ops import writes
from edgesmith.export.tflite_spelled import Spell
from edgesmith.ir import Node, Value
from edgesmith.types import DType

MOST_STEPS = 1024  # of at least ten operators each
FUNCTIONS = {"sigmoid": "LOGISTIC", "tanh": "TANH", "relu": "RELU", "relu6": "RELU6"}


class Unrolled:
    """The operators of one layer: what a cell is spelled with."""

    def __init__(self, f: File, node: Node) -> None:
        self.f, self.node = f, node
        self.steps, self.batch = node.input(0).shape[:2]
        if f.carried.intersection(value for value in node.inputs if value is not None):
            refuse("it runs from the end, and keeps states between runs")
        if node.optional(2) is not None or node.attrs["clip"] or not 0 < self.steps <= MOST_STEPS:
            refuse(f"lengths, clipped gates, or {self.steps} steps, where 1 to {MOST_STEPS} can be written")
        self.functions = [FUNCTIONS.get(str(row[0]), "") for row in node.attrs["activations"]]
        if not all(self.functions):
            refuse(f"activations {', '.join(str(row[0]) for row in node.attrs['activations'])}")
        self.spell = Spell(f, Node(node.op, [], node.outputs[:1]))

    def op(self, name: str, *operands: int | float, width: int) -> int:
        """An operator whose result is ``width`` numbers for each row of the batch."""
        return self.spell(name, *operands, shape=(self.batch, width))

    def times(self, x: int, weights: Value, bias: Value | None = None) -> int:
        """``x @ weights + bias``; weights are (inputs, outputs)."""
        if weights.data is None or (bias is not None and bias.data is None):
            refuse("its weights are computed")
        name = f"{weights.name}.turned"
        turned = self.f.constant(np.ascontiguousarray(weights.data.T), None, name)
        added = -1 if bias is None else self.f.tensor(bias)
        width = weights.shape[1]
        return self.op("FULLY_CONNECTED", x, turned, added, width=width)

    def part(self, x: int, first: int, width: int) -> int:
        """Columns of a matrix."""
        places = self.f.ints(0, first), self.f.ints(self.batch, width)
        return self.op("SLICE", x, *places, width=width)

    def run(self, first: Sequence[Value], cell: Callable[[int, list[int]], list[int]]) -> None:
        """``cell(x, states)`` gives new states, the first of which is the output."""
        states, rows = [self.f.tensor(value) for value in first], [0] * self.steps
        x, width = self.f.tensor(self.node.input(0)), self.node.input(0).shape[2]
        order = range(self.steps)
        for step in reversed(order) if self.node.attrs["reverse"] else order:
            place = self.f.constant(np.int32(step))
            states = cell(self.spell("GATHER", x, place, shape=(self.batch, width), axis=0), states)
            rows[step] = states[0]
        y = self.node.outputs[0]
        self.f.op("PACK", rows, self.f.tensor(y), axis=0, values_count=len(rows))
        for value, state in zip(self.node.outputs[1:], states, strict=True):
            self.f.hold(value, state)


def unrolled_lstm(f: File, node: Node) -> None:
    """Every option but normalization."""
    u, attrs = Unrolled(f, node), node.attrs
    h0, peephole, projection = node.input(3), node.optional(5), node.optional(6)
    if node.optional(8) is not None:
        refuse("a normalization, and states that are given to it")
    first, cell_of, last = u.functions
    units = node.input(4).shape[1]
    seen = [] if peephole is None or peephole.data is None else [f.constant(row[None]) for row in peephole.data]
    if peephole is not None and not seen:
        refuse("its peepholes are computed")

    def gate(total: int, place: int, c: int) -> int:
        part = u.part(total, place * units, units)
        if place < len(seen):
            part = u.op("ADD", part, u.op("MUL", seen[place], c, width=units), width=units)
        return u.op(cell_of if place == 3 else first, part, width=units)

    def cell(x: int, states: list[int]) -> list[int]:
        h, c = states
        total = u.op("ADD", x, u.times(h, node.input(1)), width=4 * units)
        forget = gate(total, 2, c) if attrs["coupled"] != "forget" else -1
        enter = gate(total, 0, c) if attrs["coupled"] != "input" else u.op("SUB", 1.0, forget, width=units)
        forget = u.op("SUB", 1.0, enter, width=units) if forget < 0 else forget
        fresh = u.op("MUL", enter, gate(total, 3, c), width=units)
        c = u.op("ADD", u.op("MUL", forget, c, width=units), fresh, width=units)
        if attrs["cell_clip"] > 0:
            c = u.op("MINIMUM", c, float(attrs["cell_clip"]), width=units)
            c = u.op("MAXIMUM", c, -float(attrs["cell_clip"]), width=units)
        h = u.op("MUL", gate(total, 1, c), u.op(last, c, width=units), width=units)
        if projection is not None:
            h = u.times(h, projection, node.optional(7))
            if attrs["projection_clip"] > 0:
                h = u.op("MINIMUM", h, float(attrs["projection_clip"]), width=h0.shape[1])
                h = u.op("MAXIMUM", h, -float(attrs["projection_clip"]), width=h0.shape[1])
        return [h, c]

    u.run([h0, node.input(4)], cell)


@writes("gru")
def gru(f: File, node: Node) -> None:
    u, r, bias = Unrolled(f, node), node.input(1), node.optional(4)
    gate, new = u.functions
    units = r.shape[0]
    if r.data is None:
        refuse("its weights are computed")
    parts = [
        Value(f"{r.name}.{name}", data.shape, DType.F32, None, data)
        for name, data in (("gates", r.data[:, : 2 * units]), ("new", r.data[:, 2 * units :]))
    ]

    def cell(x: int, states: list[int]) -> list[int]:
        h = states[0]
        both = u.op("ADD", u.part(x, 0, 2 * units), u.times(h, parts[0]), width=2 * units)
        both = u.op(gate, both, width=2 * units)
        update, reset = u.part(both, 0, units), u.part(both, units, units)
        if node.attrs["reset_after"]:
            inner = u.op("MUL", reset, u.times(h, parts[1], bias), width=units)
        else:
            inner = u.times(u.op("MUL", reset, h, width=units), parts[1], bias)
        fresh = u.op(new, u.op("ADD", u.part(x, 2 * units, units), inner, width=units), width=units)
        kept = u.op("MUL", update, h, width=units)
        other = u.op("SUB", 1.0, update, width=units)
        return [u.op("ADD", u.op("MUL", other, fresh, width=units), kept, width=units)]

    u.run([node.input(3)], cell)


@writes("rnn")
def rnn(f: File, node: Node) -> None:
    u, r = Unrolled(f, node), node.input(1)

    def cell(x: int, states: list[int]) -> list[int]:
        total = u.op("ADD", x, u.times(states[0], r), width=r.shape[1])
        return [u.op(u.functions[0], total, width=r.shape[1])]

    u.run([node.input(3)], cell)
