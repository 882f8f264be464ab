"""RNN, GRU and LSTM, laid out step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edgesmith.errors import ModelError
from edgesmith.importers.onnx.call import Call, Result
from edgesmith.importers.onnx.emit import Emitter
from edgesmith.ir import Value
from edgesmith.types import DType

MAX_STEPS = 4096
Function = Callable[[Value], Value]


def _function(b: Emitter, name: str, alpha: float | None, beta: float | None) -> Function:
    """One of the activations that recurrent operators may name."""
    a1, b5 = (0.01 if alpha is None else alpha), (0.5 if beta is None else beta)
    table: dict[str, Function] = {
        "sigmoid": lambda x: b.unary("sigmoid", x),
        "tanh": lambda x: b.unary("tanh", x),
        "relu": lambda x: b.unary("relu", x),
        "affine": lambda x: b.plus(b.times(x, 1.0 if alpha is None else alpha), 0.0 if beta is None else beta),
        "leakyrelu": lambda x: b.unary("leaky_relu", x, alpha=a1),
        "thresholdedrelu": lambda x: b.unary("thresholded_relu", x, alpha=1.0 if alpha is None else alpha),
        "scaledtanh": lambda x: b.times(b.unary("tanh", b.times(x, 1.0 if beta is None else beta)), alpha or 1.0),
        "hardsigmoid": lambda x: b.unary("hard_sigmoid", x, alpha=0.2 if alpha is None else alpha, beta=b5),
        "elu": lambda x: b.unary("elu", x, alpha=1.0 if alpha is None else alpha),
        "softsign": lambda x: b.unary("softsign", x),
        "softplus": lambda x: b.unary("softplus", x),
    }
    if name.lower() not in table:
        raise ModelError(f"activation '{name}' is not one that recurrent operators know")
    return table[name.lower()]


class _Layer:
    """What the three operators share: shapes checked, directions, lengths, layout."""

    def __init__(self, c: Call, gates: int, defaults: Sequence[str]) -> None:
        b = c.b
        self.c, self.b, self.gates = c, b, gates
        x = c.x(0)
        if x.rank != 3:
            raise ModelError(f"the input must have 3 dimensions, found shape {x.shape}")
        self.batch_first = bool(c.integer("layout", 0))
        self.x = b.transpose(x, (1, 0, 2)) if self.batch_first else x
        self.steps, self.batch, size = self.x.shape
        kind = c.choice("direction", "forward", ("forward", "reverse", "bidirectional"))
        self.turns = {"forward": [False], "reverse": [True], "bidirectional": [False, True]}[kind]
        self.count = len(self.turns)
        w, r = c.x(1), c.x(2)
        hidden = c.integer("hidden_size", r.shape[-1])
        self.hidden = hidden
        if w.shape != (self.count, gates * hidden, size) or r.shape != (self.count, gates * hidden, hidden):
            raise ModelError(
                f"weights of shapes {w.shape} and {r.shape}; expected {(self.count, gates * hidden, size)} "
                f"and {(self.count, gates * hidden, hidden)}"
            )
        if self.steps > MAX_STEPS:
            c.unsupported(f"{self.steps} steps", f"Up to {MAX_STEPS} are laid out.")
        self.clip = c.number("clip", 0.0)
        names = c.words("activations") or list(defaults) * self.count
        alphas, betas = c.numbers("activation_alpha") or [], c.numbers("activation_beta") or []
        if len(names) != len(defaults) * self.count:
            raise ModelError(f"{len(names)} activations; expected {len(defaults) * self.count}")
        self.functions = [
            _function(b, name, alphas[i] if i < len(alphas) else None, betas[i] if i < len(betas) else None)
            for i, name in enumerate(names)
        ]
        self.each = len(defaults)
        self.lengths = self._lengths()

    def _lengths(self) -> Value | None:
        """Lengths of the batch entries as a column, or None where all are whole."""
        if not self.c.has(4):
            return None
        lengths = self.c.x(4)
        if lengths.data is not None and (lengths.data == self.steps).all():
            return None
        return self.b.reshape(self.b.cast(lengths, DType.I32), (self.batch, 1))

    def initial(self, index: int, direction: int) -> Value:
        if not self.c.has(index):
            return self.b.full((self.batch, self.hidden), 0, self.x.dtype)
        value = self.c.x(index)
        if self.batch_first:
            value = self.b.transpose(value, (1, 0, 2))
        if value.shape != (self.count, self.batch, self.hidden):
            raise ModelError(f"an initial state has shape {value.shape}")
        return self.b.at(value, 0, direction)

    def bias(self, direction: int) -> tuple[Value, Value]:
        """The biases of the input's and of the state's products."""
        width = self.gates * self.hidden
        if not self.c.has(3):
            zero = self.b.full((width,), 0, self.x.dtype)
            return zero, zero
        bias = self.c.x(3)
        if bias.shape != (self.count, 2 * width):
            raise ModelError(f"biases of shape {bias.shape}; expected {(self.count, 2 * width)}")
        row = self.b.at(bias, 0, direction)
        return self.b.slice(row, 0, 0, width), self.b.slice(row, 0, width, 2 * width)

    def weights(self, direction: int) -> tuple[Value, Value]:
        """W and R, transposed to multiply from the right."""
        w, r = self.b.at(self.c.x(1), 0, direction), self.b.at(self.c.x(2), 0, direction)
        return self.b.transpose(w, (1, 0)), self.b.transpose(r, (1, 0))

    def clipped(self, x: Value) -> Value:
        return self.b.clip(x, -self.clip, self.clip) if self.clip > 0 else x

    def gate(self, x: Value, index: int) -> Value:
        return self.b.slice(x, x.rank - 1, index * self.hidden, (index + 1) * self.hidden)

    def alive(self, step: int) -> Value | None:
        """Which batch entries are still going at a step."""
        return None if self.lengths is None else self.b.binary("greater", self.lengths, step)

    def keep(self, alive: Value | None, new: Value, old: Value) -> Value:
        return new if alive is None else self.b.where(alive, new, old)

    def run(self, cell: Callable[[int, Value, list[Value]], list[Value]], initial: Sequence[int]) -> list[Value]:
        """Every direction through all steps. ``cell(direction, projected, state)`` gives the new state, whose first is
        the output; ``initial`` are the inputs that hold the state at the beginning."""
        b = self.b
        rows: list[list[Value]] = []
        finals: list[list[Value]] = []
        for direction, turned in enumerate(self.turns):
            w, _ = self.weights(direction)
            projected = b.plus(b.matmul(self.x, w), self.bias(direction)[0])
            state = [self.initial(index, direction) for index in initial]
            made: dict[int, Value] = {}
            for step in range(self.steps)[::-1] if turned else range(self.steps):
                alive = self.alive(step)
                new = cell(direction, b.at(projected, 0, step), state)
                made[step] = self.keep(alive, new[0], b.full(new[0].shape, 0, new[0].dtype)) if alive else new[0]
                state = [self.keep(alive, now, before) for now, before in zip(new, state, strict=True)]
            rows.append([made[step] for step in range(self.steps)])
            finals.append(state)
        y = b.stack([b.stack(row, 0) for row in rows], 1)
        last = [b.stack([state[i] for state in finals], 0) for i in range(len(initial))]
        if self.batch_first:
            return [b.transpose(y, (2, 0, 1, 3)), *(b.transpose(value, (1, 0, 2)) for value in last)]
        return [y, *last]


def RNN(c: Call) -> Result:
    layer = _Layer(c, 1, ["Tanh"])

    def cell(direction: int, x: Value, state: list[Value]) -> list[Value]:
        b, f = c.b, layer.functions[direction]
        total = b.plus(b.plus(x, b.matmul(state[0], layer.weights(direction)[1])), layer.bias(direction)[1])
        return [f(layer.clipped(total))]

    return layer.run(cell, [5])


def GRU(c: Call) -> Result:
    """Gates in the order z, r, h."""
    layer = _Layer(c, 3, ["Sigmoid", "Tanh"])
    after = bool(c.integer("linear_before_reset", 0))

    def cell(direction: int, x: Value, state: list[Value]) -> list[Value]:
        b, h = c.b, state[0]
        f, g = layer.functions[2 * direction : 2 * direction + 2]
        r_weight, r_bias = layer.weights(direction)[1], layer.bias(direction)[1]
        split = 2 * layer.hidden
        r_first, r_last = b.slice(r_weight, 1, 0, split), b.slice(r_weight, 1, split, 3 * layer.hidden)
        b_first, b_last = b.slice(r_bias, 0, 0, split), b.slice(r_bias, 0, split, 3 * layer.hidden)
        both = b.plus(b.slice(x, 1, 0, split), b.plus(b.matmul(h, r_first), b_first))
        gates = f(layer.clipped(both))
        z, r = layer.gate(gates, 0), layer.gate(gates, 1)
        if after:
            inner = b.times(r, b.plus(b.matmul(h, r_last), b_last))
        else:
            inner = b.plus(b.matmul(b.times(r, h), r_last), b_last)
        new = g(layer.clipped(b.plus(layer.gate(x, 2), inner)))
        return [b.plus(b.times(b.minus(1, z), new), b.times(z, h))]

    return layer.run(cell, [5])


def LSTM(c: Call) -> Result:
    """Gates in the order i, o, f, c; peepholes in the order i, o, f."""
    layer = _Layer(c, 4, ["Sigmoid", "Tanh", "Tanh"])
    if c.integer("input_forget", 0):
        c.unsupported("coupled input and forget gates")

    def peep(direction: int, index: int) -> Value | None:
        if not c.has(7):
            return None
        return layer.gate(c.b.slice(c.x(7), 0, direction, direction + 1), index)

    def cell(direction: int, x: Value, state: list[Value]) -> list[Value]:
        b, (h, memory) = c.b, state
        f, g, out = layer.functions[3 * direction : 3 * direction + 3]
        total = b.plus(x, b.plus(b.matmul(h, layer.weights(direction)[1]), layer.bias(direction)[1]))

        def gate(index: int, function: Function, seen: Value, p: int | None) -> Value:
            part = layer.gate(total, index)
            weight = None if p is None else peep(direction, p)
            return function(layer.clipped(part if weight is None else b.plus(part, b.times(weight, seen))))

        new = b.plus(b.times(gate(2, f, memory, 2), memory), b.times(gate(0, f, memory, 0), gate(3, g, memory, None)))
        return [b.times(gate(1, f, new, 1), out(new)), new]

    return layer.run(cell, [5, 6])
