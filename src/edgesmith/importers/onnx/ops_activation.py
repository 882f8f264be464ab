"""Activations: one graph operator where there is one, else the formula of the standard."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

from edgesmith.importers.onnx.call import Call, Result
from edgesmith.importers.onnx.emit import Emitter
from edgesmith.ir import Value
from edgesmith.types import DType

HALVES = (DType.F16, DType.BF16)
Formula = Callable[[Call, Emitter, Value], Value]


def wide(formula: Formula) -> Callable[[Call], Result]:
    """A formula of several steps: half types are widened once, not rounded at every step."""

    @functools.wraps(formula)
    def convert(c: Call) -> Result:
        x = c.x()
        if x.dtype in HALVES:
            return c.b.cast(formula(c, c.b, c.b.cast(x, DType.F32)), x.dtype)
        return formula(c, c.b, x)

    return convert


def Relu(c: Call) -> Result:
    x = c.x()
    return c.b.unary("relu", x) if x.dtype.is_float else c.b.binary("max", x, 0)


def Sigmoid(c: Call) -> Result:
    return c.b.unary("sigmoid", c.x())


def Tanh(c: Call) -> Result:
    return c.b.unary("tanh", c.x())


@wide
def LeakyRelu(c: Call, b: Emitter, x: Value) -> Value:
    return b.unary("leaky_relu", x, alpha=c.float("alpha", 0.01))


def PRelu(c: Call) -> Result:
    """The slope broadcasts into x; where it has one number a channel (before operator set 7), along axis 1."""
    x, slope, b = c.x(0), c.x(1), c.b
    if c.version < 7 and slope.rank == 1 and x.rank > 1 and slope.size == x.shape[1]:
        slope = b.reshape(slope, (-1, *[1] * (x.rank - 2)))
    return b.where(b.binary("less", x, 0), b.times(slope, x), x)


def _elu(b: Emitter, x: Value, alpha: float) -> Value:
    return b.where(b.binary("less", x, 0), b.times(b.minus(b.unary("exp", b.binary("min", x, 0)), 1), alpha), x)


@wide
def Elu(c: Call, b: Emitter, x: Value) -> Value:
    return _elu(b, x, c.float("alpha", 1.0))


@wide
def Selu(c: Call, b: Emitter, x: Value) -> Value:
    alpha, gamma = c.float("alpha", 1.67326319217681884765625), c.float("gamma", 1.05070102214813232421875)
    return b.times(_elu(b, x, alpha), gamma)


@wide
def Celu(c: Call, b: Emitter, x: Value) -> Value:
    alpha = c.float("alpha", 1.0)
    low = b.times(b.minus(b.unary("exp", b.over(x, alpha)), 1), alpha)
    return b.plus(b.binary("max", x, 0), b.binary("min", low, 0))


@wide
def HardSigmoid(c: Call, b: Emitter, x: Value) -> Value:
    return b.clip(b.plus(b.times(x, c.float("alpha", 0.2)), c.float("beta", 0.5)), 0, 1)


@wide
def HardSwish(c: Call, b: Emitter, x: Value) -> Value:
    return b.unary("hard_swish", x)


def softplus(b: Emitter, x: Value) -> Value:
    """``log(1 + exp(x))`` without overflow."""
    tail = b.unary("log", b.plus(b.unary("exp", b.unary("neg", b.unary("abs", x))), 1))
    return b.plus(b.binary("max", x, 0), tail)


@wide
def Softplus(c: Call, b: Emitter, x: Value) -> Value:
    return softplus(b, x)


@wide
def Softsign(c: Call, b: Emitter, x: Value) -> Value:
    return b.over(x, b.plus(b.unary("abs", x), 1))


@wide
def Mish(c: Call, b: Emitter, x: Value) -> Value:
    return b.times(x, b.unary("tanh", softplus(b, x)))


@wide
def Swish(c: Call, b: Emitter, x: Value) -> Value:
    return b.times(x, b.unary("sigmoid", b.times(x, c.float("alpha", 1.0))))


@wide
def Gelu(c: Call, b: Emitter, x: Value) -> Value:
    if c.choice("approximate", "none", ("none", "tanh")) == "tanh":
        cube = b.times(b.times(x, x), x)
        inner = b.times(b.plus(x, b.times(cube, 0.044715)), math.sqrt(2 / math.pi))
        return b.times(b.times(x, 0.5), b.plus(b.unary("tanh", inner), 1))
    return b.times(b.times(x, 0.5), b.plus(b.unary("erf", b.times(x, math.sqrt(0.5))), 1))


@wide
def ThresholdedRelu(c: Call, b: Emitter, x: Value) -> Value:
    return b.where(b.binary("greater", x, c.float("alpha", 1.0)), x, 0)


def Shrink(c: Call) -> Result:
    x, b = c.x(), c.b
    bias, limit = c.float("bias", 0.0), c.float("lambd", 0.5)
    above = b.where(b.binary("greater", x, limit), b.minus(x, bias), 0)
    return b.where(b.binary("less", x, -limit), b.plus(x, bias), above)
