"""Heads of detectors: prior boxes, and decoding with suppression of all but the best.

Detections are rows of (class, score, xmin, ymin, xmax, ymax), best first. Their number is known only after a run; the
output has room for the most that there can be, and its true length is part of the graph.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.detections import Limits, best_detections, decode
from edgesmith.importers.formulas import tiled_constants
from edgesmith.importers.ncnn.convert import Call, Result
from edgesmith.importers.priors import Priors, boxes_like_mxnet
from edgesmith.ir import Value

MAX_BOXES = 200_000


def PriorBox(c: Call) -> Result:
    """Boxes (x1, y1, x2, y2) around every place of the first blob, and below them their variances: (2, 4 n)."""
    height, width = c.x(0, range(3, 4)).shape[2:]
    layer = c.layer
    sizes, larger, ratios = layer.reals(0), layer.reals(1), layer.reals(2)
    wide, high = c.integer(9), c.integer(10)
    steps = c.real(11, -233.0), c.real(12, -233.0)
    if len(sizes) * (2 + 2 * len(ratios)) * height * width > MAX_BOXES:
        raise ModelError(f"{len(sizes)} sizes and {len(ratios)} ratios at {height} x {width} places")
    if len(c.inputs) == 1 and wide == high == -233 and not larger:
        boxes = boxes_like_mxnet(height, width, sizes, ratios, steps, c.real(13))
        return c.constant(np.clip(boxes, 0, 1).reshape(1, -1) if c.integer(8) else boxes.reshape(1, -1))
    picture = c.x(1, range(3, 4)).shape[2:] if len(c.inputs) > 1 else (0, 0)
    priors = Priors(
        sizes, larger, ratios, bool(c.integer(7, 1)), bool(c.integer(8)), c.real(13),
        image=(picture[0] if high == -233 else high, picture[1] if wide == -233 else wide),
        steps=(None if steps[1] == -233 else steps[1], None if steps[0] == -233 else steps[0]),
    )  # fmt: skip
    boxes = priors.boxes(height, width).reshape(-1)
    four = [c.real(3, 0.1), c.real(4, 0.1), c.real(5, 0.2), c.real(6, 0.2)]
    return c.constant(np.stack([boxes, tiled_constants(four, boxes.size)])[np.newaxis])


def _detected(c: Call, boxes: Value, scores: Value, limits: Limits, labels: Value | None = None) -> Value:
    table, number = best_detections(c.b, boxes, scores, limits, labels)
    y = c.b.expand_dims(table, 0)
    c.job.extents[y] = (1, number)
    return y


def DetectionOutput(c: Call) -> Result:
    """Caffe's SSD: location (4 n), confidence (n classes), prior boxes with variances (2, 4 n). Class 0 is nothing."""
    b, classes = c.b, c.integer(0)
    location, confidence, priors = c.x(0), c.x(1), c.x(2)
    limits = Limits(c.real(4, 0.5), c.real(1, 0.05), c.integer(2, 300), c.integer(3, 100))
    if classes == -233:  # MXNet's: confidence is (classes, n), priors have no variances
        count, classes = priors.size // 4, confidence.shape[1]
        table = b.reshape(confidence, (classes, count))
        spread = c.constant([[c.real(5, 0.1), c.real(6, 0.1), c.real(7, 0.2), c.real(8, 0.2)]])
        corners = b.reshape(priors, (count, 4))
    else:
        count = priors.size // 8
        if classes < 1 or confidence.size != count * classes:
            raise ModelError(f"{confidence.size} scores for {count} boxes of {classes} classes")
        table = b.transpose(b.reshape(confidence, (count, classes)), (1, 0))
        rows = b.reshape(priors, (2, count, 4))
        corners, spread = b.at(rows, 0, 0), b.at(rows, 0, 1)
    boxes = decode(b, b.reshape(location, (count, 4)), corners, spread)
    without = b.slice(table, 0, 1, classes)  # the background is none of the detections
    return _detected(c, boxes, without, limits)


def _yolo(c: Call, chances: bool) -> Result:
    """Boxes around anchors at every place of one or several maps of (anchors * (5 + classes), H, W).

    ``chances`` are made of the classes by softmax (version 2); otherwise each has its own (version 3).
    """
    b, layer = c.b, c.layer
    classes, anchors = c.integer(0, 20), c.integer(1, 5)
    biases = np.array(layer.reals(4), np.float32).reshape(-1, 2)
    if anchors < 1 or classes < 1:
        raise ModelError(f"{anchors} anchors, {classes} classes")
    parts: list[Sequence[Value]] = []
    for place in range(len(c.inputs)):
        x = c.x(place, range(3, 4))
        height, width = x.shape[2:]
        if x.shape[1] != anchors * (5 + classes):
            raise ModelError(f"a map of {x.shape[1]} channels; expected {anchors} * (5 + {classes})")
        if chances:
            sizes, scale = biases[:anchors], (width, height)
        else:
            mask = [int(number) for number in layer.reals(5)][place * anchors :][:anchors]
            zoom = layer.reals(6)[place]
            sizes, scale = biases[mask], (int(zoom * width), int(zoom * height))
        if len(sizes) != anchors:
            raise ModelError(f"{len(biases)} anchors; expected {anchors}")
        rows = b.reshape(x, (anchors, 5 + classes, height * width))
        columns = np.stack(np.meshgrid(np.arange(width), np.arange(height)), 0).reshape(1, 2, -1)
        shape = np.array([width, height]).reshape(1, 2, 1)
        moved = b.plus(b.unary("sigmoid", b.slice(rows, 1, 0, 2)), c.constant(columns))
        centre = b.over(moved, c.constant(shape))
        grown = b.unary("exp", b.slice(rows, 1, 2, 4))
        half = b.times(grown, c.constant((sizes / np.array(scale, np.float32))[:, :, None] * 0.5))
        corners = b.concat([b.minus(centre, half), b.plus(centre, half)], 1)
        logits = b.slice(rows, 1, 5, 5 + classes)
        best = b.reduce("reduce_max", b.add("softmax", logits, axis=1) if chances else logits, [1])
        there = b.at(rows, 1, 4)
        if chances:
            score = b.times(b.unary("sigmoid", there), best)
        else:  # 1 / (1 + e^-there (1 + e^-best)), which is what ncnn computes; thresholds are chosen by that
            score = b.unary("sigmoid", b.minus(there, b.unary("softplus", b.unary("neg", best))))
        label = b.plus(b.add("argmax", logits, axis=1), b.ints(1))
        listed = b.reshape(b.transpose(corners, (0, 2, 1)), (-1, 4))
        parts.append([listed, b.reshape(score, (-1,)), b.reshape(label, (-1,))])
    boxes, scores, labels = (b.concat([part[i] for part in parts], 0) for i in range(3))
    least = float(np.nextafter(np.float32(c.real(2, 0.01)), np.float32(-np.inf)))  # a score as large as it counts
    return _detected(c, boxes, b.expand_dims(scores, 0), Limits(least, c.real(3, 0.45), 0, 0), labels)


def YoloDetectionOutput(c: Call) -> Result:
    return _yolo(c, True)


def Yolov3DetectionOutput(c: Call) -> Result:
    return _yolo(c, False)
