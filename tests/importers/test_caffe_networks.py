"""Classic networks of Caffe at small sizes, with random weights, against OpenCV."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from caffe_files import Files

import edgesmith

CLOSE = 2e-5  # of the largest output


def picture(size: int) -> Files:
    return Files({"data": (1, 3, size, size)})


def pool(net: Files, x: str, top: str, window: str, kind: str = "MAX") -> str:
    return net.add("Pooling", x, top, f"pooling_param {{ pool: {kind} {window} }}")


def dense(net: Files, x: str, top: str, sizes: tuple[int, int]) -> str:
    params = f"inner_product_param {{ num_output: {sizes[1]} }}"
    return net.add("InnerProduct", x, top, params, [(sizes[1], sizes[0]), (sizes[1],)])


def alexnet() -> tuple[Files, list[str]]:
    """CaffeNet's order: a pool before each normalisation; groups, and dropout in place."""
    net = picture(67)
    x = net.conv("data", "conv1", (3, 24), 11, "stride: 4")
    x = net.add(
        "LRN", pool(net, x, "pool1", "kernel_size: 3 stride: 2"), "norm1", "lrn_param { local_size: 5 alpha: 0.1 }"
    )
    x = net.conv(x, "conv2", (24, 32), 5, "pad: 2 group: 2")
    x = net.add(
        "LRN", pool(net, x, "pool2", "kernel_size: 3 stride: 2"), "norm2", "lrn_param { local_size: 5 alpha: 0.1 }"
    )
    x = net.conv(x, "conv3", (32, 48), 3, "pad: 1")
    x = net.conv(x, "conv4", (48, 48), 3, "pad: 1 group: 2")
    x = pool(net, net.conv(x, "conv5", (48, 32), 3, "pad: 1 group: 2"), "pool5", "kernel_size: 3 stride: 2")
    x = net.add("ReLU", dense(net, x, "fc6", (32, 40)), "fc6", name="relu6")
    x = net.add("Dropout", x, x, "dropout_param { dropout_ratio: 0.5 }", name="drop6")
    return net, [net.add("Softmax", dense(net, x, "fc7", (40, 10)), "prob")]


def vgg() -> tuple[Files, list[str]]:
    net, x, width = picture(32), "data", 3
    for stage, wide in enumerate((8, 16, 24)):
        for part in range(2):
            x, width = net.conv(x, f"conv{stage}_{part}", (width, wide), 3, "pad: 1"), wide
        x = pool(net, x, f"pool{stage}", "kernel_size: 2 stride: 2")
    return net, [net.add("Softmax", dense(net, x, "fc", (24 * 16, 10)), "prob")]


def googlenet() -> tuple[Files, list[str]]:
    net = picture(63)
    x = pool(net, net.conv("data", "conv1", (3, 16), 7, "pad: 3 stride: 2"), "pool1", "kernel_size: 3 stride: 2")
    x = net.add("LRN", x, "norm1", "lrn_param { local_size: 5 alpha: 0.1 beta: 0.75 }")
    width = 16
    for place in range(2):
        parts = [net.conv(x, f"i{place}_1x1", (width, 8), 1)]
        parts.append(net.conv(net.conv(x, f"i{place}_3x3r", (width, 6), 1), f"i{place}_3x3", (6, 12), 3, "pad: 1"))
        parts.append(net.conv(net.conv(x, f"i{place}_5x5r", (width, 4), 1), f"i{place}_5x5", (4, 8), 5, "pad: 2"))
        x = pool(net, x, f"i{place}_pool", "kernel_size: 3 stride: 1 pad: 1")
        parts.append(net.conv(x, f"i{place}_proj", (width, 8), 1))
        x, width = net.add("Concat", " ".join(parts), f"i{place}"), 36
    x = pool(net, pool(net, x, "pool2", "kernel_size: 3 stride: 2"), "pool3", "kernel_size: 7 stride: 1", "AVE")
    return net, [net.add("Softmax", dense(net, x, "fc", (36 * 4, 10)), "prob")]


def squeezenet() -> tuple[Files, list[str]]:
    net = picture(63)
    x, width = pool(net, net.conv("data", "conv1", (3, 16), 3, "stride: 2"), "pool1", "kernel_size: 3 stride: 2"), 16
    for place in range(2):
        x = net.conv(x, f"fire{place}_squeeze", (width, 6), 1)
        sides = [net.conv(x, f"fire{place}_{k}", (6, 12), k, "pad: 1" if k == 3 else "") for k in (1, 3)]
        x, width = net.add("Concat", " ".join(sides), f"fire{place}"), 24
    x = pool(net, net.conv(x, "conv10", (24, 10), 1), "pool10", "global_pooling: true", "AVE")
    return net, [net.add("Softmax", x, "prob")]


