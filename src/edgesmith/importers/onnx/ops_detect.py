"""Non-maximum suppression."""

from __future__ import annotations

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.onnx.call import Call, Result
from edgesmith.importers.onnx.tensors import Array


def NonMaxSuppression(c: Call) -> Result:
    """(count, 3) rows of batch, class and box. The count depends on the values, which must be known."""
    boxes, scores = c.array(0, "the boxes"), c.array(1, "the scores")
    if boxes.ndim != 3 or scores.ndim != 3 or boxes.shape[2] != 4 or boxes.shape[1] != scores.shape[2]:
        raise ModelError(f"boxes of shape {boxes.shape} and scores of shape {scores.shape} do not fit")
    most = int(c.array(2).reshape(-1)[0]) if c.has(2) and c.x(2).size else 0
    overlap = float(c.array(3).reshape(-1)[0]) if c.has(3) and c.x(3).size else 0.0
    least = float(c.array(4).reshape(-1)[0]) if c.has(4) and c.x(4).size else None
    rows = []
    for batch in range(boxes.shape[0]):
        corners = _corners(boxes[batch], bool(c.integer("center_point_box", 0)))
        for kind in range(scores.shape[1]):
            rows += [(batch, kind, box) for box in suppress(corners, scores[batch, kind], most, overlap, least)]
    return c.b.ints(np.array(rows, np.int64).reshape(-1, 3))


def _corners(boxes: Array, centred: bool) -> Array:
    """Boxes as (y1, x1, y2, x2) with the smaller numbers first."""
    if centred:
        x, y, w, h = (boxes[:, i] for i in range(4))
        return np.stack([y - h / 2, x - w / 2, y + h / 2, x + w / 2], axis=1)
    first, second = boxes[:, :2], boxes[:, 2:]
    return np.concatenate([np.minimum(first, second), np.maximum(first, second)], axis=1)


def suppress(corners: Array, scores: Array, most: int, overlap: float, least: float | None) -> list[int]:
    """Indices of the boxes that stay, best first; of equal scores the earlier box comes first."""
    order = [int(i) for i in np.argsort(-scores, kind="stable") if least is None or scores[i] > least]
    areas = np.prod(corners[:, 2:] - corners[:, :2], axis=1)
    kept: list[int] = []
    for box in order:
        if len(kept) >= most:
            break
        low = np.maximum(corners[kept, :2], corners[box, :2])
        high = np.minimum(corners[kept, 2:], corners[box, 2:])
        shared = np.prod(np.maximum(high - low, 0), axis=1)
        union = areas[kept] + areas[box] - shared
        if not (shared > overlap * np.maximum(union, 0)).any():
            kept.append(box)
    return kept
