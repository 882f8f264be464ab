"""The few operators of ONNX's machine-learning domain that are plain tensor arithmetic."""

from __future__ import annotations

from edgesmith.importers.onnx.call import Call, Result

DOMAIN = "ai.onnx.ml"


def ArrayFeatureExtractor(c: Call) -> Result:
    x, b = c.x(0), c.b
    y = b.gather(x, b.reshape(c.x(1), (-1,)), x.rank - 1, wrap=True)
    return b.reshape(y, (1, -1)) if x.rank == 1 else y


def Binarizer(c: Call) -> Result:
    x, b = c.x(), c.b
    return b.cast(b.binary("greater", x, c.number("threshold", 0.0)), x.dtype)


def Scaler(c: Call) -> Result:
    x, b = c.x(), c.b
    offset, scale = c.numbers("offset") or [0.0], c.numbers("scale") or [1.0]
    return b.times(b.minus(x, b.like(offset, x)), b.like(scale, x))
