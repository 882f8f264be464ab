"""MobileNetV2 (Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018)."""

from __future__ import annotations

from edgesmith.ir import Graph, Value
from edgesmith.zoo.net import Net, divisible

# expansion, channels, repeats, stride: table 2 of the paper
STAGES = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]


def graph(*, seed: int = 0, width: float = 1.0, resolution: int = 224, classes: int = 1000) -> Graph:
    net = Net("mobilenet_v2", seed)
    x = features(net, net.input(1, resolution, resolution, 3), width)
    x = net.conv(x, divisible(1280 * max(width, 1.0)), act="relu6")
    return net.done(probabilities=net.softmax(net.dense(net.mean(x), classes)))


def features(net: Net, x: Value, width: float, output_stride: int = 32) -> Value:
    """The last bottleneck's result. From ``output_stride`` on, strides become dilations (Chen et al., 2017)."""
    x = net.conv(x, divisible(32 * width), 3, 2, "relu6")
    reached, dilation = 2, 1
    for expansion, channels, repeats, first_stride in STAGES:
        for repeat in range(repeats):
            stride, rate = (first_stride if repeat == 0 else 1), dilation
            if stride == 2 and reached == output_stride:
                stride, dilation = 1, dilation * 2
            reached *= stride
            x = bottleneck(net, x, expansion, divisible(channels * width), stride, rate)
    return x


def bottleneck(
    net: Net, x: Value, expansion: int, channels: int, stride: int, dilation: int = 1, kernel: int = 3
) -> Value:
    """Expand, filter, project; with a residual where the shape stays."""
    y = net.conv(x, x.shape[3] * expansion, act="relu6") if expansion != 1 else x
    y = net.depthwise(y, kernel, stride, "relu6", dilation=dilation)
    residual = stride == 1 and x.shape[3] == channels
    y = net.conv(y, channels, act="", gain=0.5 if residual else 1.0)
    return net.add(x, y) if residual else y
