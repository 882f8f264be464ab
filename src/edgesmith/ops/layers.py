"""What convolutions and fully connected layers share: windows, activation ranges, integer sums, requantization.

Not an operator itself. A quantized layer computes ``q = clamp(round_half_even(float32(sum) * m) + zero_y)`` with
``m = float32(float32(scale_x * scale_w) / scale_y)`` per output channel; ``sum`` is int32 (wrapping) for int8
activations and int64 for int16.

An int8 layer may have a function of its own before it rounds, on ``p = float32(sum) * m``, in steps of the output:
``max(p, p * alpha)`` is a leaky ReLU, ``p * clamp(p * c + 0.5, 0, 1)`` with ``c = scale_y / 6`` is hard-swish. Every
product and sum rounds once to float32. Neither is farther from zero than ``p``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, Window
from edgesmith.ops.conversion import convert
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType, Quantization

ACTIVATION: Attrs = {"lo": -np.inf, "hi": np.inf}
FUNCTION: Attrs = {"activation": "none", "alpha": 0.0}  # of int8 layers: what comes before the range
FUNCTIONS = ("leaky_relu", "hard_swish")
_ONES = "N KH KW G stride_h stride_w dilation_h dilation_w"
POINT = dict.fromkeys(_ONES.split(), 1) | {"pad_top": 0, "pad_left": 0}  # a fully connected layer's window
WINDOW: Attrs = {"strides": (1, 1), "dilations": (1, 1), "padding": ((0, 0), (0, 0))}
KINDS = frozenset({DType.F32, DType.I8, DType.I16})

REQUIRE_I8 = "; x_zero >= -128; x_zero <= 127; y_zero >= -128; y_zero <= 127; lo >= -128; hi <= 127; lo <= hi"
REQUIRE_I16 = "; lo >= -32768; hi <= 32767; lo <= hi"
REQUIRE_ACT = REQUIRE_I8 + "; gain >= 0; gain < 1e30; offset >= 0; offset <= 1; least >= 0; least <= 1"
HALVES = ("f16", "bf16")  # what weights of float32 layers may be stored in
# Rows of 64 weights that kernels widen at once, or a {run} of a window where that is longer, and their biases.
WIDENED = "4 * 64 * (max(128, {run}) + 1)"
# The rows of a product that the C kernels gather at once (runtime/kernels/tile.h), in bytes of {row}.
SCRATCH = "max(12, min(192, 65536 // max(1, {row}))) * ({row}) + 1024"

NUMBERS = "s32 x_zero y_zero lo hi"
NUMBERS_ACT = f"{NUMBERS}\n f32 gain offset least"  # of kernels that have a function before rounding
Kernel(
    "layer_i8_act",
    "layer_i8_act.c",
    """
    in i8 x[N * H * W * C]
    const i8 w[1 + (O - 1) * w_out + (KH * KW - 1) * w_tap + (C // G - 1) * w_in]
    const? i32 bias[O]
    const f32 multiplier[O]
    const? i32 w_zero[O]
    out i8 y[N * P * Q * O]
    i32 N H W C P Q O KH KW G stride_h stride_w dilation_h dilation_w pad_top pad_left w_out w_tap w_in
    """
    + NUMBERS_ACT,
    require="G >= 1; C >= G; O >= G; C % G == 0; O % G == 0; KH >= 1; KW >= 1; stride_h >= 1; stride_w >= 1"
    + REQUIRE_ACT,
    work="N * P * Q * O * KH * KW * (C // max(1, G))",
    parallel=True,
)


def output_size(size: int, kernel: int, stride: int, dilation: int, padding: tuple[int, int], what: str) -> int:
    """Places of a window along one axis.

    Raises:
        ModelError: the window does not fit.
    """
    if min(stride, dilation) < 1 or min(padding) < 0 or kernel < 1:
        raise ModelError(f"{what}: kernel {kernel}, stride {stride}, dilation {dilation}, padding {padding}")
    room = size + padding[0] + padding[1] - (kernel - 1) * dilation - 1
    if room < 0:
        raise ModelError(
            f"{what}: a window of {(kernel - 1) * dilation + 1} does not fit into {size} with padding {padding}"
        )
    return room // stride + 1


def window_shape(x: Value, kernel: Sequence[int], attrs: Attrs) -> tuple[int, int]:
    """Rows and columns of the output of a window that slides over an NHWC tensor."""
    if x.rank != 4:
        raise ModelError(f"the input has shape {x.shape}; expected four dimensions (N, H, W, C)")
    rows, columns = (
        output_size(x.shape[i + 1], kernel[i], attrs["strides"][i], attrs["dilations"][i], attrs["padding"][i], axis)
        for i, axis in enumerate(("height", "width"))
    )
    return rows, columns


def window_fields(attrs: Attrs) -> dict[str, int]:
    """The window's numbers as kernels want them."""
    return {
        "stride_h": attrs["strides"][0],
        "stride_w": attrs["strides"][1],
        "dilation_h": attrs["dilations"][0],
        "dilation_w": attrs["dilations"][1],
        "pad_top": attrs["padding"][0][0],
        "pad_left": attrs["padding"][1][0],
    }


def row_windows(node: Node, rows: int, attrs: Attrs) -> dict[int, Window]:
    """Which rows of input 0 a sliding window of ``rows`` rows needs; the weights are needed whole."""
    size = (rows - 1) * attrs["dilations"][0] + 1
    return {0: Window(size, attrs["strides"][0], attrs["padding"][0][0])} if node.input(0).shape[0] == 1 else {}


def taps(
    x: np.ndarray, kernel: Sequence[int], out: Sequence[int], attrs: Attrs
) -> Iterator[tuple[int, int, np.ndarray]]:
    """For each place (i, j) in the kernel, what lies there under every output: (N, P, Q, C), zeros outside."""
    (sh, sw), (dh, dw) = attrs["strides"], attrs["dilations"]
    padded = np.pad(x, ((0, 0), *attrs["padding"], (0, 0)))
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            top, left = i * dh, j * dw
            yield i, j, padded[:, top : top + (out[0] - 1) * sh + 1 : sh, left : left + (out[1] - 1) * sw + 1 : sw]


def check_bias(bias: Value | None, channels: int) -> None:
    """Raises:
    ModelError: a bias of another length than the output has channels.
    """
    if bias is not None and bias.shape != (channels,):
        raise ModelError(f"the bias has shape {bias.shape}; expected ({channels},)")


def check_residual(residual: Value | None, x: Value, shape: tuple[int, ...]) -> None:
    """Raises:
    ModelError: what a float layer adds to its sums has another type or shape than its output.
    """
    if residual is not None and (residual.shape != shape or not residual.dtype is x.dtype is DType.F32):
        raise ModelError(f"the residual is {residual.dtype}{residual.shape}; expected f32{shape}")


def check_types(x: Value, w: Value, halves: bool = False) -> None:
    """Raises:
    ModelError: element types that no kernel multiplies; with ``halves``, constant weights may be f16 or bf16.
    """
    if halves and x.dtype is DType.F32 and w.dtype.value in HALVES and w.is_constant:
        return
    wanted = {DType.F32: DType.F32, DType.I8: DType.I8, DType.I16: DType.I8}.get(x.dtype)
    if wanted is None or w.dtype is not wanted:
        raise ModelError(
            f"input is {x.dtype} and weights are {w.dtype}; expected f32 with f32, or i8 or i16 with i8 weights"
        )
    if x.dtype is not DType.F32:
        for value, what in ((x, "input"), (w, "weights")):
            if value.quant is None:
                raise ModelError(f"{what} are {value.dtype} without quantization")
        if x.quant is not None and not x.quant.per_tensor:
            raise ModelError("the input is quantized per channel; expected one scale")


def check_function(x: Value, attrs: Attrs) -> None:
    """Raises:
    ModelError: a function before rounding that no kernel has.
    """
    name, alpha = attrs.get("activation", "none"), attrs.get("alpha", 0.0)
    if name == "none":
        return
    if name not in FUNCTIONS:
        raise ModelError(f"the activation is {name!r}; expected none, {' or '.join(FUNCTIONS)}")
    if x.dtype is not DType.I8:
        raise ModelError(f"the input is {x.dtype}; only i8 layers have an activation of their own ({name})")
    if name == "leaky_relu" and not 0 <= alpha <= 1:
        raise ModelError(f"the slope of a layer's own leaky_relu is {alpha}; expected 0 to 1")


def centre(x: np.ndarray, value: Value) -> np.ndarray:
    """A layer's operand as numbers to multiply: floats as they are, integers less their zero point, in float64.

    Sums of such products stay below 2**53, so that float64 holds them exactly.
    """
    if value.quant is None or not value.dtype.is_integer:
        return x
    zero = value.quant.zero_point.astype(np.float64)
    if value.quant.axis is not None:
        shape = [1] * x.ndim
        shape[value.quant.axis] = zero.size
        zero = zero.reshape(shape)
    return np.asarray(x.astype(np.float64) - zero)


def finish(node: Node, sums: np.ndarray, bias: np.ndarray | None) -> np.ndarray:
    """Bias, requantization and activation range: from sums of products to the node's output."""
    x, w, y = node.input(0), node.input(1), node.outputs[0]
    if x.dtype is DType.F32:
        total = sums if bias is None else sums + bias
        return np.asarray(np.clip(total, node.attrs["lo"], node.attrs["hi"]), sums.dtype)
    exact = sums.astype(np.int64)
    if bias is not None:
        exact = exact + bias.astype(np.int64)
    if x.dtype is DType.I8:
        exact = exact.astype(np.int32)
    assert y.quant is not None
    zero = y.quant.zero0
    low, high = quantized_range(node)
    with np.errstate(all="ignore"):
        real = _function(node, exact.astype(np.float32) * multipliers(x, w, y))
    settled = np.rint(np.clip(real, np.float32(low - zero), np.float32(high - zero))) + zero
    return np.asarray(settled, y.dtype.numpy)


def has_function(node: Node) -> bool:
    """Whether a layer computes more than sums and a range."""
    return bool(node.attrs.get("activation", "none") != "none")


def function_of(node: Node) -> Attrs | None:
    """The attributes of a layer that computes this node's function itself, where a layer can."""
    if node.op == "leaky_relu" and 0 <= node.attrs["alpha"] <= 1:
        return {"activation": node.op, "alpha": float(node.attrs["alpha"])}
    return {"activation": node.op} if node.op == "hard_swish" else None


def _function(node: Node, steps: np.ndarray) -> np.ndarray:
    """The layer's own function of float32 sums, in steps of its output."""
    if not has_function(node):
        return steps
    if node.attrs["activation"] == "leaky_relu":
        return np.asarray(np.maximum(steps, steps * np.float32(node.attrs["alpha"])))
    share = steps * _sixth(node) + np.float32(0.5)
    return np.asarray(steps * np.clip(share, np.float32(0), np.float32(1)))


def _sixth(node: Node) -> np.float32:
    quant = node.outputs[0].quant
    assert quant is not None
    return np.float32(quant.scale0 / np.float32(6))


def _function_fields(node: Node) -> dict[str, float]:
    """The function as kernels compute it: ``p * clamp(p * gain + offset, least, 1)``; with a gain of 0 it is
    ``max(p, p * least)``."""
    if node.attrs["activation"] == "leaky_relu":
        return {"gain": 0.0, "offset": 0.0, "least": float(np.float32(node.attrs["alpha"]))}
    return {"gain": float(_sixth(node)), "offset": 0.5, "least": 0.0}


def is_steep(node: Node) -> bool:
    """Whether sums of a quantized layer count for a step of its output or more, which few kernels take."""
    return not bool((multipliers(node.input(0), node.input(1), node.outputs[0]) < 1).all())


def emit_plain(node: Node, lw: Lowering, shape: Attrs, strides: tuple[int, int, int]) -> None:
    """An int8 layer with a function by the kernel that takes any: ``shape`` as ``conv2d`` has it; ``strides`` are how
    far apart weights of neighbouring outputs, places and channels lie."""
    lw.emit(
        "layer_i8_act", x=node.input(0), w=node.input(1), bias=bias_field(node), y=node.outputs[0],
        **shape, **quantized_fields(node, shape["O"]), **dict(zip(("w_out", "w_tap", "w_in"), strides, strict=True)),
    )  # fmt: skip


def multipliers(x: Value, w: Value, y: Value) -> np.ndarray:
    """``float32(float32(scale_x * scale_w) / scale_y)``: one number, or one for each output channel.

    Raises:
        ModelError: a scale is missing, or a ratio that float32 cannot hold.
    """
    if x.quant is None or w.quant is None or y.quant is None or not y.quant.per_tensor:
        raise ModelError("a quantized layer needs scales for input, weights and output, the output's per tensor")
    with np.errstate(all="ignore"):
        ratio = (x.quant.scale0 * w.quant.scale) / y.quant.scale0
    if not np.isfinite(ratio).all():
        raise ModelError(f"the ratio of scales {x.quant.scale0} * {w.quant.scale.max()} / {y.quant.scale0} overflows")
    return np.asarray(ratio, np.float32)


def quantized_range(node: Node) -> tuple[int, int]:
    """The activation range of the node in quantized numbers, within the output's type."""
    y = node.outputs[0]
    assert y.quant is not None
    info = np.iinfo(np.int8 if y.dtype is DType.I8 else np.int16)

    def level(real: float, limit: int) -> int:
        if not np.isfinite(real):
            return limit
        steps = np.float32(real) / y.quant.scale0  # type: ignore[union-attr]
        nearest = np.sign(steps) * np.floor(np.abs(steps) + np.float32(0.5))
        return int(np.clip(nearest + y.quant.zero0, info.min, info.max))  # type: ignore[union-attr]

    return level(node.attrs["lo"], int(info.min)), level(node.attrs["hi"], int(info.max))


def suffix(node: Node) -> str:
    """The end of a kernel's name: the input's type, that of weights stored in 16 bits, or a function's mark."""
    x, w = node.input(0).dtype, node.input(1).dtype
    if has_function(node):
        return f"{x}_act"
    return f"{x}_{w}" if x is DType.F32 and w is not x else str(x)


def quantized_fields(node: Node, channels: int) -> dict[str, Any]:
    """Multiplier, zero points and range as the kernels want them; constants among them as arrays."""
    x, w, y = node.input(0), node.input(1), node.outputs[0]
    assert x.quant is not None
    assert w.quant is not None
    assert y.quant is not None
    low, high = quantized_range(node)
    each = np.ascontiguousarray(np.broadcast_to(multipliers(x, w, y), (channels,)), np.float32)
    fields: dict[str, Any] = {"multiplier": each, "lo": low, "hi": high}
    if x.dtype is DType.I8:
        zero = np.ascontiguousarray(np.broadcast_to(w.quant.zero_point, (channels,)), np.int32)
        fields |= {"w_zero": zero if zero.any() else None, "x_zero": x.quant.zero0, "y_zero": y.quant.zero0}
        if has_function(node):
            fields |= _function_fields(node)
    elif x.quant.zero0 or y.quant.zero0 or w.quant.zero_point.any():
        raise ModelError("int16 layers need zero points of 0")
    return fields


def bias_field(node: Node) -> Value | np.ndarray | None:
    """The bias as the kernel of the input's type wants it: float32, int32 or int64."""
    bias = node.optional(2)
    wanted = {DType.F32: DType.F32, DType.I8: DType.I32, DType.I16: DType.I64}[node.input(0).dtype]
    if bias is None or bias.dtype is wanted:
        return bias
    if bias.data is None:
        raise ModelError(f"the bias is computed at run time as {bias.dtype}; expected {wanted}")
    return bias.data.astype(wanted.numpy)


def need_constant_weights(node: Node) -> None:
    """Raises:
    ModelError: quantized weights, or a bias, that another node computes: their kernels pack them when loading.
    """
    for value in node.inputs[1:]:
        if value is not None and not value.is_constant:
            raise ModelError(f"{node.op} '{node.label}': quantized weights must be constant; {value!r} is computed")


def operands(node: Node, inputs: Arrays) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Input and weights ready to multiply, and the bias. Weights of 16 bits are widened."""
    x, w = inputs[0], inputs[1]
    assert x is not None
    assert w is not None
    if node.input(1).dtype.value in HALVES and node.input(0).dtype is DType.F32:
        w = convert(w, node.input(1).dtype, DType.F32)
    return centre(x, node.input(0)), centre(w, node.input(1)), inputs[2] if len(inputs) > 2 else None


def per_channel(low: float, high: float, channels: int, axis: int) -> Quantization:
    """For test cases: a different scale for each channel."""
    return Quantization.make(np.linspace(low, high, channels, dtype=np.float32), 0, axis)


def function_case(args: Sequence[Arg], attrs: Attrs, y: Quantization, id_: str) -> Case:
    """For test cases: an int8 layer with a function before rounding; which one, and whether its multipliers are steep
    or its weights have zero points, follows from the name."""
    choice = sum(id_.encode())
    function = {"activation": "leaky_relu", "alpha": 0.1} if choice % 2 else {"activation": "hard_swish"}
    steps = Quantization.make(y.scale0 / (2000 if choice % 5 == 0 else 4), y.zero0)
    if choice % 3 == 0:
        shifted = Quantization.make(0.02, 7)
        args = [args[0], replace(args[1], quant=shifted), *args[2:]]
    return Case(args, attrs | function, (steps,), f"i8-{id_}-{function['activation']}")