def resnet() -> tuple[Files, list[str]]:
    """ResNet-50's blocks: convolutions without bias, BatchNorm and Scale in place, a sum, ReLU."""
    net = picture(63)
    x = net.norm(net.conv("data", "conv1", (3, 16), 7, "pad: 3 stride: 2 bias_term: false", relu=False), 16)
    x, width = pool(net, x, "pool1", "kernel_size: 3 stride: 2"), 16
    for place, stride in enumerate((1, 2, 1)):
        y = net.norm(net.conv(x, f"b{place}_a", (width, 8), 1, f"stride: {stride} bias_term: false", relu=False), 8)
        y = net.norm(net.conv(y, f"b{place}_b", (8, 8), 3, "pad: 1 bias_term: false", relu=False), 8)
        y = net.norm(net.conv(y, f"b{place}_c", (8, 24), 1, "bias_term: false", relu=False), 24, relu=False)
        if width != 24 or stride == 2:
            x = net.conv(x, f"b{place}_s", (width, 24), 1, f"stride: {stride} bias_term: false", relu=False)
            x = net.norm(x, 24, relu=False)
        x, width = net.add("Eltwise", f"{x} {y}", f"b{place}"), 24
        net.add("ReLU", x, x, name=f"b{place}_relu")
    x = pool(net, x, "pool5", "kernel_size: 8 stride: 1", "AVE")
    return net, [net.add("Softmax", dense(net, x, "fc", (24, 10)), "prob")]


def mobilenet() -> tuple[Files, list[str]]:
    """Depthwise convolutions by groups: a block of version 1, then an inverted residual of version 2."""
    net = picture(48)
    x = net.norm(net.conv("data", "conv1", (3, 16), 3, "pad: 1 stride: 2 bias_term: false", relu=False), 16)
    x = net.norm(net.conv(x, "dw1", (16, 16), 3, "pad: 1 group: 16 bias_term: false", relu=False), 16)
    x = net.norm(net.conv(x, "sep1", (16, 24), 1, "bias_term: false", relu=False), 24)
    y = net.norm(net.conv(x, "expand", (24, 48), 1, "bias_term: false", relu=False), 48)
    y = net.norm(net.conv(y, "dw2", (48, 48), 3, "pad: 1 group: 48 bias_term: false", relu=False), 48)
    y = net.norm(net.conv(y, "linear", (48, 24), 1, "bias_term: false", relu=False), 24, relu=False)
    x = pool(net, net.add("Eltwise", f"{x} {y}", "sum"), "pool", "global_pooling: true", "AVE")
    return net, [net.add("Softmax", net.conv(x, "fc", (24, 10), 1, relu=False), "prob")]


def fcn() -> tuple[Files, list[str]]:
    """FCN-8s: padding of a hundred, crops to what came in, sums of scores, deconvolutions of one channel each."""
    net, classes = picture(40), 5
    x = pool(net, net.conv("data", "conv1", (3, 8), 3, "pad: 20"), "pool1", "kernel_size: 2 stride: 2")
    early = pool(net, net.conv(x, "conv2", (8, 12), 3, "pad: 1"), "pool2", "kernel_size: 2 stride: 2")
    x = pool(net, net.conv(early, "conv3", (12, 16), 3, "pad: 1"), "pool3", "kernel_size: 2 stride: 2")
    x = net.conv(net.conv(x, "fc6", (16, 24), 4), "score", (24, classes), 1, relu=False)
    x = up(net, x, "up2", classes, "kernel_size: 4 stride: 2")
    y = net.conv(early, "score_early", (12, classes), 1, relu=False)
    y = net.add("Crop", f"{y} {x}", "cropped", "crop_param { axis: 2 offset: 3 }")
    x = up(net, net.add("Eltwise", f"{x} {y}", "sum"), "up4", classes, "kernel_size: 8 stride: 4")
    return net, [net.add("Crop", f"{x} data", "out", "crop_param { axis: 2 offset: 9 }")]


def up(net: Files, x: str, top: str, classes: int, window: str) -> str:
    size = int(window.split()[1])
    params = f"num_output: {classes} bias_term: false group: {classes} {window}"
    return net.add("Deconvolution", x, top, f"convolution_param {{ {params} }}", [(classes, 1, size, size)])


