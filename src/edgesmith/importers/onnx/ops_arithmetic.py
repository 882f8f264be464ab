"""Arithmetic, comparison, logic and casts, with broadcasting."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.emit import Emitter
from edgesmith.importers.onnx.call import Call, Narrow, Result
from edgesmith.importers.onnx.tensors import BY_DTYPE, ELEMENTS, element
from edgesmith.ir import Value
from edgesmith.types import DType


def _operands(c: Call) -> tuple[Value, Value]:
    """The two operands. Before operator set 7 the second was placed along the first by an attribute."""
    a, b = c.x(0), c.x(1)
    if c.version < 7 and c.integer("broadcast", 0) and b.rank < a.rank:
        axis = c.integer("axis", a.rank - b.rank)
        if not 0 <= axis <= a.rank - b.rank:
            raise ModelError(f"an operand of shape {b.shape} does not lie along axis {axis} of {a.shape}")
        b = c.b.reshape(b, (*b.shape, *[1] * (a.rank - axis - b.rank)))
    return a, b


def _one_type(c: Call, a: Value, b: Value) -> tuple[Value, Value]:
    """PyTorch's exporter leaves numbers of another type beside floats (``x * torch.tensor(2)``), as PyTorch allows."""
    for number, other in ((a, b), (b, a)):
        if number.is_constant and number.size == 1 and number.dtype.is_integer and other.dtype.is_float:
            number = c.b.cast(number, other.dtype)
            return (number, b) if other is b else (a, number)
    return a, b


def _binary(op: str) -> Callable[[Call], Result]:
    return lambda c: c.b.binary(op, *_one_type(c, *_operands(c)))


Add = _binary("add")
Sub = _binary("sub")
Mul = _binary("mul")
Div = _binary("div")
Equal = _binary("equal")
Less = _binary("less")
Greater = _binary("greater")
LessOrEqual = _binary("less_equal")
GreaterOrEqual = _binary("greater_equal")
And = _binary("logical_and")
Or = _binary("logical_or")
Xor = _binary("logical_xor")
BitwiseAnd = _binary("bitwise_and")
BitwiseOr = _binary("bitwise_or")
BitwiseXor = _binary("bitwise_xor")


def _unary(op: str) -> Callable[[Call], Result]:
    return lambda c: c.b.unary(op, c.x())


Abs = _unary("abs")
Neg = _unary("neg")
Sign = _unary("sign")
Ceil = _unary("ceil")
Floor = _unary("floor")
Round = _unary("round")
Sqrt = _unary("sqrt")
Exp = _unary("exp")
Log = _unary("log")
Sin = _unary("sin")
Cos = _unary("cos")
Tan = _unary("tan")
Asin = _unary("asin")
Acos = _unary("acos")
Atan = _unary("atan")
Sinh = _unary("sinh")
Cosh = _unary("cosh")
Asinh = _unary("asinh")
Acosh = _unary("acosh")
Atanh = _unary("atanh")
Erf = _unary("erf")
Not = _unary("logical_not")
BitwiseNot = _unary("bitwise_not")


def Erfc(c: Call) -> Result:
    """TensorFlow's, which tf2onnx leaves as it is (Expm1, Bucketize and Bitcast too): part of an exact GELU."""
    return c.b.binary("sub", 1, c.b.unary("erf", c.x()))


def Expm1(c: Call) -> Result:
    """TensorFlow's: part of CELU."""
    return c.b.binary("sub", c.b.unary("exp", c.x()), 1)


def Bucketize(c: Call) -> Result:
    """TensorFlow's: how many of the ascending boundaries each number reaches, as i32."""
    x, boundaries = c.x(), c.numbers("boundaries") or []
    bounds = c.b.constant(np.array(boundaries, x.dtype.numpy))
    reached = c.b.binary("greater_equal", c.b.expand_dims(x, x.rank), bounds)
    return c.b.sum(c.b.cast(reached, DType.I32), x.rank)


def Reciprocal(c: Call) -> Result:
    return c.b.over(1, c.x())


def Mod(c: Call) -> Result:
    a, b = _operands(c)
    return c.b.binary("fmod" if c.integer("fmod", 0) else "mod", a, b)


