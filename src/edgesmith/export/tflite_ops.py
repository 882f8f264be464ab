"""The operators that TensorFlow Lite files are written with: one function each, or one row of a table."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from edgesmith.export.prepare import refuse
from edgesmith.export.tflite_file import CLAMPS, File, Tensor, bounds_of
from edgesmith.export.tflite_kinds import KINDS
from edgesmith.importers.tflite.ops_quant import byte_table
from edgesmith.ir import Node, Value
from edgesmith.ops.transpose import keeps_order
from edgesmith.types import DType

TABLE: dict[str, Callable[[File, Node], None]] = {}
BINARY = {
    "add": "ADD", "sub": "SUB", "mul": "MUL", "div": "DIV", "minimum": "MINIMUM", "maximum": "MAXIMUM", "pow": "POW",
    "squared_difference": "SQUARED_DIFFERENCE", "prelu": "PRELU", "equal": "EQUAL", "less": "LESS",
    "less_equal": "LESS_EQUAL", "greater": "GREATER", "greater_equal": "GREATER_EQUAL", "floor_div": "FLOOR_DIV",
    "mod": "FLOOR_MOD", "not_equal": "NOT_EQUAL", "logical_and": "LOGICAL_AND", "logical_or": "LOGICAL_OR",
    "logical_xor": "NOT_EQUAL", "bitwise_xor": "BITWISE_XOR", "atan2": "ATAN2",
}  # fmt: skip
UNARY = {
    "relu": "RELU", "sigmoid": "LOGISTIC", "tanh": "TANH", "hard_swish": "HARD_SWISH", "exp": "EXP", "log": "LOG",
    "sqrt": "SQRT", "rsqrt": "RSQRT", "square": "SQUARE", "abs": "ABS", "neg": "NEG", "floor": "FLOOR", "ceil": "CEIL",
    "sin": "SIN", "cos": "COS", "round": "ROUND", "sign": "SIGN", "logical_not": "LOGICAL_NOT",
}  # fmt: skip
REDUCING = {"reduce_mean": "MEAN", "reduce_sum": "SUM", "reduce_max": "REDUCE_MAX", "reduce_min": "REDUCE_MIN",
    "reduce_prod": "REDUCE_PROD", "reduce_all": "REDUCE_ALL", "reduce_any": "REDUCE_ANY"}  # fmt: skip

# What LiteRT computes with int8; the rest gets floats around it, which a reader may take away again.
_INTEGER = """
    conv2d depthwise_conv2d transpose_conv2d fully_connected matmul max_pool2d avg_pool2d resize add sub mul minimum
    maximum squared_difference prelu relu sigmoid tanh hard_swish leaky_relu gelu gelu_tanh softmax softmax_q
    log_softmax reduce_mean reduce_sum reduce_max reduce_min quantize dequantize requantize lookup reshape transpose
    concat slice pad argmax argmin gather gather_nd cast lstm_q svdf_q
