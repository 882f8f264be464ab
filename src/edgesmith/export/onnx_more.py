"""More operators of ONNX files: what chooses and moves elements, reductions, norms, and logic."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgesmith.export.onnx_file import FIRST, LAST, Emitter, Layout
from edgesmith.export.onnx_ops import axis_in, some, wide, writes
from edgesmith.export.prepare import refuse
from edgesmith.ir import Node, Value
from edgesmith.types import DType

BINARY = {
    "logical_and": "And", "logical_or": "Or", "logical_xor": "Xor", "bitwise_and": "BitwiseAnd",
    "bitwise_or": "BitwiseOr", "bitwise_xor": "BitwiseXor",
}  # fmt: skip
UNARY = {
    "acos": "Acos", "acosh": "Acosh", "asin": "Asin", "asinh": "Asinh", "atan": "Atan", "atanh": "Atanh",
    "cosh": "Cosh", "sinh": "Sinh", "tan": "Tan", "round": "Round", "sign": "Sign", "logical_not": "Not",
    "bitwise_not": "BitwiseNot", "isnan": "IsNaN",
}  # fmt: skip
REDUCING = {
    "reduce_l1": "ReduceL1", "reduce_l2": "ReduceL2", "reduce_prod": "ReduceProd", "reduce_log_sum": "ReduceLogSum",
    "reduce_log_sum_exp": "ReduceLogSumExp", "reduce_sum_square": "ReduceSumSquare",
}  # fmt: skip


def operands(e: Emitter, node: Node) -> tuple[list[str], Layout]:
    """All operands in one layout; operands of other ranks stay as they are, so all do where there are any."""
    values = [value for value in node.inputs if value is not None]
    rank = node.outputs[0].rank
    layout = e.layout(*values) if all(value.rank == rank for value in values) else LAST
    return [e.real(value, layout) for value in values], layout


@writes(*BINARY, *UNARY)
def plain(e: Emitter, node: Node) -> None:
    if node.op.startswith("bitwise") and node.input(0).dtype is DType.BOOL:
        refuse("of truth values")
    names, layout = operands(e, node)
    e.made(node.outputs[0], e.node(BINARY.get(node.op) or UNARY[node.op], names), layout)


@writes("not_equal")
def not_equal(e: Emitter, node: Node) -> None:
    names, layout = operands(e, node)
    e.made(node.outputs[0], e.node("Not", [e.node("Equal", names)]), layout)


@writes("squared_difference")
def squared_difference(e: Emitter, node: Node) -> None:
    names, layout = operands(e, node)
    apart = e.node("Sub", names)
    e.made(node.outputs[0], e.node("Mul", [apart, apart]), layout)


@writes("floor_div", "mod", "fmod")
def division(e: Emitter, node: Node) -> None:
    """Of floats by their quotient; of integers ONNX has the remainder alone, which the quotient follows from."""
    names, layout = operands(e, node)
    floats = node.input(0).dtype.is_float
    if node.op == "fmod":
        made = e.node("Mod", names, fmod=1)
    elif not floats:
        rest = e.node("Mod", names)
        made = rest if node.op == "mod" else e.node("Div", [e.node("Sub", [names[0], rest]), names[1]])
    else:
        whole = e.node("Floor", [e.node("Div", names)])
        made = whole if node.op == "floor_div" else e.node("Sub", [names[0], e.node("Mul", [whole, names[1]])])
    e.made(node.outputs[0], made, layout)


@writes("shrink", "thresholded_relu")
def thresholds(e: Emitter, node: Node) -> None:
    names, layout = operands(e, node)
    op, keys = {"shrink": ("Shrink", ("lambd", "bias")), "thresholded_relu": ("ThresholdedRelu", ("alpha",))}[node.op]
    e.made(node.outputs[0], e.node(op, names, **{key: float(node.attrs[key]) for key in keys}), layout)


@writes("trunc")
def trunc(e: Emitter, node: Node) -> None:
    (x,), layout = operands(e, node)
    size = e.node("Floor", [e.node("Abs", [x])])
    e.made(node.outputs[0], e.node("Mul", [e.node("Sign", [x]), size]), layout)


@writes("select")
def select(e: Emitter, node: Node) -> None:
    names, layout = operands(e, node)
    e.made(node.outputs[0], e.node("Where", names), layout)


def _reduced(e: Emitter, op: str, node: Node, x: str) -> str:
    rank = node.input(0).rank
    places = e.constant(sorted(axis % rank for axis in node.attrs["axes"]), np.int64)
    return e.node(op, [x, places], keepdims=int(node.attrs["keepdims"]))


@writes(*REDUCING)
def reduction(e: Emitter, node: Node) -> None:
    some(node)
    e.made(node.outputs[0], _reduced(e, REDUCING[node.op], node, e.real(node.input(0))))


@writes("reduce_all", "reduce_any")
def truth(e: Emitter, node: Node) -> None:
    """The least or greatest of zeros and ones."""
    some(node)
    number = e.node("Cast", [e.real(node.input(0))], to=e.onnx.TensorProto.INT32)
    found = _reduced(e, "ReduceMin" if node.op == "reduce_all" else "ReduceMax", node, number)
    e.made(node.outputs[0], e.node("Cast", [found], to=e.onnx.TensorProto.BOOL))


@writes("topk")
def topk(e: Emitter, node: Node) -> None:
    x, attrs = node.input(0), node.attrs
    how = {"axis": attrs["axis"] % x.rank, "largest": int(attrs["largest"]), "sorted": 1}
    name = e.node("TopK", [e.real(x), e.constant([attrs["k"]], np.int64)], **how)
    places = e.unique(f"{node.outputs[1].name}.places")
    e.nodes[-1].output.append(places)
    e.hold(node.outputs[1], LAST, places)
    e.made(node.outputs[0], name)


@writes("reverse")
def reverse(e: Emitter, node: Node) -> None:
    axes = sorted({axis % node.input(0).rank for axis in node.attrs["axes"]})
    first, beyond = e.constant([-1] * len(axes), np.int64), e.constant([np.iinfo(np.int64).min] * len(axes), np.int64)
    name = e.node("Slice", [e.real(node.input(0)), first, beyond, e.constant(axes, np.int64), first])
    e.made(node.outputs[0], name)


@writes("gather_elements")
def gather_elements(e: Emitter, node: Node) -> None:
    names = [e.real(node.input(0)), e.real(node.input(1))]
    e.made(node.outputs[0], e.node("GatherElements", names, axis=node.attrs["axis"] % node.input(0).rank))


@writes("scatter_elements", "scatter_nd")
def scatter(e: Emitter, node: Node) -> None:
    names = [e.real(node.input(0)), wide(e, node.input(1)), e.real(node.input(2))]
    if node.input(0).dtype is DType.BOOL and node.attrs["reduction"] != "none":
        refuse("of truth values, reduced")
    how = {"reduction": node.attrs["reduction"]}
    if node.op == "scatter_elements":
        how["axis"] = node.attrs["axis"] % node.input(0).rank
    e.made(node.outputs[0], e.node("ScatterElements" if "axis" in how else "ScatterND", names, **how))


@writes("lookup")
def lookup(e: Emitter, node: Node) -> None:
    """A table of bytes is read at the byte itself, which no scale comes into."""
    x, table, y = node.input(0), node.input(1), node.outputs[0]
    if x.dtype is not DType.I8 or y.dtype is not DType.I8 or table.data is None or e.unsigned:
        refuse("a table of other than signed bytes")
    layout = e.layout(x)
    wide = e.node("Cast", [e.held_in(x, layout)], to=e.onnx.TensorProto.INT32)
    place = e.node("Add", [wide, e.constant(128, np.int32)])
    e.hold(y, layout, e.node("Gather", [e.constant(table.data, name=table.name), place]))


@writes("lrn")
def lrn(e: Emitter, node: Node) -> None:
    """Every row of channels is an image of one pixel."""
    x, shape = node.input(0), node.input(0).shape
    how = {key: float(node.attrs[key]) for key in ("alpha", "beta", "bias")}
    rows = e.node("Reshape", [e.real(x), e.constant((-1, shape[-1], 1, 1), np.int64)])
    name = e.node("LRN", [rows], size=node.attrs["size"], **how)
    e.made(node.outputs[0], e.node("Reshape", [name, e.constant(shape, np.int64)]))


def _mean(e: Emitter, x: str, axes: Sequence[int]) -> str:
    return e.node("ReduceMean", [x, e.constant(axes, np.int64)])


def _scaled(e: Emitter, node: Node, name: str) -> None:
    """The result, times a scale and plus a bias where there are any."""
    for op, value in (("Mul", node.optional(1)), ("Add", node.optional(2))):
        if value is not None:
            name = e.node(op, [name, e.real(value)])
    e.made(node.outputs[0], name)


def _root(e: Emitter, node: Node, mean: str) -> str:
    epsilon = e.constant(node.attrs["epsilon"], node.input(0).dtype.numpy)
    return e.node("Sqrt", [e.node("Add", [mean, epsilon])])


@writes("rms_norm")
def rms_norm(e: Emitter, node: Node) -> None:
    value = node.input(0)
    x = e.real(value)
    mean = _mean(e, e.node("Mul", [x, x]), range(node.attrs["axis"] % value.rank, value.rank))
    _scaled(e, node, e.node("Div", [x, _root(e, node, mean)]))


@writes("instance_norm", "group_norm")
def group_norm(e: Emitter, node: Node) -> None:
    """Over the positions of a channel, or of a group of channels, which become an axis of their own."""
    value: Value = node.input(0)
    groups = value.shape[-1] if node.op == "instance_norm" else int(node.attrs["groups"])
    split = (value.shape[0], -1, groups, value.shape[-1] // groups)
    x = e.node("Reshape", [e.real(value), e.constant(split, np.int64)])
    centred = e.node("Sub", [x, _mean(e, x, (1, 3))])
    spread = _mean(e, e.node("Mul", [centred, centred]), (1, 3))
    y = e.node("Div", [centred, _root(e, node, spread)])
    _scaled(e, node, e.node("Reshape", [y, e.constant(value.shape, np.int64)]))


@writes("l2_norm")
def l2_norm(e: Emitter, node: Node) -> None:
    value, axis = node.input(0), node.attrs["axis"]
    axes = [place % value.rank for place in ((axis,) if isinstance(axis, int) else axis)]
    x = e.real(value)
    size = e.node("ReduceL2", [x, e.constant(axes, np.int64)])
    least = e.constant(node.attrs["epsilon"], value.dtype.numpy)
    e.made(node.outputs[0], e.node("Div", [x, e.node("Max", [size, least])]))


@writes("grid_sample")
def grid_sample(e: Emitter, node: Node) -> None:
    attrs = node.attrs
    if attrs.get("pixels") or not node.input(0).rank == node.input(1).rank == 4:
        refuse("at places in pixels, or over other than two axes")
    how = {"mode": attrs["mode"], "padding_mode": attrs["padding"], "align_corners": int(attrs["align_corners"])}
    name = e.node("GridSample", [e.real(node.input(0), FIRST), e.real(node.input(1))], **how)
    e.made(node.outputs[0], name, FIRST)


@writes("reverse_sequence")
def reverse_sequence(e: Emitter, node: Node) -> None:
    axes = axis_in(LAST, node.attrs["seq_axis"], node.input(0).rank), node.attrs["batch_axis"] % node.input(0).rank
    if set(axes) != {0, 1}:
        refuse(f"along axes {axes}; ONNX has the first two")
    names = [e.real(node.input(0)), wide(e, node.input(1))]
    e.made(node.outputs[0], e.node("ReverseSequence", names, time_axis=axes[0], batch_axis=axes[1]))
