"""The operators that TensorFlow Lite files are written with: one function each, or one row of a table."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from edgesmith.export.prepare import refuse
from edgesmith.export.tflite_file import CLAMPS, File, bounds_of
from edgesmith.importers.tflite.ops_layers import same_padding
from edgesmith.importers.tflite.ops_quant import byte_table
from edgesmith.ir import Node, Value
from edgesmith.types import DType, Quantization

TABLE: dict[str, Callable[[File, Node], None]] = {}
BINARY = {
    "add": "ADD", "sub": "SUB", "mul": "MUL", "div": "DIV", "minimum": "MINIMUM", "maximum": "MAXIMUM", "pow": "POW",
    "squared_difference": "SQUARED_DIFFERENCE", "prelu": "PRELU", "equal": "EQUAL", "less": "LESS",
    "less_equal": "LESS_EQUAL", "greater": "GREATER", "greater_equal": "GREATER_EQUAL", "floor_div": "FLOOR_DIV",
    "mod": "FLOOR_MOD",
}  # fmt: skip
UNARY = {
    "relu": "RELU", "sigmoid": "LOGISTIC", "tanh": "TANH", "hard_swish": "HARD_SWISH", "exp": "EXP", "log": "LOG",
    "sqrt": "SQRT", "rsqrt": "RSQRT", "square": "SQUARE", "abs": "ABS", "neg": "NEG", "floor": "FLOOR", "ceil": "CEIL",
    "sin": "SIN", "cos": "COS",
}  # fmt: skip
REDUCING = {"reduce_mean": "MEAN", "reduce_sum": "SUM", "reduce_max": "REDUCE_MAX", "reduce_min": "REDUCE_MIN"}

# What LiteRT computes with int8; the rest gets floats around it, which a reader may take away again.
_INTEGER = """
    conv2d depthwise_conv2d transpose_conv2d fully_connected matmul max_pool2d avg_pool2d resize add sub mul minimum
    maximum squared_difference prelu relu sigmoid tanh hard_swish leaky_relu gelu gelu_tanh softmax softmax_q
    log_softmax reduce_mean reduce_sum reduce_max reduce_min quantize dequantize requantize lookup reshape transpose
    concat slice pad argmax argmin gather gather_nd cast lstm_q svdf_q
