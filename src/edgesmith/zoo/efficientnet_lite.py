"""EfficientNet-Lite0: B0 (Tan and Le, "EfficientNet: Rethinking Model Scaling", 2019) without squeeze and excite."""

from __future__ import annotations

from edgesmith.ir import Graph
from edgesmith.zoo.mobilenet_v2 import bottleneck
from edgesmith.zoo.net import Net, divisible

# kernel, expansion, channels, repeats, stride: table 1 of the paper
STAGES = [
    (3, 1, 16, 1, 1), (3, 6, 24, 2, 2), (5, 6, 40, 2, 2), (3, 6, 80, 3, 2), (5, 6, 112, 3, 1), (5, 6, 192, 4, 2),
    (3, 6, 320, 1, 1),
]  # fmt: skip


def graph(*, seed: int = 0, width: float = 1.0, resolution: int = 224, classes: int = 1000) -> Graph:
    """All activations are ReLU6, so that int8 holds them."""
    net = Net("efficientnet_lite0", seed)
    x = net.conv(net.input(1, resolution, resolution, 3), 32, 3, 2, "relu6")
    for kernel, expansion, channels, repeats, stride in STAGES:
        for repeat in range(repeats):
            x = bottleneck(net, x, expansion, divisible(channels * width), stride if repeat == 0 else 1, kernel=kernel)
    x = net.conv(x, 1280, act="relu6")
    return net.done(probabilities=net.softmax(net.dense(net.mean(x), classes)))
