"""Element-wise operators of one, two and three operands, comparisons, and casts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.tflite.call import DTYPES, Call, refuse
from edgesmith.ir import Value
from edgesmith.types import DType

Function = Callable[[Call], Value]


def _binary(op: str) -> Function:
    """Two operands; quantized ones mean real numbers. A fused activation follows where the options have one."""

    def convert(c: Call) -> Value:
        value = c.elementwise(op, c.x(0), c.x(1))
        return c.activated(value) if "fused_activation_function" in c.op.options else value

    return convert


def _plain_binary(op: str) -> Function:
    """Two operands that are numbers as they stand."""
    return lambda c: c.add(op, c.plain(0), c.plain(1))


def _unary(op: str, **attrs: float) -> Function:
    return lambda c: c.elementwise(op, c.x(0), **attrs)


def _compare(op: str) -> Function:
    """Comparisons are of real numbers: equal quantizations compare their integers, others are dequantized."""

    def convert(c: Call) -> Value:
        a, b = c.x(0), c.x(1)
        if a.quant is None or b.quant is None:
            return c.add(op, a, b)
        if a.quant.same(b.quant):
            return c.add(op, c.cast(a, DType.I32), c.cast(b, DType.I32))
        return c.add(op, c.dequantized(a), c.dequantized(b))

    return convert


add = _binary("add")
sub = _binary("sub")
mul = _binary("mul")
div = _binary("div")
maximum = _binary("maximum")
minimum = _binary("minimum")
squared_difference = _binary("squared_difference")
floor_div = _binary("floor_div")
floor_mod = _binary("mod")
pow = _binary("pow")
atan2 = _binary("atan2")
prelu = _binary("prelu")

equal = _compare("equal")
not_equal = _compare("not_equal")
less = _compare("less")
less_equal = _compare("less_equal")
greater = _compare("greater")
greater_equal = _compare("greater_equal")

logical_and = _plain_binary("logical_and")
logical_or = _plain_binary("logical_or")
bitwise_xor = _plain_binary("bitwise_xor")
right_shift = _plain_binary("shift_right")
stablehlo_shift_left = _plain_binary("shift_left")

logical_not = _unary("logical_not")
abs = _unary("abs")
neg = _unary("neg")
sign = _unary("sign")
floor = _unary("floor")
ceil = _unary("ceil")
round = _unary("round")
sin = _unary("sin")
cos = _unary("cos")
exp = _unary("exp")
log = _unary("log")
sqrt = _unary("sqrt")
rsqrt = _unary("rsqrt")
square = _unary("square")
elu = _unary("elu", alpha=1.0)
hard_swish = _unary("hard_swish")
logistic = _unary("sigmoid")
tanh = _unary("tanh")
relu = _unary("relu")
relu6 = _unary("clip", lo=0.0, hi=6.0)
relu_n1_to_1 = _unary("clip", lo=-1.0, hi=1.0)
relu_0_to_1 = _unary("clip", lo=0.0, hi=1.0)


def leaky_relu(c: Call) -> Value:
    return c.elementwise("leaky_relu", c.x(0), alpha=c.number("alpha"))


def gelu(c: Call) -> Value:
    return c.elementwise("gelu_tanh" if c.flag("approximate") else "gelu", c.x(0))


def add_n(c: Call) -> Value:
    """The sum of all operands."""
    total = c.x(0)
    for index in range(1, len(c.op.inputs)):
        total = c.elementwise("add", total, c.x(index))
    return total


def select(c: Call) -> Value:
    """The older form: a condition of rank 1 chooses whole slices of the first axis."""
    condition = c.x(0)
    if condition.rank == 1 and c.x(1).rank > 1:
        condition = c.reshaped(condition, (*condition.shape, *(1,) * (c.x(1).rank - 1)))
    return _choose(c, condition)


def select_v2(c: Call) -> Value:
    return _choose(c, c.x(0))


def _choose(c: Call, condition: Value) -> Value:
    quant = c.out_quant()
    chosen = (c.requantized(c.x(1), quant), c.requantized(c.x(2), quant))
    return c.add("select", condition, *chosen, quant=quant)


def cast(c: Call) -> Value:
    """Numbers as the file has them: quantized integers are not dequantized."""
    to = DTYPES[c.out().dtype]
    value = c.plain(0)
    if value.quant is not None:
        value = c.add("cast", value, to=DType.I32) if not value.is_constant else c.constant(value.data, value.dtype)
    return c.cast(value, to)


def bitcast(c: Call) -> Value:
    """The same bytes under another type; a change of width folds or unfolds the last axis."""
    value, to = c.plain(0), DTYPES[c.out().dtype]
    if value.data is None:
        refuse("a bitcast of a computed tensor")
    data = value.data
    if to.bytes > value.dtype.bytes and (data.ndim == 0 or data.shape[-1] * value.dtype.bytes != to.bytes):
        raise ModelError(f"{c.op.where}: shape {data.shape} of {value.dtype} does not hold elements of type {to}")
    shape = data.shape if to.bytes == value.dtype.bytes else data.shape[:-1] if to.bytes > value.dtype.bytes else None
    flat = np.frombuffer(data.tobytes(), to.numpy)
    return c.constant(flat.reshape(shape or (*data.shape, value.dtype.bytes // to.bytes)), to)


def fake_quant(c: Call) -> Value:
    """Round to the grid that ``num_bits`` span between ``min`` and ``max``, after moving the grid onto 0.

    Source: FakeQuantizeArray of TensorFlow Lite.
    """
    bits, narrow = c.integer("num_bits"), c.flag("narrow_range")
    low, high = np.float32(c.number("min")), np.float32(c.number("max"))
    if not 2 <= bits <= 16 or not low <= 0 <= high or low == high:
        raise ModelError(f"{c.op.where}: {bits} bits between {low} and {high}; expected 2 to 16 around 0")
    bottom, top = np.float32(1 if narrow else 0), np.float32((1 << bits) - 1)
    scale = (high - low) / (top - bottom)
    zero = np.clip(np.floor(bottom - low / scale + np.float32(0.5)), bottom, top)
    first, last = (bottom - zero) * scale, (top - zero) * scale
    x = c.add("clip", c.x(0), lo=float(first), hi=float(last))
    steps = c.add("mul", c.add("sub", x, c.like(first, x)), c.like(np.float32(1) / scale, x))
    whole = c.add("floor", c.add("add", steps, c.like(0.5, x)))
    return c.add("add", c.add("mul", whole, c.like(scale, x)), c.like(first, x))