"""
INTEGER = frozenset(_INTEGER.split())
BYTES_ONLY = frozenset({"hard_swish", "gelu", "gelu_tanh", "log_softmax", "lookup"})  # have no kernels for int16
# And what it then stores: the one scale and zero point of int8 that its kernel takes. See has_integers for int16.
FIXED = {
    "sigmoid": (1 / 256, -128), "tanh": (1 / 128, 0), "softmax": (1 / 256, -128), "softmax_q": (1 / 256, -128),
    "log_softmax": (16 / 256, 127),
}  # fmt: skip


def has_integers(node: Node) -> bool:
    """Whether TensorFlow Lite has an operator that computes a node with int8."""
    if node.op == "clip":
        known = CLAMPS.get(bounds_of(node), "")
        return known in ("RELU", "RELU6") if node.outputs[0].dtype is DType.I16 else bool(known)
    y = node.outputs[0]
    if node.op in BYTES_ONLY and y.dtype is DType.I16:
        return False
    if node.op in FIXED and y.quant is not None:
        x = node.input(0)
        if x.dtype is DType.I16 and (y.dtype is DType.I8 or (x.quant is not None and x.quant.zero_point.any())):
            return False
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


# -- arithmetic -------------------------------------------------------------------------------------------------


def straight(f: File, op: str, node: Node, **options: object) -> None:
    operands = [f.tensor(value) for value in node.inputs if value is not None]
    f.op(op, operands, f.tensor(node.outputs[0]), **options)


@writes(*BINARY)
def binary(f: File, node: Node) -> None:
    if node.op in ("prelu", "atan2") and node.outputs[0].shape != node.input(0).shape:
        refuse(f"operands {node.input(0).shape} and {node.input(1).shape}; the first must have the shape of the result")
    if node.op == "atan2" and node.input(0).shape != node.input(1).shape:
        refuse(f"operands of shapes {node.input(0).shape} and {node.input(1).shape}")
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
    x, y = node.input(0), node.outputs[0]
    op = "LOG_SOFTMAX" if node.op == "log_softmax" else "SOFTMAX"
    options = {} if node.op == "log_softmax" else {"beta": float(node.attrs.get("beta", 1.0))}
    axis, last = node.attrs["axis"] % x.rank, x.rank - 1
    if axis == last:
        straight(f, op, node, **options)
        return
    order = [*range(x.rank)]
    order[axis], order[last] = last, axis
    shape = [x.shape[place] for place in order]
    turned = f.op("TRANSPOSE", [f.tensor(x), f.ints(*order)], f.like(x, shape))
    f.op("TRANSPOSE", [f.op(op, [turned], f.like(y, shape), **options), f.ints(*order)], f.tensor(y))


@writes(*REDUCING)
def reduction(f: File, node: Node) -> None:
    axes = f.ints(*(axis % node.input(0).rank for axis in node.attrs["axes"]))
    keep = bool(node.attrs["keepdims"])
    f.op(REDUCING[node.op], [f.tensor(node.input(0)), axes], f.tensor(node.outputs[0]), keep_dims=keep)


@writes("cast")
def cast(f: File, node: Node) -> None:
    if node.input(0).quant is not None:
        refuse("of a quantized number")
    if node.outputs[0].dtype not in KINDS["CAST"]:
        refuse(f"to {node.outputs[0].dtype}")
    straight(f, "CAST", node)


def centred(value: Value) -> None:
    """Refuse sixteen bits with a zero point."""
    if value.dtype is DType.I16 and value.quant is not None and value.quant.zero_point.any():
        zero = value.quant.zero_point.ravel()[0]
        refuse(f"int16 with zero point {zero}; TensorFlow Lite's is 0: quantize activations symmetrically")


@writes("quantize")
def quantize(f: File, node: Node) -> None:
    y = node.outputs[0]
    if y.dtype not in (DType.I8, DType.U8, DType.I16) or y.quant is None or not y.quant.per_tensor:
        refuse(f"to {y.dtype}{'' if y.quant is None or y.quant.per_tensor else ' with many scales'}")
    centred(y)
    straight(f, "QUANTIZE", node)


@writes("requantize")
def requantize(f: File, node: Node) -> None:
    """In a file of unsigned bytes, those of the border and those inside are the same."""
    x, y = node.input(0), node.outputs[0]
    assert x.quant is not None
    assert y.quant is not None
    narrow = (DType.I8, DType.U8, DType.I16)
    known = (x.dtype in narrow and y.dtype in narrow) or (x.dtype, y.dtype) == (DType.I16, DType.I32)
    if not known or (x.dtype, y.dtype) == (DType.I16, DType.U8):
        refuse(f"from {x.dtype} to {y.dtype}")
    if x.dtype is DType.I16:
        centred(y)
    change = (x.dtype, y.dtype, y.quant.zero0 - x.quant.zero0)
    shifts = change in ((DType.U8, DType.I8, -128), (DType.I8, DType.U8, 128)) and x.quant.scale0 == y.quant.scale0
    if f.unsigned and shifts:
        f.same(x, y)
    else:
        straight(f, "QUANTIZE", node)


@writes("lookup")
def lookup(f: File, node: Node) -> None:
    """Bytes under another scale are the one table that an operator stands for: see ``byte_table``. Others are read."""
    x, table, y = node.input(0), node.input(1), node.outputs[0]
    if x.dtype is not DType.I8 or table.data is None or table.data.size != 256:
        refuse("a table of int16, or one that is computed")
    scales = [quant for quant in (x.quant, y.quant) if quant is not None and quant.per_tensor]
    if len(scales) == 2 and np.array_equal(table.data, byte_table(*scales)):
        f.op("QUANTIZE", [f.tensor(x)], f.tensor(y))
        return
    wide = f.op("CAST", [f.tensor(x)], f.add(Tensor(f"{x.name}.wide", x.shape, DType.I32)))
    if not f.unsigned:
        wide = f.op("ADD", [wide, f.constant(np.int32(128))], f.add(Tensor(f"{x.name}.place", x.shape, DType.I32)))
    f.op("GATHER", [f.constant(table.data, y.quant, table.name), wide], f.tensor(y))


@writes("dequantize")
def dequantize(f: File, node: Node) -> None:
    centred(node.input(0))
    if node.input(0).dtype not in (DType.I8, DType.U8, DType.I16):
        refuse(f"of {node.input(0).dtype}")
    straight(f, "DEQUANTIZE", node)


# -- movement ---------------------------------------------------------------------------------------------------


@writes("reshape")
def reshape(f: File, node: Node) -> None:
    x, y = node.input(0), node.outputs[0]
    f.op("RESHAPE", [f.tensor(x), f.ints(*y.shape)], f.tensor(y), new_shape=list(y.shape))


@writes("transpose")
def transpose(f: File, node: Node) -> None:
    x, y, perm = node.input(0), node.outputs[0], node.attrs["perm"]
    if keeps_order(x.shape, perm) and (x.quant is None or x.quant.per_tensor):
        f.op("RESHAPE", [f.tensor(x), f.ints(*y.shape)], f.tensor(y), new_shape=list(y.shape))
        return
    f.op("TRANSPOSE", [f.tensor(x), f.ints(*perm)], f.tensor(y))


@writes("concat")
def concat(f: File, node: Node) -> None:
    straight(f, "CONCATENATION", node, axis=node.attrs["axis"] % node.outputs[0].rank)


@writes("slice")
def slice_(f: File, node: Node) -> None:
    attrs, x = node.attrs, f.tensor(node.input(0))
    if not attrs["steps"] or set(attrs["steps"]) == {1}:
        f.op("SLICE", [x, f.ints(*attrs["starts"]), f.ints(*attrs["sizes"])], f.tensor(node.outputs[0]))
        return
    rows = zip(attrs["starts"], attrs["sizes"], attrs["steps"], strict=True)
    if min(attrs["steps"]) < 1 or 0 in attrs["sizes"]:
        chosen(f, node, [start + step * np.arange(size) for start, size, step in rows])
        return
    rows = zip(attrs["starts"], attrs["sizes"], attrs["steps"], strict=True)
    ends = [start + (size - 1) * step + 1 for start, size, step in rows]
    operands = [x, f.ints(*attrs["starts"]), f.ints(*ends), f.ints(*attrs["steps"])]
    f.op("STRIDED_SLICE", operands, f.tensor(node.outputs[0]))


@writes("pad")
def pad(f: File, node: Node) -> None:
    x, border, mode = node.input(0), node.optional(1), node.attrs["mode"]
    operands, y = [f.tensor(x), f.ints(*node.attrs["pads"])], f.tensor(node.outputs[0])
    once = all(max(pair) < dim for dim, pair in zip(x.shape, node.attrs["pads"], strict=True))
    if mode in ("reflect", "symmetric") and once:
        f.op("MIRROR_PAD", operands, y, mode=mode.upper())
        return
    if mode != "constant":
        rows = zip(x.shape, node.attrs["pads"], strict=True)
        chosen(f, node, [np.pad(np.arange(dim), pair, mode=mode) if any(pair) else None for dim, pair in rows])
        return
    if border is not None and border.data is None:
        refuse("a border that is computed")
    raw = node.attrs["value"] if border is None or border.data is None else border.data.reshape(-1)[0]
    zero = 0 if x.quant is None else x.quant.zero0
    if raw is None or raw == zero:
        f.op("PAD", operands, y)
    else:
        f.op("PADV2", [*operands, f.constant(np.asarray(raw, x.dtype.numpy), x.quant)], y)


@writes("argmax", "argmin")
def best(f: File, node: Node) -> None:
    x, y = node.input(0), node.outputs[0]
    if node.attrs["select_last"]:
        refuse("the last of equal ones; TensorFlow Lite finds the first")
    axis, keep = node.attrs["axis"] % x.rank, node.attrs["keepdims"]
    made = f.like(y, [*x.shape[:axis], *x.shape[axis + 1 :]]) if keep else f.tensor(y)
    f.op("ARG_MAX" if node.op == "argmax" else "ARG_MIN", [f.tensor(x), f.ints(axis)], made, output_type="INT64")
    if keep:
        f.op("RESHAPE", [made, f.ints(*y.shape)], f.tensor(y), new_shape=list(y.shape))


@writes("gather_nd")
def gather_nd(f: File, node: Node) -> None:
    if node.attrs["batch_dims"]:
        refuse("with batch dimensions")
    x, index = node.input(0), node.input(1)
    places = f.tensor(index)
    if node.attrs["wrap"]:
        places = wrapped(f, index, np.asarray(x.shape[: index.shape[-1]]))
    f.op("GATHER_ND", [f.tensor(x), places], f.tensor(node.outputs[0]))


def wrapped(f: File, index: Value, size: Any) -> int:
    """Indices of which negative ones count from the end, as indices that none of are negative."""
    if index.data is not None:
        return f.constant(
            np.where(index.data < 0, index.data + size, index.data).astype(index.data.dtype), name=index.name
        )
    sizes = f.constant(np.asarray(size, index.dtype.numpy))
    return f.op("FLOOR_MOD", [f.tensor(index), sizes], f.like(index))


@writes("gather")
def gather(f: File, node: Node) -> None:
    x, index, attrs = node.input(0), node.input(1), node.attrs
    places = wrapped(f, index, x.shape[attrs["axis"]]) if attrs["wrap"] else f.tensor(index)
    options = {"axis": attrs["axis"], "batch_dims": attrs["batch_dims"]}
    f.op("GATHER", [f.tensor(x), places], f.tensor(node.outputs[0]), **options)


def chosen(f: File, node: Node, places: Sequence[Any]) -> None:
    """The first operand with only certain indices along each axis, which are constants; None for all of them."""
    x, y = node.input(0), node.outputs[0]
    made, shape = f.tensor(x), list(x.shape)
    steps = [(axis, np.asarray(index)) for axis, index in enumerate(places) if index is not None]
    if not steps:
        f.op("RESHAPE", [made, f.ints(*y.shape)], f.tensor(y), new_shape=list(y.shape))
    for axis, index in steps:
        shape[axis] = index.size
        out = f.tensor(y) if axis == steps[-1][0] else f.like(y, shape)
        made = f.op("GATHER", [made, f.ints(*index)], out, axis=axis)


@writes("expand", "tile")
def repeated(f: File, node: Node) -> None:
    op, given = ("TILE", node.attrs["repeats"]) if node.op == "tile" else ("BROADCAST_TO", node.outputs[0].shape)
    f.op(op, [f.tensor(node.input(0)), f.ints(*given)], f.tensor(node.outputs[0]))


@writes("cumsum")
def cumsum(f: File, node: Node) -> None:
    order = {"exclusive": node.attrs["exclusive"], "reverse": node.attrs["reverse"]}
    axis = f.constant(np.int32(node.attrs["axis"] % node.input(0).rank))
    f.op("CUMSUM", [f.tensor(node.input(0)), axis], f.tensor(node.outputs[0]), **order)
