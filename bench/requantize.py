"""MobileNetV2 from integers to floats and back: what quantizing costs on the 250 photographs of ../shared.

    python bench/requantize.py [--calibrate 100]

The integer model is made a float one by dequantizing its weights. That is quantized again on some of the photographs,
and all three are asked for the class of each of the others.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT / "src"), str(ROOT / "tests")]  # not this folder, whose models.py hides tests/models

from models.inputs import fit, photographs, picture  # noqa: E402

import edgesmith as es  # noqa: E402
from edgesmith.ir import Graph, Value  # noqa: E402
from edgesmith.ops.quantized import dequantize_array  # noqa: E402
from edgesmith.types import DType, Quantization  # noqa: E402

NAME = "tf2_mobilenet_v2_1.0_224_ptq"


def floats(graph: Graph) -> Graph:
    """A graph of integers as the floats that they mean; its activations are rounded no more."""
    real: dict[Value, Value] = {}

    def of(value: Value) -> Value:
        if value not in real:
            data = value.data
            if data is not None and value.quant is not None:
                data = dequantize_array(data, value.quant)
            real[value] = Value(value.name, value.shape, DType.F32 if value.quant else value.dtype, None, data)
        return real[value]

    kept = []
    for node in graph.nodes:
        x, y = node.input(0), node.outputs[0]
        bias = node.optional(2)
        if node.op in ("quantize", "dequantize", "requantize"):
            real[y] = of(x)
            continue
        if bias is not None and bias.data is not None and bias.dtype is DType.I32 and x.quant and node.input(1).quant:
            scale = x.quant.scale0 * node.input(1).quant.scale
            quant = Quantization(scale, np.zeros(scale.size, np.int32), 0 if scale.size > 1 else None)
            real[bias] = Value(bias.name, bias.shape, DType.F32, None, dequantize_array(bias.data, quant))
        node.inputs = [None if value is None else of(value) for value in node.inputs]
        node.outputs = [of(value) for value in node.outputs]
        node.outputs[0].producer = node
        if node.op == "softmax_q":
            node.op, node.attrs = "softmax", {"axis": node.attrs["axis"]}
        kept.append(node)
    graph.nodes = kept
    graph.inputs = [of(value) for value in graph.inputs]
    graph.outputs = [of(value) for value in graph.outputs]
    return graph


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calibrate", type=int, default=100)
    options = parser.parse_args()
    shared = pathlib.Path(os.environ.get("EDGESMITH_SHARED") or ROOT.parent / "shared")
    original = es.load((shared / f"models/tflite/{NAME}.tflite").read_bytes(), name=NAME)
    spec = original.inputs[0]
    assert spec.shape is not None
    height, width = (int(dim or 1) for dim in spec.shape[1:3])
    pictures = [(fit(picture(path, height, width), spec), label) for path, label in photographs(shared)]

    def feed(x: np.ndarray) -> np.ndarray:
        return dequantize_array(x, spec.quant) if spec.quant is not None else x

    real = es.load(floats(original.graph()))
    ours = es.quantize(real, (feed(x) for x, _ in pictures[: options.calibrate]))
    right = {"the integer model": 0, "its floats": 0, "quantized again": 0}
    agree = 0
    for x, label in pictures:
        scores = dict(zip(right, (original(x), real(feed(x)), ours(feed(x))), strict=True))
        best = {key: int(np.argmax(found)) - (found.size == 1001) for key, found in scores.items()}
        for key, answer in best.items():
            right[key] += answer == label
        agree += best["its floats"] == best["quantized again"]
    print(f"right of {len(pictures)}: {right}; quantized again says what floats say on {agree}")


if __name__ == "__main__":
    main()
