"""Leaky ReLU and hard-swish inside int8 layers: which graphs become so, and what files of other formats say of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import edgesmith as es
from edgesmith.exchange import write
from edgesmith.export import onnx_file
from edgesmith.export.prepare import join_functions, split_functions
from edgesmith.ir import Graph, Node, Value
from edgesmith.ops import Builder, interpret
from edgesmith.ops.layers import has_function
from edgesmith.passes.fuse_quantization import fuse_quantization
from edgesmith.types import DType, Quantization

X, Y, MIDDLE = Quantization.make(0.05, -5), Quantization.make(0.04, 10), Quantization.make(0.1, 0)
RNG = np.random.default_rng(3)
RUNS = [[RNG.normal(0, 2, (1, 9, 8, 6)).astype(np.float32)] for _ in range(6)]


def quantized(b: Builder, value: Value, quant: Quantization) -> Value:
    return b.add("quantize", value, quant=quant, to=DType.I8)


def network(function: str, pair: bool = False, more: int = 0, **attrs: float) -> Graph:
    """A QDQ convolution with a function behind it; perhaps quantized between the two, or read twice."""
    b = Builder("net")
    x = b.add("dequantize", b.input("x", (1, 9, 8, 6), DType.I8, X))
    whole = RNG.integers(-127, 128, (4, 3, 3, 6)).astype(np.int8)
    w = Value("w", whole.shape, DType.F32)  # by a node of its own: the builder would compute it
    held = b.constant(whole, DType.I8, Quantization.make(np.full(4, 0.002, np.float32), 0, 0))
    b.graph.nodes.append(Node("dequantize", [held], [w]))
    sums = b.add("conv2d", x, w, b.constant(RNG.normal(0, 1, 4).astype(np.float32)), padding=((1, 1), (1, 1)))
    read = b.add("dequantize", quantized(b, sums, MIDDLE)) if pair else sums
    b.output(quantized(b, b.add(function, read, **attrs), Y), "y")
    for place in range(more):
        b.output(b.add("neg", sums), f"more{place}")
    return b.graph


def functions(graph: Graph) -> list[str]:
    return [node.attrs["activation"] for node in graph.nodes if has_function(node)]


@pytest.mark.parametrize(("function", "attrs"), [("leaky_relu", {"alpha": 0.1}), ("hard_swish", {})])
def test_a_function_between_a_layer_and_its_rounding_becomes_the_layers_own(
    function: str, attrs: dict[str, float]
) -> None:
    graph = network(function, **attrs)
    x = RNG.integers(-128, 128, (1, 9, 8, 6)).astype(np.int8)
    (wanted,) = interpret(graph, [x])
    fuse_quantization(graph)
    assert [node.op for node in graph.nodes] == ["conv2d"]
    assert functions(graph) == [function]
    (got,) = interpret(graph, [x])
    assert np.abs(got.astype(int) - wanted.astype(int)).max() <= 1  # the bias is rounded now
    np.testing.assert_array_equal(es.load(graph)(x), got)


def test_what_a_file_rounds_twice_stays_so() -> None:
    graph = network("leaky_relu", pair=True, alpha=0.1)
    fuse_quantization(graph)
    assert functions(graph) == []


@pytest.mark.parametrize(
    "graph", [network("leaky_relu", alpha=1.5), network("leaky_relu", more=1, alpha=0.1), network("hard_swish", more=2)]
)
def test_functions_that_no_layer_can_take(graph: Graph) -> None:
    fuse_quantization(graph)
    assert functions(graph) == []


def float_network() -> Graph:
    b = Builder("net")
    x = b.input("x", (1, 9, 8, 6), DType.F32)
    for function, attrs in (("leaky_relu", {"alpha": 0.2}), ("hard_swish", {})):
        w = RNG.normal(0, 0.3, (6, 3, 3, x.shape[3])).astype(np.float32)
        x = b.add("conv2d", x, b.constant(w), padding=((1, 1), (1, 1)))
        x = b.add(function, x, **attrs)
        w = RNG.normal(0, 0.3, (3, 3, 6)).astype(np.float32)
        x = b.add(function, b.add("depthwise_conv2d", x, b.constant(w), padding=((1, 1), (1, 1))), **attrs)
    b.output(x, "y")
    return b.graph


def test_quantizing_rounds_once_and_onnx_files_mean_the_same(tmp_path: Path) -> None:
    floats = float_network()
    made = es.quantize(floats, RUNS, measure_speed=False)
    assert functions(made.graph()) == ["leaky_relu", "leaky_relu"]  # hard-swish is faster by a table
    again = es.load(onnx_file.write(made))
    np.testing.assert_array_equal(again(RUNS[0][0]), made(RUNS[0][0]))
    assert functions(es.compile(again).graph) == functions(made.graph())
    assert es.compare(es.load(floats), made, RUNS[:2]).ok
    written = write(made, tmp_path / "net.tflite", verify=True)
    assert len(written.twice) == 2
    assert "2 layers round before their function as well: leaky_relu, leaky_relu.1" in str(written)
    assert not write(made, tmp_path / "net.onnx").twice
    near, ours = es.load(tmp_path / "net.tflite")(RUNS[0][0]), made(RUNS[0][0])
    assert np.abs(near - ours).max() < 0.05 * np.abs(ours).max()


def test_layers_and_functions_are_joined_and_split_for_other_engines() -> None:
    graph = es.quantize(float_network(), RUNS, measure_speed=False).graph()
    wanted = es.load(graph.copy())(RUNS[0][0])
    join_functions(graph)
    assert functions(graph) == ["leaky_relu", "leaky_relu", "hard_swish", "hard_swish"]
    joined = es.load(graph.copy())(RUNS[0][0])
    split_functions(graph)
    assert functions(graph) == []
    split = es.load(graph)(RUNS[0][0])
    for got in (joined, split):
        assert 0 < np.abs(got - wanted).max() < 0.1 * np.abs(wanted).max()
