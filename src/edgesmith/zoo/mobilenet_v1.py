"""MobileNetV1 (Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision", 2017)."""

from __future__ import annotations

from edgesmith.ir import Graph
from edgesmith.zoo.net import Net

BLOCKS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]


def graph(*, seed: int = 0, width: float = 1.0, resolution: int = 224, classes: int = 1000) -> Graph:
    """Table 1 of the paper; ``width`` 0.25 at 96 is the visual wake words model of MLPerf Tiny."""
    net = Net("mobilenet_v1", seed)
    x = net.conv(net.input(1, resolution, resolution, 3), int(32 * width), 3, 2, "relu6")
    for channels, stride in BLOCKS:
        x = net.depthwise(x, 3, stride, "relu6")
        x = net.conv(x, int(channels * width), act="relu6")
    return net.done(probabilities=net.softmax(net.dense(net.mean(x), classes)))
