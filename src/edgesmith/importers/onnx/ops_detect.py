"""Non-maximum suppression."""

from __future__ import annotations

import math

from edgesmith.importers.onnx.call import Call, Result
from edgesmith.importers.onnx.ragged import ragged
from edgesmith.types import DType


def NonMaxSuppression(c: Call) -> Result:
    """(count, 3) rows of batch, class and box, as many as there are."""
    b, boxes, scores = c.b, c.x(0), c.x(1)
    attrs = {
        "keep": max(0, min(int(c.array(2).reshape(-1)[0]), boxes.shape[1])) if _given(c, 2) else 0,
        "iou_threshold": float(c.array(3).reshape(-1)[0]) if _given(c, 3) else 0.0,
        "score_threshold": float(c.array(4).reshape(-1)[0]) if _given(c, 4) else -math.inf,
        "center_point_box": bool(c.integer("center_point_box", 0)),
    }
    rows, count = b.add_multi("non_max_suppression", [b.cast(boxes, DType.F32), b.cast(scores, DType.F32)], attrs=attrs)
    return ragged(rows, 0, count)


def _given(c: Call, index: int) -> bool:
    return c.has(index) and c.x(index).size > 0
