"""The recipe on small graphs: which scales are chosen, what stays a float, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import edgesmith
from edgesmith import ModelError, UsageError
from edgesmith.export import tflite_file
from edgesmith.ir import Graph, Value
from edgesmith.ops import Builder
from edgesmith.quantization import quantize
from edgesmith.quantization.choose import choose, from_range
from edgesmith.quantization.observe import Spread
from edgesmith.types import DType

DATA = [[np.linspace(-2, 3, 24, dtype=np.float32).reshape(1, 2, 3, 4)]]


def start() -> tuple[Builder, Value]:
    b = Builder("small")
    return b, b.input("x", (1, 2, 3, 4), DType.F32)


def ops(graph: Graph) -> list[str]:
    return [node.op for node in graph.nodes]


@pytest.mark.parametrize(("low", "high"), [(-1.0, 3.0), (0.0, 6.0), (2.0, 5.0), (-7.0, -1.0), (-1e-30, 1e-30)])
def test_a_range_holds_its_ends_and_an_exact_zero(low: float, high: float) -> None:
    quant = from_range(low, high)
    least, most = (float(quant.scale0) * (q - quant.zero0) for q in (-128, 127))
    slack = 0.51 * float(quant.scale0)
    assert least - slack <= min(low, 0)
    assert most + slack >= max(high, 0)
    assert -128 <= quant.zero0 <= 127


def test_nothing_but_zeros_has_a_scale() -> None:
    assert from_range(0, 0).scale0 == 1


def test_parts_of_a_concatenation_share_one_scale_and_known_ranges_are_fixed() -> None:
    b, x = start()
    wide = b.add("mul", x, b.constant(np.float32(5)))
    b.output(b.add("relu", b.add("concat", x, wide, b.add("sigmoid", x), axis=-1)), "y")
    model = quantize(b.graph, DATA, method="minmax")
    (concat,) = (node for node in model.graph().nodes if node.op == "concat")
    first = concat.input(0).quant
    assert first is not None
    assert first.scale0 == pytest.approx(25 / 255)
    assert all(value is not None and first.same(value.quant) for value in concat.inputs)
    assert ops(model.graph()).count("requantize") == 1  # the sigmoid keeps its own
    (sigmoid,) = (node for node in model.graph().nodes if node.op == "sigmoid")
    assert sigmoid.outputs[0].quant is not None
    assert (sigmoid.outputs[0].quant.scale0, sigmoid.outputs[0].quant.zero0) == (1 / 256, -128)


def test_a_clamp_after_a_sum_is_saturation() -> None:
    b, x = start()
    b.output(b.add("relu", b.add("add", x, x)), "y")
    model = quantize(b.graph, DATA)
    assert ops(model.graph()) == ["quantize", "add", "dequantize"]
    got = model(DATA[0][0])
    np.testing.assert_allclose(got, np.maximum(2 * DATA[0][0], 0), atol=8.5 / 255)


def test_a_clamp_that_others_look_behind_stays() -> None:
    b, x = start()
    total = b.add("add", x, x)
    b.output(b.add("relu", total), "y")
    b.output(b.add("mul", total, x), "z")
    assert "relu" in ops(quantize(b.graph, DATA).graph())


def test_an_operator_without_integers_stays_a_float() -> None:
    b, x = start()
    b.output(b.add("cumsum", b.add("relu", x), axis=1, exclusive=False, reverse=False), "y")
    model = quantize(b.graph, DATA)
    assert ops(model.graph()) == ["quantize", "relu", "dequantize", "cumsum"]
    np.testing.assert_allclose(model(DATA[0][0]), np.cumsum(np.maximum(DATA[0][0], 0), 1), atol=10 / 255)


def test_a_dead_channel_keeps_its_bias() -> None:
    b, x = start()
    w = np.ones((3, 1, 1, 4), np.float32)
    w[1] = 0
    bias = np.array([0.5, -1.25, 1e4], np.float32)
    b.output(b.add("conv2d", x, b.constant(w), b.constant(bias)), "y")
    model = quantize(b.graph, DATA)
    got, wanted = model(DATA[0][0]), edgesmith.load(b.graph)(DATA[0][0])
    scale = (wanted.max() - min(wanted.min(), 0)) / 255
    assert np.abs(got - wanted).max() <= 0.51 * scale + 0.1


def test_data_is_read_once_and_one_batch_at_a_time() -> None:
    b, x = start()
    b.output(b.add("relu", x), "y")
    alive = 0

    def batches() -> Iterator[list[np.ndarray]]:
        nonlocal alive
        for scale in (1, 7, 3):
            alive += 1
            yield [DATA[0][0] * np.float32(scale)]

    (node,) = (node for node in quantize(b.graph, batches()).graph().nodes if node.op == "quantize")
    quant = node.outputs[0].quant
    assert alive == 3
    assert quant is not None
    assert quant.scale0 == pytest.approx(35 / 255)


def test_missing_and_broken_data_are_refused() -> None:
    b, x = start()
    b.output(b.add("reciprocal", x), "y")
    with pytest.raises(UsageError, match="at least one batch"):
        quantize(b.graph, [])
    with pytest.raises(ModelError, match=r"reciprocal .* on batch 1, holds numbers that are not finite"):
        quantize(b.graph, [[np.zeros((1, 2, 3, 4), np.float32)]])
    with pytest.raises(ModelError, match="input 'x' of batch 1 holds"):
        quantize(b.graph, [[np.full((1, 2, 3, 4), np.nan, np.float32)]])
    ones = [[np.ones((1, 2, 3, 4), np.float32)] for _ in range(6)]
    for bad in (4, 6):  # every fourth is set apart
        runs = [[array * np.float32(np.inf if count == bad else 1)] for count, (array,) in enumerate(ones, 1)]
        with pytest.raises(ModelError, match=f"of batch {bad} holds"):
            quantize(b.graph, runs)
    ones[4][0] = ones[4][0] * 0
    with pytest.raises(ModelError, match=r"reciprocal .* on batch 5, holds"):
        quantize(b.graph, ones)
    with pytest.raises(UsageError, match="batch 1 has 2 arrays"):
        quantize(b.graph, [[ones[0][0]] * 2])
    with pytest.raises(UsageError, match="the array given is complex64"):
        quantize(b.graph, [[ones[0][0].astype(np.complex64)]])


def test_the_source_is_left_as_it_was() -> None:
    b, x = start()
    b.output(b.add("relu", x), "y")
    quantize(b.graph, DATA)
    assert ops(b.graph) == ["relu"]
    assert b.graph.nodes[0].outputs[0].dtype is DType.F32


def test_an_embedding_shares_the_scale_of_its_table() -> None:
    b = Builder("words")
    ids = b.input("ids", (1, 4), DType.I32)
    table = b.constant(np.linspace(-3, 1, 40, dtype=np.float32).reshape(10, 4))
    out = b.add("gather", table, ids)
    b.output(out, "y")
    scales = choose(b.graph, {out: Spread.of(np.float32([[-1, 1]]), "words")})
    assert scales[out].same(scales[table])
    assert scales[out].scale0 == pytest.approx(4 / 255)


def test_integers_that_litert_lacks_are_written_with_floats_around_them() -> None:
    b, x = start()
    b.output(b.add("sqrt", b.add("abs", x)), "y")
    model = quantize(b.graph, DATA)
    assert ops(model.graph()) == ["quantize", "abs", "sqrt", "dequantize"]
    again = edgesmith.load(tflite_file.write(model))
    assert ops(again.graph()) == [
        "quantize",
        "dequantize",
        "abs",
        "quantize",
        "dequantize",
        "sqrt",
        "quantize",
        "dequantize",
    ]
    np.testing.assert_array_equal(again(DATA[0][0]), model(DATA[0][0]))
    assert "float_islands" not in edgesmith.compile(again).graph.metadata


def test_open_dimensions_are_those_of_the_first_batch() -> None:
    onnx = pytest.importorskip("onnx", reason="the extra [onnx] is not installed")
    helper = onnx.helper
    float32 = onnx.TensorProto.FLOAT
    weights = onnx.numpy_helper.from_array(np.ones((2, 3, 3, 3), np.float32), "w")
    x, y = (helper.make_tensor_value_info(name, float32, [1, "c", "h", "w"]) for name in ("x", "y"))
    node = helper.make_node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1])
    graph = helper.make_graph([node], "open", [x], [y], [weights])
    source = edgesmith.load(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]).SerializeToString())
    given = np.random.default_rng(1).random((1, 3, 7, 5), np.float32)
    made = quantize(source, [given])
    assert made(given).shape == (1, 2, 7, 5)
    np.testing.assert_allclose(made(given), source(given), atol=0.2)
    with pytest.raises(UsageError, match="has shape"):
        quantize(source, [given, given[:, :, 1:]])
