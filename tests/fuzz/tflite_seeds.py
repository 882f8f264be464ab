"""Small sound TensorFlow Lite files that reach most parts of the importer: where fuzzing begins."""

from __future__ import annotations

import numpy as np
from tflite_builder import TFLiteBuilder

Q = (0.05, 3)
SAME = {"padding": "SAME", "stride_w": 1, "stride_h": 1}


def _filled(shape: tuple[int, ...], dtype: type = np.float32) -> np.ndarray:
    values = np.arange(np.prod(shape)) % 17 - 8
    return (values / 8 if dtype is np.float32 else values).astype(dtype).reshape(shape)


def convolutions() -> TFLiteBuilder:
    """Float: convolution, depthwise, pool, reshape, fully connected, softmax; with a signature."""
    b = TFLiteBuilder()
    x = b.tensor("x", (1, 6, 6, 2))
    c, d = b.tensor("c", (1, 6, 6, 4)), b.tensor("d", (1, 6, 6, 4))
    p, r, f = b.tensor("p", (1, 3, 3, 4)), b.tensor("r", (1, 36)), b.tensor("f", (1, 3))
    y = b.tensor("y", (1, 3))
    weight, bias = b.const("cw", _filled((4, 3, 3, 2))), b.const("cb", _filled((4,)))
    b.op("CONV_2D", [x, weight, bias], [c], {**SAME, "fused_activation_function": "RELU6"})
    b.op("DEPTHWISE_CONV_2D", [c, b.const("dw", _filled((1, 3, 3, 4))), bias], [d], {**SAME, "depth_multiplier": 1})
    pool = {"padding": "VALID", "stride_w": 2, "stride_h": 2, "filter_width": 2, "filter_height": 2}
    b.op("AVERAGE_POOL_2D", [d], [p], pool)
    b.op("RESHAPE", [p, b.const("shape", [1, 36], np.int32)], [r], {"new_shape": [1, 36]})
    b.op("FULLY_CONNECTED", [r, b.const("fw", _filled((3, 36))), None], [f])
    b.op("SOFTMAX", [f], [y], {"beta": 1.0})
    return b.inputs(x).outputs(y).signature("serving_default", {"x": x}, {"y": y})


def quantized() -> TFLiteBuilder:
    """int8: convolution with a scale for each channel, addition, mean, fully connected."""
    b = TFLiteBuilder()
    x = b.tensor("x", (1, 4, 4, 2), "INT8", quant=Q)
    c, s = (b.tensor(name, (1, 4, 4, 2), "INT8", quant=(0.1, -5)) for name in "cs")
    m, y = b.tensor("m", (1, 2), "INT8", quant=Q), b.tensor("y", (1, 3), "INT8", quant=(0.2, 0))
    weight = b.tensor("w", data=_filled((2, 3, 3, 2), np.int8), quant=([0.02, 0.03], [0, 0], 0))
    bias = b.tensor("b", data=_filled((2,), np.int32), quant=([0.001, 0.0015], [0, 0], 0))
    b.op("CONV_2D", [x, weight, bias], [c], SAME)
    b.op("ADD", [c, x], [s])
    b.op("MEAN", [s, b.const("axes", [1, 2], np.int32)], [m])
    b.op("FULLY_CONNECTED", [m, b.tensor("fw", data=_filled((3, 2), np.int8), quant=(0.02, 0)), None], [y])
    return b.inputs(x).outputs(y)


def shapes() -> TFLiteBuilder:
    """Moving data: transpose, strided slice, pad, concatenation, split, gather, pack, tile."""
    b = TFLiteBuilder()
    x = b.tensor("x", (2, 4))
    t, s, p = b.tensor("t", (4, 2)), b.tensor("s", (2, 2)), b.tensor("p", (4, 4))
    c, h1, h2 = b.tensor("c", (4, 6)), b.tensor("h1", (4, 3)), b.tensor("h2", (4, 3))
    g, k, y = b.tensor("g", (2, 3)), b.tensor("k", (2, 2, 3)), b.tensor("y", (4, 2, 3))
    ints = {
        name: b.const(name, value, np.int32)
        for name, value in {
            "perm": [1, 0],
            "begin": [0, 0],
            "end": [4, 2],
            "step": [2, 1],
            "axis": 1,
            "at": [3, 0],
            "many": [2, 1, 1],
        }.items()
    }
    b.op("TRANSPOSE", [x, ints["perm"]], [t])
    b.op("STRIDED_SLICE", [t, ints["begin"], ints["end"], ints["step"]], [s], {"begin_mask": 1})
    b.op("PAD", [s, b.const("pads", [[1, 1], [1, 1]], np.int32)], [p])
    b.op("CONCATENATION", [p, t], [c], {"axis": 1})
    b.op("SPLIT", [ints["axis"], c], [h1, h2], {"num_splits": 2})
    b.op("GATHER", [h1, ints["at"]], [g], {"axis": 0})
    b.op("PACK", [g, g], [k], {"values_count": 2, "axis": 0})
    b.op("TILE", [k, ints["many"]], [y])
    return b.inputs(x).outputs(y, h2)


def mathematics() -> TFLiteBuilder:
    """Element by element, with broadcasting; a reduction, an arg_max and a cast."""
    b = TFLiteBuilder()
    x = b.tensor("x", (3, 4))
    a, m, e, r, w, y = (b.tensor(name, (3, 4)) for name in "amerwy")
    total, best, wide = b.tensor("total", (3,)), b.tensor("best", (3,), "INT32"), b.tensor("wide", (3,))
    b.op("ADD", [x, b.const("row", _filled((4,)))], [a], {"fused_activation_function": "RELU"})
    b.op("MUL", [a, b.const("two", np.float32(2))], [m])
    b.op("EXP", [m], [e])
    b.op("HARD_SWISH", [e], [r])
    b.op("LOGISTIC", [r], [w])
    b.op("MAXIMUM", [w, x], [y])
    b.op("SUM", [y, b.const("axis", [1], np.int32)], [total], {"keep_dims": False})
    b.op("ARG_MAX", [y, b.const("last", 1, np.int32)], [best], {"output_type": "INT32"})
    b.op("CAST", [best], [wide])
    return b.inputs(x).outputs(total, wide)


def seeds() -> dict[str, bytes]:
    """Name -> file."""
    return {make.__name__: make().build() for make in (convolutions, quantized, shapes, mathematics)}
