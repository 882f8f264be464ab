"""Every network of the zoo, quantized: near its floats, all integers, and the same in other engines' files."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from litert import LiteRT
from small_zoo import feeds, listed, logits, small

import edgesmith
from edgesmith import zoo
from edgesmith.export import onnx_file, tflite_file
from edgesmith.ir import Value
from edgesmith.ops.layers import has_function
from edgesmith.quantization import quantize
from edgesmith.types import DType

# Of the output's deviation. Hard-swish networks of random weights have few large numbers, which int8 must hold.
NEAR = 0.2
# Engines round sums, means and multiplications each in their own way, and later layers carry that on.
STEPS = 4
Figure = Callable[[str], None]


@pytest.fixture(scope="module")
def litert() -> Iterator[LiteRT]:
    pytest.importorskip("ai_edge_litert")
    with LiteRT("default") as peer:
        yield peer


def step(value: Value, array: np.ndarray) -> float:
    """The int8 step of an output, which engines may differ by before it ends in int16; of one that floats make, what a
    step of their input comes to when it is normalised."""
    made = value.producer
    if made is not None and made.op == "dequantize" and made.input(0).quant is not None:
        return float(made.input(0).quant.scale0) * (256 if made.input(0).dtype is DType.I16 else 1)
    return float(array.std()) / 40


@pytest.mark.parametrize("name", zoo.names())
def test_integers_are_near_floats_and_other_engines_near_us(name: str, litert: LiteRT, figure: Figure) -> None:
    ort = pytest.importorskip("onnxruntime")
    graph = logits(small(name))
    # How weights are rounded and how fast layers are is none of other engines' concern, and takes half of the time.
    samples = (feeds(graph, seed) for seed in range(4))
    model = quantize(graph, samples, rounding="nearest", measure_speed=False)
    inputs = feeds(graph, 2)
    compiled = edgesmith.compile(model)
    assert "float_islands" not in compiled.graph.metadata
    ours, floats = listed(model(*inputs)), listed(edgesmith.load(graph)(*inputs))
    for got, wanted in zip(ours, floats, strict=True):
        assert np.sqrt(np.mean((got - wanted) ** 2)) < NEAR * wanted.std()

    files = {"LiteRT": tflite_file.write(model), "ONNX Runtime": onnx_file.write(model)}
    files["ONNX Runtime, uint8"] = onnx_file.write(model, unsigned=True)
    steps = [step(value, array) for value, array in zip(compiled.graph.outputs, ours, strict=True)]
    for engine, data in files.items():
        if engine == "LiteRT":
            theirs = litert.run(data, inputs)
        else:
            session = ort.InferenceSession(data, providers=["CPUExecutionProvider"])
            theirs = session.run(None, {port.name: x for port, x in zip(session.get_inputs(), inputs, strict=True)})
        most = 0
        for a, b, size in zip(ours, theirs, steps, strict=True):
            most = max(most, int(np.rint(np.abs(a - b).max() / size)))
        figure(f"{name} int8: {engine} differs by {most} steps of {compiled.program.macs:,} multiply-adds")
        assert most <= STEPS, engine
        twice = engine == "LiteRT" and any(map(has_function, compiled.graph.nodes))  # whose sums are rounded there too
        for a, b, size in zip(ours, listed(edgesmith.load(data)(*inputs)), steps, strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=STEPS * size if twice else 0)
