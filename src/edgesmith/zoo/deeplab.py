"""DeepLabv3 on MobileNetV2 in its mobile form (Sandler et al., 2018, section 6.3): output stride 16, no atrous pyramid.

The pooled image is a branch of its own (Chen et al., "Rethinking Atrous Convolution for Semantic Image Segmentation",
2017).
"""

from __future__ import annotations

from edgesmith.ir import Graph, Value
from edgesmith.zoo.mobilenet_v2 import features
from edgesmith.zoo.net import Net, divisible


def graph(
    *, seed: int = 0, width: float = 1.0, resolution: int = 513, classes: int = 21, output_stride: int = 16
) -> Graph:
    """Scores (1, resolution, resolution, classes)."""
    net = Net("deeplab_mobilenet_v2", seed)
    x = features(net, net.input(1, resolution, resolution, 3), width, output_stride)
    inner = divisible(256 * width)
    pooled = resized(net, net.conv(net.mean(x, keep=True), inner), x.shape[1])
    x = net.conv(net.concat(pooled, net.conv(x, inner)), inner)
    return net.done(scores=resized(net, net.conv(x, classes, act=""), resolution))


def resized(net: Net, x: Value, size: int) -> Value:
    return net.b.add("resize", x, sizes=(size, size), mode="linear", coordinates="align_corners")
