"""The classic networks of ncnn's benchmark: the types of their layers are all held to ncnn, alone or in a network."""

from __future__ import annotations

from pathlib import Path

import pytest
from ncnn_cases import CASES
from ncnn_files import Files
from test_ncnn_networks import ATTENTION, IMAGE, SHUFFLE, SSD, VERSIONS, YOLO, compare, lines

PLAIN = "Convolution ConvolutionDepthWise InnerProduct Pooling ReLU Concat Split Softmax"
NETWORKS = {
    "alexnet": "LRN Dropout",
    "blazeface": "Padding BinaryOp Permute Reshape Sigmoid PReLU",
    "efficientnet_b0": "Swish Sigmoid BinaryOp Reshape",
    "FastestDet": "Interp ShuffleChannel Slice Sigmoid Permute Reshape Crop",
    "googlenet": "LRN Dropout",
    "mnasnet": "BatchNorm Scale BinaryOp Eltwise",
    "mobilenet_ssd": "PriorBox DetectionOutput Permute Flatten Reshape",
    "mobilenet_v3": "BinaryOp HardSwish HardSigmoid Clip Eltwise Flatten Reshape",
    "mobilenet_yolo": "YoloDetectionOutput Deconvolution DeconvolutionDepthWise Eltwise",
    "mobilenetv2_yolov3": "Yolov3DetectionOutput DeconvolutionDepthWise Eltwise BatchNorm Scale",
    "nanodet_m": "ShuffleChannel Slice Crop Interp Eltwise BinaryOp Permute Reshape Sigmoid",
    "proxylessnasnet": "BinaryOp Eltwise Clip",
    "regnety_400m": "BinaryOp Sigmoid Reduction",
    "resnet18": "BatchNorm Scale Eltwise",
    "shufflenet_v2": "ShuffleChannel Slice Reshape",
    "squeezenet_ssd": "PriorBox DetectionOutput Permute Flatten Reshape Normalize BatchNorm",
    "vgg16": "Dropout",
    "vision_transformer": "MemoryData LayerNorm MultiHeadAttention GELU BinaryOp Crop Gemm Reshape Permute Slice",
    "yolo-fastest": "Yolov3DetectionOutput Interp Dropout BinaryOp Eltwise Reorg",
    "yolov4-tiny": "Yolov3DetectionOutput Crop Interp Slice Mish",
}
# An inverted residual with its gate (MobileNet version 3), and a block with uneven padding (BlazeFace).
GATED = """
    Input data 0 1 data 0=64 1=64 2=3
    Convolution conv 1 1 data c 0=16 1=3 3=2 4=1 5=1 6=432
    HardSwish hs 1 1 c ch 0=1.666667e-01 1=5.000000e-01
    Split s0 1 2 ch c0 c1
    Convolution expand 1 1 c1 e 0=32 1=1 5=1 6=512 9=1
    ConvolutionDepthWise dw 1 1 e d 0=32 1=5 3=1 4=2 5=1 6=800 7=32 9=1
    Split s1 1 2 d d0 d1
    Pooling squeeze 1 1 d0 g 0=1 4=1
    InnerProduct fc0 1 1 g g0 0=8 1=1 2=256 9=1
    InnerProduct fc1 1 1 g0 g1 0=32 1=1 2=256
    HardSigmoid gate 1 1 g1 gg 0=1.666667e-01 1=5.000000e-01
    BinaryOp gated 2 1 d1 gg m 0=2
    Convolution linear 1 1 m l 0=16 1=1 5=1 6=512
    BinaryOp residual 2 1 c0 l output 0=0
"""
FACE = """
    Input data 0 1 data 0=64 1=64 2=3
    Padding pad 1 1 data p 0=1 1=2 2=1 3=2 4=0 5=0.0
    Convolution conv 1 1 p c 0=24 1=5 3=2 5=1 6=1800 9=1
    Split s0 1 2 c c0 c1
    Padding pad1 1 1 c0 cp 0=0 1=2 2=0 3=2
    ConvolutionDepthWise dw 1 1 cp d 0=24 1=3 3=2 5=1 6=216 7=24
    Convolution pw 1 1 d e 0=28 1=1 5=1 6=672
    Pooling pool 1 1 c1 q 0=0 1=2 2=2
    Padding wider 1 1 q qp 7=0 8=4
    BinaryOp sum 2 1 e qp s 0=0
    ReLU relu 1 1 s r
    Split s1 1 2 r r0 r1
    Convolution scores 1 1 r0 k 0=2 1=1 5=1 6=56
    Permute order 1 1 k kp 0=3
    Reshape flat 1 1 kp kr 0=1 1=-1
    Sigmoid chance 1 1 kr output
    Convolution boxes 1 1 r1 b 0=32 1=1 5=1 6=896
    Permute order1 1 1 b bp 0=3
    Reshape flat1 1 1 bp output1 0=16 1=-1
"""


@pytest.mark.parametrize("name", NETWORKS)
def test_every_type_of_a_networks_layers_is_held_to_ncnn(name: str) -> None:
    networks = [ATTENTION, SHUFFLE, SSD, *(YOLO.format(head=head) for head in VERSIONS.values()), GATED, FACE]
    held = {line.split()[0] for text in networks for line in lines(text)}
    held |= {line.split()[0] for case in CASES for line in case.body}
    assert held.issuperset(f"{PLAIN} {NETWORKS[name]}".split())


@pytest.mark.parametrize("body", [GATED, FACE], ids=["mobilenet_v3", "blazeface"])
def test_a_block_of_the_benchmarks_networks(body: str, tmp_path: Path) -> None:
    compare(Files(lines(body), tmp_path), IMAGE, 2e-5)
