"""Layers of ncnn as lines of a ``.param`` file, for ``test_ncnn_layers``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Case:
    """Layers that read the blobs ``in0``, ``in1``, ... of given shapes (outermost dimension first)."""

    id: str
    body: tuple[str, ...]
    inputs: dict[str, Shape]
    range: tuple[float, float] = (-1, 1)
    tolerance: float = 1e-5
    storage: str = "f32"
    lines: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        heads = tuple(f"Input {name} 0 1 {name}" for name in self.inputs)
        object.__setattr__(self, "lines", (*heads, *self.body))


IMAGE, MATRIX, VECTOR, VOLUME = (6, 9, 11), (7, 12), (13,), (4, 5, 6, 7)
ANY = {"image": IMAGE, "matrix": MATRIX, "vector": VECTOR, "volume": VOLUME}


def single(kind: str, params: str, *shapes: Shape, outputs: int = 1, **more: object) -> Case:
    """One layer, whose parameters are part of the case's name."""
    inputs = {f"in{place}": shape for place, shape in enumerate(shapes)}
    tops = " ".join(f"out{place}" for place in range(outputs))
    line = f"{kind} layer {len(shapes)} {outputs} {' '.join(inputs)} {tops} {params}"
    sized = "x".join(map(str, shapes[0])) + (f"-{len(shapes)}" if len(shapes) > 1 else "")
    name = f"{kind}-{params.replace(' ', ',')}-{sized}" + (f"-{more['storage']}" if "storage" in more else "")
    return Case(name, (line,), inputs, **more)  # type: ignore[arg-type]


def elementwise() -> Iterator[Case]:
    plain = "Sigmoid TanH Swish Mish Softplus AbsVal BNLL GELU Dropout Erf ELU SELU CELU Shrink HardSwish HardSigmoid"
    for kind in (*plain.split(), "ReLU", "Clip", "Threshold", "Power", "Noop", "DeepCopy", "Flatten"):
        yield single(kind, "", IMAGE, tolerance=3e-5 if kind in ("GELU", "Erf", "Mish", "Softplus", "BNLL") else 1e-5)
    for kind, params in (
        ("ReLU", "0=1.000000e-01"), ("Clip", "0=0.0 1=6.000000e+00"), ("Clip", "0=-0.3 1=0.2"), ("GELU", "0=1"),
        ("HardSwish", "0=1.666667e-01 1=5.000000e-01"), ("HardSigmoid", "0=1.666667e-01"), ("ELU", "0=7.0e-01"),
        ("Threshold", "0=0.2"), ("Dropout", "0=0.8"), ("Power", "1=2.0 2=0.5"), ("Exp", ""),
        ("Exp", "0=2.0 1=0.5 2=1.0"),
        ("PReLU", "0=1"), ("PReLU", "0=6"), ("Scale", "0=6"), ("Scale", "0=6 1=1"), ("Bias", "0=6"),
        ("BatchNorm", "0=6 1=1.000000e-05"), ("BatchNorm", "0=6"),
    ):  # fmt: skip
        yield single(kind, params, IMAGE, tolerance=3e-5)
    yield single("Power", "0=2.5 1=2.0 2=0.5", IMAGE, range=(0.1, 2))
    yield single("Log", "1=2.0 2=0.5", IMAGE, range=(0.1, 2))
    yield single("Log", "0=10.0", IMAGE, range=(0.1, 2))
    yield single("PReLU", "0=7", MATRIX)
    yield single("PReLU", "0=13", VECTOR)
    yield single("BatchNorm", "0=13", VECTOR)
    yield single("BatchNorm", "0=7", MATRIX)
    yield single("BatchNorm", "0=4", VOLUME)
    yield single("Scale", "0=-233", IMAGE, (6,))
    yield single("Scale", "0=13 1=1", VECTOR)
    for kind in range(20):
        if kind not in (4,):
            yield single("UnaryOp", f"0={kind}", MATRIX, range=(0.1, 0.9), tolerance=3e-5)
    yield single("UnaryOp", "0=4", IMAGE)
    for kind in range(12):
        yield single("BinaryOp", f"0={kind}", IMAGE, IMAGE, range=(0.1, 2), tolerance=3e-5)
        yield single("BinaryOp", f"0={kind} 1=1 2=1.5", MATRIX, range=(0.1, 2), tolerance=3e-5)
    for other in ((6,), (11,), (6, 9), (6, 1, 1), (1, 9, 11), (1,), (6, 9, 1), (6, 1, 11)):
        yield single("BinaryOp", "0=0", IMAGE, other)
        yield single("BinaryOp", "0=1", other, IMAGE)
    for other in ((7,), (12,), (1,), (7, 1), (1, 12)):
        yield single("BinaryOp", "0=2", MATRIX, other)
    for other in ((4,), (7,), (4, 5), (4, 5, 6), (4, 1, 1, 1)):
        yield single("BinaryOp", "0=0", VOLUME, other)
    for params in ("0=0", "0=1", "0=2", "0=1 -23301=2,5.000000e-01,2.000000e+00"):
        yield single("Eltwise", params, IMAGE, IMAGE)
    yield single("Eltwise", "0=1", IMAGE, IMAGE, IMAGE)
    for axis, shape in ((0, VECTOR), (0, MATRIX), (1, MATRIX), (0, IMAGE), (1, IMAGE), (2, IMAGE), (-1, IMAGE)):
        yield single("Softmax", f"0={axis} 1=1", shape)
    for axis in (0, 1, 2):
        yield single("GLU", f"0={axis}", (6, 8, 10))
        yield single("CumulativeSum", f"0={axis}", IMAGE)


