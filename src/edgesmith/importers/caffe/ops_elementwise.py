"""Activations, functions of one number, and arithmetic between blobs."""

from __future__ import annotations

from collections.abc import Callable

from edgesmith.errors import ModelError
from edgesmith.importers.caffe.convert import Call, Result
from edgesmith.importers.emit import Emitter
from edgesmith.importers.formulas import affine, eltwise, exponential, leaky, logarithm, power
from edgesmith.ir import Value
from edgesmith.types import DType


def ReLU(c: Call) -> Result:
    return leaky(c.b, c.x(), c.param("relu_param").real("negative_slope"))


def ReLU6(c: Call) -> Result:
    return c.b.clip(c.x(), 0.0, 6.0)


def PReLU(c: Call) -> Result:
    x = c.x(0, range(2, 9))
    count = 1 if c.param("prelu_param").flag("channel_shared") else x.shape[1]
    return c.b.add("prelu", x, c.channels(c.weight(0, (count,)), x))


def ELU(c: Call) -> Result:
    return c.b.unary("elu", c.x(), alpha=c.param("elu_param").real("alpha", 1.0))


def Sigmoid(c: Call) -> Result:
    return c.b.unary("sigmoid", c.x())


def TanH(c: Call) -> Result:
    return c.b.unary("tanh", c.x())


def AbsVal(c: Call) -> Result:
    return c.b.unary("abs", c.x())


def BNLL(c: Call) -> Result:
    return c.b.unary("softplus", c.x())


def Swish(c: Call) -> Result:
    x, beta = c.x(), c.param("swish_param").real("beta", 1.0)
    return c.b.unary("silu", x) if beta == 1 else c.b.times(x, c.b.unary("sigmoid", c.b.times(x, beta)))


def Mish(c: Call) -> Result:
    return c.b.unary("mish", c.x())


def Clip(c: Call) -> Result:
    p = c.param("clip_param")
    low, high = p.real("min"), p.real("max")
    if not low <= high:
        raise ModelError(f"a clip from {low} to {high}")
    return c.b.clip(c.x(), low, high)


def Threshold(c: Call) -> Result:
    level = c.param("threshold_param").real("threshold")
    return c.b.cast(c.b.binary("greater", c.x(), level), DType.F32)


def Dropout(c: Call) -> Result:
    """Nothing, once training is over."""
    if not c.param("dropout_param").flag("scale_train", True):
        return c.b.times(c.x(), 1 - c.param("dropout_param").real("dropout_ratio", 0.5))
    return c.x()


def _curve(c: Call, name: str, curve: Callable[[Emitter, Value, float, float, float], Value], first: str) -> Value:
    p = c.param(name)
    return curve(c.b, c.x(), p.real(first, 1.0 if first == "power" else -1.0), p.real("scale", 1.0), p.real("shift"))


def Exp(c: Call) -> Result:
    return _curve(c, "exp_param", exponential, "base")


def Log(c: Call) -> Result:
    return _curve(c, "log_param", logarithm, "base")


def Power(c: Call) -> Result:
    """``(scale x + shift) ^ power``; where nothing of x is left, the same number everywhere, whatever x is."""
    p, x = c.param("power_param"), c.x()
    exponent, scale, shift = p.real("power", 1.0), p.real("scale", 1.0), p.real("shift")
    if exponent == 0 or scale == 0:
        return c.b.full(x.shape, 1.0 if exponent == 0 else shift**exponent, DType.F32)
    return power(c.b, x, exponent, scale, shift)


def Eltwise(c: Call) -> Result:
    p, values = c.param("eltwise_param"), [c.x(index) for index in range(len(c.inputs))]
    kind = p.choice("operation", ("PROD", "SUM", "MAX"), "SUM")
    for value in values[1:]:
        if value.shape != values[0].shape:
            raise ModelError(f"blobs of shapes {values[0].shape} and {value.shape}; expected the same")
    if kind != "SUM" and p.reals("coeff"):
        raise ModelError(f"coefficients, which {kind} has not")
    return eltwise(c.b, {"PROD": "mul", "SUM": "add", "MAX": "maximum"}[kind], values, p.reals("coeff"))


def Axpy(c: Call) -> Result:
    """``a x + y``, a being a number for each channel."""
    scale, x, y = c.x(0), c.x(1, range(4, 5)), c.x(2, range(4, 5))
    if scale.size != x.shape[0] * x.shape[1] or x.shape != y.shape:
        raise ModelError(f"blobs of shapes {scale.shape}, {x.shape} and {y.shape}")
    return c.b.plus(c.b.times(x, c.b.reshape(scale, (*x.shape[:2], 1, 1))), y)


def _second(c: Call, x: Value, axis: int) -> Value:
    """The second blob, along axes of the first from ``axis`` on."""
    other = c.x(1)
    if x.shape[axis : axis + other.rank] != other.shape:
        raise ModelError(f"a blob of shape {other.shape} beside one of {x.shape} from axis {axis} on")
    return c.b.reshape(other, (*other.shape, *[1] * (x.rank - axis - other.rank)))


def _operand(c: Call, name: str, x: Value) -> tuple[Value, int, int]:
    """A second blob or an array of the file; the axis from which it goes along x, and how many it takes."""
    p = c.param(name)
    axis, count = c.axis(x, p.integer("axis", 1), end=True), p.integer("num_axes", 1)
    if len(c.inputs) > 1:
        return _second(c, x, axis), axis, c.x(1).rank
    count = x.rank - axis if count == -1 else count
    if not 0 <= count <= x.rank - axis:
        raise ModelError(f"{count} axes from axis {axis} of a blob of shape {x.shape}")
    return c.along(0, x, axis, count), axis, count


def Scale(c: Call) -> Result:
    """By a second blob or by numbers of the file, and shifted where it has those."""
    x, b = c.x(), c.b
    factor, axis, count = _operand(c, "scale_param", x)
    y = b.times(x, factor)
    if not c.param("scale_param").flag("bias_term"):
        return y
    return b.plus(y, c.along(len(c.weights) - 1 if len(c.inputs) > 1 else 1, x, axis, count))


def Bias(c: Call) -> Result:
    x = c.x()
    return c.b.plus(x, _operand(c, "bias_param", x)[0])


def Reduction(c: Call) -> Result:
    """Over all axes from one on, which vanish."""
    p, x, b = c.param("reduction_param"), c.x(), c.b
    kind = p.choice("operation", ("SUM", "ASUM", "SUMSQ", "MEAN"), "SUM", first=1)
    axis = c.axis(x, p.integer("axis"))
    if kind in ("ASUM", "SUMSQ"):
        x = b.unary("abs" if kind == "ASUM" else "square", x)
    y = b.reduce("reduce_mean" if kind == "MEAN" else "reduce_sum", x, list(range(axis, x.rank)))
    return affine(b, y, p.real("coeff", 1.0), 0.0)
