"""Small sound Caffe networks, description and weights in one: one of each type of layer, and the forms of files."""

from __future__ import annotations

import functools

import load_model
from caffe_cases import CASES
from caffe_files import Files, caffemodel

SIZE = 4000
SMALL = {"Convolution": (2, 4), "Deconvolution": (2, 4), "InnerProduct": (3, 5)}  # the others have few weights

OLD = """
name: "old" input: "data" input_dim: 1 input_dim: 2 input_dim: 5 input_dim: 5  # as in 2014
layers { name: "conv" type: CONVOLUTION bottom: "data" top: "conv"
  convolution_param { num_output: 3 kernel_size: 2 weight_filler { type: 'xavier' } } }
layers { name: "relu" type: 18 bottom: "conv" top: "conv" }
layers { name: "loss" type: SOFTMAX_LOSS bottom: "conv" bottom: "label" include: { phase: TRAIN } }
layers < name: "prob" type: SOFTMAX bottom: "conv" top: "pr\\157b\\x22" >
"""
DETECTOR = """
layer { name: "l" type: "Input" top: "loc" top: "conf" input_param { shape { dim: [1, 32] } shape { dim: [1, 24] } } }
layer { name: "m" type: "Input" top: "map" top: "data" input_param { shape { dim: [1, 2, 2, 2] } shape
  { dim: [1, 3, 16, 16] } } }
layer { name: "p" type: "PriorBox" bottom: "map" bottom: "data" top: "prior"
  prior_box_param { min_size: 4 max_size: 8 variance: [0.1, 0.1, 0.2, 0.2] } }
layer { name: "d" type: "DetectionOutput" bottom: "loc" bottom: "conf" bottom: "prior" top: "found"
  detection_output_param { num_classes: 3 code_type: CENTER_SIZE nms_param { nms_threshold: 0.4 top_k: 6 }
    keep_top_k: 5 confidence_threshold: 0.1 } }
"""


@functools.cache
def seeds() -> dict[str, bytes]:
    """By type of layer, and ``old`` and ``detector`` for whole files."""
    found: dict[str, bytes] = {}
    for place, case in enumerate(CASES):
        inputs = {f"in{number}": shape for number, shape in enumerate(case.inputs)}
        files = Files(inputs)
        files.add(case.kind, " ".join(inputs), " ".join(f"out{number}" for number in range(case.tops)), case.params)
        if case.weights and case.kind not in SMALL:
            files.weights[f"out{case.tops - 1}"] = [files.numbers(shape) for shape in case.weights]
        model = caffemodel(files.weights, ("f32", "old", "f64", "f16", "loose")[place % 5])
        if case.kind not in found and case.kind not in SMALL and len(model) < SIZE:
            found[case.kind] = joined(files.text(), model)
    for kind, (channels, outputs) in SMALL.items():
        files = Files({"data": (1, channels, 5, 5)})
        shapes = [(outputs, channels, 3, 3) if kind != "InnerProduct" else (outputs, channels * 25), (outputs,)]
        shapes[0] = (channels, outputs, 3, 3) if kind == "Deconvolution" else shapes[0]
        params = "inner_product_param { num_output: 5 }"
        if kind != "InnerProduct":
            params = f"convolution_param {{ num_output: {outputs} kernel_size: 3 stride: 2 pad: 1 }}"
        files.add(kind, "data", "out", params, shapes)
        found[kind] = joined(files.text(), caffemodel(files.weights))
    files = Files({})
    weights = {"conv": [files.numbers((3, 2, 2, 2)), files.numbers((3,))]}
    found["old"] = joined(OLD, caffemodel(weights, "old", old=True))
    found["detector"] = joined(DETECTOR, b"")
    return found


def joined(text: str, model: bytes) -> bytes:
    return text.encode() + load_model.SECOND_FILE + model
