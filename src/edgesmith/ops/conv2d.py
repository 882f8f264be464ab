"""conv2d: a window of weights slides over an image; grouped, dilated, padded by zeros; float32, int8 and int16."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops import layers, rectified, strassen
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, Operator, TensorType, Window, operator
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType, Quantization

FIELDS = """
    in {x} x[N * H * W * C]
    {w_kind} {w} w[O * KH * KW * (C // G)]
    {w_kind}? {bias} bias[O]
    {extra}
    out {x} y[N * P * Q * O]
    i32 N H W C P Q O KH KW G stride_h stride_w dilation_h dilation_w pad_top pad_left
    {numbers}
"""
REQUIRE = "G >= 1; C % G == 0; O % G == 0; KH >= 1; KW >= 1; stride_h >= 1; stride_w >= 1"
WORK = "N * P * Q * O * KH * KW * max(1, C // G)"
ROW = "(KH * KW * (C // G) + 7) // 8 * 8 * {bytes}"


def declare(
    name: str, x: str, w: str, bias: str, extra: str, numbers: str, scratch: str, require: str = "", packed: bool = True
) -> None:
    """One kernel of the family."""
    Kernel(
        name,
        f"{name.removesuffix(f'_{w}' if w in layers.HALVES else '_act')}.c",
        FIELDS.format(x=x, w=w, bias=bias, extra=extra, numbers=numbers, w_kind="const" if packed else "in"),
        require=REQUIRE + require,
        work=WORK,
        scratch=scratch,
        vector=True,
        byte_dot=x == "i8",
        parallel=True,
        packed=packed,
        unpacked="N H W P Q pad_top pad_left",
    )


GATHERED = layers.SCRATCH.format(row=ROW.format(bytes=2))
# The rows under a strip of 128 outputs, or a whole row of them, with what is around the image, in elements.
STRIP = """C * ((Q - 1) * stride_w + (KW - 1) * dilation_w + 1)
    * ((max(1, min(P, 128 // Q)) - 1) * stride_h + (KH - 1) * dilation_h + 1)"""
# Few channels: a strip of floats, or the windows of 16 outputs. Else: where each tap of 256 windows lies, and zeros.
NARROW = "G == 1 and dilation_w == 1 and C > 0 and C < 32 and Q > 0 and KH * KW > 1"
FEW = "4 * C * KH * (15 * stride_w + KW) + 64"
TABLE = f"(max(4 * {STRIP}, {FEW}) if {NARROW} else 256 * 8 * KH * KW + 4 * (C // G))"


def padded(line: str, span: str, stride_h: str, runs: str) -> str:
    """Bytes of a strip of rows of 16 bits, and of the rests of its windows: 128 outputs, or what 8192 elements hold."""
    fit = f"max(0, 8192 // max(1, {line}) - {span}) // {stride_h} + 1"
    high = f"max(1, min(P, max(128 // max(1, Q), {fit})))"
    return f"2 * {line} * (({high} - 1) * {stride_h} + {span}) + 4 * {high} * Q * (({runs} + 3) // 4) + 1024"


_STRIP = padded(
    "(C * ((Q - 1) * stride_w + (KW - 1) * dilation_w + 1))",
    "((KH - 1) * dilation_h + 1)",
    "stride_h",
    "(KH if dilation_w == 1 else KH * KW)",
)
# One group: a strip. Else: windows of 16 bits.
PADDED = f"({_STRIP} if G == 1 and Q > 0 else {GATHERED})"
PADDED_3X3 = padded("(C * (Q + 2))", "3", "1", "3")
# Weights of 16 bits go by the table whatever the channels.
HALF = f"256 * 8 * KH * KW + 4 * (C // G) + {layers.WIDENED.format(run='C // G')}"

WINOGRAD_I8_MOST = 227  # channels: sums stay below 2^25

INTEGER = "const f32 multiplier[O]\n const? i32 w_zero[O]"
declare("conv2d_f32", "f32", "f32", "f32", "in? f32 residual[N * P * Q * O]", "f32 lo hi", TABLE)
for _w in layers.HALVES:
    declare(f"conv2d_f32_{_w}", "f32", _w, "f32", "in? f32 residual[N * P * Q * O]", "f32 lo hi", HALF)
for _w in ("f32", *layers.HALVES):
    Kernel(
        "conv2d_winograd_f32" if _w == "f32" else f"conv2d_winograd_f32_{_w}",
        "conv2d_winograd_f32.c",
        f"""
    in f32 x[N * H * W * C]
    const {_w} w[O * 9 * C]
    const? f32 bias[O]
    in? f32 residual[N * P * Q * O]
    out f32 y[N * P * Q * O]
    i32 N H W C P Q O pad_top pad_left
    f32 lo hi
    """,
        require="C >= 16; O >= 1",  # a vector of channels on every instruction set
        work="N * P * Q * O * 9 * C",
        # zeros; the 16 places of a block of tiles; their products for a panel of 64 channels
        scratch="4 * (C + 16 * max(12, min(48, 98304 // max(1, 16 * C))) * (C + 64))",
        vector=True,
        parallel=True,
        packed=True,
        unpacked="N H W P Q pad_top pad_left",
    )
declare("conv2d_direct_f32", "f32", "f32", "f32", "", "f32 lo hi", "0", packed=False)
declare(
    "conv2d_i8",
    "i8",
    "i8",
    "i32",
    INTEGER,
    layers.NUMBERS,
    PADDED,
    layers.REQUIRE_I8,
)
declare("conv2d_i8_act", "i8", "i8", "i32", INTEGER, layers.NUMBERS_ACT, PADDED, layers.REQUIRE_ACT)
for _end, _numbers, _require in (
    ("", layers.NUMBERS, layers.REQUIRE_I8),
    ("_act", layers.NUMBERS_ACT, layers.REQUIRE_ACT),
):
    Kernel(
        f"conv2d_winograd_i8{_end}",
        "conv2d_i8.c",
        """
        in i8 x[N * H * W * C]
        const i8 w[O * 9 * C]
        const? i32 bias[O]
        const f32 multiplier[O]
        out i8 y[N * P * Q * O]
        i32 N H W C P Q O pad_top pad_left
        """
        + _numbers,
        require=f"C >= 1; C <= {WINOGRAD_I8_MOST}{_require}",
        work="N * P * Q * O * 9 * C",
        # places of a block of tiles: products of 64 channels, pixels; outside; two tiles; or a strip as of conv2d_i8
        scratch=f"max(72 * max(6, min(48, 393216 // (72 * C + 9216))) * (C + 129) + 78 * C, {PADDED_3X3})",
        vector=True,
        byte_dot=True,
        parallel=True,
        packed=True,
        unpacked="N H W P Q pad_top pad_left",
    )
declare("conv2d_i16", "i16", "i8", "i64", "const f32 multiplier[O]", "s32 lo hi", GATHERED, layers.REQUIRE_I16)

_TRIED = "1x1 3x3 first groups wide row taps winograd-deep winograd-i8 winograd-i8-few winograd-i8-batch deep"
WITH_FUNCTION = frozenset(_TRIED.split())
RESIDUALS = {
    "3x3": (2, 9, 8, 17),
    "wide": (1, 3, 4, 150),
    "deep": (1, 4, 4, 70),
    "winograd": (1, 13, 10, 43),
}  # shapes of some cases' outputs


def products(x: np.ndarray, w: np.ndarray, shape: Sequence[int], attrs: Attrs) -> np.ndarray:
    """The sums of a convolution of this output shape, before bias and activation."""
    depth, width = w.shape[3], w.shape[0] // attrs["groups"]
    sums = np.zeros(shape, np.result_type(x, w))
    for i, j, under in layers.taps(x, w.shape[1:3], shape[1:3], attrs):
        for g in range(attrs["groups"]):
            outs = slice(g * width, (g + 1) * width)
            sums[..., outs] += under[..., g * depth : (g + 1) * depth] @ w[outs, i, j].T
    return sums


@operator
class Conv2d(Operator):
    """``y[n,p,q,o] = sum x[n, p*stride + i*dilation - pad, ..., group(o) channels] * w[o,i,j,:] + bias[o] + residual``.

    x is (N, H, W, C), w is (O, KH, KW, C / groups), bias is (O,) or absent. Constant w of float32 layers may be f16 or
    bf16. The residual, only of float32 layers with constant weights, is absent or has y's shape. ``padding`` is
    ((top, bottom), (left, right)); ``lo`` and ``hi`` are the activation range in real numbers, ``activation`` (with
    ``alpha``) is a function before it, of int8 layers only: "leaky_relu" or "hard_swish".
    """

    name = "conv2d"
    attributes = {**layers.WINDOW, "groups": 1, **layers.ACTIVATION, **layers.FUNCTION}
    native = layers.KINDS
    widens = False
    bound = Bound(1e-5, 2e-5, 5e-7)

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x, w = inputs[0], inputs[1]
        assert x is not None
        assert w is not None
        layers.check_types(x, w, halves=True)
        layers.check_function(x, attrs)
        groups = attrs["groups"]
        if w.rank != 4 or x.rank != 4:
            raise ModelError(
                f"input {x.shape} and weights {w.shape}; expected (N, H, W, C) and (O, KH, KW, C / groups)"
            )
        if groups < 1 or x.shape[3] != w.shape[3] * groups or w.shape[0] % groups:
            raise ModelError(
                f"weights {w.shape} in {groups} groups take {w.shape[3] * groups} channels, the input has {x.shape[3]}"
            )
        layers.check_bias(inputs[2] if len(inputs) > 2 else None, w.shape[0])
        y = TensorType((x.shape[0], *layers.window_shape(x, w.shape[1:3], attrs), w.shape[0]), x.dtype)
        layers.check_residual(inputs[3] if len(inputs) > 3 else None, x, y.shape)
        return [y]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, w, bias = layers.operands(node, inputs)
        sums = products(x, w, node.outputs[0].shape, node.attrs)
        if len(inputs) > 3 and inputs[3] is not None:
            sums = sums + inputs[3]
        return [layers.finish(node, sums, bias)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, w, y = node.input(0), node.input(1), node.outputs[0]
        constant = w.is_constant and (node.optional(2) is None or node.input(2).is_constant)
        kernel = f"conv2d_{layers.suffix(node)}" if constant else f"conv2d_direct_{x.dtype}"
        numbers: dict[str, Any] = {"lo": node.attrs["lo"], "hi": node.attrs["hi"]}
        if x.dtype is DType.F32 and constant:
            numbers["residual"] = node.optional(3)
        elif node.optional(3) is not None:
            raise ModelError("weights computed at run time take no residual")
        if x.dtype is not DType.F32:
            layers.need_constant_weights(node)
            numbers = layers.quantized_fields(node, w.shape[0])
        n, height, width, channels = x.shape
        window = {
            "N": n, "H": height, "W": width, "C": channels, "P": y.shape[1], "Q": y.shape[2], "O": w.shape[0],
            "KH": w.shape[1], "KW": w.shape[2], "G": node.attrs["groups"], **layers.window_fields(node.attrs),
        }  # fmt: skip
        if layers.has_function(node) and layers.is_steep(node):
            run = w.shape[3]
            layers.emit_plain(node, lw, window, (w.shape[1] * w.shape[2] * run, run, 1))
            return
        if constant and _suits_winograd(node):
            if x.dtype is DType.I8:
                del numbers["w_zero"]
            top, left = node.attrs["padding"][0][0], node.attrs["padding"][1][0]
            lw.emit(
                f"conv2d_winograd_{layers.suffix(node)}", x=x, w=w, bias=layers.bias_field(node), y=y, N=n, H=height,
                W=width, C=channels, P=y.shape[1], Q=y.shape[2], O=w.shape[0], pad_top=top, pad_left=left, **numbers,
            )  # fmt: skip
            return
        if constant and strassen.suits(node):
            del numbers["residual"]
            lw.emit(
                "conv2d_strassen_f32", x=x, w=w, bias=layers.bias_field(node), y=y, N=n, H=height, W=width, C=channels,
                O=w.shape[0], **numbers,
            )  # fmt: skip
            return
        if constant and rectified.suits(node):
            rectified.emit(node, lw)
            return
        lw.emit(kernel, x=x, w=w, bias=layers.bias_field(node), y=y, **window, **numbers)

    def windows(self, node: Node) -> dict[int, Window]:
        residual = {3: Window()} if node.optional(3) is not None else {}
        found = layers.row_windows(node, node.input(1).shape[1], node.attrs)
        return found | residual if found else found

    def strip(self, node: Node, rows: int, top: int, bottom: int) -> Attrs:
        return {**node.attrs, "padding": ((top, bottom), node.attrs["padding"][1])}

    def macs(self, node: Node) -> int:
        return node.outputs[0].size * int(np.prod(node.input(1).shape[1:]))

    def cases(self) -> Iterator[Case]:
        shapes: list[tuple[str, tuple[int, ...], tuple[int, ...], Attrs]] = [
            ("1x1", (1, 7, 7, 24), (40, 1, 1, 24), {}),
            ("3x3", (2, 9, 8, 5), (17, 3, 3, 5), {"padding": ((1, 1), (1, 1))}),
            ("first", (1, 17, 19, 3), (32, 3, 3, 3), {"strides": (2, 2), "padding": ((0, 1), (1, 1))}),
            ("first-few", (1, 11, 38, 3), (8, 3, 3, 3), {"strides": (2, 2), "padding": ((0, 1), (1, 1)), "lo": 0.0}),
            ("few-long", (2, 5, 21, 5), (3, 2, 3, 5), {"padding": ((1, 0), (1, 1))}),
            ("first-wide", (2, 9, 91, 3), (20, 3, 3, 3), {"strides": (2, 2), "padding": ((0, 1), (0, 1))}),
            ("few-wide", (1, 7, 61, 4), (7, 3, 2, 4), {"dilations": (2, 1), "padding": ((2, 1), (1, 1)), "lo": 0.0}),
            ("groups", (1, 6, 5, 12), (9, 3, 2, 4), {"groups": 3, "padding": ((2, 0), (0, 1))}),
            ("dilated", (1, 11, 12, 4), (6, 3, 3, 4), {"dilations": (3, 2), "padding": ((3, 3), (2, 2))}),
            ("wide", (1, 3, 4, 130), (150, 1, 1, 130), {"lo": 0.0, "hi": 6.0}),
            ("row", (1, 1, 40, 1), (8, 1, 7, 1), {"strides": (1, 3), "padding": ((0, 0), (3, 3)), "lo": 0.0}),
            ("far", (1, 2, 2, 3), (4, 3, 3, 3), {"padding": ((4, 4), (5, 5)), "strides": (2, 3)}),
            ("none", (0, 4, 4, 3), (5, 2, 2, 3), {}),
            ("winograd", (1, 13, 11, 37), (43, 3, 3, 37), {"padding": ((1, 1), (0, 1)), "hi": 6.0}),
            ("winograd-batch", (3, 9, 7, 16), (32, 3, 3, 16), {"padding": ((2, 0), (1, 1))}),
            ("winograd-16", (1, 11, 9, 16), (16, 3, 3, 16), {"padding": ((1, 1), (1, 1)), "lo": 0.0}),
            ("winograd-32", (2, 8, 9, 32), (32, 3, 3, 32), {"padding": ((1, 1), (0, 1))}),
            ("winograd-deep", (1, 9, 8, 116), (128, 3, 3, 116), {"padding": ((1, 1), (1, 1))}),
            ("winograd-32-16", (1, 9, 10, 32), (16, 3, 3, 32), {"padding": ((1, 1), (1, 1))}),
            ("strassen", (1, 17, 17, 260), (304, 1, 1, 260), {"hi": 9.0}),
            (
                "taps",
                (1, 9, 8, 36),
                (20, 3, 2, 36),
                {"strides": (2, 1), "dilations": (1, 3), "padding": ((1, 1), (2, 0))},
            ),
            ("groups-as-deep-as-channels", (1, 3, 9, 4), (8, 1, 4, 1), {"groups": 4, "strides": (1, 2)}),
            ("taps-groups", (1, 6, 5, 40), (18, 2, 3, 20), {"groups": 2, "padding": ((0, 1), (1, 1))}),
            ("winograd-i8", (1, 21, 22, 36), (70, 3, 3, 36), {"padding": ((1, 0), (0, 1)), "hi": 3.0}),
            ("winograd-i8-batch", (2, 15, 16, 33), (100, 3, 3, 33), {"padding": ((1, 1), (2, 1))}),
            ("winograd-i8-few", (2, 13, 14, 20), (18, 3, 3, 20), {"padding": ((5, 1), (7, 1))}),
            ("deep", (1, 4, 4, 180), (70, 3, 3, 180), {"padding": ((1, 1), (1, 1)), "lo": 0.0}),
        ]
        for id_, x, w, attrs in shapes:
            args = [Arg(x, low=-2, high=2), Arg(w, low=-1, high=1, constant=True), Arg(w[:1], constant=True)]
            yield Case(args, attrs, id=f"f32-{id_}")
            yield Case([args[0], args[1]], attrs, id=f"f32-{id_}-nobias")
            for half in layers.HALVES:
                yield Case([args[0], Arg(w, DType(half), None, True, -1, 1), args[2]], attrs, id=f"{half}-{id_}")
            if id_ in RESIDUALS:
                yield Case([*args, Arg(RESIDUALS[id_], low=-3, high=3)], attrs, id=f"f32-{id_}-residual")
            if id_ != "deep":  # of long sums that take several passes over the packed weights
                yield Case([args[0], Arg(w, low=-1, high=1), Arg(w[:1])], attrs, id=f"f32-{id_}-dynamic")
            reach = float(np.sqrt(np.prod(w[1:])))
            for kind, zero in ((DType.I8, -5), (DType.I16, 0)):
                xq = Arg(x, kind, Quantization.make(0.05, zero))
                yq = Quantization.make(0.12 * reach if kind is DType.I8 else 0.0005 * reach, -zero)
                bias = Arg(w[:1], DType.I32 if kind is DType.I8 else DType.I64, None, True, -3000, 3000)
                wq = Arg(w, DType.I8, layers.per_channel(0.01, 0.03, w[0], 0), True)
                yield Case([xq, wq, bias], attrs, (yq,), f"{kind}-{id_}")
                if kind is DType.I8 and id_ in WITH_FUNCTION:
                    yield layers.function_case([xq, wq, bias], attrs, yq, id_)
                if kind is DType.I8:
                    shifted = Quantization.make(0.02, 7)
                    yield Case([xq, Arg(w, DType.I8, shifted, True)], attrs, (yq,), f"{kind}-{id_}-shifted")
        # all of int8 is at or above the output's zero point
        xq = Arg((1, 5, 7, 24), DType.I8, Quantization.make(0.05, -5))
        wq = Arg((70, 1, 1, 24), DType.I8, layers.per_channel(0.01, 0.03, 70, 0), True)
        yield Case([xq, wq], {"lo": 0.0}, (Quantization.make(0.05, -128),), "i8-positive")
        # windows whose rows are an element longer than whole groups of four, which is added up aside; few columns
        # beside whole panels, or none, in whole tiles and parts of one, and with pixels around the image
        for id_, x, w, attrs in (
            ("rests-7x7", (1, 19, 33, 3), (70, 7, 7, 3), {"strides": (2, 2), "padding": ((3, 2), (3, 2))}),
            ("rests-colours", (1, 6, 29, 3), (48, 3, 3, 3), {"padding": ((1, 1), (1, 1))}),
            ("rests-apart", (2, 5, 41, 5), (20, 4, 1, 5), {"strides": (1, 2), "padding": ((1, 2), (0, 0))}),
            ("rests-dilated", (1, 7, 30, 5), (17, 2, 2, 5), {"dilations": (2, 3)}),
            ("eights", (1, 5, 7, 24), (24, 1, 1, 24), {}),
            ("eights-wide", (2, 3, 13, 16), (104, 1, 1, 16), {"lo": 0.0, "hi": 1.0}),
            ("eights-low", (1, 1, 3, 40), (72, 1, 1, 40), {}),
            ("eights-pixel", (1, 1, 1, 40), (88, 1, 1, 40), {}),
            ("eights-padded", (1, 4, 5, 8), (88, 1, 1, 8), {"padding": ((1, 0), (0, 3))}),
            ("beyond", (2, 3, 4, 6), (5, 1, 1, 6), {"padding": ((0, 1), (0, 2))}),
        ):
            xq = Arg(x, DType.I8, Quantization.make(0.05, -5))
            wq = Arg(w, DType.I8, layers.per_channel(0.01, 0.03, w[0], 0), True)
            yield Case([xq, wq], attrs, (Quantization.make(0.2, 3),), f"i8-{id_}")
        # as many weights as threads share out by panels
        xq = Arg((1, 20, 20, 116), DType.I8, Quantization.make(0.05, -5))
        wq = Arg((128, 3, 3, 116), DType.I8, layers.per_channel(0.01, 0.03, 128, 0), True)
        yield Case([xq, wq], {"padding": ((1, 1), (1, 1))}, (Quantization.make(4.0, 5),), "i8-winograd-panels")


def _suits_winograd(node: Node) -> bool:
    """Whether a 3x3 layer is faster by Winograd's method: enough channels to pay for the transforms of pixels, enough
    pixels to pay for weights that are larger: 16/9 times in float32; 8 times in int8, which is exact only for so many
    channels."""
    x, w, y, attrs = node.input(0), node.input(1), node.outputs[0], node.attrs
    plain = attrs["strides"] == (1, 1) and attrs["dilations"] == (1, 1) and attrs["groups"] == 1
    pixels = y.shape[0] * y.shape[1] * y.shape[2]
    if w.shape[1:3] != (3, 3) or not plain:
        return False
    if x.dtype is DType.F32:
        return bool(w.shape[3] >= 16 and w.shape[0] >= 16 and pixels >= 64)
    if x.dtype is not DType.I8 or w.quant is None or w.quant.zero_point.any():
        return False
    usual = bool((layers.multipliers(x, w, y) < 1).all())
    small = w.shape[3] >= 64 and w.size <= 9 << 12 and pixels >= 64  # the weights of all places fit into half a cache
    return usual and 16 <= w.shape[3] <= WINOGRAD_I8_MOST and w.shape[0] >= 16 and (pixels >= 256 or small)
