"""ResNet-8 for CIFAR-10, the image classification model of MLPerf Tiny (Banbury et al., 2021)."""

from __future__ import annotations

from edgesmith.ir import Graph
from edgesmith.zoo.net import Net


def graph(*, seed: int = 0, resolution: int = 32, classes: int = 10) -> Graph:
    net = Net("resnet8", seed)
    x = net.conv(net.input(1, resolution, resolution, 3), 16, 3)
    for channels, stride in ((16, 1), (32, 2), (64, 2)):
        y = net.conv(net.conv(x, channels, 3, stride), channels, 3, act="", gain=0.7)
        x = net.add(x if stride == 1 else net.conv(x, channels, 1, stride, ""), y, "relu")
    return net.done(probabilities=net.softmax(net.dense(net.mean(x), classes)))
