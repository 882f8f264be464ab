"""fully_connected_dynamic and conv2d_dynamic: layers of int8 weights over rows that ``quantize_rows`` has made int8.

What TensorFlow Lite calls hybrid and ONNX Runtime dynamic quantization. Sums of integers are exact, and what follows
is one float32 rounding an operation in one order, so results are equal bit for bit everywhere::

    y = float32(sum (q - zero) * (w - w_zero)) * (scale * w_scale) + bias, between lo and hi
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops import conv2d, layers
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, Operator, TensorType, get, operator
from edgesmith.ops.quantized import need_quant
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType, Quantization

F = np.float32
ROWS = "(N * P * Q + each - 1) // each"

Kernel(
    "conv2d_dynamic",
    "conv2d_dynamic.c",
    f"""
    in i8 x[N * H * W * C]
    in f32 scale[{ROWS}]
    in i32 zero[{ROWS}]
    const i8 w[O * KH * KW * (C // G)]
    const f32 w_scale[O]
    const i32 w_sum[O]
    const? i32 w_zero[O]
    const? f32 bias[O]
    out f32 y[N * P * Q * O]
    i32 N H W C P Q O KH KW G stride_h stride_w dilation_h dilation_w pad_top pad_left each
    f32 lo hi
    """,
    require=f"{conv2d.REQUIRE}; each >= 1",
    work=conv2d.WORK,
    scratch=conv2d.GATHERED,
    vector=True,
    byte_dot=True,
    parallel=True,
    packed=True,
    unpacked="N H W P Q pad_top pad_left each lo hi",
)


def _check(inputs: Sequence[Value | None]) -> tuple[Value, Value]:
    """The rows and the weights.

    Raises:
        ModelError: other types or shapes than ``quantize_rows`` and quantized weights have.
    """
    q, scale, zero, w = (value for value in inputs[:4] if value is not None)
    bias = inputs[4] if len(inputs) > 4 else None
    if q.dtype is not DType.I8 or scale.dtype is not DType.F32 or zero.dtype is not DType.I32:
        raise ModelError(
            f"rows are {q.dtype} with scales {scale.dtype} and zero points {zero.dtype}; expected i8, f32 and i32"
        )
    if scale.shape != zero.shape or scale.shape != q.shape[: scale.rank] or scale.rank >= q.rank:
        raise ModelError(f"scales {scale.shape} and zero points {zero.shape} are not one a row of {q.shape}")
    if w.dtype is not DType.I8 or not w.is_constant or (bias is not None and not bias.is_constant):
        raise ModelError(f"weights are {w!r} and the bias is {bias!r}; expected constants, the weights i8")
    if need_quant(w, "a dynamic layer").axis not in (None, 0):
        raise ModelError(f"weights have a scale for each index of axis {w.quant.axis}; expected axis 0")  # type: ignore[union-attr]
    layers.check_bias(bias, w.shape[0])
    return q, w


def _centred(inputs: Arrays, node: Node) -> tuple[np.ndarray, np.ndarray]:
    """Rows and weights less their zero points, in float64, which holds all their sums exactly."""
    q, _, zero, w = inputs[:4]
    assert q is not None
    assert zero is not None
    assert w is not None
    return q - zero.astype(np.float64).reshape(*zero.shape, *[1] * (q.ndim - zero.ndim)), layers.centre(
        w, node.input(3)
    )


def _finish(node: Node, inputs: Arrays, sums: np.ndarray) -> np.ndarray:
    """From sums to the node's output."""
    scale, bias = inputs[1], inputs[4] if len(inputs) > 4 else None
    assert scale is not None
    w = node.input(3)
    assert w.quant is not None
    rows = scale.astype(F).reshape(*scale.shape, *[1] * (sums.ndim - scale.ndim))
    with np.errstate(all="ignore"):
        real = sums.astype(np.int64).astype(np.int32).astype(F) * (rows * w.quant.scale)
        total = real if bias is None else real + bias.astype(F)
    return np.asarray(np.clip(total, F(node.attrs["lo"]), F(node.attrs["hi"])), F)


def _emit(node: Node, lw: Lowering, **fields: Any) -> None:
    q, scale, zero, w = (node.input(place) for place in range(4))
    y = node.outputs[0]
    assert w.quant is not None
    assert w.data is not None
    whole = w.data.reshape(w.shape[0], -1).astype(np.int64)
    point = np.broadcast_to(w.quant.zero_point, (w.shape[0],)).astype(np.int64)
    rows = int(np.prod(y.shape[:-1], dtype=np.int64))
    lw.emit(
        "conv2d_dynamic", x=q, scale=scale, zero=zero, w=w, bias=node.optional(4), y=y, O=w.shape[0],
        w_scale=np.ascontiguousarray(np.broadcast_to(w.quant.scale, (w.shape[0],)), F),
        w_sum=(whole.sum(axis=1) - whole.shape[1] * point).astype(np.int32),
        w_zero=point.astype(np.int32) if point.any() else None,
        each=max(1, rows // max(1, scale.size)), lo=node.attrs["lo"], hi=node.attrs["hi"], **fields,
    )  # fmt: skip


@operator
class FullyConnectedDynamic(Operator):
    """Inputs: q i8 (..., K), with scale f32 and zero i32 for each index of its first axes; w i8 (N, K), quantized per
    tensor or along axis 0; bias f32 (N,) or None. The output is f32 (..., N). Sums wrap at 32 bits, which takes rows of
    more than 65,793 elements.
    """

    name = "fully_connected_dynamic"
    attributes = layers.ACTIVATION
    widens = False
    bound = Bound(0.0, 0.0)

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        q, w = _check(inputs)
        if w.rank != 2 or q.shape[-1] != w.shape[1]:
            raise ModelError(f"rows {q.shape} and weights {w.shape}; expected (..., K) and (N, K)")
        return [TensorType((*q.shape[:-1], w.shape[0]), DType.F32)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, w = _centred(inputs, node)
        return [_finish(node, inputs, x @ w.T)]

    def lower(self, node: Node, lw: Lowering) -> None:
        q = node.input(0)
        one = dict.fromkeys(("H", "W", "P", "Q", "KH", "KW", "G"), 1)
        rows = int(np.prod(q.shape[:-1], dtype=np.int64))
        _emit(node, lw, N=rows, C=q.shape[-1], **one, **layers.window_fields(layers.WINDOW))

    def macs(self, node: Node) -> int:
        return node.outputs[0].size * node.input(3).shape[1]

    def cases(self) -> Iterator[Case]:
        for shape, n in (
            ((1, 64), 10), ((1, 7), 3), ((1, 1030), 33), ((3, 65), 17), ((2, 5, 33), 150), ((13, 260), 64), ((0, 5), 4),
        ):  # fmt: skip
            for axes in range(len(shape)):
                id_ = f"{shape}-{n}-{axes}".replace(" ", "")
                yield Case(_args(shape, axes, (n, shape[-1])), {"lo": -0.5}, id=id_)
        yield Case(_args((3, 40), 1, (20, 40), zero=7), id="shifted")
        yield Case(_args((3, 40), 1, (20, 40))[:4], {"hi": 0.4}, id="nobias")


@operator
class Conv2dDynamic(Operator):
    """``conv2d`` over q i8 (N, H, W, C) with weights i8 (O, KH, KW, C / groups); around the image lies zero.

    Scale and zero have an element for the whole tensor, for each image, or, where the window is one pixel and moves by
    one, for each pixel. The bias is f32 (O,) or None; the output is f32. Sums wrap at 32 bits.
    """

    name = "conv2d_dynamic"
    attributes = {**layers.WINDOW, "groups": 1, **layers.ACTIVATION}
    widens = False
    bound = Bound(0.0, 0.0)

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        q, w = _check(inputs)
        real = Value(q.name, q.shape, DType.F32)
        (y,) = get("conv2d").infer([real, Value(w.name, w.shape, DType.F32)], attrs)
        axes = len(inputs[1].shape) if inputs[1] is not None else 0
        if axes > 1 and not (axes == 3 and one_pixel(w, attrs) and attrs["groups"] == 1):
            raise ModelError(
                f"windows of {w.shape[1:3]} read pixels of several scales; expected a scale for each image"
            )
        return [y]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, w = _centred(inputs, node)
        return [_finish(node, inputs, conv2d.products(x, w, node.outputs[0].shape, node.attrs))]

    def lower(self, node: Node, lw: Lowering) -> None:
        (n, height, width, channels), w, y = node.input(0).shape, node.input(3), node.outputs[0]
        _emit(
            node, lw, N=n, H=height, W=width, C=channels, P=y.shape[1], Q=y.shape[2], KH=w.shape[1], KW=w.shape[2],
            G=node.attrs["groups"], **layers.window_fields(node.attrs),
        )  # fmt: skip

    def macs(self, node: Node) -> int:
        return node.outputs[0].size * int(np.prod(node.input(3).shape[1:]))

    def cases(self) -> Iterator[Case]:
        shapes: list[tuple[str, tuple[int, ...], tuple[int, ...], int, Attrs]] = [
            ("1x1", (1, 7, 7, 24), (40, 1, 1, 24), 3, {}),
            ("1x1-odd", (2, 3, 4, 13), (150, 1, 1, 13), 1, {"lo": 0.0}),
            ("1x1-stride", (2, 5, 4, 16), (20, 1, 1, 16), 1, {"strides": (2, 2)}),
            ("3x3", (2, 9, 8, 5), (17, 3, 3, 5), 1, {"padding": ((1, 1), (1, 1)), "lo": 0.0, "hi": 1.0}),
            ("whole", (2, 9, 8, 5), (17, 3, 3, 5), 0, {"padding": ((1, 1), (1, 1))}),
            ("groups", (1, 6, 5, 12), (9, 3, 2, 4), 1, {"groups": 3, "padding": ((2, 0), (0, 1))}),
            ("dilated", (1, 11, 12, 4), (6, 3, 3, 4), 1, {"dilations": (3, 2), "padding": ((3, 3), (2, 2))}),
            ("deep", (1, 6, 6, 100), (70, 3, 3, 100), 1, {"padding": ((1, 1), (1, 1))}),
            ("none", (0, 4, 4, 3), (5, 2, 2, 3), 1, {}),
        ]
        for id_, x, w, axes, attrs in shapes:
            yield Case(_args(x, axes, w), attrs, id=id_)
        yield Case(_args((1, 6, 5, 8), 1, (9, 3, 3, 8), zero=-9), {"padding": ((1, 1), (1, 1))}, id="shifted")


def one_pixel(w: Value, attrs: Attrs) -> bool:
    """Whether the window of a convolution is a pixel and moves by one: outputs are those of a fully connected layer."""
    still = attrs["strides"] == (1, 1) and not any(map(any, attrs["padding"]))
    return still and w.shape[1:3] == (1, 1)


def _args(x: tuple[int, ...], axes: int, w: tuple[int, ...], zero: int = 0) -> list[Arg | None]:
    """Operands of a test case."""
    quant = Quantization.make(0.02, zero) if zero else layers.per_channel(0.01, 0.03, w[0], 0)
    return [
        Arg(x, DType.I8, low=-128, high=127), Arg(x[:axes], low=0.01, high=0.03),
        Arg(x[:axes], DType.I32, low=-128, high=127), Arg(w, DType.I8, quant, True), Arg(w[:1], constant=True),
    ]  # fmt: skip
