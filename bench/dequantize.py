"""Writes the float network that a quantized TensorFlow Lite file stands for, as ONNX: what a quantizer starts from.

    python bench/dequantize.py MODEL.tflite OUT.onnx

Weights and biases become the numbers that their integers mean, activations are no longer rounded. Clamps stay.
"""

from __future__ import annotations

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "src"))

import numpy as np  # noqa: E402

from edgesmith import ModelError, load  # noqa: E402
from edgesmith.export import onnx_file  # noqa: E402
from edgesmith.ir import Graph, Value  # noqa: E402
from edgesmith.ops import Builder, get  # noqa: E402
from edgesmith.ops.quantized import along_axis, dequantize_array  # noqa: E402
from edgesmith.types import DType  # noqa: E402

BORDERS = ("quantize", "dequantize", "requantize")  # what only changes how numbers are held


def floats(graph: Graph) -> Graph:
    """The same network on float32, inputs and outputs included."""
    b = Builder(graph.name)
    known: dict[Value, Value | None] = {
        value: b.input(value.name, value.shape, DType.F32 if value.quant else value.dtype) for value in graph.inputs
    }
    for node in graph.nodes:
        x, y = node.input(0), node.outputs[0]
        if node.op in BORDERS:
            known[y] = known[x]
            continue
        layer = len(node.inputs) > 2 and node.input(1).is_constant
        for place, value in enumerate(node.inputs):
            if value is not None and value.data is not None:
                known[value] = b.constant(_real(value, node.inputs[:2] if layer and place == 2 else None))
        b.source, name = node.source, node.op.removesuffix("_q")
        attrs = {key: given for key, given in node.attrs.items() if key in get(name).attributes}
        known[y] = b.add(name, *(None if value is None else known[value] for value in node.inputs), **attrs)
    for value, name in zip(graph.outputs, graph.output_names, strict=True):
        found = known[value]
        assert found is not None
        b.output(found, name)
    return b.graph


def _real(value: Value, product: list[Value | None] | None) -> np.ndarray:
    """The numbers that a constant means; a bias is in units of its layer's input times its weights."""
    assert value.data is not None
    if value.quant is not None:
        return dequantize_array(value.data, value.quant)
    if product is None or not value.dtype.is_integer:
        return value.data
    x, w = product
    if x is None or w is None or x.quant is None or w.quant is None:
        raise ModelError(f"the bias '{value.name}' has no unit: its layer's input or weights are not quantized")
    unit = x.quant.scale0.astype(np.float64) * along_axis(w.quant.scale, w.quant, 1 if w.quant.per_tensor else w.rank)
    return (value.data * unit.reshape(-1)).astype(np.float32)


if __name__ == "__main__":
    source, target = map(pathlib.Path, sys.argv[1:])
    target.write_bytes(onnx_file.write(floats(load(source).graph())))
    print(f"{target}: {target.stat().st_size:,} bytes")
