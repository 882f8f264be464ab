"""Models of ONNX Runtime's quantizer: read, written as ONNX and .tflite, read again; no scale changes on the way."""

from __future__ import annotations

import logging
import pathlib
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from litert import LiteRT
from small_zoo import feeds, small

import edgesmith as es
from edgesmith.exchange import lost_scales, stated_scales
from edgesmith.export import onnx_file, tflite_file
from edgesmith.export.prepare import simplified
from edgesmith.ir import Graph, Value
from edgesmith.ops import Builder
from edgesmith.types import DType

onnx = pytest.importorskip("onnx", reason="the extra [onnx] is not installed")
ort = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")

SHAPE = (1, 3, 16, 16)
# format, activations, weights, one scale a channel
FORMS = [
    ("QDQ", "QInt8", "QInt8", True), ("QDQ", "QUInt8", "QInt8", False), ("QDQ", "QUInt8", "QUInt8", True),
    ("QDQ", "QInt16", "QInt8", True), ("QDQ", "QUInt16", "QUInt8", False), ("QOperator", "QInt8", "QInt8", True),
    ("QOperator", "QUInt8", "QUInt8", True), ("QOperator", "QUInt8", "QInt8", False),
]  # fmt: skip
BYTES = [form for form in FORMS if "16" not in form[1]]


class Net(torch.nn.Module):  # type: ignore[misc]
    """A residual block, grouped and transposed convolutions, a concatenation, a pool, a layer and softmax."""

    def __init__(self) -> None:
        super().__init__()
        nn = torch.nn
        self.first, self.deep = nn.Conv2d(3, 16, 3, 2, 1), nn.Conv2d(16, 16, 3, 1, 1, groups=16)
        self.point, self.up, self.last = nn.Conv2d(16, 16, 1), nn.ConvTranspose2d(32, 8, 2, 2), nn.Linear(8, 10)

    def forward(self, x: Any) -> Any:
        x = torch.nn.functional.avg_pool2d(torch.relu(self.first(x)), 3, 1, 1)
        x = x + self.point(torch.nn.functional.relu6(self.deep(x)))
        x = self.up(torch.nn.functional.max_pool2d(torch.cat([x, torch.sigmoid(x)], 1), 2))
        x = torch.nn.functional.interpolate(x, scale_factor=2.0, mode="bilinear")
        return torch.softmax(self.last(x.mean((2, 3))), 1)


def samples(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=SHAPE).astype(np.float32)


