"""DS-CNN, the keyword spotting model of MLPerf Tiny (Banbury et al., "MLPerf Tiny Benchmark", 2021)."""

from __future__ import annotations

from edgesmith.ir import Graph
from edgesmith.zoo.net import Net


def graph(*, seed: int = 0, frames: int = 49, features: int = 10, channels: int = 64, classes: int = 12) -> Graph:
    """49 frames of 10 cepstral coefficients; the small model of Zhang et al., "Hello Edge", 2017."""
    net = Net("ds_cnn", seed)
    x = net.conv(net.input(1, frames, features, 1), channels, (10, 4), 2)
    for _ in range(4):
        x = net.conv(net.depthwise(x), channels)
    return net.done(probabilities=net.softmax(net.dense(net.mean(x), classes)))