def Pow(c: Call) -> Result:
    """The two types may differ; the result has that of the base."""
    base, power = _operands(c)
    kind = base.dtype
    if kind.is_integer and power.dtype.is_float:
        wide = DType.F64
        return c.b.cast(c.b.binary("pow", c.b.cast(base, wide), c.b.cast(power, wide)), kind)
    return c.b.binary("pow", base, c.b.cast(power, kind))


def BitShift(c: Call) -> Result:
    side = c.choice("direction", "", ("LEFT", "RIGHT"))
    return c.b.binary("shift_left" if side == "LEFT" else "shift_right", c.x(0), c.x(1))


def _variadic(op: str) -> Callable[[Call], Result]:
    def convert(c: Call) -> Value:
        values = c.xs()
        if not values:
            raise ModelError("at least one input is needed")
        total = values[0]
        for value in values[1:]:
            total = c.b.binary(op, total, value)
        return total

    return convert


Max = _variadic("maximum")
Min = _variadic("minimum")
Sum = _variadic("add")


def Mean(c: Call) -> Result:
    total = _variadic("add")(c)
    assert isinstance(total, Value)
    return c.b.over(total, len(c.items))


def Clip(c: Call) -> Result:
    x = c.x()
    if c.version < 11:
        return c.b.clip(
            x, c.number("min", float(np.finfo(np.float32).min)), c.number("max", float(np.finfo(np.float32).max))
        )
    return c.b.clip(x, c.opt(1), c.opt(2))


def Where(c: Call) -> Result:
    return c.b.where(c.x(0), c.x(1), c.x(2))


def IsNaN(c: Call) -> Result:
    return c.b.binary("not_equal", c.x(), c.x())


def IsInf(c: Call) -> Result:
    x = c.x()
    b, results = c.b, []
    if c.integer("detect_positive", 1):
        results.append(b.binary("equal", x, np.inf))
    if c.integer("detect_negative", 1):
        results.append(b.binary("equal", x, -np.inf))
    if not results:
        return b.full(x.shape, False, DType.BOOL)
    return results[0] if len(results) == 1 else b.binary("logical_or", *results)


def cast(c: Call, code: int) -> Result:
    """Input 0 in another element type."""
    kind = element(code, "the target")
    found = c.item(0)
    if isinstance(found, Narrow):
        if found.tensor.code == code:
            return found
        if found.tensor.element.dtype is not None and kind.native:
            return c.b.cast(c.b.constant(found.tensor.array, found.tensor.element.dtype), native(kind.dtype))
        c.unsupported(f"casts from {found.tensor.element.name}")
    if not kind.native:
        c.unsupported(f"casts to {kind.name}")
    return to(c.b, c.x(), native(kind.dtype))


def native(dtype: DType | None) -> DType:
    assert dtype is not None
    return dtype


def to(b: Emitter, x: Value, dtype: DType) -> Value:
    """A cast, by ONNX's rule for booleans: whatever is not zero is true."""
    if dtype is DType.BOOL and x.dtype is not DType.BOOL:
        return b.binary("not_equal", x, 0)
    return b.cast(x, dtype)


def Cast(c: Call) -> Result:
    return cast(c, c.integer("to"))


def CastLike(c: Call) -> Result:
    like = c.item(1)
    return cast(c, like.tensor.code if isinstance(like, Narrow) else BY_DTYPE[c.x(1).dtype])


def BitCast(c: Call) -> Result:
    return _reinterpret(c, "to")


def Bitcast(c: Call) -> Result:
    """TensorFlow's, with the type as tf2onnx writes it."""
    return _reinterpret(c, "type")


def _reinterpret(c: Call, attribute: str) -> Value:
    kind = ELEMENTS.get(c.integer(attribute))
    if kind is None or not kind.native:
        c.unsupported(f"reinterprets as {kind.name if kind else 'an unknown type'}")
    x, dtype = c.x(), native(kind.dtype)
    if x.dtype.bytes != dtype.bytes:
        raise ModelError(f"{x.dtype} and {dtype} differ in width")
    return x if x.dtype is dtype else c.b.add("bitcast", x, to=dtype)
