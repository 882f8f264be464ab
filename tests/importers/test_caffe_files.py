"""The two files of a Caffe network: text and binary, in all forms and damaged; which layers run; what errors say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from caffe_files import Files, blob, caffemodel, entry, varint

import edgesmith
from edgesmith import ModelError, UnsupportedError, UsageError
from edgesmith.importers.caffe import is_caffe
from edgesmith.importers.caffe.net import read as read_net
from edgesmith.importers.caffe.text import MAX_DEPTH, parse
from edgesmith.importers.caffe.weights import read as read_weights

X = np.random.default_rng(0).uniform(-1, 1, (1, 2, 5, 5)).astype(np.float32)
INPUT = 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 2 dim: 5 dim: 5 } } }\n'
RELU = 'layer { name: "relu" type: "ReLU" bottom: "data" top: "out" }\n'


def load(text: str, weights: bytes = b"") -> edgesmith.Model:
    return edgesmith.load(text.encode(), weights=weights, name="net.prototxt")


# -- text -------------------------------------------------------------------------------------------------------------


def test_text_is_read_in_all_its_forms() -> None:
    root = parse(
        "# a remark\n"
        "a: 1 a: 0x1F; b: -2.5e-3, c: 'it\\'s' \"\\x41\\102\\n\" d { e: TEST } d: { f: true }\n"
        "g < h: [1, 2,3] > i: inf j: 1.f k: -nan"
    )
    assert root.integers("a") == [1, 31]
    assert root.real("b") == -0.0025
    assert root.text("c") == "it'sAB\n"
    d = root.message("d")  # two of them are one
    assert d.choice("e", ("TRAIN", "TEST"), "TRAIN") == "TEST"
    assert d.flag("f") is True
    assert root.message("g").integers("h") == [1, 2, 3]
    assert root.real("i") == np.inf
    assert root.real("j") == 1
    assert np.isnan(root.real("k"))
    assert root.unknown() == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1 }", "line 1: '}' where the name of a"), ("a {\n b: 1", "ends before '}', which closes what line 1"),
        ("a 1", "'1' after 'a', where ':' or '{'"), ("a:", "after 'a', where a value"), ("a: [1 2]", "',' or ']'"),
        ("a: 'x\n'", "line 1: \"'x\\n'\" is neither"), ("a: \x00", "is neither"), ("1: 2", "'1' where the name"),
        ("a { " * (MAX_DEPTH + 2), f"more than {MAX_DEPTH} deep"), ("a: [{ b: 1 }]", "a list of messages"),
        ("a: [", "where a value"),
    ],
)  # fmt: skip
def test_damaged_text_is_named_with_its_line(text: str, told: str) -> None:
    with pytest.raises(ModelError) as failed:
        parse(text)
    assert told in str(failed.value)


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ("relu_param { negative_slope: x }", "'negative_slope' on line 2 is 'x'; expected a number"),
        ("relu_param { negative_slope: 1 negative_slope: 2 }", "is given 2 times"),
        ("relu_param: 3", "expected { ... }"),
        ("relu_param { negative_slope { } }", "is a message; expected a value"),
    ],
)
def test_a_wrong_value_is_named_with_its_line_and_layer(params: str, told: str) -> None:
    with pytest.raises(ModelError, match=r"net.prototxt, line 2, layer 'relu' \(ReLU\)") as failed:
        load(INPUT + RELU.replace("}\n", params + " }")).graph()
    assert told in str(failed.value)


# -- weights ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("storage", ["f32", "f64", "f16", "old", "loose"])
@pytest.mark.parametrize("old", [False, True])
def test_weights_are_read_in_all_their_forms(storage: str, old: bool) -> None:
    array = np.random.default_rng(1).standard_normal((3, 2, 2, 2)).astype(np.float16).astype(np.float32)
    found = read_weights(caffemodel({"conv": [array], "other": [array[0]]}, storage, old), "w")
    np.testing.assert_array_equal(found["conv"][0], array)
    assert found["other"][0].size == 8


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (entry(100, entry(1, b"a") + entry(7, entry(7, entry(1, varint(3))) + entry(5, b"\0" * 8))), "2 numbers for"),
        (entry(100, entry(1, b"a") + entry(7, entry(5, b"\0" * 7))), "7 bytes are no whole number"),
        (entry(100, entry(1, b"a") + entry(7, entry(10, 3) + entry(12, b"\0" * 8))), "raw numbers of kind 3"),
        (entry(100, entry(1, b"a") + entry(7, entry(7, entry(1, varint(1) * 40)) + entry(5, b"\0" * 4))), "40 dim"),
        (entry(100, b"\x0a\x7f"), "needs 127 bytes and 0 follow"), (b"\xff" * 12, "more than ten bytes"),
        (b"\x0b", "kind 3"), (b"\x80", "cut off"),
    ],
)  # fmt: skip
def test_damaged_weights_are_an_error(data: bytes, told: str) -> None:
    with pytest.raises(ModelError) as failed:
        read_weights(data, "w")
    assert told in str(failed.value) or "shape of more than" in str(failed.value)


def test_a_file_of_many_small_fields_ends_soon() -> None:
    with pytest.raises(ModelError, match="fields"):
        read_weights(b"\x08\x00" * (1 << 21), "w")


def test_weights_of_another_network_are_named() -> None:
    files = Files({"data": (1, 2, 5, 5)})
    files.conv("data", "conv", (2, 3), 3, relu=False)
    with pytest.raises(ModelError, match=r"layer 'conv' \(Convolution\).*shape \(3, 2, 3, 3\).*none of this name"):
        load(files.text(), caffemodel({"conv1": files.weights["conv"]})).graph()
    turned = {"conv": [files.weights["conv"][0].swapaxes(0, 1), files.weights["conv"][1]]}
    with pytest.raises(ModelError, match=r"has shape \(2, 3, 3, 3\); expected \(3, 2, 3, 3\)"):
        load(files.text(), caffemodel(turned)).graph()


def test_a_layer_without_weights_takes_what_its_filler_says() -> None:
    """As the upsampling of networks for segmentation, against a bilinear kernel written out."""
    params = (
        "num_output: 2 kernel_size: 4 stride: 2 pad: 1 group: 2 bias_term: false weight_filler { type: 'bilinear' }"
    )
    text = (
        INPUT
        + f"layer {{ name: 'up' type: 'Deconvolution' bottom: 'data' top: 'out' convolution_param {{ {params} }} }}"
    )
    slope = np.float32([0.25, 0.75, 0.75, 0.25])
    kernel = np.broadcast_to(np.outer(slope, slope), (2, 1, 4, 4))
    np.testing.assert_array_equal(load(text)(X), load(text, caffemodel({"up": [kernel]}))(X))


# -- which layers run -------------------------------------------------------------------------------------------------

TRAINING = """
name: "both"
layer { name: "d" type: "Data" top: "data" top: "label" include { phase: TRAIN } data_param { source: "train_lmdb" } }
layer { name: "d" type: "Data" top: "data" top: "label" include { phase: TEST } data_param { source: "test_lmdb" }
  transform_param { crop_size: 5 mean_value: 104 mean_value: 117 mean_value: 123 scale: 0.5 } }
