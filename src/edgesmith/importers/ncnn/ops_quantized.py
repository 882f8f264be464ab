"""ncnn's own layers between floats and int8, in files that its converter left unfused."""

from __future__ import annotations

from edgesmith.importers.ncnn.convert import Call, Result
from edgesmith.importers.ncnn.quantized import through_bytes


def Quantize(c: Call) -> Result:
    scales = c.weights[0]
    if scales.size != 1:
        c.unsupported("one scale a channel of activations")
    return through_bytes(c, c.x(), float(scales[0]))


def Dequantize(c: Call) -> Result:
    """Of sums of products, which are real numbers here already: their scale would be applied twice."""
    c.unsupported("the sums of another layer, unfused", "Convert with ncnn's own quantizer, which fuses it.")
    raise AssertionError


def Requantize(c: Call) -> Result:
    c.unsupported("the sums of another layer, unfused", "Convert with ncnn's own quantizer, which fuses it.")
    raise AssertionError