def layers() -> Iterator[Case]:
    for params in (
        "0=8 1=3 5=1 6=432", "0=8 1=3 3=2 4=1 5=1 6=432 9=1", "0=8 1=3 11=1 4=1 14=0 6=144", "0=4 1=1 5=1 6=24 9=4",
        "0=8 1=3 2=2 4=2 5=1 6=432 9=2 -23310=1,1.000000e-01", "0=8 1=3 3=2 4=-233 5=1 6=432 9=3 -23310=2,0.0,6.0",
        "0=8 1=3 3=2 4=-234 6=432 9=5", "0=8 1=3 4=1 15=2 14=0 16=3 6=432 9=6 -23310=2,0.16666667,0.5",
        "0=8 1=3 4=1 18=1.5 6=432", "0=8 1=4 11=2 3=3 13=1 6=384 5=1",
    ):  # fmt: skip
        yield single("Convolution", params, IMAGE)
    yield single("Convolution", "0=5 1=1 5=1 6=65 9=1", VECTOR)
    for params in (
        "0=6 1=3 4=1 5=1 6=54 7=6 9=1", "0=6 1=3 3=2 4=1 6=54 7=6", "0=12 1=3 4=1 5=1 6=108 7=6",
        "0=9 1=1 5=1 6=18 7=3",
        "0=8 1=5 4=2 5=1 6=600 7=2 9=1", "0=6 1=3 3=2 4=-233 5=1 6=54 7=6",
    ):  # fmt: skip
        yield single("ConvolutionDepthWise", params, IMAGE)
    for params in (
        "0=8 1=3 5=1 6=432", "0=8 1=4 3=2 4=1 5=1 6=768 9=1", "0=8 1=3 3=2 18=1 19=0 6=432", "0=8 1=2 3=2 6=192",
        "0=8 1=4 3=2 4=-233 20=20 21=18 6=768", "0=8 1=4 3=2 4=-234 20=20 21=18 6=768", "0=8 1=3 2=2 4=1 15=0 6=432",
    ):  # fmt: skip
        yield single("Deconvolution", params, IMAGE)
    for params in ("0=6 1=4 3=2 4=1 6=96 7=6", "0=6 1=1 3=2 6=6 7=6", "0=8 1=4 3=2 4=1 5=1 6=384 7=2 9=1"):
        yield single("DeconvolutionDepthWise", params, IMAGE)
    yield single("Convolution1D", "0=5 1=3 3=2 4=1 5=1 6=105 9=1", MATRIX)
    yield single("ConvolutionDepthWise1D", "0=7 1=3 4=1 5=1 6=21 7=7", MATRIX)
    yield single("Deconvolution1D", "0=5 1=4 3=2 4=1 5=1 6=140", MATRIX)
    yield single("DeconvolutionDepthWise1D", "0=7 1=4 3=2 4=1 6=28 7=7", MATRIX)
    yield single("Convolution3D", "0=5 1=3 4=1 24=0 5=1 6=540 9=1", VOLUME)
    yield single("ConvolutionDepthWise3D", "0=4 1=3 4=1 24=1 5=1 6=108 7=4", VOLUME)
    yield single("Deconvolution3D", "0=3 1=2 3=2 5=1 6=96", VOLUME)
    yield single("DeconvolutionDepthWise3D", "0=4 1=2 3=2 6=32 7=4", VOLUME)
    for kind in (0, 1):
        for params in (
            "1=3 2=2", "1=3 2=2 5=1", "1=2 2=2 14=1 15=1 5=1", "1=3 2=2 5=2", "1=3 2=2 5=3", "4=1", "1=3 11=2 2=2 12=1",
            "1=3 2=2 3=1 5=1", "1=3 2=2 3=1", "7=1 8=3 18=4", "7=1 8=1", "7=1 8=-233 18=2",
        ):  # fmt: skip
            yield single("Pooling", f"0={kind} {params}", (6, 10, 11))
        yield single("Pooling1D", f"0={kind} 1=3 2=2 3=1 5=1", MATRIX)
        yield single("Pooling1D", f"0={kind} 4=1", MATRIX)
        yield single("Pooling3D", f"0={kind} 1=2 2=2", VOLUME)
        yield single("Pooling3D", f"0={kind} 4=1", VOLUME)
    yield single("Pooling", "0=1 1=3 2=2 3=1 5=1 6=1", (6, 10, 11))
    yield single("Pooling", "0=1 1=3 2=2 3=1 6=1", (6, 10, 12))
    yield single("InnerProduct", "0=5 1=1 2=65 9=1", VECTOR)
    yield single("InnerProduct", "0=5 1=1 2=2970", IMAGE)
    yield single("InnerProduct", "0=5 1=1 2=60", MATRIX)
    yield single("InnerProduct", "0=5 2=420", MATRIX)
    for params in (
        "3=1 5=1 6=1 8=5 9=12 10=4", "3=0 5=1 6=1 8=5 9=12 10=4", "0=0.5 1=2.0 3=1 5=1 6=1 8=5 9=12 10=4",
        "3=1 5=1 6=1 8=5 9=12 10=-1", "3=1 5=1 6=1 7=7 8=5 9=12 10=3", "3=1 5=1 6=1 8=5 9=12 10=0",
        "3=1 5=1 6=1 7=7 8=5 9=12 10=2", "3=1 5=1 6=1 7=7 8=5 9=12 10=1", "3=1 5=1 6=1 8=5 9=12 10=4 14=1",
        "2=1 3=1 5=1 6=1 8=5 9=7 10=4",
    ):  # fmt: skip
        yield single("Gemm", params, MATRIX)
    yield single("Gemm", "", MATRIX, (12, 5))
    yield single("Gemm", "3=1", MATRIX, (5, 12), (5,))
    yield single("Gemm", "2=1", (12, 7), (12, 5), (7, 5))
    yield single("Gemm", "4=1 6=1 7=4 8=12 9=7 10=-1", MATRIX)
    for a, b, turned in (
        ((7, 12), (12, 5), 0), ((7, 12), (5, 12), 1), ((3, 7, 12), (3, 12, 5), 0), ((3, 7, 12), (3, 5, 12), 1),
        ((3, 7, 12), (12, 5), 0), ((12,), (12, 5), 0), ((7, 12), (12,), 0), ((12,), (12,), 0), ((12,), (3, 12, 5), 0),
    ):  # fmt: skip
        yield single("MatMul", f"0={turned}", a, b)


