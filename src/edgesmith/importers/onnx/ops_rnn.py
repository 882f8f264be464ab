"""RNN, GRU and LSTM: the input's product for all steps at once, then one recurrent operator a direction."""

from __future__ import annotations

from collections.abc import Sequence

from edgesmith.errors import ModelError
from edgesmith.importers.emit import Emitter
from edgesmith.importers.onnx.call import Call, Result
from edgesmith.importers.onnx.ops_matmul import dense
from edgesmith.ir import Value
from edgesmith.ops.recurrent import Activation
from edgesmith.types import DType

# ONNX's name -> ours, and the numbers that the standard takes where none are given.
ACTIVATIONS: dict[str, Activation] = {
    "sigmoid": ("sigmoid", 0.0, 0.0),
    "tanh": ("tanh", 0.0, 0.0),
    "relu": ("relu", 0.0, 0.0),
    "affine": ("affine", 1.0, 0.0),
    "leakyrelu": ("leaky_relu", 0.01, 0.0),
    "thresholdedrelu": ("thresholded_relu", 1.0, 0.0),
    "scaledtanh": ("scaled_tanh", 1.0, 1.0),
    "hardsigmoid": ("hard_sigmoid", 0.2, 0.5),
    "elu": ("elu", 1.0, 0.0),
    "softsign": ("softsign", 0.0, 0.0),
    "softplus": ("softplus", 0.0, 0.0),
}
# Activations that take the next of a node's numbers; the others leave them to those that follow.
TAKES_ALPHA = frozenset(["affine", "leaky_relu", "thresholded_relu", "scaled_tanh", "hard_sigmoid", "elu"])
TAKES_BETA = frozenset(["affine", "scaled_tanh", "hard_sigmoid"])


class _Layer:
    """What the three operators share. Everything is float32 inside."""

    def __init__(self, c: Call, gates: int, defaults: Sequence[str]) -> None:
        self.c, self.b, self.gates = c, c.b, gates
        x = c.x(0)
        if x.rank != 3:
            raise ModelError(f"the input must have 3 dimensions, found shape {x.shape}")
        self.kind = x.dtype
        self.batch_first = bool(c.integer("layout", 0))
        self.x = self._first(self._wide(x), (1, 0, 2))
        self.batch, size = self.x.shape[1], self.x.shape[2]
        kind = c.choice("direction", "forward", ("forward", "reverse", "bidirectional"))
        self.turns = {"forward": [False], "reverse": [True], "bidirectional": [False, True]}[kind]
        count = len(self.turns)
        w, r = c.x(1), c.x(2)
        self.hidden = c.integer("hidden_size", r.shape[-1])
        wide = gates * self.hidden
        if w.shape != (count, wide, size) or r.shape != (count, wide, self.hidden):
            expected = f"expected {(count, wide, size)} and {(count, wide, self.hidden)}"
            raise ModelError(f"weights have shapes {w.shape} and {r.shape}; {expected}")
        if c.has(3) and c.x(3).shape != (count, 2 * wide):
            raise ModelError(f"biases have shape {c.x(3).shape}; expected {(count, 2 * wide)}")
        self.attrs = {"clip": c.number("clip", 0.0)}
        self.activations = self._activations(defaults)
        self.each = len(defaults)
        self.lengths = c.b.cast(c.x(4), DType.I32) if c.has(4) else None

    def _wide(self, x: Value) -> Value:
        return self.b.cast(x, DType.F32)

    def _first(self, x: Value, perm: tuple[int, ...]) -> Value:
        return self.b.transpose(x, perm) if self.batch_first else x

    def _activations(self, defaults: Sequence[str]) -> list[Activation]:
        c, total = self.c, len(defaults) * len(self.turns)
        names = c.words("activations") or list(defaults) * len(self.turns)
        alphas, betas = iter(c.numbers("activation_alpha") or []), iter(c.numbers("activation_beta") or [])
        if len(names) != total:
            raise ModelError(f"{len(names)} activations; expected {total}")
        found = []
        for name in names:
            if name.lower() not in ACTIVATIONS:
                raise ModelError(f"activation '{name}' is not one that recurrent operators know")
            known, alpha, beta = ACTIVATIONS[name.lower()]
            alpha = next(alphas, alpha) if known in TAKES_ALPHA else alpha
            found.append((known, alpha, next(betas, beta) if known in TAKES_BETA else beta))
        return found

    def initial(self, index: int, direction: int) -> Value:
        """A state at the beginning, zeros where the node gives none."""
        if not self.c.has(index):
            return self.b.full((self.batch, self.hidden), 0, DType.F32)
        value = self._first(self._wide(self.c.x(index)), (1, 0, 2))
        if value.shape != (len(self.turns), self.batch, self.hidden):
            raise ModelError(f"an initial state has shape {value.shape}")
        return self.b.at(value, 0, direction)

    def biases(self, direction: int) -> tuple[Value, Value] | None:
        """The biases of the input's and of the state's products."""
        if not self.c.has(3):
            return None
        row = self.b.at(self._wide(self.c.x(3)), 0, direction)
        width = self.gates * self.hidden
        return self.b.slice(row, 0, 0, width), self.b.slice(row, 0, width, 2 * width)

    def projected(self, direction: int, bias: Value | None) -> Value:
        """The product of the input with its weights, for all steps, and biases."""
        weight = self._wide(self.b.at(self.c.x(1), 0, direction))
        if self.b.is_fixed(weight) and (bias is None or self.b.is_fixed(bias)):
            return dense(self.b, self.x, weight, bias)
        y = self.b.matmul(self.x, self.b.transpose(weight, (1, 0)))
        return y if bias is None else self.b.plus(y, bias)

    def recurrent(self, direction: int) -> Value:
        """The weights of the state, to multiply from the right."""
        return self.b.transpose(self._wide(self.b.at(self.c.x(2), 0, direction)), (1, 0))

    def settings(self, direction: int) -> dict[str, object]:
        mine = self.activations[direction * self.each : (direction + 1) * self.each]
        return {**self.attrs, "reverse": self.turns[direction], "activations": tuple(mine)}

    def join(self, rows: Sequence[Sequence[Value]]) -> list[Value]:
        """The outputs of the directions, one beside the other, in the layout and type that the node wants."""
        b = self.b
        y = b.stack([row[0] for row in rows], 1)  # (steps, directions, batch, hidden)
        last = [b.stack([row[i] for row in rows], 0) for i in range(1, len(rows[0]))]
        shaped = [self._first(y, (2, 0, 1, 3)), *(self._first(value, (1, 0, 2)) for value in last)]
        return [b.cast(value, self.kind) for value in shaped]


