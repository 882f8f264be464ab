"""Operators that TensorFlow Lite lacks, spelled out as several that it has; in float32 unless a function says more."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from edgesmith.export.prepare import refuse
from edgesmith.export.tflite_file import File, Tensor
from edgesmith.export.tflite_ops import writes
from edgesmith.ir import Node, Value
from edgesmith.types import DType

Operand = int | float  # a tensor, or a number

# 1 - erf(x) is this polynomial of t = 1 / (1 + p x), times exp(-x * x), within 1.5e-7: Abramowitz and Stegun 7.1.26.
_ERF_P = 0.3275911
_ERF = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)


class Spell:
    """Operators one after the other, up to the one that makes the node's result."""

    def __init__(self, f: File, node: Node, kinds: Sequence[DType] = (DType.F32,)) -> None:
        self.f, self.y = f, node.outputs[0]
        self.inputs = [f.tensor(value) for value in node.inputs if value is not None]
        for value in (*node.inputs, *node.outputs):
            if value is not None and value.dtype not in kinds and value.dtype is not DType.BOOL:
                refuse(f"numbers of type {value.dtype}")

    def __call__(
        self,
        op: str,
        *operands: Operand,
        shape: Sequence[int] | None = None,
        dtype: DType | None = None,
        **options: Any,
    ) -> int:
        """One operator; its result has the shape and type of the node's, unless others are given."""
        kind = dtype or self.y.dtype
        shape = self.y.shape if shape is None else tuple(shape)
        made = self.f.add(Tensor(f"{self.y.name}.{len(self.f.tensors)}", tuple(shape), kind))
        return self.f.op(op, [self.number(operand) for operand in operands], made, **options)

    def number(self, operand: Operand) -> int:
        return self.f.constant(np.float32(operand)) if isinstance(operand, float) else operand

    def last(self, op: str, *operands: Operand, **options: Any) -> None:
        """The operator that makes the node's result."""
        self.f.op(op, [self.number(operand) for operand in operands], self.f.tensor(self.y), **options)


Formula = Callable[[Spell, int, Node], None]


def spells(*ops: str) -> Callable[[Formula], Formula]:
    """Enter a formula of one operand for these operators."""

    def enter(formula: Formula) -> Formula:
        def write(f: File, node: Node) -> None:
            s = Spell(f, node)
            formula(s, s.inputs[0], node)

        writes(*ops)(write)
        return formula

    return enter


# -- functions of one number ------------------------------------------------------------------------------------


def _softplus(s: Spell, x: int) -> tuple[int, int]:
    """The terms of log(1 + exp(x)), none of which overflows."""
    tail = s("LOG", s("ADD", s("EXP", s("NEG", s("ABS", x))), 1.0))
    return s("RELU", x), tail


@spells("silu")
def silu(s: Spell, x: int, node: Node) -> None:
    s.last("MUL", x, s("LOGISTIC", x))


@spells("softplus")
def softplus(s: Spell, x: int, node: Node) -> None:
    s.last("ADD", *_softplus(s, x))


@spells("mish")
def mish(s: Spell, x: int, node: Node) -> None:
    s.last("MUL", x, s("TANH", s("ADD", *_softplus(s, x))))


@spells("softsign")
def softsign(s: Spell, x: int, node: Node) -> None:
    s.last("DIV", x, s("ADD", s("ABS", x), 1.0))


@spells("elu", "celu", "selu")
def elu(s: Spell, x: int, node: Node) -> None:
    """The format's own ELU, with alpha 1, gives the precise part below zero."""
    alpha, gamma = float(node.attrs["alpha"]), float(node.attrs.get("gamma", 1.0))
    if alpha == gamma == 1:
        s.last("ELU", x)
        return
    below = s("MINIMUM", x, 0.0)
    inner = s("DIV", below, alpha) if node.op == "celu" else below
    curve = s("MUL", s("ELU", inner), alpha * gamma)
    s.last("ADD", s("MUL", s("RELU", x), gamma), curve)


@spells("shrink")
def shrink(s: Spell, x: int, node: Node) -> None:
    edge, bias = float(node.attrs["lambd"]), float(node.attrs["bias"])
    low = s("SELECT_V2", s("LESS", x, -edge, dtype=DType.BOOL), s("ADD", x, bias), 0.0)
    s.last("SELECT_V2", s("GREATER", x, edge, dtype=DType.BOOL), s("SUB", x, bias), low)


@spells("thresholded_relu")
def thresholded_relu(s: Spell, x: int, node: Node) -> None:
    s.last("SELECT_V2", s("GREATER", x, float(node.attrs["alpha"]), dtype=DType.BOOL), x, 0.0)


@spells("reciprocal")
def reciprocal(s: Spell, x: int, node: Node) -> None:
    s.last("DIV", 1.0, x)


@spells("trunc")
def trunc(s: Spell, x: int, node: Node) -> None:
    s.last("MUL", s("SIGN", x), s("FLOOR", s("ABS", x)))


@spells("tan")
def tan(s: Spell, x: int, node: Node) -> None:
    s.last("DIV", s("SIN", x), s("COS", x))


@spells("cosh")
def cosh(s: Spell, x: int, node: Node) -> None:
    s.last("MUL", s("ADD", s("EXP", x), s("EXP", s("NEG", x))), 0.5)


@spells("isnan")
def isnan(s: Spell, x: int, node: Node) -> None:
    s.last("NOT_EQUAL", x, x)


@spells("erf")
def erf(s: Spell, x: int, node: Node) -> None:
    size = s("ABS", x)
    t = s("DIV", 1.0, s("ADD", s("MUL", size, _ERF_P), 1.0))
    total = s("MUL", t, _ERF[0])
    for factor in _ERF[1:]:
        total = s("MUL", s("ADD", total, factor), t)
    rest = s("MUL", total, s("EXP", s("NEG", s("MUL", size, size))))
    s.last("MUL", s("SIGN", x), s("SUB", 1.0, rest))