def shapes() -> Iterator[Case]:
    for axis, a, b in (
        (0, VECTOR, (4,)), (0, MATRIX, (3, 12)), (1, MATRIX, (7, 5)), (0, IMAGE, (2, 9, 11)), (1, IMAGE, (6, 2, 11)),
        (2, IMAGE, (6, 9, 3)), (-1, IMAGE, (6, 9, 3)), (-3, IMAGE, (2, 9, 11)),
    ):  # fmt: skip
        yield single("Concat", f"0={axis}", a, b)
    for params, count in (
        ("-23300=2,2,-233", 2), ("-23300=2,-233,-233", 2), ("-23300=3,2,3,4 1=1", 3), ("-23300=2,4,-233 1=2", 2),
        ("-23300=2,4,-233 1=-1", 2), ("-23302=1,2 1=0", 2),
    ):  # fmt: skip
        yield single("Slice", params, IMAGE, outputs=count)
    yield single("Slice", "-23300=2,4,-233 1=1", MATRIX, outputs=2)
    yield single("Slice", "-23300=2,4,-233", VECTOR, outputs=2)
    for params in (
        "2=2 3=11 4=9 5=3", "0=1 1=2 2=0 3=5 4=4 5=6", "0=1 1=2 3=-233 4=-233 5=-233",
        "-23309=1,2 -23310=1,-233 -23311=1,1",
        "-23309=2,1,2 -23310=2,5,-1 -23311=2,0,2", "-23309=1,0 -23310=1,1 -23311=1,0",
        "0=1 1=1 6=2 7=3 3=-233 4=-233 5=-233",
    ):  # fmt: skip
        yield single("Crop", params, IMAGE)
    yield single("Crop", "0=1 1=2", IMAGE, (6, 4, 5))
    yield single("Crop", "-23309=1,2 -23310=1,5 -23311=1,0", MATRIX)
    for params in (
        "0=-1",
        "0=-1 1=6",
        "0=99 1=6",
        "0=11 1=-1 2=3",
        "0=0 1=0 2=-1",
        "0=33 1=3 2=6",
        "0=11 1=3 11=3 2=6",
    ):
        yield single("Reshape", params, IMAGE)
    yield single("Reshape", '6="*(0w,0h),0c"', IMAGE)
    yield single("Reshape", '6="//(0w,11),1h,-1"', IMAGE, (4, 9, 3))
    yield single("Reshape", "0=4 1=3 2=-1", MATRIX)
    for order in range(6):
        yield single("Permute", f"0={order}", IMAGE)
    for order in range(24):
        yield single("Permute", f"0={order}", VOLUME)
    yield single("Permute", "0=1", MATRIX)
    for params in (
        "0=1 1=2 2=3 3=4",
        "0=1 1=2 2=3 3=4 5=1.5",
        "0=1 1=2 2=3 3=4 4=1",
        "0=1 1=2 2=3 3=4 4=2",
        "8=4",
        "7=1 8=2",
    ):
        yield single("Padding", params, IMAGE)
    yield single("Padding", "0=1 1=1 2=1 3=1 6=6", IMAGE)
    yield single("Padding", "0=1 1=2 2=3 3=1", MATRIX)
    yield single("Padding", "2=3 3=1", VECTOR)
    yield single("Padding", "0=1 1=2 2=3 3=1 7=1 8=2", VOLUME)
    for mode in (0, 1):
        yield single("PixelShuffle", f"0=2 1={mode}", (12, 3, 5))
        yield single("Reorg", f"0=2 1={mode}", (3, 6, 8))
        yield single("ShuffleChannel", f"0=2 1={mode}", (12, 3, 5))
        yield single("ShuffleChannel", f"0=3 1={mode}", (12, 3, 5))
    for params in ("0=0 1=2", "0=1 1=3", "0=2 1=2", "-23302=3,2,1,3", "-23302=1,2"):
        yield single("Tile", params, IMAGE)
    yield single("Tile", "-23302=3,2,1,3", MATRIX)
    for params in ("-23303=1,0", "-23303=1,1", "-23303=1,-1"):
        yield single("ExpandDims", params, MATRIX)
    for params in ("-23303=1,0", "-23303=1,1"):
        yield single("ExpandDims", params, VECTOR)
    yield single("ExpandDims", "-23303=1,1", IMAGE)
    for params, shape in (
        ("-23303=1,1", (6, 1, 11)),
        ("0=1 1=1 2=1", (6, 1, 1)),
        ("0=1 1=1", (6, 1, 1)),
        ("2=1", (1, 9, 11)),
    ):
        yield single("Squeeze", params, shape)
    for axes in ("1,0", "1,1", "1,2", "2,0,2", "1,-1"):
        yield single("Flip", f"-23300={axes}", IMAGE)
    for params in (
        "0=1 1=2.000000e+00 2=2.000000e+00", "0=2 1=2.000000e+00 2=2.000000e+00", "0=2 1=2.0 2=2.0 6=1",
        "0=3 1=2.0 2=2.0",
        "0=2 3=20 4=7", "0=1 3=20 4=7", "0=2 1=0.5 2=0.5", "0=1 1=1.5 2=2.5", "0=3 3=20 4=17 6=1",
    ):  # fmt: skip
        yield single("Interp", params, IMAGE, tolerance=3e-5)
    yield single("Interp", "0=2 2=2.0", MATRIX)
    yield single("Interp", "0=1 2=2.0", MATRIX)
    yield single("Interp", "0=1 3=3 4=4", VECTOR)
    yield single("Interp", "0=2 5=1", IMAGE, (2, 20, 7))
    yield Case("Split", ("Split s 1 2 in0 a b", "BinaryOp j 2 1 a b out0 0=0"), {"in0": IMAGE})
    yield Case("MemoryData", ("MemoryData m 0 1 a 0=11 1=9 2=6", "BinaryOp j 2 1 in0 a out0 0=2"), {"in0": IMAGE})
    yield Case("MemoryData-vector", ("MemoryData m 0 1 a 0=6", "BinaryOp j 2 1 in0 a out0 0=0"), {"in0": IMAGE})
    yield Case("MemoryData-tagged", ("MemoryData m 0 1 a 0=6 21=0", "BinaryOp j 2 1 in0 a out0 0=0"), {"in0": IMAGE})


