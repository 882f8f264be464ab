"""depthwise_conv2d: each channel has its own window of weights, or several; float32, int8 and int16."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops import layers
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, Operator, TensorType, Window, operator
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType, Quantization

FIELDS = """
    in {x} x[N * H * W * C]
    {w_kind} {w} w[KH * KW * C * M]
    {w_kind}? {bias} bias[C * M]
    {extra}
    out {x} y[N * P * Q * C * M]
    i32 N H W C P Q M KH KW stride_h stride_w dilation_h dilation_w pad_top pad_left
    {numbers}
"""


# Zeros outside the image, as wide as a tile, and a pixel; of narrow pixels, copies of the rows under two of outputs.
SCRATCH = """max(12 * 4 * C, 4 * (KH + 1) * ((Q + KW - 1) * C + 16)
    if M == 1 and C < 16 and KH <= 5 and KW <= 5 and stride_h == 1 and stride_w == 1 else 0)"""


def declare(
    name: str, x: str, w: str, bias: str, extra: str, numbers: str, require: str = "", packed: bool = False
) -> None:
    """One kernel of the family."""
    Kernel(
        name,
        f"depthwise_{x}.c",
        FIELDS.format(x=x, w=w, bias=bias, extra=extra, numbers=numbers, w_kind="const" if packed else "in"),
        require="M >= 1; KH >= 1; KW >= 1; stride_h >= 1; stride_w >= 1; dilation_h >= 1; dilation_w >= 1" + require,
        work="N * P * Q * C * M * KH * KW",
        scratch=SCRATCH if name == "depthwise_f32" else "0",
        vector=True,
        byte_dot=x == "i8",
        parallel=True,
        packed=packed,
        unpacked="N H W P Q pad_top pad_left",
    )


MULTIPLIER = "const f32 multiplier[C * M]"
declare("depthwise_f32", "f32", "f32", "f32", "", "f32 lo hi", packed=True)
declare("depthwise_direct_f32", "f32", "f32", "f32", "", "f32 lo hi")
declare(
    "depthwise_i8", "i8", "i8", "i32", f"{MULTIPLIER}\n const? i32 w_zero[C * M]", layers.NUMBERS,
    layers.REQUIRE_I8, packed=True,
)  # fmt: skip
declare(
    "depthwise_i8_act", "i8", "i8", "i32", f"{MULTIPLIER}\n const? i32 w_zero[C * M]", layers.NUMBERS_ACT,
    layers.REQUIRE_ACT, packed=True,
)  # fmt: skip
declare("depthwise_i16", "i16", "i8", "i64", MULTIPLIER, "s32 lo hi", layers.REQUIRE_I16)
_TRIED = "3x3 3x3s2 3x3s2-long 5x5 3x3-wide 3x3s2-wide 5x5s2 multiplier dilated lines-8 lines-16 lines-32 lines-32s2"
WITH_FUNCTION = frozenset(_TRIED.split())


@operator
class DepthwiseConv2d(Operator):
    """``y[n,p,q,c*M + m] = sum x[n, p*stride + i*dilation - pad, ..., c] * w[i,j,c*M + m] + bias[c*M + m]``.

    x is (N, H, W, C), w is (KH, KW, C * M), bias is (C * M,) or absent. ``padding`` is ((top, bottom), (left, right));
    ``lo`` and ``hi`` are the activation range in real numbers, ``activation`` is a function before it as in ``conv2d``.
    """

    name = "depthwise_conv2d"
    attributes = {**layers.WINDOW, **layers.ACTIVATION, **layers.FUNCTION}
    native = layers.KINDS
    widens = False
    bound = Bound(1e-5, 1e-5, 5e-7)

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x, w = inputs[0], inputs[1]
        assert x is not None
        assert w is not None
        layers.check_types(x, w)
        layers.check_function(x, attrs)
        if w.rank != 3 or x.rank != 4:
            raise ModelError(f"input {x.shape} and weights {w.shape}; expected (N, H, W, C) and (KH, KW, C * M)")
        channels = w.shape[2]
        if x.shape[3] == 0 or channels % x.shape[3]:
            raise ModelError(f"weights have {channels} channels; expected a multiple of the input's {x.shape[3]}")
        layers.check_bias(inputs[2] if len(inputs) > 2 else None, channels)
        return [TensorType((x.shape[0], *layers.window_shape(x, w.shape[:2], attrs), channels), x.dtype)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, w, bias = layers.operands(node, inputs)
        shape = node.outputs[0].shape
        each = shape[3] // x.shape[3]
        sums = np.zeros(shape, np.result_type(x, w))
        for i, j, under in layers.taps(x, w.shape[:2], shape[1:3], node.attrs):
            sums += np.repeat(under, each, axis=3) * w[i, j] if each > 1 else under * w[i, j]
        return [layers.finish(node, sums, bias)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, w, y = node.input(0), node.input(1), node.outputs[0]
        numbers: dict[str, Any] = {"lo": node.attrs["lo"], "hi": node.attrs["hi"]}
        if x.dtype is not DType.F32:
            numbers = layers.quantized_fields(node, w.shape[2])
        if x.dtype is DType.I8:
            layers.need_constant_weights(node)
        constant = w.is_constant and (node.optional(2) is None or node.input(2).is_constant)
        direct = x.dtype is DType.F32 and not constant
        n, height, width, channels = x.shape
        window = {
            "N": n, "H": height, "W": width, "C": channels, "P": y.shape[1], "Q": y.shape[2],
            "KH": w.shape[0], "KW": w.shape[1], **layers.window_fields(node.attrs),
        }  # fmt: skip
        if layers.has_function(node) and layers.is_steep(node):
            layers.emit_plain(node, lw, window | {"O": w.shape[2], "G": channels}, (1, w.shape[2], 1))
            return
        lw.emit(
            "depthwise_direct_f32" if direct else f"depthwise_{layers.suffix(node)}", x=x, w=w,
            bias=layers.bias_field(node), y=y, M=w.shape[2] // channels, **window, **numbers,
        )  # fmt: skip

    def windows(self, node: Node) -> dict[int, Window]:
        return layers.row_windows(node, node.input(1).shape[0], node.attrs)

    def strip(self, node: Node, rows: int, top: int, bottom: int) -> Attrs:
        return {**node.attrs, "padding": ((top, bottom), node.attrs["padding"][1])}

    def macs(self, node: Node) -> int:
        return node.outputs[0].size * int(np.prod(node.input(1).shape[:2]))

    def cases(self) -> Iterator[Case]:
        same = {"padding": ((1, 1), (1, 1))}
        shapes: list[tuple[str, tuple[int, ...], tuple[int, ...], Attrs]] = [
            ("3x3", (2, 7, 7, 24), (3, 3, 24), same),
            ("3x3s2", (1, 13, 12, 33), (3, 3, 33), {"strides": (2, 2), "padding": ((0, 1), (0, 1))}),
            ("3x3s2-odd", (1, 9, 15, 5), (3, 3, 5), {"strides": (2, 2), **same, "lo": 0.0, "hi": 6.0}),
            ("3x3s2-long", (1, 4, 67, 118), (3, 3, 118), {"strides": (2, 2), "padding": ((1, 1), (1, 0))}),
            ("5x5", (1, 6, 11, 17), (5, 5, 17), {"padding": ((2, 2), (2, 2))}),
            ("3x3-wide", (2, 5, 9, 70), (3, 3, 70), same),
            ("3x3s2-wide", (1, 7, 8, 35), (3, 3, 35), {"strides": (2, 2), "padding": ((0, 1), (0, 1)), "hi": 6.0}),
            ("5x5s2", (1, 14, 17, 16), (5, 5, 16), {"strides": (2, 2), "padding": ((1, 2), (2, 2))}),
            ("5x5-wide", (1, 5, 61, 72), (5, 5, 72), {"padding": ((2, 2), (2, 2))}),
            ("5x5-pairs", (2, 4, 9, 40), (5, 5, 40), {"padding": ((2, 2), (2, 1)), "hi": 6.0}),
            ("5x5s2-wide", (1, 7, 61, 88), (5, 5, 88), {"strides": (2, 2), "padding": ((1, 2), (1, 2))}),
            ("multiplier", (1, 5, 6, 3), (3, 3, 12), same),
            ("one-channel", (1, 49, 10, 1), (10, 8, 8), {"strides": (2, 2), "padding": ((4, 5), (3, 3))}),
            ("dilated", (1, 9, 10, 6), (3, 3, 6), {"dilations": (2, 3), "padding": ((2, 2), (3, 3))}),
            ("dilated-wide", (2, 11, 13, 36), (3, 3, 36), {"dilations": (2, 2), "padding": ((2, 2), (2, 1))}),
            ("dilated-5x5", (1, 12, 14, 17), (5, 5, 17), {"dilations": (3, 2), "padding": ((6, 5), (4, 4)), "hi": 6.0}),
            ("row", (1, 1, 30, 7), (1, 4, 7), {"strides": (1, 3)}),
            ("far", (1, 2, 2, 4), (3, 3, 4), {"padding": ((4, 4), (5, 5)), "strides": (2, 2)}),
            ("none", (0, 4, 4, 3), (2, 2, 3), {}),
            ("lines-8", (2, 5, 19, 8), (3, 3, 8), same),
            ("lines-16", (1, 6, 8, 16), (3, 3, 16), {"padding": ((1, 1), (1, 0))}),
            ("lines-32", (1, 4, 7, 32), (3, 3, 32), {**same, "lo": 0.0}),
            ("lines-8s2", (1, 8, 34, 8), (3, 3, 8), {"strides": (2, 2), "padding": ((0, 1), (0, 1))}),
            ("lines-16s2", (2, 7, 9, 16), (3, 3, 16), {"strides": (2, 2), **same}),
            ("lines-32s2", (1, 9, 6, 32), (3, 3, 32), {"strides": (2, 2), "padding": ((1, 1), (0, 1))}),
            ("lines-32s2-odd", (1, 9, 5, 32), (3, 3, 32), {"strides": (2, 2), "padding": ((1, 1), (1, 2)), "hi": 6.0}),
        ]
        for id_, x, w, attrs in shapes:
            args = [Arg(x, low=-2, high=2), Arg(w, low=-1, high=1, constant=True), Arg(w[2:], constant=True)]
            yield Case(args, attrs, id=f"f32-{id_}")
            yield Case([args[0], Arg(w, low=-1, high=1)], attrs, id=f"f32-{id_}-dynamic")
            for kind, zero in ((DType.I8, -5), (DType.I16, 0)):
                xq = Arg(x, kind, Quantization.make(0.05, zero))
                yq = Quantization.make(0.5 if kind is DType.I8 else 0.002, -zero)
                bias = Arg(w[2:], DType.I32 if kind is DType.I8 else DType.I64, None, True, -3000, 3000)
                wq = Arg(w, DType.I8, layers.per_channel(0.01, 0.03, w[2], 2), True)
                yield Case([xq, wq, bias], attrs, (yq,), f"{kind}-{id_}")
                if kind is DType.I8 and id_ in WITH_FUNCTION:
                    yield layers.function_case([xq, wq, bias], attrs, yq, id_)
                if kind is DType.I8:
                    shifted = Arg(w, DType.I8, Quantization.make(0.02, 7), True)
                    yield Case([xq, shifted], attrs, (yq,), f"{kind}-{id_}-shifted")
        for stride in (1, 2):  # images computed from the end, by two threads too
            args = [Arg((1, 66, 63, 64), low=-2, high=2), Arg((3, 3, 64), low=-1, high=1, constant=True)]
            yield Case(args, {"strides": (stride, stride), **same}, id=f"f32-large-{stride}")
        big = [
            Arg((1, 20, 30, 2), DType.I16, Quantization.make(0.05)),
            Arg((20, 30, 2), DType.I8, Quantization.make(0.02), True),
        ]
        yield Case(big, {}, (Quantization.make(0.01),), "i16-many-taps")