# -- reductions and norms ---------------------------------------------------------------------------------------


def _kept(x: Value, axes: Sequence[int], keep: bool = True) -> list[int]:
    """The shape that is left of a reduction."""
    found = {axis % x.rank for axis in axes}
    return [1 if axis in found else dim for axis, dim in enumerate(x.shape) if keep or axis not in found]


def _over(s: Spell, op: str, of: int, x: Value, axes: Sequence[int], keep: bool = True) -> int:
    return s(op, of, s.f.ints(*(axis % x.rank for axis in axes)), shape=_kept(x, axes, keep), keep_dims=keep)


@writes("reduce_l1", "reduce_l2", "reduce_sum_square", "reduce_log_sum", "reduce_log_sum_exp")
def reduction(f: File, node: Node) -> None:
    """A sum with a function before it or after it; the greatest number comes out of an exponent first."""
    s, value, axes, keep = Spell(f, node), node.input(0), node.attrs["axes"], bool(node.attrs["keepdims"])
    x, full, most = s.inputs[0], value.shape, -1
    if node.op == "reduce_l1":
        x = s("ABS", x, shape=full)
    elif node.op in ("reduce_l2", "reduce_sum_square"):
        x = s("MUL", x, x, shape=full)
    elif node.op == "reduce_log_sum_exp":
        most = _over(s, "REDUCE_MAX", x, value, axes)
        x = s("EXP", s("SUB", x, most, shape=full), shape=full)
    after = {"reduce_l2": "SQRT", "reduce_log_sum": "LOG", "reduce_log_sum_exp": "LOG"}.get(node.op)
    places = f.ints(*(axis % value.rank for axis in axes))
    if after is None:
        s.last("SUM", x, places, keep_dims=keep)
        return
    total = s("SUM", x, places, keep_dims=keep)
    if most < 0:
        s.last(after, total)
    else:
        s.last("ADD", s(after, total), s("RESHAPE", most, f.ints(*s.y.shape), new_shape=list(s.y.shape)))


def _scaled(s: Spell, x: int, node: Node) -> None:
    """Normalized numbers, times a scale and plus a bias where the node has them; the node's result."""
    steps = [(op, v) for op, v in (("MUL", node.optional(1)), ("ADD", node.optional(2))) if v is not None]
    for place, (op, value) in enumerate(steps):
        make = s.last if place == len(steps) - 1 else s
        made = make(op, x, s.f.tensor(value))
        x = x if made is None else made
    if not steps:
        s.last("RESHAPE", x, s.f.ints(*s.y.shape), new_shape=list(s.y.shape))


@writes("rms_norm")
def rms_norm(f: File, node: Node) -> None:
    s, x = Spell(f, node), node.input(0)
    axes = range(node.attrs["axis"] % x.rank, x.rank)
    mean = _over(s, "MEAN", s("MUL", s.inputs[0], s.inputs[0]), x, axes)
    kept = _kept(x, axes)
    factor = s("RSQRT", s("ADD", mean, float(node.attrs["epsilon"]), shape=kept), shape=kept)
    _scaled(s, s("MUL", s.inputs[0], factor), node)


@writes("instance_norm", "group_norm")
def group_norm(f: File, node: Node) -> None:
    """Over the positions of a channel, or of a group of channels, which become an axis of their own."""
    s, value = Spell(f, node), node.input(0)
    groups = value.shape[-1] if node.op == "instance_norm" else int(node.attrs["groups"])
    split = (value.shape[0], math.prod(value.shape[1:-1]), groups, value.shape[-1] // groups)
    part = Value("groups", split, DType.F32)
    x = s("RESHAPE", s.inputs[0], f.ints(*split), shape=split, new_shape=list(split))
    centred = s("SUB", x, _over(s, "MEAN", x, part, (1, 3)), shape=split)
    spread = _over(s, "MEAN", s("MUL", centred, centred, shape=split), part, (1, 3))
    kept = _kept(part, (1, 3))
    factor = s("RSQRT", s("ADD", spread, float(node.attrs["epsilon"]), shape=kept), shape=kept)
    y = s("MUL", centred, factor, shape=split)
    _scaled(s, s("RESHAPE", y, f.ints(*value.shape), new_shape=list(value.shape)), node)


@writes("l2_norm")
def l2_norm(f: File, node: Node) -> None:
    s, x, axis = Spell(f, node), node.input(0), node.attrs["axis"]
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    total = _over(s, "SUM", s("MUL", s.inputs[0], s.inputs[0]), x, axes)
    kept = _kept(x, axes)
    s.last("DIV", s.inputs[0], s("MAXIMUM", s("SQRT", total, shape=kept), float(node.attrs["epsilon"]), shape=kept))


@writes("lrn")
def lrn(f: File, node: Node) -> None:
    size, x, y = int(node.attrs["size"]), node.input(0), node.outputs[0]
    if size % 2 == 0:
        refuse(f"a window of {size} channels; TensorFlow Lite has odd ones")
    s = Spell(f, node)
    flat = (1, 1, math.prod(x.shape[:-1]), x.shape[-1])
    rest: dict[str, Any] = {"bias": float(node.attrs["bias"]), "beta": float(node.attrs["beta"])}
    rest["alpha"] = float(node.attrs["alpha"]) / size
    made = s("RESHAPE", s.inputs[0], f.ints(*flat), shape=flat, new_shape=list(flat))
    made = s("LOCAL_RESPONSE_NORMALIZATION", made, shape=flat, radius=size // 2, **rest)
    s.last("RESHAPE", made, f.ints(*y.shape), new_shape=list(y.shape))
