"""detection_postprocess: from a detector's raw outputs to boxes; TensorFlow Lite's TFLite_Detection_PostProcess."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, Operator, TensorType, operator
from edgesmith.ops.non_max_suppression import suppress
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType

Kernel(
    "detection_postprocess",
    "detect.c",
    """
    in f32 encodings[B * coordinates]
    in f32 scores[B * columns]
    in f32 anchors[B * 4]
    out f32 boxes[keep * each * 4]
    out f32 classes[keep * each]
    out f32 best[keep * each]
    out f32 count[1]
    i32 B coordinates columns num_classes keep each per_class regular
    f32 scales[4]
    f32 score_threshold iou_threshold
    """,
    require="coordinates >= 4; num_classes <= columns; each >= 1; each <= num_classes; per_class <= keep",
    work="B * num_classes * 16 + keep * B * num_classes",
    scratch="B * 24 + keep * 12",
)


@operator
class DetectionPostprocess(Operator):
    """Encodings (1, B, 4 or more), class scores (1, B, columns) and anchors (B, 4) to boxes (1, n, 4), classes (1, n),
    scores (1, n) and their count (1,), all float32 with n = max_detections * max_classes_per_detection.

    A box is (y, x, h, w) relative to its anchor (y, x, h, w), divided by ``scales``; h and w are logarithms. Boxes come
    out as (ymin, xmin, ymax, xmax). The last ``num_classes`` columns are classes, those before are background.
    Fast: boxes compete with their best score, and each survivor reports its best classes. Regular: every class keeps
    at most ``detections_per_class`` of its own, and the best ``max_detections`` of all are reported. What lies beyond
    the count is zero; of equal scores the earlier box or class comes first.
    """

    name = "detection_postprocess"
    attributes = {
        "max_detections": ..., "max_classes_per_detection": ..., "detections_per_class": 100,
        "use_regular_nms": False, "score_threshold": ..., "iou_threshold": ..., "num_classes": ...,
        "scales": (1.0, 1.0, 1.0, 1.0),
    }  # fmt: skip
    native = frozenset({DType.F32})
    bound = Bound(1e-5, 1e-5)

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        encodings, scores, anchors = inputs[0], inputs[1], inputs[2]
        assert encodings is not None
        assert scores is not None
        assert anchors is not None
        shapes = (encodings.shape, scores.shape, anchors.shape)
        fits = encodings.rank == scores.rank == 3 and encodings.shape[0] == 1 and encodings.shape[2] >= 4
        if not fits or scores.shape[:2] != encodings.shape[:2] or anchors.shape != (encodings.shape[1], 4):
            raise ModelError(f"encodings, scores and anchors {shapes}; expected (1, B, 4), (1, B, classes), (B, 4)")
        keep, each, classes = attrs["max_detections"], attrs["max_classes_per_detection"], attrs["num_classes"]
        if not (keep >= 0 and each >= 1 and 1 <= classes <= scores.shape[2] and attrs["detections_per_class"] >= 0):
            raise ModelError(
                f"max_detections {keep}, max_classes_per_detection {each}, num_classes {classes} of {scores.shape[2]}"
            )
        if len(attrs["scales"]) != 4 or not all(scale > 0 for scale in attrs["scales"]):
            raise ModelError(f"scales are {attrs['scales']}; expected four numbers above 0")
        n = keep * each
        return [TensorType(shape, DType.F32) for shape in ((1, n, 4), (1, n), (1, n), (1,))]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        encodings, scores, anchors = inputs[0], inputs[1], inputs[2]
        assert encodings is not None
        assert scores is not None
        assert anchors is not None
        attrs = node.attrs
        boxes = _decode(encodings[0, :, :4], anchors, attrs["scales"])
        table = scores[0, :, scores.shape[2] - attrs["num_classes"] :]
        found = _regular(boxes, table, attrs) if attrs["use_regular_nms"] else _fast(boxes, table, attrs)
        out = [np.zeros(value.shape, scores.dtype) for value in node.outputs]
        for place, box, kind in found:
            out[0][0, place], out[1][0, place], out[2][0, place] = boxes[box], kind, table[box, kind]
        each = 1 if attrs["use_regular_nms"] else min(attrs["max_classes_per_detection"], attrs["num_classes"])
        out[3][0] = len(found) // each
        return out

    def lower(self, node: Node, lw: Lowering) -> None:
        encodings, scores, anchors = node.input(0), node.input(1), node.input(2)
        attrs = node.attrs
        boxes, classes, best, count = node.outputs
        regular = int(attrs["use_regular_nms"])
        each, kinds = attrs["max_classes_per_detection"], attrs["num_classes"]
        keep = attrs["max_detections"]
        if each > kinds or (regular and each > 1):
            raise ModelError(f"{node.op} '{node.label}': {each} classes per detection of {kinds} (regular: {regular})")
        lw.emit(
            "detection_postprocess",
            encodings=encodings, scores=scores, anchors=anchors, boxes=boxes, classes=classes, best=best, count=count,
            B=encodings.shape[1], coordinates=encodings.shape[2], columns=scores.shape[2], num_classes=kinds, keep=keep,
            each=each, per_class=min(attrs["detections_per_class"], keep), regular=regular, scales=attrs["scales"],
            score_threshold=attrs["score_threshold"], iou_threshold=attrs["iou_threshold"],
        )  # fmt: skip

    def cases(self) -> Iterator[Case]:
        def args(boxes: int, columns: int, anchors: bool = True) -> list[Arg]:
            place = np.random.default_rng(boxes).uniform(0.1, 0.9, (boxes, 4)).astype(np.float32)
            fixed = Arg(data=place, constant=anchors)
            return [Arg((1, boxes, 4), low=-1, high=1), Arg((1, boxes, columns), low=0, high=1), fixed]

        common = {"score_threshold": 0.3, "iou_threshold": 0.5, "scales": (10.0, 10.0, 5.0, 5.0)}
        for each in (1, 3):
            fast = {**common, "max_detections": 7, "max_classes_per_detection": each, "num_classes": 4}
            yield Case(args(60, 5), fast, id=f"fast-{each}")
        regular = {**common, "max_detections": 12, "max_classes_per_detection": 1, "use_regular_nms": True}
        yield Case(args(60, 5), {**regular, "num_classes": 4, "detections_per_class": 5}, id="regular")
        yield Case(args(9, 3, False), {**regular, "num_classes": 3}, id="regular-few")
        yield Case(args(9, 3), {**regular, "num_classes": 2, "score_threshold": 2.0}, id="nothing-found")


def _decode(encodings: np.ndarray, anchors: np.ndarray, scales: Sequence[float]) -> np.ndarray:
    scaled = encodings / np.asarray(scales, encodings.dtype)
    centre = scaled[:, :2] * anchors[:, 2:] + anchors[:, :2]
    half = np.asarray(0.5, encodings.dtype) * np.exp(scaled[:, 2:]) * anchors[:, 2:]
    return np.concatenate([centre - half, centre + half], 1)


def _order(scores: np.ndarray, least: float) -> np.ndarray:
    order = np.argsort(-scores, kind="stable")
    return order[scores[order] >= np.float32(least)]


def _fast(boxes: np.ndarray, scores: np.ndarray, attrs: Attrs) -> list[tuple[int, int, int]]:
    best, each = scores.max(axis=1, initial=-np.inf), attrs["max_classes_per_detection"]
    most = float(np.float32(attrs["iou_threshold"]))
    kept = suppress(boxes, best, _order(best, attrs["score_threshold"]), attrs["max_detections"], most)
    return [
        (rank * each + column, box, int(kind))
        for rank, box in enumerate(kept)
        for column, kind in enumerate(np.argsort(-scores[box], kind="stable")[:each])
    ]


def _regular(boxes: np.ndarray, scores: np.ndarray, attrs: Attrs) -> list[tuple[int, int, int]]:
    limit = attrs["max_detections"]
    most = float(np.float32(attrs["iou_threshold"]))
    found: list[tuple[float, int, int]] = []
    for kind in range(scores.shape[1]):
        own = scores[:, kind]
        keep = min(attrs["detections_per_class"], limit)
        kept = suppress(boxes, own, _order(own, attrs["score_threshold"]), keep, most)
        found += [(float(own[box]), box, kind) for box in kept]
    found.sort(key=lambda item: -item[0])  # stable: of equal scores the earlier class first
    return [(place, box, kind) for place, (_, box, kind) in enumerate(found[:limit])]
