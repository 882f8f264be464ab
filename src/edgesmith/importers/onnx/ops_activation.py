"""Activations. Most are one operator of the graph."""

from __future__ import annotations

from collections.abc import Callable

from edgesmith.importers.onnx.call import Call, Result
from edgesmith.types import DType


def _plain(op: str, **defaults: float) -> Callable[[Call], Result]:
    """An operator whose attributes are numbers of the same name."""
    return lambda c: c.b.unary(op, c.x(), **{name: c.number(name, number) for name, number in defaults.items()})


Sigmoid = _plain("sigmoid")
Tanh = _plain("tanh")
LeakyRelu = _plain("leaky_relu", alpha=0.01)
Elu = _plain("elu", alpha=1.0)
Selu = _plain("selu", alpha=1.67326319217681884765625, gamma=1.05070102214813232421875)
Celu = _plain("celu", alpha=1.0)
HardSigmoid = _plain("hard_sigmoid", alpha=0.2, beta=0.5)
HardSwish = _plain("hard_swish")
Softplus = _plain("softplus")
Softsign = _plain("softsign")
Mish = _plain("mish")
ThresholdedRelu = _plain("thresholded_relu", alpha=1.0)


def Relu(c: Call) -> Result:
    x = c.x()
    return c.b.unary("relu", x) if x.dtype.is_float else c.b.binary("maximum", x, 0)


def PRelu(c: Call) -> Result:
    """The slope broadcasts into x; where it has one number a channel (before operator set 7), along axis 1."""
    x, slope = c.x(0), c.x(1)
    if c.version < 7 and slope.rank == 1 and x.rank > 1 and slope.size == x.shape[1]:
        slope = c.b.reshape(slope, (-1, *[1] * (x.rank - 2)))
    return c.b.binary("prelu", x, slope)


def Gelu(c: Call) -> Result:
    tanh = c.choice("approximate", "none", ("none", "tanh")) == "tanh"
    return c.b.unary("gelu_tanh" if tanh else "gelu", c.x())


def Swish(c: Call) -> Result:
    x, b, alpha = c.x(), c.b, c.number("alpha", 1.0)
    if alpha == 1.0:
        return b.unary("silu", x)
    wide = b.cast(x, DType.F32) if x.dtype in (DType.F16, DType.BF16) else x
    return b.cast(b.times(wide, b.unary("sigmoid", b.times(wide, alpha))), x.dtype)


def Shrink(c: Call) -> Result:
    x, b = c.x(), c.b
    bias, limit = c.number("bias", 0.0), c.number("lambd", 0.5)
    if x.dtype.is_float:
        return b.unary("shrink", x, bias=bias, lambd=limit)
    wide = b.unary("shrink", b.cast(x, DType.F64), bias=bias, lambd=limit)
    return b.cast(wide, x.dtype)