def normalisations() -> Iterator[Case]:
    for params in ("", "0=0 1=3 2=0.5 3=0.6 4=2.0", "0=1 1=3 2=0.5"):
        yield single("LRN", params, IMAGE, tolerance=3e-5)
    yield single("InstanceNorm", "0=6 1=1.0e-05", IMAGE, tolerance=3e-5)
    yield single("InstanceNorm", "0=6 1=1.0e-05 2=0", IMAGE, tolerance=3e-5)
    yield single("GroupNorm", "0=3 1=6 2=1.0e-05", IMAGE, tolerance=3e-5)
    yield single("GroupNorm", "0=2 1=6 2=1.0e-05 3=0", IMAGE, tolerance=3e-5)
    for kind, flag in (("LayerNorm", 2), ("RMSNorm", 2)):
        yield single(kind, "0=12 1=1.0e-05", MATRIX, tolerance=3e-5)
        yield single(kind, f"0=12 1=1.0e-05 {flag}=0", MATRIX, tolerance=3e-5)
        yield single(kind, "0=11 1=1.0e-05", IMAGE, tolerance=3e-5)
        yield single(kind, "0=99 1=1.0e-05", IMAGE, tolerance=3e-5)
        yield single(kind, "0=13 1=1.0e-05", VECTOR, tolerance=3e-5)
    for params in ("", "0=1", "0=1 1=1", "1=1"):
        yield single("MVN", params, IMAGE, tolerance=3e-5)
    for params in ("3=6", "1=1 3=1", "0=1 3=6", "0=1 4=0 3=6", "3=6 9=1", "3=6 9=2 2=1.0e-10", "0=1 1=1 3=1"):
        yield single("Normalize", params, IMAGE)
    for kind in range(11):
        range_ = (0.1, 1.0) if kind == 9 else (-1.0, 1.0)
        for params in ("1=1", "1=0 -23303=1,0", "1=0 -23303=2,1,2 4=1", "1=0 -23303=1,-1", "1=0 -23303=2,0,2 2=0.5"):
            shape = (3, 4, 5) if kind == 6 else IMAGE
            yield single("Reduction", f"0={kind} {params} 5=1", shape, range=range_, tolerance=3e-5)
    yield single("Reduction", "0=3 1=0 -23303=1,1 5=1", MATRIX)


