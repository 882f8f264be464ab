"""Reductions, the softmax family, normalizations, and orders along an axis."""

from __future__ import annotations

from collections.abc import Callable

from edgesmith.errors import ModelError
from edgesmith.importers.tflite.call import Call
from edgesmith.ir import Value
from edgesmith.types import DType


def _reduction(op: str) -> Callable[[Call], Value]:
    def convert(c: Call) -> Value:
        x = c.x(0)
        axes = tuple(sorted({c.axis(axis, x.rank) for axis in c.ints(1, "axes")}))
        if not axes:
            return c.requantized(x, c.out_quant())
        return c.elementwise(op, x, axes=axes, keepdims=c.flag("keep_dims"))

    return convert


mean = _reduction("reduce_mean")
sum = _reduction("reduce_sum")
reduce_prod = _reduction("reduce_prod")
reduce_max = _reduction("reduce_max")
reduce_min = _reduction("reduce_min")
reduce_any = _reduction("reduce_any")
reduce_all = _reduction("reduce_all")


def softmax(c: Call) -> Value:
    """``softmax(beta * x)`` along the last axis."""
    x, beta = c.x(0), c.number("beta")
    if not beta > 0:
        raise ModelError(f"{c.op.where}: beta is {beta}, expected a positive number")
    if x.dtype in (DType.I8, DType.I16) and x.quant is not None:
        return c.add("softmax_q", x, quant=c.out_quant(), axis=-1, beta=beta, to=c.out_type())
    if beta != 1:
        x = c.add("mul", x, c.like(beta, x))
    return c.elementwise("softmax", x, axis=-1)


def log_softmax(c: Call) -> Value:
    return c.elementwise("log_softmax", c.x(0), axis=-1)


def l2_normalization(c: Call) -> Value:
    """Along the last axis; norms below 1e-6 count as 1e-6."""
    return c.activated(c.elementwise("l2_norm", c.x(0), axis=-1, epsilon=1e-6))


def local_response_normalization(c: Call) -> Value:
    """``x / (bias + alpha * sum of squares over 2 * radius + 1 channels) ** beta``."""
    size = 2 * c.integer("radius") + 1
    alpha = c.number("alpha") * size  # ours, as ONNX has it, is the mean of squares
    return c.add("lrn", c.x(0), size=size, alpha=alpha, beta=c.number("beta"), bias=c.number("bias"))


def _arg(op: str) -> Callable[[Call], Value]:
    def convert(c: Call) -> Value:
        x, (axis, *_) = c.x(0), c.ints(1, "axis")
        return c.cast(c.add(op, x, axis=c.axis(axis, x.rank), keepdims=False), c.out_type())

    return convert


arg_max = _arg("argmax")
arg_min = _arg("argmin")


def cumsum(c: Call) -> Value:
    x, (axis, *_) = c.x(0), c.ints(1, "axis")
    order = {"exclusive": c.flag("exclusive"), "reverse": c.flag("reverse")}
    return c.elementwise("cumsum", x, axis=c.axis(axis, x.rank), **order)


def topk_v2(c: Call) -> list[Value]:
    """The k largest along the last axis, largest first, with their places; of equal ones the first."""
    x, (k, *_) = c.x(0), c.ints(1, "k")
    values, places = c.add_multi("topk", (x,), (c.out_quant(),), k=k, axis=-1, largest=True, sorted=True)
    return [values, c.cast(places, c.out_type(1))]
