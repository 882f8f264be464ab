"""EfficientNet-EdgeTPU-S (Gupta and Tan, "EfficientNet-EdgeTPU", 2019): early blocks expand by whole convolutions."""

from __future__ import annotations

from edgesmith.ir import Graph, Value
from edgesmith.zoo.net import Net, divisible

# whole convolution, kernel, expansion, channels, repeats, stride
STAGES = [
    (True, 3, 4, 24, 1, 1), (True, 3, 8, 32, 2, 2), (True, 3, 8, 48, 4, 2), (False, 5, 8, 96, 5, 2),
    (False, 5, 8, 144, 4, 1), (False, 5, 8, 192, 2, 2),
]  # fmt: skip


def graph(*, seed: int = 0, width: float = 1.0, resolution: int = 224, classes: int = 1000) -> Graph:
    net = Net("efficientnet_edgetpu_s", seed)
    x = net.conv(net.input(1, resolution, resolution, 3), 32, 3, 2)
    before = divisible(24 * width)  # the first block expands as if the stem had as many channels as its result
    for whole, kernel, expansion, channels, repeats, stride in STAGES:
        for repeat in range(repeats):
            out = divisible(channels * width)
            x = _block(net, x, whole, kernel, before * expansion, out, stride if repeat == 0 else 1)
            before = out
    return net.done(probabilities=net.softmax(net.dense(net.mean(net.conv(x, 1280)), classes)))


def _block(net: Net, x: Value, whole: bool, kernel: int, expanded: int, channels: int, stride: int) -> Value:
    if whole:
        y = net.conv(x, expanded, kernel, stride)
    else:
        y = net.depthwise(net.conv(x, expanded), kernel, stride)
    residual = stride == 1 and x.shape[3] == channels
    y = net.conv(y, channels, act="", gain=0.5 if residual else 1.0)
    return net.add(x, y) if residual else y
