"""The operators that ONNX files are written with: one function each, or one row of a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from edgesmith.export.onnx_file import FIRST, LAST, Emitter, Layout
from edgesmith.export.prepare import refuse
from edgesmith.ir import Node, Value
from edgesmith.types import DType

TABLE: dict[str, Callable[[Emitter, Node], None]] = {}
BINARY = {
    "add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "minimum": "Min", "maximum": "Max", "pow": "Pow",
    "equal": "Equal", "less": "Less", "less_equal": "LessOrEqual", "greater": "Greater",
    "greater_equal": "GreaterOrEqual", "prelu": "PRelu",
}  # fmt: skip
_UNARY = """
    relu sigmoid tanh sqrt reciprocal exp log neg abs erf floor ceil sin cos softplus softsign hard_swish mish gelu
    leaky_relu elu selu celu hard_sigmoid
"""
UNARY = {name: name.title().replace("_", "") for name in _UNARY.split()}
REDUCING = {
    "reduce_mean": "ReduceMean",
    "reduce_sum": "ReduceSum",
    "reduce_max": "ReduceMax",
    "reduce_min": "ReduceMin",
}


def writes(*ops: str) -> Callable[[Callable[[Emitter, Node], None]], Callable[[Emitter, Node], None]]:
    """Enter a function for these operators."""

    def enter(function: Callable[[Emitter, Node], None]) -> Callable[[Emitter, Node], None]:
        TABLE.update(dict.fromkeys(ops, function))
        return function

    return enter


# Plain numbers that ONNX's operators do not take.
NOT = {
    "greater": "bool", "greater_equal": "bool", "less": "bool", "less_equal": "bool", "neg": "u32 u64", "celu": "f64",
    "max_pool2d": "i16 i32 i64", "layer_norm": "f64", "avg_pool2d": "i8 i16 u8", "pow": "u32 u64",
}  # fmt: skip


def accepts(node: Node) -> None:
    """Refuse types that an operator lacks, and what only the passes for our own kernels put into a node."""
    x = node.optional(0)
    if x is not None and x.quant is None and x.dtype.value in NOT.get(node.op, "").split():
        refuse(f"numbers of type {x.dtype}")
    layer = node.op in ("conv2d", "fully_connected") and node.optional(3) is not None
    if layer or node.attrs.get("axes_a") or node.attrs.get("axes_b"):
        refuse("with other operators in it; write the model, not what was compiled from it")


def some(node: Node) -> None:
    """Refuse a reduction over no axes, which older readers take for all of them."""
    if not node.attrs["axes"]:
        refuse("over no axes")


def wide(e: Emitter, value: Value) -> str:
    """Indices in 64 bits, which some operators demand."""
    name = e.real(value)
    return name if value.dtype is DType.I64 else e.node("Cast", [name], to=e.onnx.TensorProto.INT64)


def ints(values: Any) -> list[int]:
    return [int(value) for value in values]


def axis_in(layout: Layout, axis: int, rank: int) -> int:
    """Where an axis of ours lies in a layout."""
    axis %= rank
    return layout.index(axis) if rank == 4 else axis


def per_axis(layout: Layout, items: Sequence[Any]) -> list[Any]:
    """One item an axis, in the layout's order."""
    return [items[axis] for axis in layout] if len(items) == 4 else list(items)


def window(node: Node) -> dict[str, list[int]]:
    pads = {"pads": ints(pair[end] for end in (0, 1) for pair in node.attrs["padding"])}
    dilations = ints(node.attrs["dilations"])
    # Said only where it means something: ONNX Runtime refuses the word at quantized pools.
    spread = {"dilations": dilations} if any(dilation != 1 for dilation in dilations) else {}
    return {"strides": ints(node.attrs["strides"]), **spread, **pads}


# -- layers -----------------------------------------------------------------------------------------------------


