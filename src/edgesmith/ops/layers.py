"""What convolutions and fully connected layers share: windows, activation ranges, integer sums, requantization.

Not an operator itself. A quantized layer computes ``q = clamp(round_half_even(float32(sum) * m) + zero_y)`` with
``m = float32(float32(scale_x * scale_w) / scale_y)`` per output channel; ``sum`` is int32 (wrapping) for int8
activations and int64 for int16.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.contract import Arrays, Attrs, Window
from edgesmith.ops.conversion import convert
from edgesmith.types import DType, Quantization

ACTIVATION: Attrs = {"lo": -np.inf, "hi": np.inf}
WINDOW: Attrs = {"strides": (1, 1), "dilations": (1, 1), "padding": ((0, 0), (0, 0))}
KINDS = frozenset({DType.F32, DType.I8, DType.I16})

REQUIRE_I8 = "; x_zero >= -128; x_zero <= 127; y_zero >= -128; y_zero <= 127; lo >= -128; hi <= 127; lo <= hi"
REQUIRE_I16 = "; lo >= -32768; hi <= 32767; lo <= hi"
HALVES = ("f16", "bf16")  # what weights of float32 layers may be stored in
# Rows of 64 weights that kernels widen at once, or a {run} of a window where that is longer, and their biases.
WIDENED = "4 * 64 * (max(128, {run}) + 1)"
# The rows of a product that the C kernels gather at once (runtime/kernels/tile.h), in bytes of {row}.
SCRATCH = "max(12, min(192, 65536 // max(1, {row}))) * ({row}) + 1024"


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
        real = exact.astype(np.float32) * multipliers(x, w, y)
    settled = np.rint(np.clip(real, np.float32(low - zero), np.float32(high - zero))) + zero
    return np.asarray(settled, y.dtype.numpy)


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
    """The end of a kernel's name: the input's type, and that of weights stored in 16 bits."""
    x, w = node.input(0).dtype, node.input(1).dtype
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
