"""non_max_suppression: of boxes that overlap, only the best stays; for each batch and class. As ONNX defines it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, Operator, TensorType, operator
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType

Kernel(
    "non_max_suppression",
    "detect.c",
    """
    in f32 boxes[N * B * 4]
    in f32 scores[N * C * B]
    out i64 indices[N * C * keep * 3]
    out i64 count[1]
    i32 N B C keep centred
    f32 iou_threshold score_threshold
    """,
    require="keep <= B",
    work="N * C * (B * 16 + keep * keep)",
    scratch="B * 20 + keep * 4",
)


def overlap(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union of one box (ymin, xmin, ymax, xmax) with others; 0 where one is empty."""
    with np.errstate(all="ignore"):
        high, low = np.minimum(box[2:], others[:, 2:]), np.maximum(box[:2], others[:, :2])
        sides = np.maximum(high - low, 0)
        shared = sides[:, 0] * sides[:, 1]
        areas = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
        area = (box[2] - box[0]) * (box[3] - box[1])
        full = (areas > 0) & (area > 0)
        return np.where(full, shared / np.where(full, area + areas - shared, 1), 0)


def suppress(boxes: np.ndarray, scores: np.ndarray, order: np.ndarray, keep: int, most: float) -> list[int]:
    """Of the boxes in ``order``, best first, those that overlap no better one that stays by more than ``most``."""
    kept: list[int] = []
    for box in order:
        if len(kept) >= keep:
            break
        if not (overlap(boxes[box], boxes[kept]) > most).any():
            kept.append(int(box))
    return kept


@operator
class NonMaxSuppression(Operator):
    """boxes (N, B, 4) and scores (N, C, B) to i64 rows (batch, class, box), best first within a class, and their count.

    The rows beyond the count are zero. Boxes are two opposite corners (y, x, y, x), or with ``center_point_box`` (x, y,
    width, height). At most ``keep`` boxes of a class stay, with scores above ``score_threshold``, none overlapping a
    better one by more than ``iou_threshold`` (intersection over union). Of equal scores the earlier box wins.
    """

    name = "non_max_suppression"
    attributes = {"keep": ..., "iou_threshold": 0.0, "score_threshold": -np.inf, "center_point_box": False}
    native = frozenset({DType.F32})

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        boxes, scores = inputs[0], inputs[1]
        assert boxes is not None
        assert scores is not None
        fits = boxes.rank == scores.rank == 3 and boxes.shape == (scores.shape[0], scores.shape[2], 4)
        if not fits:
            raise ModelError(f"boxes {boxes.shape} and scores {scores.shape}; expected (N, B, 4) and (N, C, B)")
        n, classes, count = scores.shape
        return [TensorType((n * classes * _keep(attrs, count), 3), DType.I64), TensorType((), DType.I64)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        boxes, scores = inputs[0], inputs[1]
        assert boxes is not None
        assert scores is not None
        rows = np.zeros(node.outputs[0].shape, np.int64)
        count = 0
        least = np.asarray(node.attrs["score_threshold"], np.float32)
        most = np.asarray(node.attrs["iou_threshold"], np.float32)
        for batch in range(scores.shape[0]):
            corners = _corners(boxes[batch], node.attrs["center_point_box"])
            for kind in range(scores.shape[1]):
                own = scores[batch, kind]
                order = np.argsort(-own, kind="stable")
                order = order[own[order] > least]
                for box in suppress(corners, own, order, _keep(node.attrs, own.size), float(most)):
                    rows[count] = batch, kind, box
                    count += 1
        return [rows, np.array(count, np.int64)]

    def lower(self, node: Node, lw: Lowering) -> None:
        boxes, scores = node.input(0), node.input(1)
        n, classes, count = scores.shape
        lw.emit(
            "non_max_suppression",
            boxes=boxes,
            scores=scores,
            indices=node.outputs[0],
            count=node.outputs[1],
            N=n,
            B=count,
            C=classes,
            keep=_keep(node.attrs, count),
            centred=int(node.attrs["center_point_box"]),
            iou_threshold=node.attrs["iou_threshold"],
            score_threshold=node.attrs["score_threshold"],
        )

    def cases(self) -> Iterator[Case]:
        def args(n: int, classes: int, boxes: int) -> list[Arg]:
            return [Arg((n, boxes, 4), low=0, high=8), Arg((n, classes, boxes), low=0, high=1)]

        for most in (0.0, 0.2, 0.5):
            yield Case(args(2, 3, 40), {"keep": 100, "iou_threshold": most, "score_threshold": 0.1}, id=f"iou-{most}")
        yield Case(args(1, 2, 30), {"keep": 4, "iou_threshold": 0.4}, id="few")
        yield Case(args(1, 1, 30), {"keep": 9, "iou_threshold": 0.3, "center_point_box": True}, id="centred")
        yield Case(args(1, 2, 30), {"keep": 9, "score_threshold": 2.0}, id="none-good")
        yield Case(args(1, 2, 0), {"keep": 9}, id="no-boxes")
        yield Case(args(1, 2, 3), {"keep": 0}, id="keep-none")


def _keep(attrs: Attrs, count: int) -> int:
    return max(0, min(int(attrs["keep"]), count))


def _corners(boxes: np.ndarray, centred: bool) -> np.ndarray:
    """(ymin, xmin, ymax, xmax) of boxes as ONNX gives them."""
    if centred:
        half = boxes[:, 2:] / np.asarray(2, boxes.dtype)
        low, high = boxes[:, :2] - half, boxes[:, :2] + half
        return np.stack([low[:, 1], low[:, 0], high[:, 1], high[:, 0]], 1)
    return np.concatenate([np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])], 1)