def sequences() -> Iterator[Case]:
    for params in ("0=12 1=3 2=144", "0=12 1=3 2=144 6=0.3"):
        yield single("MultiHeadAttention", params, MATRIX, tolerance=3e-5)
        yield single("MultiHeadAttention", params, MATRIX, MATRIX, MATRIX, tolerance=3e-5)
    yield single("MultiHeadAttention", "0=12 1=3 2=144 3=8 4=10", MATRIX, (5, 8), (5, 10), tolerance=3e-5)
    yield single("MultiHeadAttention", "0=12 1=3 2=144 5=1", MATRIX, (7, 7), tolerance=3e-5)
    yield single("SDPA", "", (4, 6, 8), (4, 5, 8), (4, 5, 10), tolerance=3e-5)
    yield single("SDPA", "", (4, 6, 8), (2, 5, 8), (2, 5, 10), tolerance=3e-5)
    yield single("SDPA", "5=1 6=0.5", (4, 6, 8), (4, 5, 8), (4, 5, 10), (6, 5), tolerance=3e-5)
    for direction in (0, 1, 2):
        twice = 2 if direction == 2 else 1
        yield single("LSTM", f"0=5 1={240 * twice} 2={direction}", MATRIX, tolerance=3e-5)
        yield single("GRU", f"0=5 1={180 * twice} 2={direction}", MATRIX, tolerance=3e-5)
        yield single("RNN", f"0=5 1={60 * twice} 2={direction}", MATRIX, tolerance=3e-5)
        yield single("LSTM", f"0=5 1={384 * twice} 2={direction} 3=8", MATRIX, tolerance=3e-5)
    yield single("LSTM", "0=5 1=240", MATRIX, (1, 5), (1, 5), outputs=3, tolerance=3e-5)
    yield single("GRU", "0=5 1=180", MATRIX, (1, 5), outputs=2, tolerance=3e-5)
    yield single("RNN", "0=5 1=60", MATRIX, (1, 5), outputs=2, tolerance=3e-5)


