"""ResNet-50 (He et al., "Deep Residual Learning for Image Recognition", 2016), strided in its 3x3 layers (v1.5)."""

from __future__ import annotations

from edgesmith.ir import Graph, Value
from edgesmith.zoo.net import Net

STAGES = [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]  # channels, blocks, stride


def graph(*, seed: int = 0, width: float = 1.0, resolution: int = 224, classes: int = 1000) -> Graph:
    net = Net("resnet50", seed)
    x = net.conv(net.input(1, resolution, resolution, 3), int(64 * width), 7, 2)
    x = net.max_pool(x, 3, 2)
    for channels, blocks, stride in STAGES:
        for index in range(blocks):
            x = _block(net, x, int(channels * width), stride if index == 0 else 1, index == 0)
    return net.done(probabilities=net.softmax(net.dense(net.mean(x), classes)))


def _block(net: Net, x: Value, channels: int, stride: int, projected: bool) -> Value:
    y = net.conv(x, channels)
    y = net.conv(y, channels, 3, stride)
    y = net.conv(y, channels * 4, act="", gain=0.5)
    return net.add(net.conv(x, channels * 4, 1, stride, "") if projected else x, y, "relu")