NETWORKS = {made.__name__: made for made in (alexnet, vgg, googlenet, squeezenet, resnet, mobilenet, fcn)}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_gives_opencvs_numbers(name: str, tmp_path: Path, figure: Callable[[str], None]) -> None:
    net, outputs = NETWORKS[name]()
    path, feeds = net.write(tmp_path), net.feeds()
    model = edgesmith.load(path)
    assert [spec.name for spec in model.outputs] == outputs
    ours, (theirs,) = model(feeds), net.theirs(feeds, outputs)
    assert ours.shape == theirs.shape
    worst = float(np.abs(ours - theirs).max() / np.abs(theirs).max())
    figure(f"{name} from Caffe: differs from OpenCV by {worst:.2g} of the largest output")
    assert worst <= CLOSE
    wide = {"data": np.concatenate([feeds["data"]] * 3)}  # the batch is open, whatever the file says
    np.testing.assert_allclose(model(wide)[1:2], ours, atol=CLOSE)


def ssd(limits: str, code: str = "CENTER_SIZE", nothing: int = 0) -> Files:
    """Two maps with a box of each ratio, as the fork's own networks end."""
    net = picture(64)
    maps = [net.conv("data", "map0", (3, 16), 3, "pad: 1 stride: 4")]
    maps.append(net.conv(maps[0], "map1", (16, 24), 3, "pad: 1 stride: 2"))
    net.add("Normalize", "map0", "norm0", "norm_param { across_spatial: false channel_shared: false }", [(16,)])
    found: dict[str, list[str]] = {"loc": [], "conf": [], "prior": []}
    for place, x in enumerate(["norm0", "map1"]):
        wide = (16, 24)[place]
        for kind, size in (("loc", 4), ("conf", 5)):
            y = net.conv(x, f"{kind}{place}", (wide, 6 * size), 3, "pad: 1", relu=False)
            y = net.add("Permute", y, f"{y}_perm", "permute_param { order: 0 order: 2 order: 3 order: 1 }")
            found[kind].append(net.add("Flatten", y, f"{y}_flat", "flatten_param { axis: 1 }"))
        params = f"min_size: {12 + 8 * place} max_size: {20 + 16 * place} aspect_ratio: 2 aspect_ratio: 3 "
        params += "variance: 0.1 variance: 0.1 variance: 0.2 variance: 0.2 clip: false"
        found["prior"].append(net.add("PriorBox", f"{x} data", f"prior{place}", f"prior_box_param {{ {params} }}"))
    loc, conf = (net.add("Concat", " ".join(found[kind]), kind, "concat_param { axis: 1 }") for kind in ("loc", "conf"))
    prior = net.add("Concat", " ".join(found["prior"]), "prior", "concat_param { axis: 2 }")
    conf = net.add("Reshape", conf, "conf_reshape", "reshape_param { shape { dim: 0 dim: -1 dim: 5 } }")
    conf = net.add("Softmax", conf, "conf_softmax", "softmax_param { axis: 2 }")
    conf = net.add("Flatten", conf, "conf_flatten", "flatten_param { axis: 1 }")
    params = f"num_classes: 5 share_location: true background_label_id: {nothing} code_type: {code} {limits}"
    net.add("DetectionOutput", f"{loc} {conf} {prior}", "found", f"detection_output_param {{ {params} }}")
    return net


MOST = "nms_param { nms_threshold: 0.45 top_k: 100 } keep_top_k: 50 confidence_threshold: 0.25"
FEW = "nms_param { nms_threshold: 0.3 top_k: 20 } keep_top_k: 7 confidence_threshold: 0.3"


@pytest.mark.parametrize(
    ("limits", "code", "nothing"),
    [(MOST, "CENTER_SIZE", 0), (FEW, "CENTER_SIZE", 0), (MOST, "CORNER", 0), (FEW, "2", 4)],
)
def test_ssd_finds_what_opencv_finds(limits: str, code: str, nothing: int, tmp_path: Path) -> None:
    """The same rows; Caffe has them class by class, each in the order of its scores."""
    net = ssd(limits, code, nothing)
    path, feeds = net.write(tmp_path), net.feeds()
    ours, (theirs,) = edgesmith.load(path)(feeds), net.theirs(feeds, ["found"])
    assert ours.shape == theirs.shape
    assert ours.shape[2] > 5
    theirs = theirs[:, :, np.lexsort((-theirs[0, 0, :, 2], theirs[0, 0, :, 1]))]
    np.testing.assert_array_equal(ours[..., 1], theirs[..., 1])
    np.testing.assert_allclose(ours, theirs, atol=2e-5)


def test_ssd_may_find_nothing(tmp_path: Path) -> None:
    net = ssd("nms_param { nms_threshold: 0.45 } confidence_threshold: 0.99999")
    assert edgesmith.load(net.write(tmp_path))(net.feeds()).shape == (1, 1, 0, 7)
