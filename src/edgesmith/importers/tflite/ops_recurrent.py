"""Recurrent layers in float32. Their states are variable tensors, which live between runs.

Quantized weights under a float input (dynamic range) become float weights; layers that are quantized throughout are in
``recurrent_q.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.tflite.call import Call, refuse
from edgesmith.importers.tflite.ops_layers import remember_dynamic
from edgesmith.importers.tflite.recurrent_q import quantized_lstm, quantized_svdf
from edgesmith.ir import Value

_ACTIVATIONS = {"RELU": "relu", "RELU6": "relu6", "TANH": "tanh", "NONE": "affine"}


def _activation(c: Call) -> tuple[str, float, float]:
    kind = c.text("fused_activation_function")
    if kind not in _ACTIVATIONS:
        refuse(f"fused activation {kind}")
    return (_ACTIVATIONS[kind], 1.0, 0.0)


def _float(c: Call, index: int | None) -> Value | None:
    """An operand as float32, or None where it is left out."""
    value = None if index is None else c.optional(index)
    if value is None or index is None:
        return None
    real, tensor = c.dequantized(value), c.tensor(index)
    if value.quant is not None and tensor is not None:
        remember_dynamic(c, value, real, tensor.name)
    return real


def _given(c: Call, index: int) -> Value:
    value = _float(c, index)
    if value is None:
        raise ModelError(f"{c.op.where}: operand {index} is missing")
    return value


def _state(c: Call, index: int) -> int:
    """The tensor number of a state.

    Raises:
        ModelError: it is left out, or not a variable.
    """
    tensor = c.tensor(index)
    if tensor is None or not tensor.is_variable:
        raise ModelError(f"{c.op.where}: operand {index} must be a variable tensor")
    return tensor.index


def _steps_first(c: Call, x: Value, time_major: bool) -> Value:
    if x.rank != 3:
        raise ModelError(f"{c.op.where}: input {x.shape}; expected three dimensions")
    return x if time_major else c.add("transpose", x, perm=(1, 0, 2))


def _stacked(c: Call, values: Sequence[Value]) -> Value:
    return values[0] if len(values) == 1 else c.add("concat", *values, axis=0)


def _zeros(c: Call, *shape: int) -> Value:
    return c.constant(np.zeros(shape, np.float32))


def _project(c: Call, x: Value, weights: Value, bias: Value | None) -> Value:
    """All gates of all steps at once."""
    return c.add("fully_connected", x, weights, bias)


@dataclass(frozen=True)
class Places:
    """Where the operands of one direction of an LSTM lie; the groups of four are input, forget, cell, output."""

    weights: int
    recurrent: int
    peephole: int
    bias: int
    projection: int
    projection_bias: int
    hidden: int
    cell: int
    norm: int | None = None
    aux_weights: int | None = None


FORWARD = Places(1, 5, 9, 12, 16, 17, 18, 19, norm=20)
BOTH = (
    Places(1, 5, 9, 12, 16, 17, 35, 36, aux_weights=40),
    Places(18, 22, 26, 29, 33, 34, 37, 38, aux_weights=44),
)
_GATES = (0, 3, 1, 2)  # ours are input, output, forget, cell


def _four(c: Call, first: int | None, like: Value | None = None) -> list[Value] | None:
    """Four operands in our order. The input gate's may be missing (it is coupled to the forget gate): zeros."""
    if first is None or c.optional(first + 1) is None:
        return None
    found = [_float(c, first + gate) for gate in _GATES]
    if found[0] is None:
        found[0] = like or _zeros(c, *_given(c, first + 1).shape)
    missing = [place for place, value in enumerate(found) if value is None]
    if missing:
        raise ModelError(f"{c.op.where}: operand {first + _GATES[missing[0]]} is missing")
    return [value for value in found if value is not None]


def _lstm(c: Call, x: Value, p: Places, reverse: bool = False, aux: Value | None = None) -> Value:
    """One direction over (steps, batch, features)."""
    weights, recurrent, bias = (_four(c, first) for first in (p.weights, p.recurrent, p.bias))
    if weights is None or recurrent is None or bias is None:
        raise ModelError(f"{c.op.where}: weights or biases of its gates are missing")
    coupled = "" if c.optional(p.weights) is not None else "input"
    norm = _four(c, p.norm)
    if weights[1].rank != 2:
        raise ModelError(f"{c.op.where}: weights of shape {weights[1].shape}, expected (units, features)")
    units = weights[1].shape[0]
    gates = _project(c, x, _stacked(c, weights), None if norm else _stacked(c, bias))
    aux_weights = _four(c, p.aux_weights)
    if aux is not None and aux_weights is not None:
        gates = c.add("add", gates, _project(c, aux, _stacked(c, aux_weights), None))
    peephole = None
    if c.optional(p.peephole + 1) is not None:
        if norm:
            refuse("peepholes together with layer normalization")
        first = _float(c, p.peephole) or _zeros(c, units)
        seen = (first, _given(c, p.peephole + 2), _given(c, p.peephole + 1))
        peephole = c.reshaped(_stacked(c, seen), (3, units))
    projection = _float(c, p.projection)
    if projection is not None:
        projection = c.add("transpose", projection, perm=(1, 0))
    act = _activation(c)
    states = (_state(c, p.hidden), _state(c, p.cell))
    y, hidden, cell = c.add_multi(
        "lstm",
        (
            gates,
            c.add("transpose", _stacked(c, recurrent), perm=(1, 0)),
            None,
            *(c.frame.read(state) for state in states),
            peephole,
            projection,
            None if projection is None else _float(c, p.projection_bias),
            None if norm is None else c.reshaped(_stacked(c, norm), (4, units)),
            None if norm is None else c.reshaped(_stacked(c, bias), (4, units)),
        ),
        reverse=reverse,
        activations=(("sigmoid", 0.0, 0.0), act, act),
        cell_clip=c.number("cell_clip"),
        projection_clip=c.number("proj_clip"),
        coupled=coupled,
    )
    c.frame.set_variable(states[0], hidden)
    c.frame.set_variable(states[1], cell)
    return y


