"""Heads of detectors: prior boxes, and decoding with suppression of all but the best.

Detections are rows of (class, score, xmin, ymin, xmax, ymax), best first. Their number is known only after a run; the
output has room for the most that there can be, and its true length is part of the graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.emit import Emitter
from edgesmith.importers.ncnn.convert import Call, Result
from edgesmith.importers.priors import Priors, boxes_like_mxnet
from edgesmith.ir import Value
from edgesmith.types import DType

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
    variances = np.tile(np.array(four, np.float32), boxes.size // 4)
    return c.constant(np.stack([boxes, variances])[np.newaxis])


@dataclass(frozen=True, slots=True)
class Limits:
    """What is kept: scores above ``score``, overlaps up to ``overlap``, the best of a class before and of all after."""

    score: float
    overlap: float
    candidates: int
    kept: int


def best_detections(
    b: Emitter, boxes: Value, scores: Value, limits: Limits, labels: Value | None = None
) -> tuple[Value, Value]:
    """Rows of (class, score, box) in the order of their scores, and how many there are.

    Args:
        b: the builder.
        boxes: (B, 4) corners, of every class.
        scores: (classes, B).
        limits: what is kept.
        labels: (B,) names the class of each box, where ``scores`` has one row for all; otherwise row k is class k + 1.
    """
    classes, count = scores.shape
    candidates = min(limits.candidates, count) if limits.candidates > 0 else count
    if candidates < count:  # the best of each class, before any suppression
        scores, places = b.add_multi("topk", [scores], attrs={"k": candidates, "axis": 1})
        chosen = b.reshape(b.gather(boxes, b.reshape(places, (-1,)), 0), (classes, candidates, 4))
    else:
        places = None
        chosen = b.expand(b.expand_dims(boxes, 0), (classes, count, 4))
    rows, found = b.add_multi(
        "non_max_suppression",
        [chosen, b.expand_dims(scores, 1)],
        attrs={"keep": candidates, "iou_threshold": limits.overlap, "score_threshold": limits.score},
    )
    kinds, at = b.at(rows, 1, 0), b.at(rows, 1, 2)
    flat = b.plus(b.times(kinds, candidates), at)
    total = rows.shape[0]
    real = b.binary("less", b.ints(np.arange(total)), b.reshape(found, (1,)))
    picked = b.where(real, b.gather(b.reshape(scores, (-1,)), flat, 0), -np.inf)
    keep = min(limits.kept, total) if limits.kept > 0 else total
    best, order = b.add_multi("topk", [picked], attrs={"k": keep, "axis": 0})
    flat = b.gather(flat, order, 0)
    kinds = b.plus(b.gather(kinds, order, 0), 1)
    corners = b.gather(b.reshape(chosen, (-1, 4)), flat, 0)
    if labels is not None:
        kinds = b.gather(labels, flat if places is None else b.gather(b.reshape(places, (-1,)), flat, 0), 0)
    columns = [b.expand_dims(b.cast(kinds, DType.F32), 1), b.expand_dims(best, 1), corners]
    number = b.binary("minimum", found, b.constant(np.int64(keep), DType.I64))
    table = b.concat(columns, 1)
    table = b.where(b.binary("less", b.ints(np.arange(keep)[:, None]), b.reshape(number, (1, 1))), table, 0.0)
    return table, number


def _detected(c: Call, boxes: Value, scores: Value, limits: Limits, labels: Value | None = None) -> Value:
    table, number = best_detections(c.b, boxes, scores, limits, labels)
    y = c.b.expand_dims(table, 0)
    c.job.extents[y] = (1, number)
    return y


def decode(b: Emitter, location: Value, priors: Value, variances: Value) -> Value:
    """Boxes (B, 4) from what a network says of them relative to prior boxes: centre and logarithm of the size."""
    low, high = b.slice(priors, 1, 0, 2), b.slice(priors, 1, 2, 4)
    size, centre = b.minus(high, low), b.times(b.plus(low, high), 0.5)
    moved = b.times(location, variances)
    middle = b.plus(b.times(b.slice(moved, 1, 0, 2), size), centre)
    half = b.times(b.times(b.unary("exp", b.slice(moved, 1, 2, 4)), size), 0.5)
    return b.concat([b.minus(middle, half), b.plus(middle, half)], 1)


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
