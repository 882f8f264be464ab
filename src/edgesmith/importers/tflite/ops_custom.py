"""Custom operators that people's files use, by their code."""

from __future__ import annotations

from edgesmith.errors import ModelError
from edgesmith.importers.tflite.call import Call
from edgesmith.importers.tflite.flexbuffer import read_flexbuffer
from edgesmith.ir import Value


def tflite_detection_postprocess(c: Call) -> list[Value]:
    """Boxes decoded from anchors, then non-maximum suppression: boxes, classes, scores and how many there are."""
    options = read_flexbuffer(c.op.custom_options, c.op.where)
    if not isinstance(options, dict):
        raise ModelError(f"{c.op.where}: its options are a {type(options).__name__}, expected a map")

    def number(name: str, default: float | None = None) -> float:
        found = options.get(name, default)
        if not isinstance(found, (int, float)):
            raise ModelError(f"{c.op.where}: option '{name}' is {found!r}, expected a number")
        return float(found)

    operands = [c.dequantized(c.x(index)) for index in range(3)]
    return c.add_multi(
        "detection_postprocess",
        operands,
        max_detections=int(number("max_detections")),
        max_classes_per_detection=int(number("max_classes_per_detection")),
        detections_per_class=int(number("detections_per_class", 100)),
        use_regular_nms=bool(number("use_regular_nms", 0)),
        score_threshold=number("nms_score_threshold"),
        iou_threshold=number("nms_iou_threshold"),
        num_classes=int(number("num_classes")),
        scales=tuple(number(f"{axis}_scale") for axis in "yxhw"),
    )