def storage() -> Iterator[Case]:
    for kind in ("f16", "table"):
        yield single("Convolution", "0=8 1=3 5=1 6=432", IMAGE, storage=kind)
        yield single("InnerProduct", "0=5 1=1 2=65", VECTOR, storage=kind)
    for kind in ("f32", "i8"):  # int8 that is computed when the file is loaded, or stored
        yield single("Convolution", "0=8 1=3 4=1 5=1 6=432 8=2 9=1", IMAGE, storage=kind)
        yield single("Convolution", "0=8 1=3 4=1 5=1 6=432 8=1", IMAGE, storage=kind)
        yield single("ConvolutionDepthWise", "0=6 1=3 4=1 5=1 6=54 7=6 8=1 9=1", IMAGE, storage=kind)
        yield single("ConvolutionDepthWise", "0=6 1=3 4=1 5=1 6=54 7=6 8=2", IMAGE, storage=kind)
        yield single("InnerProduct", "0=5 1=1 2=65 8=2 9=1", VECTOR, storage=kind)
        yield Case(
            f"int8-chain-{kind}",
            (
                "Convolution a 1 1 in0 a 0=8 1=3 4=1 5=1 6=432 8=102 9=1",
                "Convolution b 1 1 a out0 0=4 1=1 5=1 6=32 8=2",
            ),
            {"in0": IMAGE},
            storage=kind,
            tolerance=0.02,  # the integer layer in the middle may round to the next of 127 steps
        )


def detectors() -> Iterator[Case]:
    boxes = "-23300=1,4.000000 -23301=1,7.000000 -23302=2,2.000000,3.000000"
    yield single("PriorBox", f"{boxes} 9=-233 10=-233 13=0.5", (6, 4, 5), (3, 20, 24))
    yield single(
        "PriorBox", "-23300=2,4.0,6.0 -23302=1,2.0 7=0 8=1 9=30 10=40 11=6.0 12=7.0 13=0.5", (6, 4, 5), (3, 20, 24)
    )
    yield single("PriorBox", "-23300=2,0.2,0.3 -23302=2,1.0,2.0 9=-233 10=-233 13=0.5", (6, 4, 5))


CASES = [*elementwise(), *layers(), *shapes(), *normalisations(), *sequences(), *storage(), *detectors()]
