"""Whole networks of ncnn: those of ../shared, and small ones of the families that its benchmark has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ncnn_files import Files, as_binary

import edgesmith
from edgesmith import ModelError, UnsupportedError

CLOSE = 1e-5  # of the largest output


def compare(files: Files, feeds: dict[str, np.ndarray], close: float = CLOSE) -> float:
    """The greatest difference, relative to the largest output."""
    theirs, model = files.theirs(feeds), edgesmith.load(files.param)
    found = model(feeds)
    worst = 0.0
    for spec, array in zip(model.outputs, found if isinstance(found, list) else [found], strict=True):
        assert array.shape == theirs[spec.name].shape
        worst = max(worst, float(np.abs(array - theirs[spec.name]).max() / np.abs(theirs[spec.name]).max()))
    assert worst <= close
    return worst


class Shared(Files):
    """A model that lies there already."""

    def __init__(self, param: Path) -> None:
        self.param = param


@pytest.mark.parametrize(("name", "shape"), [("squeezenet_v1.1", (1, 3, 227, 227)), ("nanodet_m", (1, 3, 320, 320))])
def test_a_real_network_gives_ncnns_numbers(
    name: str, shape: tuple[int, ...], shared: Path, figure: Callable[[str], None]
) -> None:
    files = Shared(shared / f"models/ncnn/{name}.param")
    blob = edgesmith.load(files.param).inputs[0].name
    feeds = {blob: np.random.default_rng(3).uniform(-2, 2, shape).astype(np.float32)}
    figure(f"{name}: differs from ncnn by {compare(files, feeds):.2g} of the largest output")


def test_photographs_are_classified_as_ncnn_does(shared: Path, figure: Callable[[str], None]) -> None:
    """Every fifth of the 250 photographs: the same class, and nearly the same chance."""
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed: pip install 'edgesmith[test]'")
    files = Shared(shared / "models/ncnn/squeezenet_v1.1.param")
    model = edgesmith.load(files.param)
    rows = (shared / "images/imagenet/labels.csv").read_text().split()[1:]
    right, count = 0, 0
    for row in rows[::5]:
        name, label = row.split(",")[0], next(part for part in row.split(",")[1:] if part.isdecimal())
        path = next((shared / "images/imagenet").glob(f"{Path(name).stem}.*"))
        pixels = np.asarray(image.open(path).convert("RGB").resize((227, 227)), np.float32)[..., ::-1]
        x = np.ascontiguousarray((pixels - np.float32([104, 117, 123])).transpose(2, 0, 1)[None])
        ours, theirs = model(x), files.theirs({"data": x})["prob"]
        assert ours.argmax() == theirs.argmax()
        np.testing.assert_allclose(ours, theirs, atol=2e-5)
        right, count = right + (int(ours.argmax()) == int(label)), count + 1
    figure(f"SqueezeNet 1.1: {right} of {count} photographs right, each as ncnn has it")


IMAGE = {"data": np.random.default_rng(1).uniform(-1, 1, (1, 3, 64, 64)).astype(np.float32)}
SSD = """
    Input data 0 1 data 0=64 1=64 2=3
    Split s0 1 3 data d0 d1 d2
    Convolution conv0 1 1 d0 c0 0=16 1=3 3=4 4=1 5=1 6=432 9=1
    Split s1 1 4 c0 c0a c0b c0c c0d
    ConvolutionDepthWise conv1/dw 1 1 c0d c1dw 0=16 1=3 3=2 4=1 5=1 6=144 7=16 9=1
    Convolution conv1 1 1 c1dw c1 0=24 1=1 5=1 6=384 9=1
    Split s2 1 3 c1 c1a c1b c1c
    Convolution loc0 1 1 c0a l0 0=24 1=1 5=1 6=384
    Permute loc0p 1 1 l0 l0p 0=3
    Flatten loc0f 1 1 l0p l0f
    Convolution conf0 1 1 c0b k0 0=24 1=1 5=1 6=384
    Permute conf0p 1 1 k0 k0p 0=3
    Flatten conf0f 1 1 k0p k0f
    PriorBox prior0 2 1 c0c d1 p0 -23300=1,12.0 -23301=1,20.0 -23302=2,2.0,3.0 9=-233 10=-233 13=0.5
    Convolution loc1 1 1 c1a l1 0=24 1=1 5=1 6=576
    Permute loc1p 1 1 l1 l1p 0=3
    Flatten loc1f 1 1 l1p l1f
    Convolution conf1 1 1 c1b k1 0=24 1=1 5=1 6=576
    Permute conf1p 1 1 k1 k1p 0=3
    Flatten conf1f 1 1 k1p k1f
    PriorBox prior1 2 1 c1c d2 p1 -23300=1,20.0 -23301=1,36.0 -23302=2,2.0,3.0 9=-233 10=-233 13=0.5
    Concat mbox_loc 2 1 l0f l1f loc
    Concat mbox_conf 2 1 k0f k1f conf
    Concat mbox_prior 2 1 p0 p1 prior 0=1
    Reshape mbox_conf_reshape 1 1 conf confr 0=4 1=-1
    Softmax mbox_conf_softmax 1 1 confr confs 0=1 1=1
    Flatten mbox_conf_flatten 1 1 confs conff
    DetectionOutput detection_out 3 1 loc conff prior output 0=4 1=0.450000 2={candidates} 3={kept} 4={least}
