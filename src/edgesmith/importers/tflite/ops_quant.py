"""Changes of number form: quantize, dequantize, densify."""

from __future__ import annotations

import numpy as np

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
    if x.quant is None:
        return c.add("quantize", _real(c, x), quant=quant, to=to)
    if x.quant.same(quant) and x.dtype is to:
        return x
    return c.add("requantize", x, quant=quant, to=to)


def dequantize(c: Call) -> Value:
    x = c.x(0)
    if x.dtype.is_float:
        return c.cast(x, DTYPES[c.out().dtype])
    return c.dequantized(x) if x.quant is not None else _real(c, x)


def _real(c: Call, x: Value) -> Value:
    """The real numbers that wide integers mean; they are held without their quantization, which few operators heed."""
    tensor = c.tensor(0)
    quant = None if tensor is None else stored_quant(tensor)
    if quant is None or not quant.per_tensor:
        raise ModelError(f"{c.op.where}: its operand has type {x.dtype} and no quantization with one scale")
    steps = c.add("sub", c.cast(x, DType.F32), c.constant(np.float32(quant.zero0)))
    return c.add("mul", steps, c.constant(quant.scale0))


def densify(c: Call) -> Value:
    """The reader has written sparse constants out already."""
    return c.x(0)
