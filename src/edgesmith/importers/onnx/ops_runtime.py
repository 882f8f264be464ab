"""The quantized operators of ONNX Runtime's own domain, as its quantizer writes them.

Each is the standard's operator between the scales of its operands and of its result, which come as further inputs.
Source: docs/ContribOperators.md of ONNX Runtime.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from edgesmith.importers.onnx.call import Call, Item, Result
from edgesmith.importers.onnx.ops_activation import LeakyRelu, Sigmoid
from edgesmith.importers.onnx.ops_arithmetic import Add, Mul, Where
from edgesmith.importers.onnx.ops_matmul import Gemm
from edgesmith.importers.onnx.ops_norm import Softmax
from edgesmith.importers.onnx.ops_pool import AveragePool, GlobalAveragePool
from edgesmith.importers.onnx.ops_quant import DequantizeLinear as _Dequantize
from edgesmith.importers.onnx.ops_quant import QuantizeLinear as _Quantize
from edgesmith.importers.onnx.ops_quant import known, quantized, real
from edgesmith.importers.onnx.ops_reduce import ReduceMean
from edgesmith.importers.onnx.ops_shape import Concat
from edgesmith.ir import Value
from edgesmith.types import DType, Quantization

DOMAIN = "com.microsoft"
OPSET = 13  # whose operators the result is that of
NEWEST = 21

Operator = Callable[[Call], Result]


def _standard(c: Call, operator: Operator, inputs: Sequence[Item | None], version: int = OPSET) -> Value:
    """What the standard's operator makes of real numbers."""
    if c.integer("channels_last", 0):
        c.unsupported("has its channels last", "Quantize the model with channels first.")
    made = operator(Call(replace(c.node, domain="", version=version), inputs, c.b, c.scope))
    first = made[0] if isinstance(made, Sequence) else made  # pools have a second result
    assert isinstance(first, Value)
    return first


def _scales(c: Call, x: Value | None, place: int, dtype: DType, axis: int = 0) -> Quantization:
    found = known(c, place, place + 1, x, axis, dtype)
    if found is None:
        c.unsupported(f"its scale, input {place}, is computed, or is not a sound one")
    return found


def _real(c: Call, place: int, axis: int = 0) -> Value:
    """The numbers that an operand means, whose scale and zero point follow it."""
    x = c.x(place)
    return real(c.b, x, _scales(c, x, place + 1, x.dtype, axis))


def _held(c: Call, y: Value, place: int, dtype: DType) -> Value:
    return quantized(c.b, y, _scales(c, None, place, dtype), dtype)


def _between(operator: Operator, operands: int = 1) -> Operator:
    """An operator of so many operands, each with its scale and zero point; then those of the result."""

    def convert(c: Call) -> Result:
        y = _standard(c, operator, [_real(c, 3 * place) for place in range(operands)])
        return _held(c, y, 3 * operands, c.x(0).dtype)

    return convert


QLinearAdd = _between(Add, 2)
QLinearMul = _between(Mul, 2)
QLinearSigmoid = _between(Sigmoid)
QLinearLeakyRelu = _between(LeakyRelu)
QLinearAveragePool = _between(AveragePool)
QLinearGlobalAveragePool = _between(GlobalAveragePool)
QLinearReduceMean = _between(ReduceMean)


def QLinearSoftmax(c: Call) -> Result:
    """Of the operator set that an attribute names."""
    y = _standard(c, Softmax, [_real(c, 0)], c.integer("opset", OPSET))
    return _held(c, y, 3, c.x(0).dtype)


def QLinearConcat(c: Call) -> Result:
    """(y_scale, y_zero, then each operand with its own)."""
    parts = [_real(c, place) for place in range(2, len(c.items), 3)]
    return _held(c, _standard(c, Concat, parts), 0, c.x(2).dtype)


def QLinearWhere(c: Call) -> Result:
    """(condition, x with its scale, y with its scale, those of the result)."""
    y = _standard(c, Where, [c.x(0), _real(c, 1), _real(c, 4)])
    return _held(c, y, 7, c.x(1).dtype)


def QGemm(c: Call) -> Result:
    """(a, b, each with its scale, c at the product of the two, scale of the result: floats without it)."""
    b, bias = c.b, c.opt(6)
    last = 0 if c.integer("transB", 0) else 1
    left, right = _real(c, 0), _real(c, 3, last)
    if bias is not None:
        scale = c.number("alpha", 1.0) * np.asarray(c.array(1), np.float32) * np.asarray(c.array(4), np.float32).ravel()
        if scale.size not in (1, bias.size):
            c.unsupported(f"a bias of shape {bias.shape} beside {scale.size} scales")
        flat = b.reshape(bias, (-1,))
        bias = b.dequantized(flat, Quantization.make(scale, 0, 0 if scale.size > 1 else None))
    y = _standard(c, Gemm, [left, right, bias])
    return _held(c, y, 7, c.x(0).dtype) if c.has(7) else y


def _newest(operator: Operator) -> Operator:
    """What later became the standard's."""

    def convert(c: Call) -> Result:
        return operator(Call(replace(c.node, domain="", version=NEWEST), c.items, c.b, c.scope))

    return convert


QuantizeLinear = _newest(_Quantize)
DequantizeLinear = _newest(_Dequantize)