def unidirectional_sequence_lstm(c: Call) -> Value:
    if c.flag("diagonal_recurrent_tensors"):
        refuse("diagonal recurrent weights")
    time_major = c.flag("time_major")
    x = _steps_first(c, c.x(0), time_major)
    y = _lstm(c, x, FORWARD) if x.quant is None else quantized_lstm(c, x)
    return y if time_major else c.add("transpose", y, perm=(1, 0, 2))


def bidirectional_sequence_lstm(c: Call) -> list[Value]:
    """Two layers, one from the end; their results side by side, or one after the other along the features."""
    if c.x(0).quant is not None:
        refuse("a quantized bidirectional LSTM")
    time_major = c.flag("time_major")
    x = _steps_first(c, c.x(0), time_major)
    aux = _float(c, 39)
    if aux is not None:
        aux = _steps_first(c, aux, time_major)
    if aux is not None and c.optional(41) is None:  # without weights of its own it is the backward input
        both = [_lstm(c, x, BOTH[0]), _lstm(c, aux, BOTH[1], True)]
    else:
        both = [_lstm(c, x, places, places is BOTH[1], aux) for places in BOTH]
    return _merged(c, both, time_major)


def _merged(c: Call, both: list[Value], time_major: bool) -> list[Value]:
    if not time_major:
        both = [c.add("transpose", y, perm=(1, 0, 2)) for y in both]
    return [c.add("concat", *both, axis=2)] if c.flag("merge_outputs") else both


def lstm(c: Call) -> Value | list[Value]:
    """One step. BASIC is the older kernel with one matrix for all gates."""
    if c.text("kernel_type") == "BASIC":
        return _basic(c)
    x = c.reshaped(c.x(0), (1, *c.x(0).shape))
    y = _lstm(c, x, FORWARD) if x.quant is None else quantized_lstm(c, x)
    return c.reshaped(y, y.shape[1:])


def _basic(c: Call) -> list[Value]:
    """Gates in the order input, new value, forget, output, from one product with (data, last output)."""
    if c.x(0).quant is not None:
        refuse("a quantized LSTM of the BASIC kind")
    joined = c.add("concat", c.x(0), c.x(1), axis=1)
    gates = c.add("fully_connected", joined, c.x(2), c.x(3))
    units = gates.shape[1] // 4
    parts = [c.add("slice", gates, starts=(0, k * units), sizes=(gates.shape[0], units)) for k in range(4)]
    enter, forget, leave = (c.add("sigmoid", parts[k]) for k in (0, 2, 3))
    state = c.add("add", c.add("mul", enter, c.add("tanh", parts[1])), c.add("mul", forget, c.x(4)))
    return [c.add("mul", leave, c.add("tanh", state)), state, joined, gates][: len(c.op.outputs)]


def _rnn(c: Call, x: Value, first: int, hidden: int, reverse: bool = False, extra: Value | None = None) -> Value:
    state = _state(c, hidden)
    total = _project(c, x, _given(c, first), _float(c, first + 2))
    if extra is not None:
        total = c.add("add", total, extra)
    recurrent = c.add("transpose", _given(c, first + 1), perm=(1, 0))
    operands = (total, recurrent, None, c.frame.read(state))
    y, last = c.add_multi("rnn", operands, activations=(_activation(c),), reverse=reverse)
    c.frame.set_variable(state, last)
    return y


def rnn(c: Call) -> Value:
    x = c.x(0)
    y = _rnn(c, c.reshaped(x, (1, *x.shape)), 1, 4)
    return c.reshaped(y, y.shape[1:])


def unidirectional_sequence_rnn(c: Call) -> Value:
    time_major = c.flag("time_major")
    y = _rnn(c, _steps_first(c, c.x(0), time_major), 1, 4)
    return y if time_major else c.add("transpose", y, perm=(1, 0, 2))


def bidirectional_sequence_rnn(c: Call) -> list[Value]:
    time_major = c.flag("time_major")
    x = _steps_first(c, c.x(0), time_major)
    aux = _float(c, 9)
    back = x
    extras: list[Value | None] = [None, None]
    if aux is not None:
        aux = _steps_first(c, aux, time_major)
        if c.optional(10) is None:
            back = aux
        else:
            extras = [_project(c, aux, _given(c, place), None) for place in (10, 11)]
    both = [_rnn(c, x, 1, 4, extra=extras[0]), _rnn(c, back, 5, 8, True, extras[1])]
    return _merged(c, both, time_major)


def svdf(c: Call) -> Value:
    """Each unit is a filter over features, then one over the last ``memory`` steps; ``rank`` of them are summed.

    Operands: input (batch, features); feature weights (filters, features); time weights (filters, memory); bias
    (units,); the state (batch, filters * memory), oldest step first.
    """
    x = c.x(0)
    if x.quant is not None:
        return quantized_svdf(c)
    state = _state(c, 4)
    operands = (x, _given(c, 1), _given(c, 2), _float(c, 3), c.frame.read(state))
    y, fresh = c.add_multi("svdf", operands, rank=c.integer("rank"))
    c.frame.set_variable(state, fresh)
    return c.activated(y)
