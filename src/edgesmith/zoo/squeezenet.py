"""SqueezeNet 1.1 (Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters", 2016; revised)."""

from __future__ import annotations

from edgesmith.ir import Graph, Value
from edgesmith.zoo.net import Net

FIRES = [(16, 64), (16, 64), None, (32, 128), (32, 128), None, (48, 192), (48, 192), (64, 256), (64, 256)]


def graph(*, seed: int = 0, resolution: int = 224, classes: int = 1000) -> Graph:
    """``None`` in ``FIRES`` is a pool; pools keep no padding."""
    net = Net("squeezenet_1_1", seed)
    x = net.conv(net.input(1, resolution, resolution, 3), 64, 3, 2, padding="valid")
    x = net.max_pool(x, 3, 2, "valid")
    for fire in FIRES:
        x = net.max_pool(x, 3, 2, "valid") if fire is None else _fire(net, x, *fire)
    return net.done(probabilities=net.softmax(net.mean(net.conv(x, classes))))


def _fire(net: Net, x: Value, squeezed: int, expanded: int) -> Value:
    x = net.conv(x, squeezed)
    return net.concat(net.conv(x, expanded), net.conv(x, expanded, 3))
