"""The fully connected autoencoder of MLPerf Tiny's anomaly detection (Banbury et al., 2021)."""

from __future__ import annotations

from edgesmith.ir import Graph
from edgesmith.zoo.net import Net


def graph(*, seed: int = 0, inputs: int = 640, hidden: int = 128, code: int = 8) -> Graph:
    net = Net("autoencoder", seed)
    x = net.input(1, inputs)
    for channels in (*[hidden] * 4, code, *[hidden] * 4):
        x = net.dense(x, channels, "relu")
    return net.done(reconstruction=net.dense(x, inputs))
