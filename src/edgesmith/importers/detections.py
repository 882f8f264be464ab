"""The last step of detectors: boxes decoded from prior boxes, and all but the best suppressed.

The number of detections is known only after a run; tables have room for the most that there can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgesmith.importers.emit import Emitter
from edgesmith.ir import Value
from edgesmith.types import DType


@dataclass(frozen=True, slots=True)
class Limits:
    """What is kept: scores above ``score``, overlaps up to ``overlap``, the best of a class before and of all after."""

    score: float
    overlap: float
    candidates: int
    kept: int


def decode(b: Emitter, location: Value, priors: Value, variances: Value) -> Value:
    """Boxes (B, 4) from what a network says of them relative to prior boxes: centre and logarithm of the size."""
    low, high = b.slice(priors, 1, 0, 2), b.slice(priors, 1, 2, 4)
    size, centre = b.minus(high, low), b.times(b.plus(low, high), 0.5)
    moved = b.times(location, variances)
    middle = b.plus(b.times(b.slice(moved, 1, 0, 2), size), centre)
    half = b.times(b.times(b.unary("exp", b.slice(moved, 1, 2, 4)), size), 0.5)
    return b.concat([b.minus(middle, half), b.plus(middle, half)], 1)


def best_detections(
    b: Emitter,
    boxes: Value,
    scores: Value,
    limits: Limits,
    labels: Value | None = None,
    classes: Sequence[int] | None = None,
) -> tuple[Value, Value]:
    """Rows of (class, score, box), best first, and how many there are.

    Args:
        b: the builder.
        boxes: (B, 4) corners, of every class.
        scores: (classes, B).
        limits: what is kept.
        labels: (B,) names the class of each box, where ``scores`` has one row for all; otherwise row k is class k + 1.
        classes: the class of each row of ``scores``; rows of the result are then sorted by those, as Caffe's are.
    """
    count = scores.shape[1]
    candidates = min(limits.candidates, count) if limits.candidates > 0 else count
    if candidates < count:  # the best of each class, before any suppression
        scores, places = b.add_multi("topk", [scores], attrs={"k": candidates, "axis": 1})
        chosen = b.reshape(b.gather(boxes, b.reshape(places, (-1,)), 0), (scores.shape[0], candidates, 4))
    else:
        places = None
        chosen = b.expand(b.expand_dims(boxes, 0), (scores.shape[0], count, 4))
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
    if classes is not None:  # the order before was that of the classes
        order = b.add_multi("topk", [order], attrs={"k": keep, "axis": 0, "largest": False})[0]
        best = b.gather(picked, order, 0)
    flat = b.gather(flat, order, 0)
    kinds = b.gather(kinds, order, 0)
    corners = b.gather(b.reshape(chosen, (-1, 4)), flat, 0)
    if labels is not None:
        kinds = b.gather(labels, flat if places is None else b.gather(b.reshape(places, (-1,)), flat, 0), 0)
    else:
        kinds = b.plus(kinds, 1) if classes is None else b.gather(b.ints(classes), kinds, 0)
    columns = [b.expand_dims(b.cast(kinds, DType.F32), 1), b.expand_dims(best, 1), corners]
    number = b.binary("minimum", found, b.constant(np.int64(keep), DType.I64))
    table = b.concat(columns, 1)
    table = b.where(b.binary("less", b.ints(np.arange(keep)[:, None]), b.reshape(number, (1, 1))), table, 0.0)
    return table, number
