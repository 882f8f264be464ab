"""Attention and recurrent layers over sequences of shape (steps, features)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.ncnn.convert import Call, Result
from edgesmith.importers.ncnn.weights import Array
from edgesmith.ir import Value
from edgesmith.types import DType

MATRIX = range(2, 3)


def _unscaled(array: Array, scales: Array) -> Array:
    """Weights as real numbers, where they are int8 by their rows' scales."""
    return array if array.dtype != np.int8 else array.astype(np.float32) / scales.reshape(*scales.shape, 1)


def MultiHeadAttention(c: Call) -> Result:
    """``softmax(q k' * scale + mask) v`` of every head, between four products with weights.

    Where the file says so its weights are int8; they are taken as the real numbers that they mean.
    """
    b, inner, heads = c.b, c.integer(0), c.integer(1, 1)
    if inner < 1 or heads < 1 or inner % heads or c.integer(2) % inner:
        raise ModelError(f"{heads} heads of {inner} numbers in all, {c.integer(2)} weights")
    if c.integer(7):
        c.unsupported("a cache of keys and values")
    if c.integer(18) > 3:
        c.unsupported(f"weights of kind {c.integer(18)}, which are packed in blocks")
    each, outer = inner // heads, c.integer(2) // inner
    mask = c.inputs[-1] if c.integer(5) else None
    given = [c.x(index, MATRIX) for index in range(len(c.inputs) - (mask is not None))]
    if not 1 <= len(given) <= 3:
        raise ModelError(f"{len(given)} inputs; expected 1 to 3")
    q, k, v = given[0], given[min(1, len(given) - 1)], given[-1]

    def project(x: Value, place: int, width: int, rows: int) -> Value:
        array = c.weights[2 * place].reshape(rows, width)
        if array.dtype == np.int8:
            array = _unscaled(array, np.broadcast_to(c.weights[8 + place], (rows,)))
        return b.add("fully_connected", x, c.constant(array), c.constant(c.weights[2 * place + 1]))

    def split(x: Value) -> Value:
        return b.transpose(b.reshape(x, (1, x.shape[1], heads, each)), (0, 2, 1, 3))

    queries = split(b.times(project(q, 0, outer, inner), c.real(6, 1 / math.sqrt(each))))
    keys, values = split(project(k, 1, c.integer(3, inner), inner)), split(project(v, 2, c.integer(4, inner), inner))
    scores = b.matmul(queries, b.transpose(keys, (0, 1, 3, 2)))
    if mask is not None:
        scores = b.plus(scores, mask if mask.rank == 4 else b.expand_dims(mask, 1))
    mixed = b.transpose(b.matmul(b.add("softmax", scores, axis=3), values), (0, 2, 1, 3))
    return project(b.reshape(mixed, (1, q.shape[1], inner)), 3, inner, outer)


def SDPA(c: Call) -> Result:
    """Attention of heads (C, H, W) without weights; several heads of queries may share one of keys and values."""
    b, q, k, v = c.b, *(c.x(index, range(3, 4)) for index in range(3))
    if c.integer(7) or c.integer(18):
        c.unsupported("a cache of keys and values" if c.integer(7) else "products of int8")
    shared = q.shape[1] // max(k.shape[1], 1)
    if k.shape[1] * shared != q.shape[1]:
        raise ModelError(f"{q.shape[1]} heads of queries and {k.shape[1]} of keys")
    if shared > 1:
        places = np.repeat(np.arange(k.shape[1]), shared)
        k, v = (b.gather(value, b.ints(places), 1) for value in (k, v))
    factor = c.real(6) or 1 / math.sqrt(q.shape[3])
    scores = b.times(b.matmul(q, b.transpose(k, (0, 1, 3, 2))), factor)
    if c.integer(5):
        mask = c.x(3, range(2, 4))
        scores = b.plus(scores, mask if mask.rank == 4 else b.expand_dims(mask, 1))
    return b.matmul(b.add("softmax", scores, axis=3), v)


# -- recurrent --------------------------------------------------------------------------------------------------------


