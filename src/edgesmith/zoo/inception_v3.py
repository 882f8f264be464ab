"""Inception v3 (Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2016), one head."""

from __future__ import annotations

from edgesmith.ir import Graph, Value
from edgesmith.zoo.net import Net

Layer = tuple[int, int | tuple[int, int]]  # channels, kernel
WIDE, HIGH = (1, 7), (7, 1)


def graph(*, seed: int = 0, width: float = 1.0, resolution: int = 299, classes: int = 1000) -> Graph:
    return _Inception(Net("inception_v3", seed), width).graph(resolution, classes)


class _Inception:
    def __init__(self, net: Net, width: float) -> None:
        self.net = net
        self.width = width

    def graph(self, resolution: int, classes: int) -> Graph:
        net = self.net
        x = self.conv(net.input(1, resolution, resolution, 3), 32, 3, 2, "valid")
        x = self.conv(self.conv(x, 32, 3, 1, "valid"), 64, 3)
        x = self.conv(self.conv(net.max_pool(x, 3, 2, "valid"), 80), 192, 3, 1, "valid")
        x = net.max_pool(x, 3, 2, "valid")
        for pooled in (32, 64, 64):  # 35 x 35
            x = self.mixed(x, [[(64, 1)], [(48, 1), (64, 5)], [(64, 1), (96, 3), (96, 3)]], pooled)
        x = self.reduced(x, [[(384, 3)], [(64, 1), (96, 3), (96, 3)]])
        for c in (128, 160, 160, 192):  # 17 x 17, sevens factorized
            double: list[Layer] = [(c, 1), (c, HIGH), (c, WIDE), (c, HIGH), (192, WIDE)]
            x = self.mixed(x, [[(192, 1)], [(c, 1), (c, WIDE), (192, HIGH)], double], 192)
        x = self.reduced(x, [[(192, 1), (320, 3)], [(192, 1), (192, WIDE), (192, HIGH), (192, 3)]])
        for _ in range(2):  # 8 x 8, outputs expanded
            x = self.expanded(x)
        return net.done(probabilities=net.softmax(net.dense(net.mean(x), classes)))

    def conv(
        self, x: Value, channels: int, kernel: int | tuple[int, int] = 1, stride: int = 1, padding: str = "same"
    ) -> Value:
        return self.net.conv(x, max(int(channels * self.width), 1), kernel, stride, padding=padding)

    def chain(self, x: Value, layers: list[Layer]) -> Value:
        for channels, kernel in layers:
            x = self.conv(x, channels, kernel)
        return x

    def mixed(self, x: Value, branches: list[list[Layer]], pooled: int) -> Value:
        """Branches beside each other, and a pool with a layer of its own."""
        parts = [self.chain(x, layers) for layers in branches]
        return self.net.concat(*parts, self.conv(self.net.avg_pool(x, 3, 1), pooled))

    def reduced(self, x: Value, branches: list[list[Layer]]) -> Value:
        """Half the rows and columns: by the last layer of each branch, and by a pool."""
        parts = [self.conv(self.chain(x, layers[:-1]), *layers[-1], 2, "valid") for layers in branches]
        return self.net.concat(*parts, self.net.max_pool(x, 3, 2, "valid"))

    def expanded(self, x: Value) -> Value:
        one = self.conv(x, 384)
        two = self.chain(x, [(448, 1), (384, 3)])
        parts = [self.conv(part, 384, kernel) for part in (one, two) for kernel in ((1, 3), (3, 1))]
        return self.net.concat(self.conv(x, 320), *parts, self.conv(self.net.avg_pool(x, 3, 1), 192))
