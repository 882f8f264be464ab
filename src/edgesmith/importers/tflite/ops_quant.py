"""Changes of number form: quantize, dequantize, densify."""

from __future__ import annotations

from edgesmith.errors import ModelError
from edgesmith.importers.tflite.call import DTYPES, Call, stored_quant
from edgesmith.ir import Value
from edgesmith.types import DType


def quantize(c: Call) -> Value:
    """Floats to integers, or integers under one quantization to those under another."""
    x, out = c.x(0), c.out()
    to, quant = c.out_type(), c.out_quant() or stored_quant(out)
    if quant is None:
        raise ModelError(f"{c.op.where}: its result '{out.name}' has no quantization")
    if x.dtype.is_float:
        return c.add("quantize", c.cast(x, DType.F32), quant=quant, to=to)
    tensor = c.tensor(0)
    if x.quant is None and tensor is not None and stored_quant(tensor) is not None:  # INT32, held without one
        x = c.reshaped(x, x.shape, stored_quant(tensor))
    if x.quant is None:
        raise ModelError(f"{c.op.where}: its operand has type {x.dtype} and no quantization")
    if x.quant.same(quant) and x.dtype is to:
        return x
    return c.add("requantize", x, quant=quant, to=to)


def dequantize(c: Call) -> Value:
    x, tensor = c.x(0), c.tensor(0)
    if x.dtype.is_float:
        return c.cast(x, DTYPES[c.out().dtype])
    if x.quant is None and tensor is not None and stored_quant(tensor) is not None:
        x = c.reshaped(x, x.shape, stored_quant(tensor))
    return c.dequantized(x)


def densify(c: Call) -> Value:
    """The reader has written sparse constants out already."""
    return c.x(0)