class _Layer:
    """What LSTM, GRU and RNN share: one or two directions over the steps, and states that may be given and wanted."""

    def __init__(self, c: Call, gates: int, biases: int, order: tuple[int, ...]) -> None:
        self.c, self.b, self.gates, self.order = c, c.b, gates, order
        self.x = c.b.transpose(c.x(0, MATRIX), (1, 0, 2))  # (steps, 1, features)
        self.out = c.integer(0)
        self.hidden = c.integer(3, self.out) if c.layer.type == "LSTM" else self.out
        self.turns = {0: [False], 1: [True], 2: [False, True]}.get(c.integer(2), [])
        count = len(self.turns)
        if not count or min(self.out, self.hidden) < 1:
            raise ModelError(f"direction {c.integer(2)}, {self.out} outputs, {self.hidden} inside")
        wide = gates * self.hidden
        arrays = list(c.weights)
        if arrays[0].size != count * wide * self.x.shape[2]:
            raise ModelError(f"{arrays[0].size} weights for {wide} gates and {self.x.shape[2]} features")
        w, bias = arrays[0].reshape(count, wide, -1), arrays[1].reshape(count, biases, self.hidden)
        r, self.projection = arrays[2].reshape(count, wide, self.out), None
        scaled = c.integer(8)
        at = 4 if self.hidden != self.out else 3
        if scaled:
            w = _unscaled(w, arrays[at].reshape(count, wide))
            r = _unscaled(r, arrays[at + 1].reshape(count, wide))
        if self.hidden != self.out:
            projection = arrays[3].reshape(count, self.out, self.hidden)
            if scaled:
                projection = _unscaled(projection, arrays[at + 2].reshape(count, self.out))
            self.projection = projection
        self.w, self.r, self.bias = self._ordered(w), self._ordered(r), bias

    def _ordered(self, array: Array) -> Array:
        """The gates in the order that our operators have."""
        parts = array.reshape(len(array), self.gates, self.hidden, -1)
        return np.asarray(parts[:, self.order].reshape(array.shape))

    def gate_bias(self, direction: int) -> Array:
        return np.asarray(self.bias[direction][list(self.order)].reshape(-1))

    def projected(self, direction: int, bias: Array) -> Value:
        return self.b.add("fully_connected", self.x, self.c.constant(self.w[direction]), self.c.constant(bias))

    def recurrent(self, direction: int) -> Value:
        return self.c.constant(self.r[direction].T)

    def initial(self, index: int, direction: int, size: int) -> Value:
        """A state at the beginning: zeros, or a row of the blob that is given."""
        if index >= len(self.c.inputs):
            return self.b.full((1, size), 0, DType.F32)
        given = self.b.reshape(self.c.x(index), (len(self.turns), size))
        return self.b.slice(given, 0, direction, direction + 1)

    def join(self, rows: list[list[Value]]) -> list[Value]:
        """The outputs of the directions side by side; where they are wanted, the last states below each other."""
        b = self.b
        y = b.concat([b.reshape(row[0], (1, *row[0].shape[::2])) for row in rows], 2)
        states = [b.expand_dims(b.concat([row[i] for row in rows], 0), 0) for i in range(1, len(rows[0]))]
        return [y, *states][: len(self.c.layer.outputs)]


def LSTM(c: Call) -> Result:
    """Gates in the order i, f, o, g in the file."""
    layer, rows = _Layer(c, 4, 4, (0, 2, 1, 3)), []
    for d, reverse in enumerate(layer.turns):
        states = [layer.initial(1, d, layer.out), layer.initial(2, d, layer.hidden)]
        inputs: list[Any] = [layer.projected(d, layer.gate_bias(d)), layer.recurrent(d), None, *states]
        if layer.projection is not None:
            inputs += [None, c.constant(layer.projection[d].T)]
        rows.append(c.b.add_multi("lstm", inputs, attrs={"reverse": reverse}))
    return layer.join(rows)


def GRU(c: Call) -> Result:
    """Gates in the order reset, update, new in the file; the new one has a bias inside and one outside of the reset."""
    layer, rows = _Layer(c, 3, 4, (1, 0, 2)), []
    for d, reverse in enumerate(layer.turns):
        inner = c.constant(layer.bias[d][3])
        x = layer.projected(d, layer.gate_bias(d))
        inputs = [x, layer.recurrent(d), None, layer.initial(1, d, layer.out), inner]
        rows.append(c.b.add_multi("gru", inputs, attrs={"reverse": reverse, "reset_after": True}))
    return layer.join(rows)


def RNN(c: Call) -> Result:
    layer, rows = _Layer(c, 1, 1, (0,)), []
    for d, reverse in enumerate(layer.turns):
        x = layer.projected(d, layer.gate_bias(d))
        inputs = [x, layer.recurrent(d), None, layer.initial(1, d, layer.out)]
        rows.append(c.b.add_multi("rnn", inputs, attrs={"reverse": reverse}))
    return layer.join(rows)
