"""Operators that move or choose elements, in the words of TensorFlow Lite."""

from __future__ import annotations

import numpy as np
from flatbuffers import flexbuffers

from edgesmith.export.prepare import refuse
from edgesmith.export.tflite_file import File, Tensor
from edgesmith.export.tflite_ops import straight, writes
from edgesmith.ir import Node
from edgesmith.types import DType


@writes("reverse")
def reverse(f: File, node: Node) -> None:
    """An axis at a time, which is all that every version of the kernel takes."""
    x, y = node.input(0), node.outputs[0]
    made, axes = f.tensor(x), sorted({axis % x.rank for axis in node.attrs["axes"]})
    if not axes:
        f.op("RESHAPE", [made, f.ints(*y.shape)], f.tensor(y), new_shape=list(y.shape))
    for axis in axes:
        made = f.op("REVERSE_V2", [made, f.ints(axis)], f.tensor(y) if axis == axes[-1] else f.like(y))


@writes("reverse_sequence")
def reverse_sequence(f: File, node: Node) -> None:
    rank = node.input(0).rank
    axes = {"seq_dim": node.attrs["seq_axis"] % rank, "batch_dim": node.attrs["batch_axis"] % rank}
    straight(f, "REVERSE_SEQUENCE", node, **axes)


@writes("select")
def select(f: File, node: Node) -> None:
    straight(f, "SELECT_V2", node)


@writes("bitcast")
def bitcast(f: File, node: Node) -> None:
    straight(f, "BITCAST", node)


@writes("topk")
def topk(f: File, node: Node) -> None:
    """Along the last axis, to which another is moved; the least numbers are the greatest negated."""
    x, attrs = node.input(0), node.attrs
    y, places = node.outputs
    axis, k = attrs["axis"] % x.rank, int(attrs["k"])
    if not attrs["largest"] and x.dtype is not DType.F32:
        refuse(f"the least of {x.dtype}; TensorFlow Lite finds the greatest")
    order = [*(place for place in range(x.rank) if place != axis), axis]
    shape = [*(x.shape[place] for place in order[:-1]), k]
    last = axis == x.rank - 1
    made = f.tensor(x)
    if not last:
        made = f.op("TRANSPOSE", [made, f.ints(*order)], f.like(x, [x.shape[place] for place in order]))
    if not attrs["largest"]:
        made = f.op("NEG", [made], f.like(x, f.tensors[made].shape))
    plain = last and attrs["largest"]
    best = f.tensor(y) if plain else f.like(y, shape)
    found = f.add(Tensor(f"{places.name}.found", tuple(shape), DType.I32))
    f.op("TOPK_V2", [made, f.constant(np.int32(k))], best)
    f.steps[-1].outputs.append(found)
    if not attrs["largest"]:
        best = f.op("NEG", [best], f.tensor(y) if last else f.like(y, shape))
    if not last:
        back = f.ints(*np.argsort(order))
        f.op("TRANSPOSE", [best, back], f.tensor(y))
        found = f.op("TRANSPOSE", [found, back], f.add(Tensor(f"{places.name}.turned", places.shape, DType.I32)))
    f.op("CAST", [found], f.tensor(places))


@writes("detection_postprocess")
def detection_postprocess(f: File, node: Node) -> None:
    """A custom operator of TensorFlow Lite's own, whose options are a FlexBuffer."""
    attrs = node.attrs
    options = {
        "max_detections": int(attrs["max_detections"]),
        "max_classes_per_detection": int(attrs["max_classes_per_detection"]),
        "detections_per_class": int(attrs["detections_per_class"]),
        "use_regular_nms": bool(attrs["use_regular_nms"]),
        "nms_score_threshold": float(attrs["score_threshold"]), "nms_iou_threshold": float(attrs["iou_threshold"]),
        "num_classes": int(attrs["num_classes"]),
    }  # fmt: skip
    options |= {f"{axis}_scale": float(scale) for axis, scale in zip("yxhw", attrs["scales"], strict=True)}
    operands = [f.tensor(node.input(place)) for place in range(3)]
    outputs = [f.tensor(value) for value in node.outputs]
    f.custom("TFLite_Detection_PostProcess", operands, outputs, bytes(flexbuffers.Dumps(options)))