layer { name: "h" type: "HDF5Data" top: "more" include { phase: TRAIN } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 4 kernel_size: 5 } }
layer { name: "drop" type: "Dropout" bottom: "conv" top: "conv" }
layer { name: "quiet" type: "Silence" bottom: "label" }
layer { name: "hit" type: "Accuracy" bottom: "conv" bottom: "label" top: "hit" include { phase: TEST } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "conv" bottom: "label" top: "loss" }
layer { name: "far" type: "EuclideanLoss" bottom: "conv" bottom: "label" top: "far" loss_weight: 0.1 }
"""


def test_a_network_for_training_is_read_as_it_is_tested() -> None:
    files = Files({})
    model = load(TRAINING, caffemodel({"conv": [files.numbers((4, 3, 5, 5)), files.numbers((4,))]}))
    assert [str(spec) for spec in model.inputs] == ["data: f32[?x3x5x5]"]
    assert [spec.name for spec in model.outputs] == ["loss"]  # of which softmax is what needs no label
    assert model.metadata["normalization"] == {"mean": [104, 117, 123], "std": [2]}
    assert model.metadata["channel_order"] == "bgr"
    y = model(files.numbers((2, 3, 5, 5)))
    np.testing.assert_allclose(y.sum(1), 1, rtol=1e-5)


def test_rules_of_stages_leave_what_is_deployed() -> None:
    text = INPUT + (
        'layer { name: "a" type: "ReLU" bottom: "data" top: "a" exclude { stage: "deploy" } }\n'
        'layer { name: "b" type: "AbsVal" bottom: "data" top: "b" include { stage: "deploy" } }\n'
        'layer { name: "c" type: "TanH" bottom: "data" top: "c" include { min_level: 1 } }\n'
        'layer { name: "e" type: "TanH" bottom: "data" top: "e" include { phase: TRAIN } include { not_stage: "x" } }\n'
    )
    assert [layer.name for layer in read_net(text.encode(), "n").layers] == ["b", "e"]


def test_files_of_2014_read_as_those_of_today(tmp_path: Path) -> None:
    old = """
    input: "data" input_dim: 1 input_dim: 2 input_dim: 5 input_dim: 5
    layers { name: "conv" type: CONVOLUTION bottom: "data" top: "conv" blobs_lr: 1 weight_decay: 1
      convolution_param { num_output: 3 kernel_size: 3 weight_filler { type: "gaussian" std: 0.01 } } }
    layers { name: "relu" type: 18 bottom: "conv" top: "conv" }
    layers { name: "norm" type: LRN bottom: "conv" top: "norm" }
    layers { name: "prob" type: SOFTMAX bottom: "norm" top: "prob" }
    """
    files = Files({"data": (1, 2, 5, 5)})
    files.conv("data", "conv", (2, 3), 3)
    files.add("LRN", "conv", "norm")
    files.add("Softmax", "norm", "prob")
    model = load(old, caffemodel(files.weights, "old", old=True))
    np.testing.assert_array_equal(model(X), edgesmith.load(files.write(tmp_path))(X))


def test_layers_in_place_and_several_results() -> None:
    text = INPUT + (
        'layer { name: "a" type: "Power" bottom: "data" top: "data" power_param { shift: 1 } }\n'
        'layer { name: "b" type: "Power" bottom: "data" top: "b" power_param { scale: 2 } }\n'
        'layer { name: "c" type: "Power" bottom: "data" top: "c" power_param { scale: 3 } }\n'
        'layer { name: "d" type: "Power" bottom: "b" top: "b" power_param { shift: -1 } }\n'
    )
    model = load(text)
    assert [spec.name for spec in model.outputs] == ["b", "c"]
    b, c = model(X)
    np.testing.assert_allclose(b, 2 * (X + 1) - 1, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(c, 3 * (X + 1), rtol=1e-6)


# -- what errors say --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (INPUT + RELU.replace('"data" top', '"nothing" top'), "reads 'nothing', which nothing before it makes"),
        (INPUT + RELU + RELU, "makes 'out' a second time"), ('name: "x"', "it has no layers"),
        ('net: "train.prototxt" base_lr: 0.1', "a solver"), ('layers { layer { } }', "upgrade_net_proto_text"),
        ('layer { name: "x" }', "has no type"), ('input: "a" input_dim: 1 ' + RELU, "expected four for each"),
    ],
)  # fmt: skip
def test_a_description_that_cannot_be_is_explained(text: str, told: str) -> None:
    with pytest.raises(ModelError) as failed:
        load(text)
    assert told in str(failed.value)


def test_everything_that_is_missing_is_named_at_once_with_its_line() -> None:
    text = INPUT + (
        'layer { name: "p" type: "Python" bottom: "data" top: "p" python_param { module: "os" layer: "system" } }\n'
        'layer { name: "q" type: "Convolutoin" bottom: "p" top: "q" }\n'
    )
    with pytest.raises(UnsupportedError) as failed:
        load(text)
    assert [(item.operator, item.node) for item in failed.value.items] == [("Python", "p"), ("Convolutoin", "q")]
    assert "code of strangers is not run (line 2)" in str(failed.value)
    assert "(line 3). Did you mean 'Convolution'?" in str(failed.value)
    more = INPUT + 'layer { name: "q" type: "ReLU" bottom: "data" top: "q" relu_param { sharp: 1 } }'
    with pytest.raises(UnsupportedError, match=r"its parameter 'sharp' is not known here \(line 2\)"):
        load(more).graph()


def test_the_other_file_is_found_or_asked_for(tmp_path: Path) -> None:
    files = Files({"data": (1, 2, 5, 5)})
    files.conv("data", "conv", (2, 3), 3)
    path = files.write(tmp_path)
    weights = path.with_suffix(".caffemodel")
    wanted = edgesmith.load(path)(X)
    np.testing.assert_array_equal(edgesmith.load(weights)(X), wanted)  # either file may be named
    deploy = path.rename(tmp_path / "deploy.prototxt")
    np.testing.assert_array_equal(edgesmith.load(deploy)(X), wanted)  # the only one of its kind
    (tmp_path / "train_val.prototxt").write_text("name: 'other'")
    np.testing.assert_array_equal(edgesmith.load(weights)(X), wanted)  # of several the one that is deployed
    (tmp_path / "second.caffemodel").write_bytes(weights.read_bytes())
    with pytest.raises(ModelError, match=r"several beside it \(net.caffemodel, second.caffemodel\).*--weights"):
        edgesmith.load(deploy)
    np.testing.assert_array_equal(edgesmith.load(deploy, weights=weights)(X), wanted)
    with pytest.raises(ModelError, match="swapped"):
        edgesmith.load(weights, weights=deploy)
    with pytest.raises(ModelError, match=r"text; expected a \.caffemodel"):
        edgesmith.load(deploy, weights=deploy)
    with pytest.raises(ModelError, match="are HDF5; save them"):
        edgesmith.load(deploy, weights=b"\x89HDF\r\n\x1a\n")
    with pytest.raises(ModelError, match="bytes alone do not say"):
        edgesmith.load(deploy.read_bytes())
    alone = tmp_path / "alone"
    alone.mkdir()
    with pytest.raises(ModelError, match="none is there"):
        edgesmith.load(deploy.rename(alone / "deploy.prototxt"))


def test_a_shape_that_is_left_open_is_asked_for() -> None:
    text = 'input: "data"\n' + (
        'layer { name: "conv" type: "Convolution" bottom: "data" top: "out" '
        "convolution_param { num_output: 2 kernel_size: 3 } }"
    )
    files = Files({})
    model = load(text, caffemodel({"conv": [files.numbers((2, 4, 3, 3)), files.numbers((2,))]}))
    assert [str(spec) for spec in model.inputs] == ["data: f32[?x4x?x?]"]
    with pytest.raises(ModelError, match="leaves the size of input 'data' open"):
        model.graph()
    assert model(files.numbers((1, 4, 9, 7))).shape == (1, 2, 7, 5)
    with pytest.raises(UsageError):
        model(files.numbers((1, 3, 9, 7)))


def test_other_files_are_not_taken_for_caffes() -> None:
    onnx = pytest.importorskip("onnx", reason="the onnx package is not installed")
    graph = onnx.helper.make_graph([], "g", [], [])
    assert not is_caffe(onnx.helper.make_model(graph).SerializeToString())
    assert not is_caffe(b"7767517\n1 1\n")
    assert not is_caffe(b"\x1c\0\0\0TFL3")
    assert is_caffe(caffemodel({"a": [np.zeros(3, np.float32)]}))
    assert is_caffe(b"\xef\xbb\xbf# remark\n\nname : 'x'")
    assert blob(np.zeros(1, np.float32))[:1] == b"\x3a"
