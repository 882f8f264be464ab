"""transpose_conv2d: every input pixel adds a window of weights to the output.

Lowered to ordinary convolutions: outputs that lie ``stride`` apart read the same taps of the window, and among them the
operator is a convolution with those taps, reversed. So it runs in the same register tiles, in float32 and integers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops import layers
from edgesmith.ops.broadcasting import strides
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, Operator, Ref, TensorType, operator
from edgesmith.ops.transpose import emit_copy
from edgesmith.types import DType, Quantization


@dataclass(frozen=True)
class Phase:
    """Along one axis, outputs ``first + i * stride``, i < count: a convolution with taps ``kernel`` (in the order in
    which the convolution reads them), ``dilation`` inputs apart, the first at input ``i - pad``."""

    first: int
    count: int
    kernel: tuple[int, ...]
    dilation: int
    pad: int


def phases(size: int, taps: int, stride: int, dilation: int, pad: int) -> list[Phase]:
    """All phases of an axis with ``size`` outputs; those without any output are left out.

    Output p receives input h by tap k where ``p + pad == h * stride + k * dilation``.
    """
    found = []
    for first in range(min(stride, size)):
        kernel = [k for k in reversed(range(taps)) if (first + pad - k * dilation) % stride == 0]
        count = -(-(size - first) // stride)
        start = (first + pad - kernel[0] * dilation) // stride if kernel else 0
        found.append(Phase(first, count, tuple(kernel), dilation // gcd(stride, dilation), -start))
    return found


@operator
class TransposeConv2d(Operator):
    """``y[n, h*stride + i*dilation - top, ..., o] += x[n, h, w, group(o) channels] . w[o, i, j, :]``, plus bias.

    x is (N, H, W, C), w is (O, KH, KW, C / groups), bias is (O,) or absent. The output has
    ``(H - 1) * stride + (KH - 1) * dilation + 1 + output_padding - top - bottom`` rows; ``lo`` and ``hi`` are the
    activation range in real numbers.
    """

    name = "transpose_conv2d"
    attributes = {**layers.WINDOW, "output_padding": (0, 0), "groups": 1, **layers.ACTIVATION}
    native = layers.KINDS
    widens = False
    bound = Bound(1e-5, 2e-5, 5e-7)

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x, w = inputs[0], inputs[1]
        assert x is not None
        assert w is not None
        layers.check_types(x, w)
        groups = attrs["groups"]
        if x.rank != 4 or w.rank != 4:
            raise ModelError(
                f"input {x.shape} and weights {w.shape}; expected (N, H, W, C) and (O, KH, KW, C / groups)"
            )
        if groups < 1 or x.shape[3] != w.shape[3] * groups or w.shape[0] % groups:
            raise ModelError(
                f"weights {w.shape} in {groups} groups take {w.shape[3] * groups} channels, the input has {x.shape[3]}"
            )
        layers.check_bias(inputs[2] if len(inputs) > 2 else None, w.shape[0])
        return [TensorType((x.shape[0], *_out_shape(x.shape, w.shape, attrs), w.shape[0]), x.dtype)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, w, bias = layers.operands(node, inputs)
        attrs, groups = node.attrs, node.attrs["groups"]
        (sh, sw), (dh, dw) = attrs["strides"], attrs["dilations"]
        n, height, width, _ = x.shape
        outs, kh, kw, depth = w.shape
        _, p, q, _ = node.outputs[0].shape
        (top, _), (left, _) = attrs["padding"]
        rows = max((height - 1) * sh + (kh - 1) * dh + 1, p + top)
        columns = max((width - 1) * sw + (kw - 1) * dw + 1, q + left)
        sums = np.zeros((n, rows, columns, outs), np.result_type(x, w))
        each = outs // groups
        for i in range(kh if x.size else 0):
            for j in range(kw):
                ys = slice(i * dh, i * dh + (height - 1) * sh + 1, sh)
                xs = slice(j * dw, j * dw + (width - 1) * sw + 1, sw)
                for g in range(groups):
                    to = slice(g * each, (g + 1) * each)
                    sums[:, ys, xs, to] += x[..., g * depth : (g + 1) * depth] @ w[to, i, j].T
        return [layers.finish(node, sums[:, top : top + p, left : left + q], bias)]

    def lower(self, node: Node, lw: Lowering) -> None:
        w, y = node.input(1), node.outputs[0]
        attrs = node.attrs
        if y.size == 0:
            return
        rows, columns = (
            phases(y.shape[i + 1], w.shape[i + 1], attrs["strides"][i], attrs["dilations"][i], attrs["padding"][i][0])
            for i in range(2)
        )
        alone = len(rows) == len(columns) == 1
        walk = strides(y.shape)
        for row in rows:
            for column in columns:
                part = (
                    lw.ref(y)
                    if alone
                    else lw.temporary(y.shape[0] * row.count * column.count * y.shape[3] * y.dtype.bytes)
                )
                self._emit_phase(node, lw, row, column, part)
                if alone:
                    continue
                shape = (y.shape[0], row.count, column.count, y.shape[3])
                to = (walk[0], walk[1] * attrs["strides"][0], walk[2] * attrs["strides"][1], 1)
                start = lw.ref(y).at((row.first * walk[1] + column.first * walk[2]) * y.dtype.bytes)
                emit_copy(lw, part, start, y.dtype.bytes, shape, strides(shape), to)

    def _emit_phase(self, node: Node, lw: Lowering, row: Phase, column: Phase, to: Ref) -> None:
        x, w = node.input(0), node.input(1)
        size = x.dtype.bytes
        n, height, width, channels = x.shape
        skip = (max(-row.pad, 0), max(-column.pad, 0))
        read: Value | Ref = x
        if any(skip):  # the convolution begins inside the image: let it see only what follows
            left = (max(height - skip[0], 0), max(width - skip[1], 0))
            walk = strides(x.shape)
            read = lw.temporary(n * left[0] * left[1] * channels * size)
            if 0 not in left:
                start = skip[0] * walk[1] + skip[1] * walk[2]
                emit_copy(lw, x, read, size, (n, *left, channels), walk, strides((n, *left, channels)), start)
            height, width = left
        constant = w.is_constant and (node.optional(2) is None or node.input(2).is_constant)
        weights, taps = _taps(node, lw, row.kernel, column.kernel)
        numbers: dict[str, Any] = {"lo": node.attrs["lo"], "hi": node.attrs["hi"]}
        if x.dtype is DType.F32:
            numbers |= {"residual": None} if constant else {}
        else:
            numbers = layers.quantized_fields(node, w.shape[0])
            if not constant:
                raise ModelError(f"{node.op} '{node.label}': quantized weights must be constant")
        lw.emit(
            f"conv2d_{x.dtype}" if constant else f"conv2d_direct_{x.dtype}",
            x=read, w=weights, bias=layers.bias_field(node), y=to,
            N=n, H=height, W=width, C=channels, P=row.count, Q=column.count,
            O=w.shape[0], KH=taps[0], KW=taps[1], G=node.attrs["groups"], stride_h=1, stride_w=1,
            dilation_h=row.dilation, dilation_w=column.dilation, pad_top=max(row.pad, 0), pad_left=max(column.pad, 0),
            **numbers,
        )  # fmt: skip

    def macs(self, node: Node) -> int:
        return node.input(0).size * int(np.prod(node.input(1).shape[:3])) // int(node.attrs["groups"])

    def cases(self) -> Iterator[Case]:
        shapes: list[tuple[str, tuple[int, ...], tuple[int, ...], Attrs]] = [
            ("2x2", (1, 5, 6, 8), (20, 2, 2, 8), {"strides": (2, 2)}),
            ("3x3-same", (2, 4, 5, 3), (5, 3, 3, 3), {"strides": (2, 2), "padding": ((0, 1), (0, 1))}),
            ("stride1", (1, 4, 4, 3), (4, 3, 3, 3), {"padding": ((1, 1), (1, 1))}),
            ("4x4", (1, 3, 3, 17), (33, 4, 4, 17), {"strides": (2, 2), "padding": ((1, 1), (1, 1)), "lo": 0.0}),
            ("sparse", (1, 3, 2, 4), (3, 2, 1, 4), {"strides": (3, 4), "output_padding": (1, 2)}),
            (
                "dilated",
                (1, 4, 5, 2),
                (3, 3, 2, 2),
                {"strides": (2, 3), "dilations": (3, 2), "padding": ((1, 2), (0, 1))},
            ),
            ("even-dilated", (1, 3, 3, 2), (3, 3, 3, 2), {"strides": (2, 2), "dilations": (2, 2)}),
            ("groups", (1, 3, 4, 6), (4, 3, 3, 3), {"strides": (2, 1), "groups": 2}),
            ("deep-crop", (1, 6, 6, 2), (3, 2, 2, 2), {"strides": (1, 2), "padding": ((3, 1), (4, 0))}),
            ("none", (0, 4, 4, 3), (5, 2, 2, 3), {}),
        ]
        for id_, x, w, attrs in shapes:
            args = [Arg(x, low=-2, high=2), Arg(w, low=-1, high=1, constant=True), Arg(w[:1], constant=True)]
            yield Case(args, attrs, id=f"f32-{id_}")
            yield Case([args[0], Arg(w, low=-1, high=1), Arg(w[:1])], attrs, id=f"f32-{id_}-dynamic")
            quants = (Quantization.make(0.05, -5), layers.per_channel(0.01, 0.03, w[0], 0))
            y = Quantization.make(0.12 * float(np.sqrt(np.prod(w[1:]))), 5)
            bias = Arg(w[:1], DType.I32, None, True, -3000, 3000)
            yield Case([Arg(x, DType.I8, quants[0]), Arg(w, DType.I8, quants[1], True), bias], attrs, (y,), f"i8-{id_}")


def _out_shape(x: Sequence[int], w: Sequence[int], attrs: Attrs) -> tuple[int, int]:
    sizes = []
    for i, axis in enumerate(("height", "width")):
        stride, dilation, extra = attrs["strides"][i], attrs["dilations"][i], attrs["output_padding"][i]
        if min(stride, dilation) < 1 or min(*attrs["padding"][i], extra) < 0 or w[i + 1] < 1:
            raise ModelError(
                f"{axis}: kernel {w[i + 1]}, stride {stride}, dilation {dilation}, padding {attrs['padding'][i]}, "
                f"output padding {extra}"
            )
        full = (x[i + 1] - 1) * stride + (w[i + 1] - 1) * dilation + 1 if x[i + 1] else 0
        sizes.append(full + extra - sum(attrs["padding"][i]))
        if sizes[-1] < 0:
            raise ModelError(f"{axis}: padding {attrs['padding'][i]} cuts off more than the {full} that there are")
    return sizes[0], sizes[1]


def _taps(
    node: Node, lw: Lowering, rows: Sequence[int], columns: Sequence[int]
) -> tuple[np.ndarray | Ref, tuple[int, int]]:
    """Weights of some rows and columns of taps; a single tap that weighs nothing where there are none."""
    w = node.input(1)
    if not rows or not columns:
        shape = (w.shape[0], 1, 1, w.shape[3])
        zero = w.quant.zero_point if w.quant is not None and w.quant.axis in (None, 0) else np.zeros(1, np.int32)
        return np.ascontiguousarray(np.broadcast_to(zero.reshape(-1, 1, 1, 1), shape)).astype(w.dtype.numpy), (1, 1)
    taps = (len(rows), len(columns))
    if w.data is not None:
        return np.ascontiguousarray(w.data[:, list(rows)][:, :, list(columns)]), taps
    walk = strides(w.shape)
    steps = [items[1] - items[0] if len(items) > 1 else 0 for items in (rows, columns)]
    shape = (w.shape[0], *taps, w.shape[3])
    to = lw.temporary(int(np.prod(shape)) * w.dtype.bytes)
    start = rows[0] * walk[1] + columns[0] * walk[2]
    emit_copy(
        lw, w, to, w.dtype.bytes, shape, (walk[0], steps[0] * walk[1], steps[1] * walk[2], 1), strides(shape), start
    )
    return to, taps
