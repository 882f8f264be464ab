"""SSDLite on MobileNetV2 (Sandler et al., 2018, section 6.2): a single-shot detector whose layers are all separable."""

from __future__ import annotations

from edgesmith.ir import Graph, Value
from edgesmith.zoo.mobilenet_v2 import features
from edgesmith.zoo.net import Net, divisible

EXTRA = (512, 256, 256, 128)
ANCHORS = (3, 6, 6, 6, 6, 6)


def graph(*, seed: int = 0, width: float = 1.0, resolution: int = 320, classes: int = 91) -> Graph:
    """Boxes (1, anchors, 4) as offsets from anchors, and scores (1, anchors, classes); nothing is decoded.

    Predictors sit on the last expansion at stride 16, on the last layer at 32, and on four halvings of that.
    """
    net = Net("ssdlite_mobilenet_v2", seed)
    x = features(net, net.input(1, resolution, resolution, 3), width)
    middle = next(node.input(0) for node in reversed(net.b.graph.nodes) if node.attrs.get("strides") == (2, 2))
    maps = [middle, net.conv(x, divisible(1280 * max(width, 1.0)), act="relu6")]
    for channels in EXTRA:
        y = net.conv(maps[-1], divisible(channels * width / 2), act="relu6")
        maps.append(net.conv(net.depthwise(y, 3, 2, "relu6"), divisible(channels * width), act="relu6"))
    heads = [
        (_head(net, x, anchors, 4), _head(net, x, anchors, classes)) for x, anchors in zip(maps, ANCHORS, strict=True)
    ]
    boxes, scores = (net.b.add("concat", *parts, axis=1) for parts in zip(*heads, strict=True))
    return net.done(boxes=boxes, scores=net.act(scores, "sigmoid"))


def _head(net: Net, x: Value, anchors: int, numbers: int) -> Value:
    y = net.conv(net.depthwise(x, act="relu6"), anchors * numbers, act="")
    return net.reshape(y, 1, y.shape[1] * y.shape[2] * anchors, numbers)
