"""Heads of single-shot detectors: prior boxes, and detections decoded from them.

Source: W. Liu et al., "SSD: Single Shot MultiBox Detector" (2016), whose fork of Caffe brought these layers.
"""

from __future__ import annotations

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.caffe.convert import Call, Result
from edgesmith.importers.caffe.text import Message
from edgesmith.importers.detections import Limits, best_detections, decode
from edgesmith.importers.formulas import tiled_constants
from edgesmith.importers.priors import Priors
from edgesmith.ir import Value

MAX_BOXES = 200_000
CODES = ("CORNER", "CENTER_SIZE", "CORNER_SIZE")


def _pair(p: Message, both: str, high: str, wide: str) -> tuple[float, float]:
    """Height and width, given as one number or apart; 0 where neither is."""
    if both in p:
        return p.real(both), p.real(both)
    return p.real(high), p.real(wide)


def _ratios(p: Message) -> list[float]:
    """Each ratio once, turned over too where the file says so; squares are there anyway."""
    found = [1.0]
    for ratio in p.reals("aspect_ratio"):
        if not ratio > 0 or any(abs(ratio - other) < 1e-6 for other in found):
            if not ratio > 0:
                raise ModelError(f"an aspect ratio of {ratio}")
            continue
        found += [ratio, 1 / ratio] if p.flag("flip", True) else [ratio]
    return found[1:]


def PriorBox(c: Call) -> Result:
    """Boxes (x1, y1, x2, y2) around every place of the first blob, and below them their variances: (1, 2, 4 n)."""
    p = c.param("prior_box_param")
    (height, width), picture = c.x(0, range(4, 5)).shape[2:], c.x(1, range(4, 5)).shape[2:]
    sizes, larger, ratios = p.reals("min_size"), p.reals("max_size"), _ratios(p)
    if len(sizes) * (2 + len(ratios)) * height * width > MAX_BOXES:
        raise ModelError(f"{len(sizes)} sizes and {len(ratios)} ratios at {height} x {width} places")
    image, steps = _pair(p, "img_size", "img_h", "img_w"), _pair(p, "step", "step_h", "step_w")
    stepped = min(steps) > 0
    priors = Priors(
        sizes, larger, ratios, False, p.flag("clip"), p.real("offset", 0.5),
        image=(int(image[0]), int(image[1])) if min(image) > 0 else (picture[0], picture[1]),
        steps=steps if stepped else (None, None),
    )  # fmt: skip
    boxes = priors.boxes(height, width).reshape(-1)
    variances = p.reals("variance") or [0.1]
    if len(variances) not in (1, 4) or min(variances) <= 0:
        raise ModelError(f"variances {variances[:9]}; expected one or four above 0")
    return c.constant(np.stack([boxes, tiled_constants(variances, boxes.size)])[np.newaxis])


def _boxes(c: Call, code: str, location: Value, corners: Value, spread: Value | None) -> Value:
    """Corners of the boxes (B, 4) that a network moves its prior boxes to."""
    b = c.b
    spread = b.full((1, 1), 1.0, corners.dtype) if spread is None else spread
    if code == "CENTER_SIZE":
        return decode(b, location, corners, spread)
    moved = b.times(location, spread)
    if code == "CORNER_SIZE":
        size = b.minus(b.slice(corners, 1, 2, 4), b.slice(corners, 1, 0, 2))
        moved = b.times(moved, b.concat([size, size], 1))
    return b.plus(corners, moved)


def DetectionOutput(c: Call) -> Result:
    """Rows (0, class, score, xmin, ymin, xmax, ymax) of one picture, sorted by class, then score: (1, 1, n, 7)."""
    p, b = c.param("detection_output_param"), c.b
    suppression, code = p.message("nms_param"), p.choice("code_type", CODES, "CORNER", first=1)
    classes, nothing = p.integer("num_classes"), p.integer("background_label_id", 0)
    location, confidence, priors = c.x(0), c.x(1), c.x(2)
    if location.shape[0] != 1 or priors.rank != 3 or priors.shape[:2] != (1, 2):
        c.unsupported("a batch of more than one picture" if location.shape[0] != 1 else "prior boxes without variances")
    if not p.flag("share_location", True):
        c.unsupported("boxes of their own for each class (share_location: false)")
    if suppression.real("eta", 1.0) != 1:
        c.unsupported("a threshold that falls from box to box (eta)")
    count = priors.size // 8
    if classes < 1 or confidence.size != count * classes or location.size != 4 * count:
        raise ModelError(f"{location.size} places and {confidence.size} scores for {count} boxes of {classes} classes")
    rows = b.reshape(priors, (2, count, 4))
    spread = None if p.flag("variance_encoded_in_target") else b.at(rows, 0, 1)
    boxes = _boxes(c, code, b.reshape(location, (count, 4)), b.at(rows, 0, 0), spread)
    if p.flag("clip"):
        boxes = b.clip(boxes, 0.0, 1.0)
    kinds = [kind for kind in range(classes) if kind != nothing]
    if not kinds:
        raise ModelError("its only class is the background")
    scores = b.gather(b.transpose(b.reshape(confidence, (count, classes)), (1, 0)), kinds, 0)
    limits = Limits(
        p.real("confidence_threshold", -float(np.finfo(np.float32).max)), suppression.real("nms_threshold", 0.3),
        suppression.integer("top_k", -1), p.integer("keep_top_k", -1),
    )  # fmt: skip
    table, number = best_detections(b, boxes, scores, limits, classes=kinds)
    table = b.concat([b.full((table.shape[0], 1), 0.0, table.dtype), table], 1)
    y = b.reshape(table, (1, 1, *table.shape))
    c.job.extents[y] = (2, number)
    return y