@writes("conv2d")
def conv2d(e: Emitter, node: Node) -> None:
    w = e.arranged(node.input(1), FIRST)
    name = e.node("Conv", [e.real(node.input(0), FIRST), w, e.bias(node)], group=node.attrs["groups"], **window(node))
    e.made(node.outputs[0], e.clamped(node, name), FIRST)


@writes("depthwise_conv2d")
def depthwise_conv2d(e: Emitter, node: Node) -> None:
    x, w = node.input(0), node.input(1)
    if w.data is None:
        refuse("its weights are computed")
    weights = e.arranged(w, (2, 0, 1), (w.shape[2], 1, *w.shape[:2]))
    name = e.node("Conv", [e.real(x, FIRST), weights, e.bias(node)], group=x.shape[3], **window(node))
    e.made(node.outputs[0], e.clamped(node, name), FIRST)


@writes("transpose_conv2d")
def transpose_conv2d(e: Emitter, node: Node) -> None:
    groups = node.attrs["groups"]
    w = e.arranged(node.input(1), (3, 0, 1, 2)) if groups == 1 else _by_group(e, node.input(1), groups)
    more = {"output_padding": ints(node.attrs["output_padding"]), "group": groups, **window(node)}
    name = e.node("ConvTranspose", [e.real(node.input(0), FIRST), w, e.bias(node)], **more)
    e.made(node.outputs[0], e.clamped(node, name), FIRST)


