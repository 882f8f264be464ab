"""Layers with windows and weights, pools, resizing and normalization, in the words of TensorFlow Lite."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from edgesmith.export.prepare import refuse
from edgesmith.export.tflite_file import File
from edgesmith.export.tflite_ops import chosen, writes
from edgesmith.importers.tflite.ops_layers import same_padding
from edgesmith.ir import Node, Value
from edgesmith.ops.interpolation import nearest, outside, taps
from edgesmith.ops.resize import moves_only, plan_of
from edgesmith.types import DType, Quantization

MOST_WEIGHTS = 1 << 22  # of a matrix that resizes one axis


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


def alone(node: Node) -> None:
    """Refuse what only the passes for our own kernels put into a layer."""
    if node.optional(3) is not None:
        refuse("with a residual in it; write the model, not what was compiled from it")


@writes("conv2d")
def conv2d(f: File, node: Node) -> None:
    w = node.input(1)
    alone(node)
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
    if tuple(attrs["dilations"]) != (1, 1) or w.data is None:
        refuse("with dilations or computed weights")
    pads, kinds = tuple(map(tuple, attrs["padding"])), list[str]()
    rows = [*zip(x.shape[1:3], y.shape[1:3], w.shape[1:3], attrs["strides"], strict=True)]
    for kind, taken in (("VALID", [kernel - 1 for _, _, kernel, _ in rows]), ("SAME", [0, 0])):
        fits = all(-(-(row[1] - less) // row[3]) == row[0] for row, less in zip(rows, taken, strict=True))
        if fits and pads == tuple(_undone(*row, kind) for row in rows):
            kinds.append(kind)
    whole = [dim + sum(pair) for dim, pair in zip(y.shape, ((0, 0), *pads, (0, 0)), strict=True)]
    unlimited = (float(attrs["lo"]), float(attrs["hi"])) == (-math.inf, math.inf)
    target = f.tensor(y) if kinds and unlimited else f.like(y, None if kinds else whole)
    made = _spread(f, node, list(y.shape) if kinds else whole, target, kinds[0] if kinds else "VALID")
    if not kinds:
        corner = f.ints(0, pads[0][0], pads[1][0], 0)
        made = f.op("SLICE", [made, corner, f.ints(*y.shape)], f.tensor(y) if unlimited else f.like(y))
    if not unlimited:
        f.clip(made, y, float(attrs["lo"]), float(attrs["hi"]))


def _spread(f: File, node: Node, shape: list[int], target: int, kind: str) -> int:
    """The operator itself, which knows no groups: zeros join them, or each has one of its own where those are many."""
    x, w, attrs = node.input(0), node.input(1), node.attrs
    options = {"stride_h": attrs["strides"][0], "stride_w": attrs["strides"][1], "padding": kind}
    groups, outputs = attrs["groups"], w.shape[0] // attrs["groups"]
    assert w.data is not None
    if groups == 1 or w.size * groups <= MOST_WEIGHTS >> 2:
        weights = f.weights(w, hybrid=False) if groups == 1 else _joined(f, w, groups)
        return f.op("TRANSPOSE_CONV", [f.ints(*shape), weights, f.tensor(x), *bias(f, node)], target, **options)
    if w.quant is not None:
        refuse("groups of many quantized weights")
    ends, deep = [*shape[:3], outputs], x.shape[3] // groups
    parts, given = [], node.optional(2)
    for group in range(groups):
        own = slice(group * outputs, (group + 1) * outputs)
        part = [f.tensor(x), f.ints(0, 0, 0, group * deep), f.ints(*x.shape[:3], deep)]
        data = f.op("SLICE", part, f.like(x, (*x.shape[:3], deep)))
        operands = [f.ints(*ends), f.constant(w.data[own], None, f"{w.name}.{group}"), data]
        if given is not None and given.data is not None:
            operands.append(f.constant(given.data[own]))
        parts.append(f.op("TRANSPOSE_CONV", operands, f.like(node.outputs[0], ends), **options))
    return f.op("CONCATENATION", parts, target, axis=3)


def _joined(f: File, w: Value, groups: int) -> int:
    """Weights of all groups, each under zeros for the channels of the others."""
    assert w.data is not None
    outputs, deep = w.shape[0] // groups, w.shape[3]
    whole = np.zeros((*w.shape[:3], deep * groups), w.data.dtype)
    for group in range(groups):
        own = slice(group * outputs, (group + 1) * outputs)
        whole[own, :, :, group * deep : (group + 1) * deep] = w.data[own]
    return f.constant(whole, w.quant, w.name)


def _undone(size: int, out: int, kernel: int, stride: int, kind: str) -> tuple[int, int]:
    """The rows that a kind of padding takes away before and after."""
    before = same_padding(out, kernel, stride, 1)[0] if kind == "SAME" else 0
    return before, max((size - 1) * stride + kernel - out - before, 0)


@writes("conv3d")
def conv3d(f: File, node: Node) -> None:
    """Of floats, without groups; weights are (depth, height, width, in, out), and padding is an operator before it."""
    x, w, attrs = node.input(0), node.input(1), node.attrs
    if x.dtype is not DType.F32 or w.data is None or attrs["groups"] != 1:
        refuse("quantized, with groups or with computed weights")
    made, kind = f.tensor(x), "VALID"
    rows = zip(x.shape[1:4], w.shape[1:4], attrs["strides"], attrs["dilations"], strict=True)
    wanted = tuple(map(tuple, attrs["padding"]))
    if wanted == tuple(same_padding(*row) for row in rows):
        kind = "SAME"
    elif any(map(any, wanted)):
        pads = ((0, 0), *wanted, (0, 0))
        shape = [dim + sum(pair) for dim, pair in zip(x.shape, pads, strict=True)]
        made = f.op("PAD", [made, f.ints(*pads)], f.like(x, shape))
    weights = f.constant(w.data.transpose(1, 2, 3, 4, 0), None, w.name)
    options = dict(zip(("stride_d", "stride_h", "stride_w"), attrs["strides"], strict=True))
    options |= {f"dilation_{axis}_factor": step for axis, step in zip("dhw", attrs["dilations"], strict=True)}
    f.layer("CONV_3D", [made, weights, *bias(f, node, w.shape[0])], node, padding=kind, **options)


@writes("fully_connected")
def fully_connected(f: File, node: Node) -> None:
    if f.done(node):
        return
    alone(node)
    operands = [f.tensor(node.input(0)), f.weights(node.input(1)), *bias(f, node)]
    options = {"asymmetric_quantize_inputs": True} if operands[1] in f.asymmetric else {}
    f.layer("FULLY_CONNECTED", operands, node, keep_num_dims=node.input(0).rank != 2, **options)


@writes("matmul")
def matmul(f: File, node: Node) -> None:
    if node.attrs["axes_a"] or node.attrs["axes_b"]:
        refuse("with transposes in it; write the model, not what was compiled from it")
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
    options |= {"filter_height": kernel[0], "filter_width": kernel[1]}
    inside = not any(map(any, attrs["padding"]))
    if greatest or inside or (options["padding"] == "SAME" and not attrs["count_include_pad"]):
        f.layer("MAX_POOL_2D" if greatest else "AVERAGE_POOL_2D", [x], node, **options)
        return
    _mean_with_border(f, node, options)


def _mean_with_border(f: File, node: Node, options: dict[str, Any]) -> None:
    """Zeros are put around the input, and each mean is divided by the share of its window that counts."""
    attrs, x, y = node.attrs, node.input(0), node.outputs[0]
    if x.dtype is not DType.F32:
        refuse(f"a mean of {x.dtype} with padding {attrs['padding']}")
    pads, sizes = attrs["padding"], x.shape[1:3]
    shape = [x.shape[0], *(dim + sum(pair) for dim, pair in zip(sizes, pads, strict=True)), x.shape[3]]
    padded = f.op("PAD", [f.tensor(x), f.ints((0, 0), *pads, (0, 0))], f.like(x, shape))
    mean = f.op("AVERAGE_POOL_2D", [padded], f.like(y), **{**options, "padding": "VALID"})
    rows = []
    for size, (low, high), over, kernel, stride, count in zip(
        sizes, pads, attrs["overhang"], attrs["kernel"], attrs["strides"], y.shape[1:3], strict=True
    ):
        first = np.arange(count) * stride
        edges = (0, size + low + high - over) if attrs["count_include_pad"] else (low, low + size)
        rows.append((np.minimum(first + kernel, edges[1]) - np.maximum(first, edges[0])) / kernel)
    share = (rows[0][:, None] * rows[1]).astype(np.float32)[None, :, :, None]
    share[share <= 0] = 1  # windows of nothing but border, whose mean is 0
    lo, hi = float(attrs["lo"]), float(attrs["hi"])
    free = (lo, hi) == (-math.inf, math.inf)
    made = f.op("DIV", [mean, f.constant(share)], f.tensor(y) if free else f.like(y))
    if not free:
        f.clip(made, y, lo, hi)


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
        resize_otherwise(f, node)
        return
    f.op(ops[attrs["mode"]], [f.tensor(x), f.ints(*y.shape[1:3])], f.tensor(y), **flags)


def resize_otherwise(f: File, node: Node) -> None:
    """Every element of an axis is a sum of elements that a constant matrix says, or one of them."""
    x, y = node.input(0), node.outputs[0]
    rule, plan = plan_of(node)
    if moves_only(node.attrs):
        chosen(f, node, [nearest(rule, plan[axis]) if axis in plan else None for axis in range(x.rank)])
        return
    mode, coordinates = node.attrs["mode"], node.attrs["coordinates"]
    if x.dtype is not DType.F32 or any(outside(rule, axis).any() for axis in plan.values()):
        refuse(f"mode {mode} with coordinates {coordinates} of {x.dtype}, or with places outside")
    made, shape = f.tensor(x), list(x.shape)
    for place, axis in plan.items():
        if axis.count * axis.size > MOST_WEIGHTS:
            refuse(f"mode {mode} with coordinates {coordinates} from {axis.size} to {axis.count} places")
        index, weight = taps(rule, axis)
        matrix = np.zeros((axis.count, axis.size))
        np.add.at(matrix, (np.arange(axis.count)[:, None], index), weight)
        order = [*(other for other in range(x.rank) if other != place), place]
        turned = f.op("TRANSPOSE", [made, f.ints(*order)], f.like(x, [shape[other] for other in order]))
        shape[place] = axis.count
        weights = f.constant(matrix.astype(np.float32))
        product = f.like(x, [shape[other] for other in order])
        f.op("FULLY_CONNECTED", [turned, weights, -1], product, keep_num_dims=True)
        made = f.op("TRANSPOSE", [product, f.ints(*np.argsort(order))], f.like(x, shape))
    f.op("RESHAPE", [made, f.ints(*y.shape)], f.tensor(y), new_shape=list(y.shape))


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