"""
YOLO = """
    Input data 0 1 data 0=64 1=64 2=3
    Convolution conv0 1 1 data c0 0=16 1=3 3=8 4=1 5=1 6=432 9=2 -23310=1,1.0e-01
    Split s0 1 2 c0 c0a c0b
    DeconvolutionDepthWise upsample 1 1 c0a u 0=16 1=4 3=2 4=1 6=256 7=16
    Convolution head0 1 1 c0b h0 0=39 1=1 5=1 6=624
    Convolution head1 1 1 u h1 0=39 1=1 5=1 6=624
    {head}
"""
# eight classes: ncnn's AVX code for version 3 reads beyond other numbers of them.
# In version 3 the masks and scales of a file may be the bits of floats written as integers.
VERSIONS = {
    "v2": "YoloDetectionOutput detect 2 1 h0 h1 output 0=8 1=3 2=0.1 -23304=6,1.08,1.19,3.42,4.41,6.63,11.38",
    "v3": "Yolov3DetectionOutput detect 2 1 h0 h1 output 0=8 1=3 2=5.0e-01 "
    "-23304=12,10.0,14.0,23.0,27.0,37.0,58.0,81.0,82.0,35.0,16.0,34.0,31.0 "
    "-23305=6,1077936128,1082130432,1084227584,0,1065353216,1073741824 -23306=2,8.0,4.0",
}
ATTENTION = """
    Input input 0 1 data 0=64 1=64 2=3
    MemoryData cls 0 1 cls 0=24 1=1
    MemoryData pos 0 1 pos 0=24 1=17
    Convolution patches 1 1 data p 0=24 1=16 11=16 2=1 12=1 3=16 13=16 4=0 14=0 15=0 16=0 5=1 6=18432
    Reshape r 1 1 p pr 0=-1 1=24
    Permute t 1 1 pr pt 0=1
    Concat joined 2 1 cls pt j 0=0
    BinaryOp add 2 1 j pos x 0=0
    Split s0 1 2 x xa xb
    LayerNorm norm0 1 1 xb n 0=24 1=1.0e-06 2=1
    Split s1 1 3 n q k v
    MultiHeadAttention attention 3 1 q k v a 0=24 1=4 2=576
    BinaryOp add1 2 1 xa a y 0=0
    Split s2 1 2 y ya yb
    LayerNorm norm1 1 1 yb m 0=24 1=1.0e-06 2=1
    Gemm up 1 1 m g 3=1 5=1 6=1 8=48 9=24 10=4
    GELU gelu 1 1 g gg 0=1
    Gemm down 1 1 gg d 3=1 5=1 6=1 8=24 9=48 10=4
    BinaryOp add2 2 1 ya d z 0=0
    LayerNorm norm2 1 1 z zn 0=24 1=1.0e-06 2=1
    Crop first 1 1 zn c -23309=1,0 -23310=1,1 -23311=1,0
    Gemm head 1 1 c logits 3=1 5=1 6=1 8=10 9=24 10=4
    Softmax prob 1 1 logits output 0=0 1=1
"""
SHUFFLE = """
    Input in0 0 1 data
    Convolution conv 1 1 data c 0=24 1=3 3=2 4=1 5=1 6=648 9=1
    Pooling pool 1 1 c p 0=0 1=3 11=3 12=2 13=1 2=2 3=1 5=1
    ShuffleChannel shuffle 1 1 p s 0=2 1=1
    Slice cut 1 2 s a b -23300=2,-233,-233 1=0
    ConvolutionDepthWise dw 1 1 b bd 0=12 1=3 4=1 5=1 6=108 7=12
    Convolution pw 1 1 bd bp 0=12 1=1 5=1 6=144 9=1
    Concat cat 2 1 a bp j 0=0
    Split s0 1 3 j j0 j1 j2
    Pooling global 1 1 j0 g 0=1 4=1
    InnerProduct squeeze 1 1 g g1 0=6 1=1 2=144 9=1
    InnerProduct excite 1 1 g1 g2 0=24 1=1 2=144 9=4
    BinaryOp mul 2 1 j1 g2 m 0=2
    HardSwish hs 1 1 m mh 0=1.666667e-01 1=5.000000e-01
    Interp up 1 1 mh mu 0=1 1=2.000000e+00 2=2.000000e+00 6=0
    Interp up1 1 1 j2 ju 0=2 1=2.000000e+00 2=2.000000e+00 6=0
    Eltwise sum 2 1 mu ju e 0=1
    Swish silu 1 1 e output
