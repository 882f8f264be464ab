"""Activations, functions of one number, and arithmetic between blobs."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.emit import Emitter
from edgesmith.importers.formulas import eltwise, exponential, leaky, logarithm, power
from edgesmith.importers.ncnn.activation import LARGEST, clamp, hard_swish
from edgesmith.importers.ncnn.convert import Call, Result
from edgesmith.ir import Value
from edgesmith.types import DType

UNARY = (
    "abs", "neg", "floor", "ceil", "square", "sqrt", "rsqrt", "exp", "log", "sin", "cos", "tan", "asin", "acos", "atan",
    "reciprocal", "tanh", "log10", "round", "trunc",
)  # fmt: skip
BINARY = (
    "add", "sub", "mul", "div", "maximum", "minimum", "pow", "rsub", "rdiv", "rpow", "atan2", "ratan2", "fmod", "rfmod",
    "logaddexp", "floor_div", "rfloor_div", "remainder", "rremainder",
)  # fmt: skip


def ReLU(c: Call) -> Result:
    return leaky(c.b, c.x(), c.real(0))


def Clip(c: Call) -> Result:
    return clamp(c.b, c.x(), c.real(0, -LARGEST), c.real(1, LARGEST))


def Sigmoid(c: Call) -> Result:
    return c.b.unary("sigmoid", c.x())


def TanH(c: Call) -> Result:
    return c.b.unary("tanh", c.x())


def Swish(c: Call) -> Result:
    return c.b.unary("silu", c.x())


def Mish(c: Call) -> Result:
    return c.b.unary("mish", c.x())


def HardSigmoid(c: Call) -> Result:
    return c.b.unary("hard_sigmoid", c.x(), alpha=c.real(0, 0.2), beta=c.real(1, 0.5))


def HardSwish(c: Call) -> Result:
    return hard_swish(c.b, c.x(), c.real(0, 0.2), c.real(1, 0.5))


def GELU(c: Call) -> Result:
    return c.b.unary("gelu_tanh" if c.integer(0) else "gelu", c.x())


def ELU(c: Call) -> Result:
    return c.b.unary("elu", c.x(), alpha=c.real(0, 0.1))


def SELU(c: Call) -> Result:
    return c.b.unary("selu", c.x(), alpha=c.real(0, 1.67326324), gamma=c.real(1, 1.050700987))


def CELU(c: Call) -> Result:
    return c.b.unary("celu", c.x(), alpha=c.real(0, 1.0))


def Shrink(c: Call) -> Result:
    return c.b.unary("shrink", c.x(), bias=c.real(0), lambd=c.real(1, 0.5))


def Softplus(c: Call) -> Result:
    return c.b.unary("softplus", c.x())


def BNLL(c: Call) -> Result:
    return c.b.unary("softplus", c.x())


def AbsVal(c: Call) -> Result:
    return c.b.unary("abs", c.x())


def Erf(c: Call) -> Result:
    return c.b.unary("erf", c.x())


def Threshold(c: Call) -> Result:
    return c.b.cast(c.b.binary("greater", c.x(), c.real(0)), DType.F32)


def Dropout(c: Call) -> Result:
    scale = c.real(0, 1.0)
    return c.x() if scale == 1 else c.b.times(c.x(), scale)


def _curve(c: Call, curve: Callable[[Emitter, Value, float, float, float], Value], default: float) -> Value:
    return curve(c.b, c.x(), c.real(0, default), c.real(1, 1.0), c.real(2))


def Exp(c: Call) -> Result:
    return _curve(c, exponential, -1.0)


def Log(c: Call) -> Result:
    return _curve(c, logarithm, -1.0)


def Power(c: Call) -> Result:
    return _curve(c, power, 1.0)


def PReLU(c: Call) -> Result:
    x, slope = c.x(), c.weights[0] if c.weights else np.zeros(1, np.float32)
    return c.b.add("prelu", x, c.channels(slope, x))


def UnaryOp(c: Call) -> Result:
    kind = c.integer(0)
    if not 0 <= kind < len(UNARY):
        raise ModelError(f"operation {kind}; expected 0 to {len(UNARY) - 1}")
    if UNARY[kind] == "log10":
        return c.b.times(c.b.unary("log", c.x()), 1 / math.log(10))
    return c.b.unary(UNARY[kind], c.x())


def BinaryOp(c: Call) -> Result:
    """Two blobs, or a blob and a number; the kinds from 7 on are those before with their operands exchanged."""
    kind, b = c.integer(0), c.b
    if not 0 <= kind < len(BINARY):
        raise ModelError(f"operation {kind}; expected 0 to {len(BINARY) - 1}")
    if c.integer(1):
        x = c.x(0)
        left, right = x, b.like(c.real(2), x)
    else:
        left, right = aligned(c, c.x(0), c.x(1))
    name = BINARY[kind]
    if name[0] == "r" and name != "remainder":
        left, right, name = right, left, name[1:]
    if name == "logaddexp":
        top = b.binary("maximum", left, right)
        gap = b.unary("neg", b.unary("abs", b.minus(left, right)))
        return b.plus(top, b.unary("log1p", b.unary("exp", gap)))
    return b.binary("mod" if name == "remainder" else name, left, right)


def aligned(c: Call, a: Value, w: Value) -> tuple[Value, Value]:
    """Two blobs as NumPy broadcasts them. A blob of fewer dimensions belongs to the outermost ones of the other;
    a vector that does not fit there belongs to the innermost."""
    if a.rank == w.rank:
        return a, w
    if a.rank > w.rank:
        return a, _like(c, w, a)
    return _like(c, a, w), w


def _like(c: Call, small: Value, large: Value) -> Value:
    dims = small.shape[1:]
    if len(dims) == 1 and dims[0] != large.shape[1]:
        return c.b.reshape(small, (1, *[1] * (large.rank - 2), dims[0]))
    return c.b.reshape(small, (1, *dims, *[1] * (large.rank - small.rank)))


def Eltwise(c: Call) -> Result:
    """The product, the sum with coefficients, or the greatest of several blobs."""
    kind, b, factors = c.integer(0), c.b, c.layer.reals(1)
    if kind not in (0, 1, 2):
        raise ModelError(f"operation {kind}; expected 0, 1 or 2")
    return eltwise(b, ("mul", "add", "maximum")[kind], [c.x(index) for index in range(len(c.inputs))], factors)


def Softmax(c: Call) -> Result:
    x = c.x()
    return c.b.add("softmax", x, axis=c.axis(x, c.integer(0)))


def GLU(c: Call) -> Result:
    x, b = c.x(), c.b
    axis = c.axis(x, c.integer(0))
    half = x.shape[axis] // 2
    return b.times(b.slice(x, axis, 0, half), b.unary("sigmoid", b.slice(x, axis, half, 2 * half)))


def CumulativeSum(c: Call) -> Result:
    x = c.x()
    return c.b.add("cumsum", x, axis=c.axis(x, c.integer(0)))
