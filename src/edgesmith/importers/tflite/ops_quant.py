"""Changes of number form: quantize, dequantize, densify."""

from __future__ import annotations

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.tflite.call import DTYPES, Call, stored_quant
from edgesmith.ir import Value, remember
from edgesmith.types import DType, Quantization


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
    if x.dtype is to is DType.I8 and x.quant.per_tensor:
        return c.add("lookup", x, c.constant(byte_table(x.quant, quant)), quant=quant)
    return c.add("requantize", x, quant=quant, to=to)


def byte_table(source: Quantization, target: Quantization) -> np.ndarray:
    """Bytes to bytes as LiteRT's default path does it: XNNPACK's multiplier has 8 bits after the point, halves go up.

    Beyond the ratios that XNNPACK takes, one rounding of the real number.
    """
    q = np.arange(-128, 128, dtype=np.int64) - source.zero0
    ratio = float(np.float32(source.scale0 / target.scale0))
    if 2.0**-8 <= ratio <= 2.0**7:
        moved = (q * int(np.rint(256 * ratio)) + 128) >> 8
    else:
        moved = np.rint(np.clip(q * ratio, -1e6, 1e6)).astype(np.int64)
    return np.asarray(np.clip(moved + target.zero0, -128, 127), np.int8)


def dequantize(c: Call) -> Value:
    x = c.x(0)
    if x.dtype.is_float:
        return c.cast(x, DTYPES[c.out().dtype])
    if x.quant is None:
        return _real(c, x)
    real = c.dequantized(x)
    tensor = c.tensor(0)
    remember(c.frame.builder.graph, x, real, "" if tensor is None else tensor.name)
    return real


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