def _by_group(e: Emitter, w: Value, groups: int) -> str:
    """Weights of a transposed convolution in groups, turned by operators: scales of channels lie along one axis."""
    outputs, height, width, deep = w.shape
    name = e.node("Reshape", [e.real(w), e.constant((groups, outputs // groups, height, width, deep), np.int64)])
    name = e.transposed(name, (0, 4, 1, 2, 3))
    return e.node("Reshape", [name, e.constant((groups * deep, outputs // groups, height, width), np.int64)])


@writes("conv3d")
def conv3d(e: Emitter, node: Node) -> None:
    x = e.transposed(e.real(node.input(0)), (0, 4, 1, 2, 3))
    w = e.arranged(node.input(1), (0, 4, 1, 2, 3))
    made = e.node("Conv", [x, w, e.bias(node)], group=node.attrs["groups"], **window(node))
    e.made(node.outputs[0], e.transposed(e.clamped(node, made), (0, 2, 3, 4, 1)))


@writes("fully_connected")
def fully_connected(e: Emitter, node: Node) -> None:
    x, bias = node.input(0), e.bias(node)
    if x.rank == 2:
        name = e.node("Gemm", [e.real(x), e.real(node.input(1)), bias], transB=1)
    else:
        name = e.node("MatMul", [e.real(x), e.arranged(node.input(1), (1, 0))])
        name = e.node("Add", [name, bias]) if bias else name
    e.made(node.outputs[0], e.clamped(node, name))


@writes("matmul")
def matmul(e: Emitter, node: Node) -> None:
    names = []
    for value, turned in ((node.input(0), node.attrs["transpose_a"]), (node.input(1), node.attrs["transpose_b"])):
        perm = [*range(value.rank - 2), value.rank - 1, value.rank - 2]
        names.append(e.arranged(value, perm) if turned else e.real(value))
    e.made(node.outputs[0], e.node("MatMul", names))


@writes("max_pool2d")
def max_pool2d(e: Emitter, node: Node) -> None:
    if node.attrs["indices"]:
        refuse("a pool with indices")
    name = e.node("MaxPool", [e.real(node.input(0), FIRST)], kernel_shape=ints(node.attrs["kernel"]), **window(node))
    e.made(node.outputs[0], e.clamped(node, name), FIRST)


@writes("avg_pool2d")
def avg_pool2d(e: Emitter, node: Node) -> None:
    if node.input(0).quant is not None and set(node.attrs["dilations"]) != {1}:
        refuse("of quantized numbers with dilations, which ONNX Runtime makes an operator of its own without them")
    if any(node.attrs["overhang"]):
        refuse("a pool whose last places hang over the edge")
    kind = {"kernel_shape": ints(node.attrs["kernel"]), "count_include_pad": int(node.attrs["count_include_pad"])}
    name = e.node("AveragePool", [e.real(node.input(0), FIRST)], **kind, **window(node))
    e.made(node.outputs[0], e.clamped(node, name), FIRST)


@writes("resize")
def resize(e: Emitter, node: Node) -> None:
    """All axes are named, since ONNX Runtime fails on quantized files that name some."""
    x, y, attrs = node.input(0), node.outputs[0], node.attrs
    if attrs["roi"] is not None or (attrs["mode"] == "nearest" and attrs["rounding"] is None):
        refuse(f"mode {attrs['mode']} with coordinates {attrs['coordinates']}, which ONNX rounds in another way")
    layout = FIRST if x.rank == 4 else LAST
    more = {
        "mode": attrs["mode"], "coordinate_transformation_mode": attrs["coordinates"],
        "cubic_coeff_a": float(attrs["cubic_coeff"]), "antialias": int(attrs["antialias"]),
        "exclude_outside": int(attrs["exclude_outside"]), "extrapolation_value": float(attrs["extrapolation"]),
    }  # fmt: skip
    if attrs["rounding"] is not None:
        more["nearest_mode"] = attrs["rounding"]
    if attrs["scales"] is None:
        size = ["", e.constant(per_axis(layout, y.shape), np.int64)]
    else:
        known = {axis % x.rank: scale for axis, scale in zip(attrs["axes"], attrs["scales"], strict=True)}
        size = [e.constant(per_axis(layout, [known.get(axis, 1.0) for axis in range(x.rank)]), np.float32)]
    e.made(y, e.node("Resize", [e.real(x, layout), "", *size], **more), layout)


@writes("layer_norm")
def layer_norm(e: Emitter, node: Node) -> None:
    x, scale = node.input(0), node.optional(1)
    axis = node.attrs["axis"] % x.rank
    shape = x.shape[axis:]
    factor = e.constant(np.ones(shape, np.float32)) if scale is None else e.real(scale)
    bias = node.optional(2)
    operands = [e.real(x), factor, "" if bias is None else e.real(bias)]
    e.made(node.outputs[0], e.node("LayerNormalization", operands, axis=axis, epsilon=float(node.attrs["epsilon"])))


# -- arithmetic -------------------------------------------------------------------------------------------------


@writes(*BINARY)
def binary(e: Emitter, node: Node) -> None:
    """Operands of lower rank are aligned at their last axis, so constants get all four where the layout turns."""
    layout, y = e.layout(*node.inputs), node.outputs[0]
    if any(v is not None and v.rank not in (0, y.rank) and not v.is_constant for v in node.inputs):
        layout = LAST
    names = [e.real(_raised(value, layout), layout) for value in node.inputs if value is not None]
    e.made(y, e.node(BINARY[node.op], names), layout)


def _raised(value: Value, layout: Layout) -> Value:
    if layout == LAST or value.data is None or value.rank in (0, 4):
        return value
    shape = (1,) * (4 - value.rank) + value.shape
    return Value(value.name, shape, value.dtype, value.quant, value.data.reshape(shape))


@writes(*UNARY)
def unary(e: Emitter, node: Node) -> None:
    layout = e.layout(node.input(0))
    attributes = {key: float(number) for key, number in node.attrs.items()}
    e.made(node.outputs[0], e.node(UNARY[node.op], [e.real(node.input(0), layout)], **attributes), layout)


@writes("gelu_tanh")
def gelu_tanh(e: Emitter, node: Node) -> None:
    e.made(node.outputs[0], e.node("Gelu", [e.real(node.input(0))], approximate="tanh"))


@writes("rsqrt", "square", "silu")
def composed(e: Emitter, node: Node) -> None:
    layout = e.layout(node.input(0))
    x = e.real(node.input(0), layout)
    if node.op == "rsqrt":
        name = e.node("Reciprocal", [e.node("Sqrt", [x])])
    else:
        name = e.node("Mul", [x, x if node.op == "square" else e.node("Sigmoid", [x])])
    e.made(node.outputs[0], name, layout)


@writes("clip")
def clip(e: Emitter, node: Node) -> None:
    if (node.input(0).dtype is not DType.F32 and node.input(0).quant is None) or len(node.inputs) > 1:
        refuse("only floats are clipped between constants")
    layout = e.layout(node.input(0))
    e.made(node.outputs[0], e.clip(e.real(node.input(0), layout), node.attrs["lo"], node.attrs["hi"]), layout)


@writes("softmax", "log_softmax")
def softmax(e: Emitter, node: Node) -> None:
    x = node.input(0)
    layout = e.layout(x)
    op = "Softmax" if node.op == "softmax" else "LogSoftmax"
    name = e.node(op, [e.real(x, layout)], axis=axis_in(layout, node.attrs["axis"], x.rank))
    e.made(node.outputs[0], name, layout)


@writes("softmax_q")
def softmax_q(e: Emitter, node: Node) -> None:
    x = node.input(0)
    beta = float(node.attrs["beta"])
    name = e.real(x) if beta == 1 else e.node("Mul", [e.real(x), e.constant(np.float32(beta))])
    e.made(node.outputs[0], e.node("Softmax", [name], axis=node.attrs["axis"] % x.rank))


@writes(*REDUCING)
def reduction(e: Emitter, node: Node) -> None:
    some(node)
    x, keep = node.input(0), bool(node.attrs["keepdims"])
    axes = [axis % x.rank for axis in node.attrs["axes"]]
    kept = [axis for axis in range(x.rank) if axis not in axes]
    layout = e.layout(x)
    if not keep and [axis for axis in layout if axis in kept] != kept and x.rank == 4:
        layout = LAST
    places = e.constant(sorted(axis_in(layout, axis, x.rank) for axis in axes), np.int64)
    name = e.node(REDUCING[node.op], [e.real(x, layout), places], keepdims=int(keep))
    e.made(node.outputs[0], name, layout if keep else LAST)


@writes("cast")
def cast(e: Emitter, node: Node) -> None:
    x, to = node.input(0), node.attrs["to"]
    if x.quant is not None or DType.BF16 in (x.dtype, to):
        refuse(f"a cast of {x!r} to {to}")
    layout = e.layout(x)
    code = e.onnx.helper.np_dtype_to_tensor_dtype(to.numpy)
    e.made(node.outputs[0], e.node("Cast", [e.real(x, layout)], to=code), layout)


@writes("quantize", "dequantize", "requantize")
def linear(e: Emitter, node: Node) -> None:
    x, y = node.input(0), node.outputs[0]
    if y.quant is not None and y.dtype is DType.I32:
        refuse("to 32 bits")
    layout = e.layout(x)
    e.made(y, e.real(x, layout), layout)


# -- movement ---------------------------------------------------------------------------------------------------


@writes("reshape")
def reshape(e: Emitter, node: Node) -> None:
    """A single pixel has its channels in one row in every layout."""
    x, y = node.input(0), node.outputs[0]
    pixel = x.rank == 4 and x.shape[1] == x.shape[2] == 1
    name = e.real(x, e.layout(x) if pixel else LAST)
    e.made(y, e.node("Reshape", [name, e.constant(y.shape, np.int64)]))


@writes("transpose")
def transpose(e: Emitter, node: Node) -> None:
    x, perm = node.input(0), node.attrs["perm"]
    if e.layout(x) == FIRST:  # from the layout that it lies in, in one step
        back = [FIRST.index(axis) for axis in perm]
        e.made(node.outputs[0], e.transposed(e.real(x, FIRST), back))
    else:
        e.made(node.outputs[0], e.transposed(e.real(x), perm))


@writes("concat")
def concat(e: Emitter, node: Node) -> None:
    layout, y = e.layout(*node.inputs), node.outputs[0]
    names = [e.real(value, layout) for value in node.inputs if value is not None]
    e.made(y, e.node("Concat", names, axis=axis_in(layout, node.attrs["axis"], y.rank)), layout)


@writes("slice")
def slice_(e: Emitter, node: Node) -> None:
    x = node.input(0)
    layout = e.layout(x)
    steps = node.attrs["steps"] or (1,) * x.rank
    if min(steps, default=1) < 1:
        refuse("a slice that runs backwards")
    rows = zip(node.attrs["starts"], node.attrs["sizes"], steps, strict=True)
    starts, ends = zip(
        *((start, start + (size - 1) * step + 1 if size else start) for start, size, step in rows), strict=True
    )
    numbers = [e.constant(per_axis(layout, item), np.int64) for item in (starts, ends)]
    numbers += [e.constant(range(x.rank), np.int64), e.constant(per_axis(layout, steps), np.int64)]
    e.made(node.outputs[0], e.node("Slice", [e.real(x, layout), *numbers]), layout)


@writes("pad")
def pad(e: Emitter, node: Node) -> None:
    x, border = node.input(0), node.optional(1)
    if node.attrs["mode"] not in ("constant", "reflect", "edge", "wrap") or (
        border is not None and border.data is None
    ):
        refuse(f"a border of mode {node.attrs['mode']}, or one that is computed")
    layout = e.layout(x)
    pads = per_axis(layout, node.attrs["pads"])
    operands = [e.real(x, layout), e.constant([*(low for low, _ in pads), *(high for _, high in pads)], np.int64)]
    if node.attrs["mode"] == "constant":
        raw = node.attrs["value"] if border is None or border.data is None else border.data.reshape(())
        if x.quant is not None:
            raw = np.float32(0) if raw is None else x.quant.scale0 * np.float32(int(raw) - x.quant.zero0)
        operands.append(e.constant(0 if raw is None else raw, np.float32 if x.quant is not None else x.dtype.numpy))
    e.made(node.outputs[0], e.node("Pad", operands, mode=node.attrs["mode"]), layout)


@writes("gather")
def gather(e: Emitter, node: Node) -> None:
    x, indices = node.input(0), node.input(1)
    if node.attrs["batch_dims"]:
        refuse("a gather with batch dimensions")
    e.made(node.outputs[0], e.node("Gather", [e.real(x), e.real(indices)], axis=node.attrs["axis"] % x.rank))


@writes("gather_nd")
def gather_nd(e: Emitter, node: Node) -> None:
    names = [e.real(node.input(0)), wide(e, node.input(1))]
    e.made(node.outputs[0], e.node("GatherND", names, batch_dims=node.attrs["batch_dims"]))


@writes("argmax", "argmin")
def best(e: Emitter, node: Node) -> None:
    x, keep = node.input(0), bool(node.attrs["keepdims"])
    layout = e.layout(x) if keep else LAST
    which = {"keepdims": int(keep), "select_last_index": int(node.attrs["select_last"])}
    op = "ArgMax" if node.op == "argmax" else "ArgMin"
    e.made(
        node.outputs[0],
        e.node(op, [e.real(x, layout)], axis=axis_in(layout, node.attrs["axis"], x.rank), **which),
        layout,
    )


@writes("expand", "tile")
def repeated(e: Emitter, node: Node) -> None:
    op, counts = ("Tile", "repeats") if node.op == "tile" else ("Expand", "shape")
    e.made(node.outputs[0], e.node(op, [e.real(node.input(0)), e.constant(node.attrs[counts], np.int64)]))


@writes("cumsum")
def cumsum(e: Emitter, node: Node) -> None:
    x = node.input(0)
    order = {"exclusive": int(node.attrs["exclusive"]), "reverse": int(node.attrs["reverse"])}
    axis = e.constant(node.attrs["axis"] % x.rank, np.int64)
    e.made(node.outputs[0], e.node("CumSum", [e.real(x), axis], **order))
