"""Layers over rows that are quantized as the model runs, as DynamicQuantizeLinear and integer products.

ONNX has one range for a whole tensor. Where ours are one row, results are equal bit for bit; where there are several,
the file's steps are those of the widest, and results are near.
"""

from __future__ import annotations

import numpy as np

from edgesmith.export.onnx_file import FIRST, LAST, Emitter, Layout
from edgesmith.export.onnx_ops import ints, window, writes
from edgesmith.export.prepare import refuse
from edgesmith.ir import Node, Value


@writes("quantize_rows")
def quantize_rows(e: Emitter, node: Node) -> None:
    """Written by the layers that read it, each in its layout; nothing else can."""
    uses, roots = e.graph.uses(), set(e.graph.roots())
    readers = [reader for value in node.outputs for reader, _ in uses.get(value, ())]
    if roots.intersection(node.outputs) or not all(reader.op.endswith("_dynamic") for reader in readers):
        refuse("its rows are read by more than dynamic layers")


def _rows(e: Emitter, node: Node, layout: Layout) -> tuple[str, str, str]:
    """The input's integers, scale and zero point."""
    made = node.input(0).producer
    if made is None or made.op != "quantize_rows" or node.inputs[:3] != list(made.outputs):
        refuse("its rows come from another operator than quantize_rows")
    return e.quantized_rows(made.input(0), layout)


def _finish(e: Emitter, node: Node, sums: str, scale: str, shape: tuple[int, ...], layout: Layout) -> None:
    """From sums to real numbers; ``shape`` is that of numbers with one for each output."""
    w, bias = node.input(3), node.optional(4)
    assert w.quant is not None
    each = w.quant.scale.reshape(() if w.quant.per_tensor else shape)
    real = e.node("Cast", [sums], to=e.onnx.TensorProto.FLOAT)
    real = e.node("Mul", [real, e.node("Mul", [scale, e.constant(each, np.float32)])])
    if bias is not None and bias.data is not None:
        real = e.node("Add", [real, e.constant(bias.data.reshape(shape), np.float32, bias.name)])
    e.made(node.outputs[0], e.clamped(node, real), layout)


def _whole(w: Value) -> tuple[np.ndarray, np.ndarray]:
    assert w.data is not None
    assert w.quant is not None
    return w.data, w.quant.zero_point


@writes("fully_connected_dynamic")
def fully_connected_dynamic(e: Emitter, node: Node) -> None:
    rows, scale, zero = _rows(e, node, LAST)
    whole, points = _whole(node.input(3))
    operands = [rows, e.constant(whole.T, np.int8, node.input(3).name), zero]
    operands += [e.constant(points.reshape(() if points.size == 1 else -1), np.int8)] if points.any() else []
    _finish(e, node, e.node("MatMulInteger", operands), scale, (-1,), LAST)


@writes("conv2d_dynamic")
def conv2d_dynamic(e: Emitter, node: Node) -> None:
    """ONNX Runtime has integer convolutions of unsigned weights alone: they are shifted by 128."""
    rows, scale, zero = _rows(e, node, FIRST)
    whole, points = _whole(node.input(3))
    if points.size > 1 and points.any():
        refuse("its weights have a zero point for each output")
    shifted = (whole.transpose(FIRST).astype(np.int16) + 128).astype(np.uint8)
    operands = [rows, e.constant(shifted, np.uint8, node.input(3).name), zero]
    operands.append(e.constant(np.uint8(128 + int(points.reshape(-1)[0]))))
    kernel = {"group": int(node.attrs["groups"]), "kernel_shape": ints(whole.shape[1:3])}
    sums = e.node("ConvInteger", operands, **kernel, **window(node))
    _finish(e, node, sums, scale, (1, -1, 1, 1), FIRST)