@pytest.fixture(scope="module")
def quantized(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[Any, ...], bytes]:
    """The same network in every form."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Data(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.left = iter([{"x": samples(seed)} for seed in range(4)])

        def get_next(self) -> Any:
            return next(self.left, None)

    folder = tmp_path_factory.mktemp("quantized")
    torch.manual_seed(1)
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            example = (torch.zeros(SHAPE),)
            source = str(folder / "f.onnx")
            torch.onnx.export(Net().eval(), example, source, dynamo=False, opset_version=17, input_names=["x"])
            for form in FORMS:
                kind, x, w, channels = form
                quantize_static(
                    source, folder / f"{'-'.join(map(str, form))}.onnx", Data(), quant_format=QuantFormat[kind],
                    activation_type=QuantType[x], weight_type=QuantType[w], per_channel=channels,
                )  # fmt: skip
    finally:
        logging.disable(logging.NOTSET)
    return {form: (folder / f"{'-'.join(map(str, form))}.onnx").read_bytes() for form in FORMS}


@pytest.fixture(scope="module")
def litert() -> Iterator[LiteRT]:
    pytest.importorskip("ai_edge_litert", reason="LiteRT is not installed: pip install 'edgesmith[test]'")
    with LiteRT("default") as peer:
        yield peer


def run(data: bytes, x: np.ndarray) -> np.ndarray:
    options = ort.SessionOptions()
    options.log_severity_level = 3
    session = ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {session.get_inputs()[0].name: x})[0])


def in_file(data: bytes) -> set[tuple[bytes, int]]:
    """Every scale with its zero point, read out with nothing but the onnx package; zero points as of signed types."""
    model = onnx.load_from_string(data)
    held = {item.name: onnx.numpy_helper.to_array(item) for item in model.graph.initializer}
    found = set()
    for node in model.graph.node:
        for scale, zero in zip(node.input, list(node.input)[1:], strict=False):
            if scale in held and zero in held and held[scale].dtype == np.float32 and "scale" in scale:
                points = held[zero].astype(np.int64) - {"uint8": 128, "uint16": 32768}.get(held[zero].dtype.name, 0)
                if held[zero].dtype != np.int32:
                    found |= {(s.tobytes(), int(z)) for s, z in zip(held[scale].ravel(), points.ravel(), strict=True)}
    return found


def shape_of(graph: Graph) -> list[Any]:
    """A graph without its names."""
    places: dict[Value, int] = {}

    def told(value: Value | None) -> Any:
        if value is None:
            return None
        quant = value.quant and (value.quant.scale.tobytes(), value.quant.zero_point.tobytes(), value.quant.axis)
        data = None if value.data is None else value.data.tobytes()
        return places.setdefault(value, len(places)) if data is None else None, value.shape, value.dtype, quant, data

    return [
        (node.op, sorted(map(str, node.attrs.items())), [told(v) for v in node.inputs], [told(v) for v in node.outputs])
        for node in graph.nodes
    ]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: "-".join(map(str, form)))
def test_every_scale_of_the_file_is_in_the_graph_and_in_the_file_that_is_written(
    form: tuple[Any, ...], quantized: dict[tuple[Any, ...], bytes]
) -> None:
    data, x = quantized[form], samples(9)
    model = es.load(data)
    stated = stated_scales(model)
    there = set[tuple[bytes, int]]().union(*(each.pairs() for each in stated))
    assert in_file(data) <= there
    assert len(stated) > 15
    written = onnx_file.write(model)
    onnx.checker.check_model(onnx.load_from_string(written), full_check=True)
    for reading in (model.graph(), es.compile(model).graph, es.load(written)):
        assert [str(each) for each in lost_scales(stated, stated_scales(reading))] == []
    np.testing.assert_array_equal(run(written, x), run(data, x))
    again = es.load(written)
    np.testing.assert_array_equal(again(x), model(x))
    assert shape_of(simplified(again)) == shape_of(simplified(es.load(onnx_file.write(again))))


@pytest.mark.parametrize("form", BYTES, ids=lambda form: "-".join(map(str, form)))
def test_onnx_to_tflite_and_back_keeps_every_scale(
    form: tuple[Any, ...], quantized: dict[tuple[Any, ...], bytes], litert: LiteRT
) -> None:
    model, x = es.load(quantized[form]), samples(9)
    stated = stated_scales(model)
    phone = tflite_file.write(model)
    back = onnx_file.write(es.load(phone))
    last = tflite_file.write(es.load(back))
    for reading in (phone, back, last):
        assert [str(each) for each in lost_scales(stated, stated_scales(es.load(reading)))] == []
    wanted = model(x)
    for file in (phone, last):
        np.testing.assert_array_equal(es.load(file)(x), wanted)
        (theirs,) = litert.run(file, [x])
        assert np.abs(theirs - wanted).max() <= 1.01 / 256  # one step of the scores


def test_sixteen_bits_with_a_zero_point_are_refused_where_a_format_has_none(
    quantized: dict[tuple[Any, ...], bytes],
) -> None:
    for form in FORMS:
        if "16" in form[1]:
            with pytest.raises(es.UnsupportedError, match=r"zero point|u16"):
                tflite_file.write(es.load(quantized[form]))


def test_weights_alone_stay_bytes(tmp_path: pathlib.Path, litert: LiteRT) -> None:
    """DequantizeLinear before a float convolution: an int8 constant and DEQUANTIZE in the other format."""
    rng = np.random.default_rng(3)
    helper, held = onnx.helper, onnx.numpy_helper
    weights = rng.integers(-127, 128, (8, 3, 3, 3)).astype(np.int8)
    scales = rng.uniform(0.01, 0.02, 8).astype(np.float32)
    nodes = [
        helper.make_node("DequantizeLinear", ["w", "s", "z"], ["real"], axis=0),
        helper.make_node("Conv", ["x", "real"], ["y"]),
    ]
    constants = [held.from_array(a, n) for a, n in ((weights, "w"), (scales, "s"), (np.zeros(8, np.int8), "z"))]
    ports = [helper.make_tensor_value_info(n, 1, s) for n, s in (("x", SHAPE), ("y", (1, 8, 14, 14)))]
    graph = helper.make_graph(nodes, "weights", ports[:1], ports[1:], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    source, x = es.load(model.SerializeToString()), samples(2)
    for suffix in (".tflite", ".onnx"):
        written = es.write(source, tmp_path / f"w{suffix}")
        assert (written.scales, written.lost) == (1, ())
        again = es.load(written.path)
        np.testing.assert_array_equal(again(x), source(x))
        assert es.write(again, tmp_path / f"w2{suffix}").lost == ()
    (theirs,) = litert.run((tmp_path / "w.tflite").read_bytes(), [x])
    np.testing.assert_allclose(theirs, source(x), rtol=1e-4, atol=1e-4)


# The most bytes of each scheme's files, as a share of the float file's, and how far LiteRT may be from us.
SCHEMES = {
    "int8": (0.5, 1e-2), "int16x8": (0.5, 1e-3), "weights8": (0.4, 1e-5), "weights4": (0.6, 1e-5),
    "dynamic": (0.4, 2e-2), "f16": (0.65, 1e-5),
}  # fmt: skip


@pytest.mark.parametrize("scheme", SCHEMES)
def test_each_scheme_of_ours_is_small_and_runs_elsewhere(scheme: str, tmp_path: pathlib.Path, litert: LiteRT) -> None:
    graph = small("ds_cnn_kws")
    whole = len(tflite_file.write(graph))
    runs = [feeds(graph, seed) for seed in range(4)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of layers that integers make slower here
        made = es.quantize(es.load(graph), iter(runs), scheme=scheme)
    (x,), wanted = runs[0], made(*runs[0])
    share, most = SCHEMES[scheme]
    for suffix in (".tflite", ".onnx"):
        written = es.write(made, tmp_path / f"m{suffix}")
        assert (written.lost, written.bytes < share * whole) == ((), True), str(written)
    data = [(tmp_path / name).read_bytes() for name in ("m.tflite", "m.onnx")]
    for theirs, bound in (
        (litert.run(data[0], [x])[0], most),
        (run(data[1], x), most if scheme == "dynamic" else 1e-3),
    ):  # one range a tensor there
        assert np.abs(theirs - wanted).max() <= bound * np.abs(wanted).max()


@pytest.mark.parametrize(("groups", "outputs"), [(1, 3), (2, 6), (3, 3)])
def test_weights_of_transposed_convolutions_keep_the_scales_of_their_channels(groups: int, outputs: int) -> None:
    """As many channels as the window has rows, or in groups, whose channels are an axis only behind a reshape."""
    rng = np.random.default_rng(7)
    b = Builder("up")
    weights = rng.standard_normal((outputs, 3, 3, 6 // groups)) * np.geomspace(0.01, 5, outputs)[:, None, None, None]
    x = b.input("x", (1, 4, 5, 6), DType.F32)
    b.output(b.add("transpose_conv2d", x, b.constant(weights.astype(np.float32)), strides=(2, 2), groups=groups), "y")
    runs = [[rng.standard_normal((1, 4, 5, 6)).astype(np.float32)] for _ in range(4)]
    made = es.quantize(b.graph, runs, method="minmax", measure_speed=False)
    data = onnx_file.write(made.graph())
    again = es.load(data)
    assert again.graph().is_quantized
    np.testing.assert_array_equal(again(runs[0][0]), made(runs[0][0]))
    (found,) = ort.InferenceSession(data).run(None, {"x": runs[0][0]})
    assert np.abs(found - made(runs[0][0])).max() < 0.02 * np.abs(found).max()