"""
INTEGER = frozenset(_INTEGER.split())
# And what it then stores: the one scale and zero point of int8 that its kernel takes. See has_integers for int16.
FIXED = {
    "sigmoid": (1 / 256, -128), "tanh": (1 / 128, 0), "softmax": (1 / 256, -128), "softmax_q": (1 / 256, -128),
    "log_softmax": (16 / 256, 127),
}  # fmt: skip


def has_integers(node: Node) -> bool:
    """Whether TensorFlow Lite has an operator that computes a node with int8."""
    if node.op == "clip":
        return bounds_of(node) in CLAMPS
    y = node.outputs[0]
    if node.op in FIXED and y.quant is not None:
        x = node.input(0)
        wide = (2.0**-15, 0) if x.dtype is DType.I16 else (2.0**-16, -(2**15))
        wanted = FIXED[node.op] if y.dtype is DType.I8 else wide
        near = math.isclose(y.quant.scale0, wanted[0], rel_tol=1e-3 if "softmax" in node.op else 0)
        if not near or y.quant.zero0 != wanted[1]:
            return False
    return node.op in INTEGER


def writes(*ops: str) -> Callable[[Callable[[File, Node], None]], Callable[[File, Node], None]]:
    """Enter a function for these operators."""

    def enter(function: Callable[[File, Node], None]) -> Callable[[File, Node], None]:
        TABLE.update(dict.fromkeys(ops, function))
        return function

    return enter


# -- layers -----------------------------------------------------------------------------------------------------


def windowed(f: File, node: Node, kernel: Sequence[int], lowest: bool = False) -> tuple[int, dict[str, Any]]:
    """The input and options of a window: padded "SAME" or "VALID", or by an operator before it."""
    x, attrs = node.input(0), node.attrs
    rows = zip(x.shape[1:3], kernel, attrs["strides"], attrs["dilations"], strict=True)
    same = tuple(same_padding(*row) for row in rows)
    wanted = tuple(map(tuple, attrs["padding"]))
    options = {"stride_h": attrs["strides"][0], "stride_w": attrs["strides"][1]}
    if wanted == same:
        return f.tensor(x), {"padding": "SAME", **options}
    if not any(map(any, wanted)):
        return f.tensor(x), {"padding": "VALID", **options}
    pads = ((0, 0), *wanted, (0, 0))
    shape = [dim + sum(pair) for dim, pair in zip(x.shape, pads, strict=True)]
    operands = [f.tensor(x), f.ints(*pads)]
    if lowest:
        least = np.finfo(np.float32).min if x.dtype is DType.F32 else np.iinfo(x.dtype.numpy.str).min
        operands.append(f.constant(np.asarray(least, x.dtype.numpy), x.quant))
    return f.op("PADV2" if lowest else "PAD", operands, f.like(x, shape)), {"padding": "VALID", **options}


def bias(f: File, node: Node, outputs: int = 0) -> list[int]:
    """The bias, with the product of its operands' scales where it is quantized.

    Zeros for so many ``outputs`` where it has none, since LiteRT's convolutions demand one.
    """
    value, x, w = node.optional(2), node.input(0).quant, node.input(1).quant
    if value is None and not outputs:
        return []
    if x is None or w is None or (value is not None and value.data is None):
        return [f.constant(np.zeros(outputs, np.float32)) if value is None else f.tensor(value)]
    scale = x.scale0 * w.scale
    wide = np.int32 if node.input(0).dtype is DType.I8 else np.int64
    data, name = (np.zeros(outputs, wide), "bias") if value is None else (value.data, value.name)
    return [f.constant(data, Quantization(scale, np.zeros(scale.size, np.int32), 0), name)]


@writes("conv2d")
def conv2d(f: File, node: Node) -> None:
    w = node.input(1)
    x, options = windowed(f, node, w.shape[1:3])
    dilation = {"dilation_h_factor": node.attrs["dilations"][0], "dilation_w_factor": node.attrs["dilations"][1]}
    f.layer("CONV_2D", [x, f.weights(w), *bias(f, node, w.shape[0])], node, **options, **dilation)


@writes("depthwise_conv2d")
def depthwise_conv2d(f: File, node: Node) -> None:
    w = node.input(1)
    if w.data is None:
        refuse("its weights are computed")
    x, options = windowed(f, node, w.shape[:2])
    quant = w.quant
    if quant is not None and quant.axis is not None:
        quant = Quantization(quant.scale, quant.zero_point, quant.axis + 1)
    weights = f.weights(w, (1, *w.shape), quant)
    dilation = {"dilation_h_factor": node.attrs["dilations"][0], "dilation_w_factor": node.attrs["dilations"][1]}
    options |= {"depth_multiplier": w.shape[2] // node.input(0).shape[3], **dilation}
    f.layer("DEPTHWISE_CONV_2D", [x, weights, *bias(f, node, w.shape[2])], node, **options)


@writes("transpose_conv2d")
def transpose_conv2d(f: File, node: Node) -> None:
    """Padded "SAME" or "VALID" where that is what it is; otherwise whole, and then cut."""
    x, w, y, attrs = node.input(0), node.input(1), node.outputs[0], node.attrs
    if attrs["groups"] != 1 or tuple(attrs["dilations"]) != (1, 1) or w.data is None:
        refuse("with groups, dilations or computed weights")
    pads, kinds = tuple(map(tuple, attrs["padding"])), list[str]()
    for kind in ("VALID", "SAME"):
        rows = zip(x.shape[1:3], y.shape[1:3], w.shape[1:3], attrs["strides"], strict=True)
        if pads == tuple(_undone(*row, kind) for row in rows):
            kinds.append(kind)
    whole = [dim + sum(pair) for dim, pair in zip(y.shape, ((0, 0), *pads, (0, 0)), strict=True)]
    unlimited = (float(attrs["lo"]), float(attrs["hi"])) == (-math.inf, math.inf)
    target = f.tensor(y) if kinds and unlimited else f.like(y, None if kinds else whole)
    operands = [f.ints(*(y.shape if kinds else whole)), f.weights(w), f.tensor(x), *bias(f, node)]
    steps = {"stride_h": attrs["strides"][0], "stride_w": attrs["strides"][1]}
    made = f.op("TRANSPOSE_CONV", operands, target, padding=kinds[0] if kinds else "VALID", **steps)
    if not kinds:
        corner = f.ints(0, pads[0][0], pads[1][0], 0)
        made = f.op("SLICE", [made, corner, f.ints(*y.shape)], f.tensor(y) if unlimited else f.like(y))
    if not unlimited:
        f.clip(made, y, float(attrs["lo"]), float(attrs["hi"]))


def _undone(size: int, out: int, kernel: int, stride: int, kind: str) -> tuple[int, int]:
    """The rows that a kind of padding takes away before and after."""
    before = same_padding(out, kernel, stride, 1)[0] if kind == "SAME" else 0
    return before, max((size - 1) * stride + kernel - out - before, 0)


@writes("fully_connected")
def fully_connected(f: File, node: Node) -> None:
    if f.done(node):
        return
    operands = [f.tensor(node.input(0)), f.weights(node.input(1)), *bias(f, node)]
    options = {"asymmetric_quantize_inputs": True} if operands[1] in f.asymmetric else {}
    f.layer("FULLY_CONNECTED", operands, node, keep_num_dims=node.input(0).rank != 2, **options)


@writes("matmul")
def matmul(f: File, node: Node) -> None:
    operands = [f.tensor(node.input(0)), f.tensor(node.input(1))]
    turned = {"adj_x": node.attrs["transpose_a"], "adj_y": node.attrs["transpose_b"]}
    f.op("BATCH_MATMUL", operands, f.tensor(node.outputs[0]), **turned)


@writes("max_pool2d", "avg_pool2d")
def pool(f: File, node: Node) -> None:
    attrs, kernel = node.attrs, node.attrs["kernel"]
    greatest = node.op == "max_pool2d"
    if tuple(attrs["dilations"]) != (1, 1) or attrs.get("indices"):
        refuse("a pool with dilations or indices")
    x, options = windowed(f, node, kernel, lowest=greatest)
    padded = x != f.tensor(node.input(0))
    inside = options["padding"] == "VALID" and not padded
    if not greatest and not inside and (padded != bool(attrs["count_include_pad"]) or any(attrs["overhang"])):
        refuse(f"a mean with padding {attrs['padding']}")
    options |= {"filter_height": kernel[0], "filter_width": kernel[1]}
    f.layer("MAX_POOL_2D" if greatest else "AVERAGE_POOL_2D", [x], node, **options)


@writes("resize")
def resize(f: File, node: Node) -> None:
    x, y, attrs = node.input(0), node.outputs[0], node.attrs
    flags = {
        "half_pixel": {"half_pixel_centers": True}, "align_corners": {"align_corners": True}, "asymmetric": {}
    }.get(attrs["coordinates"])  # fmt: skip
    ops = {"linear": "RESIZE_BILINEAR", "nearest": "RESIZE_NEAREST_NEIGHBOR"}
    plain = attrs["scales"] is None and not attrs["antialias"]
    plain = plain and (attrs["mode"] == "linear" or attrs["rounding"] is None)
    if x.rank != 4 or tuple(attrs["axes"]) != (1, 2) or attrs["mode"] not in ops or flags is None or not plain:
        refuse(f"mode {attrs['mode']} with coordinates {attrs['coordinates']}")
    f.op(ops[attrs["mode"]], [f.tensor(x), f.ints(*y.shape[1:3])], f.tensor(y), **flags)


@writes("layer_norm")
def layer_norm(f: File, node: Node) -> None:
    """Spelled out, since no operator does it."""
    x, y = node.input(0), node.outputs[0]
    if x.dtype is not DType.F32:
        refuse(f"numbers of type {x.dtype}")
    axis = node.attrs["axis"] % x.rank
    kept = (*x.shape[:axis], *(1,) * (x.rank - axis))

    def mean(of: int) -> int:
        return f.op("MEAN", [of, f.ints(*range(axis, x.rank))], f.like(x, kept), keep_dims=True)

    centred = f.op("SUB", [f.tensor(x), mean(f.tensor(x))], f.like(x))
    variance = mean(f.op("MUL", [centred, centred], f.like(x)))
    raised = f.op("ADD", [variance, f.constant(np.float32(node.attrs["epsilon"]))], f.like(x, kept))
    steps = [("MUL", f.op("RSQRT", [raised], f.like(x, kept)))]
    steps += [(op, f.tensor(v)) for op, v in (("MUL", node.optional(1)), ("ADD", node.optional(2))) if v is not None]
    result = centred
    for place, (op, operand) in enumerate(steps):
        result = f.op(op, [result, operand], f.tensor(y) if place == len(steps) - 1 else f.like(x))


# -- arithmetic -------------------------------------------------------------------------------------------------


def straight(f: File, op: str, node: Node, **options: object) -> None:
    operands = [f.tensor(value) for value in node.inputs if value is not None]
    f.op(op, operands, f.tensor(node.outputs[0]), **options)


@writes(*BINARY)
def binary(f: File, node: Node) -> None:
    if node.op not in ("add", "sub", "mul", "div"):
        straight(f, BINARY[node.op], node)
        return
    fused, y = f.follower(node.outputs[0])
    operands = [f.tensor(node.input(0)), f.tensor(node.input(1))]
    f.op(BINARY[node.op], operands, f.tensor(y), fused_activation_function=fused)


@writes(*UNARY)
def unary(f: File, node: Node) -> None:
    if not f.done(node):
        straight(f, UNARY[node.op], node)


@writes("leaky_relu")
def leaky_relu(f: File, node: Node) -> None:
    straight(f, "LEAKY_RELU", node, alpha=node.attrs["alpha"])


@writes("gelu", "gelu_tanh")
def gelu(f: File, node: Node) -> None:
    straight(f, "GELU", node, approximate=node.op == "gelu_tanh")


@writes("elu")
def elu(f: File, node: Node) -> None:
    if node.attrs["alpha"] != 1:
        refuse(f"with alpha {node.attrs['alpha']}; TensorFlow Lite has 1")
    straight(f, "ELU", node)


@writes("clip")
def clip(f: File, node: Node) -> None:
    if len(node.inputs) > 1:
        refuse("its bounds are computed")
    if not f.done(node):
        f.clip(f.tensor(node.input(0)), node.outputs[0], *bounds_of(node))


@writes("hard_sigmoid")
def hard_sigmoid(f: File, node: Node) -> None:
    x, y = node.input(0), node.outputs[0]
    scaled = f.op("MUL", [f.tensor(x), f.constant(np.float32(node.attrs["alpha"]))], f.like(y))
    f.clip(f.op("ADD", [scaled, f.constant(np.float32(node.attrs["beta"]))], f.like(y)), y, 0.0, 1.0)


@writes("softmax", "log_softmax", "softmax_q")
def softmax(f: File, node: Node) -> None:
    if node.attrs["axis"] % node.input(0).rank != node.input(0).rank - 1:
        refuse(f"along axis {node.attrs['axis']}, which is not the last")
    if node.op == "log_softmax":
        straight(f, "LOG_SOFTMAX", node)
    else:
        straight(f, "SOFTMAX", node, beta=float(node.attrs.get("beta", 1.0)))


@writes(*REDUCING)
def reduction(f: File, node: Node) -> None:
    axes = f.ints(*(axis % node.input(0).rank for axis in node.attrs["axes"]))
    keep = bool(node.attrs["keepdims"])
    f.op(REDUCING[node.op], [f.tensor(node.input(0)), axes], f.tensor(node.outputs[0]), keep_dims=keep)


@writes("cast")
def cast(f: File, node: Node) -> None:
    if node.input(0).quant is not None:
        refuse("of a quantized number")
    straight(f, "CAST", node)


def centred(value: Value) -> None:
    """Refuse sixteen bits with a zero point."""
    if value.dtype is DType.I16 and value.quant is not None and value.quant.zero_point.any():
        zero = value.quant.zero_point.ravel()[0]
        refuse(f"int16 with zero point {zero}; TensorFlow Lite's is 0: quantize activations symmetrically")


@writes("quantize")
def quantize(f: File, node: Node) -> None:
    centred(node.outputs[0])
    straight(f, "QUANTIZE", node)


@writes("requantize")
def requantize(f: File, node: Node) -> None:
    """In a file of unsigned bytes, those of the border and those inside are the same."""
    x, y = node.input(0), node.outputs[0]
    assert x.quant is not None
    assert y.quant is not None
    change = (x.dtype, y.dtype, y.quant.zero0 - x.quant.zero0)
    shifts = change in ((DType.U8, DType.I8, -128), (DType.I8, DType.U8, 128)) and x.quant.scale0 == y.quant.scale0
    if f.unsigned and shifts:
        f.same(x, y)
    else:
        straight(f, "QUANTIZE", node)


@writes("lookup")
def lookup(f: File, node: Node) -> None:
    """Bytes under another scale are the one table that an operator stands for: see ``byte_table``."""
    x, table, y = node.input(0), node.input(1), node.outputs[0]
    if x.quant is None or y.quant is None or not (x.quant.per_tensor and y.quant.per_tensor) or table.data is None:
        refuse("a table of integers without scales")
    if x.dtype is not DType.I8 or not np.array_equal(table.data, byte_table(x.quant, y.quant)):
        refuse("a table of another function than a change of scale")
    f.op("QUANTIZE", [f.tensor(x)], f.tensor(y))


@writes("dequantize")
def dequantize(f: File, node: Node) -> None:
    centred(node.input(0))
    straight(f, "DEQUANTIZE", node)


# -- movement ---------------------------------------------------------------------------------------------------


@writes("reshape")
def reshape(f: File, node: Node) -> None:
    x, y = node.input(0), node.outputs[0]
    f.op("RESHAPE", [f.tensor(x), f.ints(*y.shape)], f.tensor(y), new_shape=list(y.shape))


@writes("transpose")
def transpose(f: File, node: Node) -> None:
    f.op("TRANSPOSE", [f.tensor(node.input(0)), f.ints(*node.attrs["perm"])], f.tensor(node.outputs[0]))


@writes("concat")
def concat(f: File, node: Node) -> None:
    straight(f, "CONCATENATION", node, axis=node.attrs["axis"] % node.outputs[0].rank)


@writes("slice")
def slice_(f: File, node: Node) -> None:
    attrs, x = node.attrs, f.tensor(node.input(0))
    if not attrs["steps"] or set(attrs["steps"]) == {1}:
        f.op("SLICE", [x, f.ints(*attrs["starts"]), f.ints(*attrs["sizes"])], f.tensor(node.outputs[0]))
        return
    if min(attrs["steps"]) < 1 or 0 in attrs["sizes"]:
        refuse("a slice that runs backwards")
    rows = zip(attrs["starts"], attrs["sizes"], attrs["steps"], strict=True)
    ends = [start + (size - 1) * step + 1 for start, size, step in rows]
    operands = [x, f.ints(*attrs["starts"]), f.ints(*ends), f.ints(*attrs["steps"])]
    f.op("STRIDED_SLICE", operands, f.tensor(node.outputs[0]))


@writes("pad")
def pad(f: File, node: Node) -> None:
    x, border, mode = node.input(0), node.optional(1), node.attrs["mode"]
    operands, y = [f.tensor(x), f.ints(*node.attrs["pads"])], f.tensor(node.outputs[0])
    if mode in ("reflect", "symmetric"):
        f.op("MIRROR_PAD", operands, y, mode=mode.upper())
        return
    if mode != "constant" or (border is not None and border.data is None):
        refuse(f"a border of mode {mode}, or one that is computed")
    raw = node.attrs["value"] if border is None or border.data is None else border.data.reshape(-1)[0]
    zero = 0 if x.quant is None else x.quant.zero0
    if raw is None or raw == zero:
        f.op("PAD", operands, y)
    else:
        f.op("PADV2", [*operands, f.constant(np.asarray(raw, x.dtype.numpy), x.quant)], y)


@writes("argmax", "argmin")
def best(f: File, node: Node) -> None:
    if node.attrs["keepdims"] or node.attrs["select_last"]:
        refuse("with its axis kept, or the last of equal ones")
    axis, y = node.attrs["axis"] % node.input(0).rank, f.tensor(node.outputs[0])
    f.op(
        "ARG_MAX" if node.op == "argmax" else "ARG_MIN", [f.tensor(node.input(0)), f.ints(axis)], y, output_type="INT64"
    )


@writes("gather_nd")
def gather_nd(f: File, node: Node) -> None:
    if node.attrs["batch_dims"]:
        refuse("with batch dimensions")
    straight(f, "GATHER_ND", node)


@writes("gather")
def gather(f: File, node: Node) -> None:
    options = {"axis": node.attrs["axis"], "batch_dims": node.attrs["batch_dims"]}
    straight(f, "GATHER", node, **options)


@writes("expand", "tile")
def repeated(f: File, node: Node) -> None:
    op, counts = ("TILE", "repeats") if node.op == "tile" else ("BROADCAST_TO", "shape")
    f.op(op, [f.tensor(node.input(0)), f.ints(*node.attrs[counts])], f.tensor(node.outputs[0]))


@writes("cumsum")
def cumsum(f: File, node: Node) -> None:
    order = {"exclusive": node.attrs["exclusive"], "reverse": node.attrs["reverse"]}
    axis = f.constant(np.int32(node.attrs["axis"] % node.input(0).rank))
    f.op("CUMSUM", [f.tensor(node.input(0)), axis], f.tensor(node.outputs[0]), **order)