"""


def lines(body: str) -> list[str]:
    return [line.strip() for line in body.strip().splitlines()]


@pytest.mark.parametrize("name", ["attention", "shuffle"])
def test_a_family_of_networks(name: str, tmp_path: Path) -> None:
    compare(Files(lines({"attention": ATTENTION, "shuffle": SHUFFLE}[name]), tmp_path), IMAGE, 2e-5)


SSD_LIMITS = [(100, 100, 0.25), (10, 7, 0.3), (400, 200, 0.9999)]


@pytest.mark.parametrize("limits", SSD_LIMITS, ids=str)
def test_ssd_finds_what_ncnn_finds(limits: tuple[int, int, float], tmp_path: Path) -> None:
    body = SSD.format(candidates=limits[0], kept=limits[1], least=limits[2])
    detect(Files(lines(body), tmp_path), empty=limits[2] > 0.9)


@pytest.mark.parametrize("version", VERSIONS)
def test_yolo_finds_what_ncnn_finds(version: str, tmp_path: Path) -> None:
    detect(Files(lines(YOLO.format(head=VERSIONS[version])), tmp_path))


def detect(files: Files, empty: bool = False) -> None:
    """The same rows in the same order, and as many."""
    theirs = files.theirs(IMAGE)["output"]
    ours = edgesmith.load(files.param)(IMAGE)
    assert (ours.shape[1] == 0) == empty
    if not empty:
        assert ours.shape == theirs.shape
        np.testing.assert_array_equal(ours[..., 0], theirs[..., 0])
        np.testing.assert_allclose(ours, theirs, atol=2e-5)


def test_a_binary_file_is_the_same_model(tmp_path: Path) -> None:
    files = Files(lines(SHUFFLE), tmp_path)
    ours = edgesmith.load(files.param)(IMAGE)
    binary = tmp_path / "model.param.bin"
    binary.write_bytes(as_binary(files.layers))
    again = edgesmith.load(binary)
    np.testing.assert_array_equal(again({again.inputs[0].name: IMAGE["data"]}), ours)
    given = edgesmith.load(files.param.read_bytes(), weights=files.param.with_suffix(".bin"))
    np.testing.assert_array_equal(given(IMAGE), ours)


def test_the_numbers_of_layer_types_are_ncnns() -> None:
    ncnn = pytest.importorskip("ncnn", reason="ncnn is not installed: pip install 'edgesmith[bench]'")
    from edgesmith.importers.ncnn.param import TYPES

    assert [ncnn.layer_to_index(name) for name in TYPES] == list(range(len(TYPES)))


def test_all_that_is_missing_is_named_at_once(tmp_path: Path) -> None:
    layers = ["Input a 0 1 a", "Proposal p 1 1 a b", "ReLUU r 1 1 b c", "SPP s 1 1 c d"]
    files = Files(layers, tmp_path)
    with pytest.raises(UnsupportedError) as caught:
        edgesmith.load(files.param)
    found = [(item.operator, item.node) for item in caught.value.items]
    assert found == [("Proposal", "p"), ("ReLUU", "r"), ("SPP", "s")]
    assert "Did you mean 'ReLU'?" in str(caught.value)


def test_forms_that_are_missing_are_named_at_once(tmp_path: Path) -> None:
    files = Files(
        ["Input a 0 1 a 0=4 1=4 2=4", "Reshape x 1 1 a b 0=-1 3=1", "Split s 1 2 a c d", "LRN y 1 1 c e 1=4"], tmp_path
    )
    with pytest.raises(UnsupportedError) as caught:
        edgesmith.load(files.param).graph()
    assert [item.node for item in caught.value.items] == ["x", "y"]


def test_weights_that_lack_or_do_not_fit_are_said(tmp_path: Path) -> None:
    files = Files(lines(SHUFFLE), tmp_path)
    weights = files.param.with_suffix(".bin")
    data = weights.read_bytes()
    weights.write_bytes(data + b"\0\0\0\0")
    with pytest.raises(ModelError, match="belongs to another model"):
        edgesmith.load(files.param)
    weights.write_bytes(data[:-4])
    with pytest.raises(ModelError, match=r"'excite' \(InnerProduct\) need"):
        edgesmith.load(files.param)
    weights.unlink()
    with pytest.raises(ModelError, match=r"model\.bin is missing; give it as weights="):
        edgesmith.load(files.param)


def test_an_open_size_is_asked_for(tmp_path: Path) -> None:
    files = Files(lines(SHUFFLE.replace("Eltwise sum 2 1 mu ju e 0=1", "Concat sum 2 1 mu ju e 0=0")), tmp_path)
    model = edgesmith.load(files.param)
    assert model.inputs[0].shape == (1, 3, None, None)
    body = SSD.replace("0=64 1=64 2=3", "").replace("9=-233 10=-233", "9=0 10=0")
    body = body.format(candidates=9, kept=9, least=0.1)
    with pytest.raises(ModelError, match="--shape data=1x3x320x320"):
        edgesmith.load(Files(lines(body), tmp_path).param).graph()
