"""MobileNetV3 (Howard et al., "Searching for MobileNetV3", 2019)."""

from __future__ import annotations

from edgesmith.errors import UsageError
from edgesmith.ir import Graph, Value
from edgesmith.zoo.net import Net, divisible

# kernel, expanded channels, channels, squeeze and excite, activation, stride: tables 1 and 2 of the paper
R, H = "relu", "hard_swish"
LARGE = [
    (3, 16, 16, False, R, 1), (3, 64, 24, False, R, 2), (3, 72, 24, False, R, 1), (5, 72, 40, True, R, 2),
    (5, 120, 40, True, R, 1), (5, 120, 40, True, R, 1), (3, 240, 80, False, H, 2), (3, 200, 80, False, H, 1),
    (3, 184, 80, False, H, 1), (3, 184, 80, False, H, 1), (3, 480, 112, True, H, 1), (3, 672, 112, True, H, 1),
    (5, 672, 160, True, H, 2), (5, 960, 160, True, H, 1), (5, 960, 160, True, H, 1),
]  # fmt: skip
SMALL = [
    (3, 16, 16, True, R, 2), (3, 72, 24, False, R, 2), (3, 88, 24, False, R, 1), (5, 96, 40, True, H, 2),
    (5, 240, 40, True, H, 1), (5, 240, 40, True, H, 1), (5, 120, 48, True, H, 1), (5, 144, 48, True, H, 1),
    (5, 288, 96, True, H, 2), (5, 576, 96, True, H, 1), (5, 576, 96, True, H, 1),
]  # fmt: skip
SIZES = {"large": (LARGE, 960, 1280), "small": (SMALL, 576, 1024)}


def graph(
    *, seed: int = 0, size: str = "large", width: float = 1.0, resolution: int = 224, classes: int = 1000
) -> Graph:
    if size not in SIZES:
        raise UsageError(f"MobileNetV3 comes as {' or '.join(SIZES)}, not '{size}'")
    blocks, last, head = SIZES[size]
    net = Net(f"mobilenet_v3_{size}", seed)
    x = net.conv(net.input(1, resolution, resolution, 3), divisible(16 * width), 3, 2, H)
    for kernel, expanded, channels, squeezed, act, stride in blocks:
        x = _block(net, x, kernel, divisible(expanded * width), divisible(channels * width), squeezed, act, stride)
    x = net.conv(x, divisible(last * width), act=H)
    x = net.conv(net.mean(x, keep=True), divisible(head * max(width, 1.0)), act=H)
    x = net.conv(x, classes, act="")
    return net.done(probabilities=net.softmax(net.reshape(x, 1, classes)))


def _block(
    net: Net, x: Value, kernel: int, expanded: int, channels: int, squeezed: bool, act: str, stride: int
) -> Value:
    y = net.conv(x, expanded, act=act) if expanded != x.shape[3] else x
    y = net.depthwise(y, kernel, stride, act)
    y = squeeze_excite(net, y) if squeezed else y
    residual = stride == 1 and x.shape[3] == channels
    y = net.conv(y, channels, act="", gain=0.5 if residual else 1.0)
    return net.add(x, y) if residual else y


def squeeze_excite(net: Net, x: Value) -> Value:
    """Channels weighted by what all places say (Hu et al., "Squeeze-and-Excitation Networks", 2018), to a quarter."""
    squeezed = net.conv(net.mean(x, keep=True), divisible(x.shape[3] / 4))
    return net.b.add("mul", x, net.conv(squeezed, x.shape[3], act="hard_sigmoid"))