def _sum(b: Emitter, biases: tuple[Value, Value] | None) -> Value | None:
    return None if biases is None else b.plus(*biases)


def RNN(c: Call) -> Result:
    layer, b, rows = _Layer(c, 1, ["Tanh"]), c.b, []
    for d in range(len(layer.turns)):
        x = layer.projected(d, _sum(b, layer.biases(d)))
        inputs = [x, layer.recurrent(d), layer.lengths, layer.initial(5, d)]
        rows.append(b.add_multi("rnn", inputs, attrs=layer.settings(d)))
    return layer.join(rows)


def GRU(c: Call) -> Result:
    """Gates in the order z, r, h. Resetting after the product keeps that product's bias of the new gate apart."""
    layer, b, rows = _Layer(c, 3, ["Sigmoid", "Tanh"]), c.b, []
    after, units = bool(c.integer("linear_before_reset", 0)), layer.hidden
    for d in range(len(layer.turns)):
        biases, inner = layer.biases(d), None
        if biases is not None and after:
            inner = b.slice(biases[1], 0, 2 * units, 3 * units)
            outer = b.concat([b.slice(biases[1], 0, 0, 2 * units), b.full((units,), 0, DType.F32)], 0)
            biases = biases[0], outer
        x = layer.projected(d, _sum(b, biases))
        inputs = [x, layer.recurrent(d), layer.lengths, layer.initial(5, d), inner]
        rows.append(b.add_multi("gru", inputs, attrs={**layer.settings(d), "reset_after": after}))
    return layer.join(rows)


def LSTM(c: Call) -> Result:
    """Gates in the order i, o, f, c; peepholes in the order i, o, f."""
    layer, b, rows = _Layer(c, 4, ["Sigmoid", "Tanh", "Tanh"]), c.b, []
    coupled = "forget" if c.integer("input_forget", 0) else ""
    for d in range(len(layer.turns)):
        peephole = None
        if c.has(7):
            peephole = b.reshape(b.cast(b.at(c.x(7), 0, d), DType.F32), (3, layer.hidden))
        x = layer.projected(d, _sum(b, layer.biases(d)))
        states = [layer.initial(5, d), layer.initial(6, d)]
        inputs = [x, layer.recurrent(d), layer.lengths, *states, peephole]
        rows.append(b.add_multi("lstm", inputs, attrs={**layer.settings(d), "coupled": coupled}))
    return layer.join(rows)
