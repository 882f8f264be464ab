"""conv3d: a box of weights slides over a volume.

Lowered to conv2d: the slices of depth that a place sees become channels of an image, so the planes are convolved in the
register tiles of the two-dimensional kernel.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops import layers
from edgesmith.ops.broadcasting import strides
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, Operator, Ref, TensorType, operator
from edgesmith.ops.transpose import emit_copy
from edgesmith.types import DType, Quantization


@operator
class Conv3d(Operator):
    """Like conv2d, for x (N, D, H, W, C) and w (O, KD, KH, KW, C / groups); window attributes have three items."""

    name = "conv3d"
    attributes = {
        "strides": (1, 1, 1), "dilations": (1, 1, 1), "padding": ((0, 0), (0, 0), (0, 0)), "groups": 1,
        **layers.ACTIVATION,
    }  # fmt: skip
    native = layers.KINDS
    widens = False
    bound = Bound(1e-5, 2e-5, 5e-7)

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x, w = inputs[0], inputs[1]
        assert x is not None
        assert w is not None
        layers.check_types(x, w)
        groups = attrs["groups"]
        if x.rank != 5 or w.rank != 5:
            raise ModelError(
                f"input {x.shape} and weights {w.shape}; expected (N, D, H, W, C), (O, KD, KH, KW, C / groups)"
            )
        if groups < 1 or x.shape[4] != w.shape[4] * groups or w.shape[0] % groups:
            raise ModelError(
                f"weights {w.shape} in {groups} groups take {w.shape[4] * groups} channels, the input has {x.shape[4]}"
            )
        layers.check_bias(inputs[2] if len(inputs) > 2 else None, w.shape[0])
        sizes = [
            layers.output_size(
                x.shape[i + 1], w.shape[i + 1], attrs["strides"][i], attrs["dilations"][i], attrs["padding"][i], axis
            )
            for i, axis in enumerate(("depth", "height", "width"))
        ]
        return [TensorType((x.shape[0], *sizes, w.shape[0]), x.dtype)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, w, bias = layers.operands(node, inputs)
        shape, groups = node.outputs[0].shape, node.attrs["groups"]
        depth, width = w.shape[4], w.shape[0] // groups
        padded = np.pad(x, ((0, 0), *node.attrs["padding"], (0, 0)))
        sums = np.zeros(shape, np.result_type(x, w))
        for tap in np.ndindex(*w.shape[1:4]):
            window = tuple(
                slice(k * dilation, k * dilation + (size - 1) * stride + 1, stride)
                for k, dilation, size, stride in zip(
                    tap, node.attrs["dilations"], shape[1:4], node.attrs["strides"], strict=True
                )
            )
            under = padded[(slice(None), *window)]
            for g in range(groups):
                outs = slice(g * width, (g + 1) * width)
                sums[..., outs] += under[..., g * depth : (g + 1) * depth] @ w[(outs, *tap)].T
        return [layers.finish(node, sums, bias)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, w, y = node.input(0), node.input(1), node.outputs[0]
        attrs, size = node.attrs, x.dtype.bytes
        if y.size == 0:
            return
        constant = w.is_constant and (node.optional(2) is None or node.input(2).is_constant)
        numbers: dict[str, Any] = {"lo": attrs["lo"], "hi": attrs["hi"]}
        if x.dtype is DType.F32:
            numbers |= {"residual": None} if constant else {}
        else:
            if not constant:
                raise ModelError(f"{node.op} '{node.label}': quantized weights must be constant")
            numbers = layers.quantized_fields(node, w.shape[0])
        outs, taps, rows, columns, depth = w.shape
        order = (outs, rows, columns, taps, depth)
        weights: np.ndarray | Ref
        if w.data is not None:
            weights = np.ascontiguousarray(w.data.transpose(0, 2, 3, 1, 4))
        else:
            weights = lw.temporary(w.nbytes)
            walk = strides(w.shape)
            emit_copy(lw, w, weights, size, order, [walk[axis] for axis in (0, 2, 3, 1, 4)], strides(order))
        window = {key: tuple(attrs[key][1:]) for key in layers.WINDOW}
        lw.emit(
            f"conv2d_{x.dtype}" if constant else f"conv2d_direct_{x.dtype}",
            x=self._planes(node, lw), w=weights, bias=layers.bias_field(node), y=y,
            N=y.shape[0] * y.shape[1], H=x.shape[2], W=x.shape[3], C=x.shape[4] * taps, P=y.shape[2], Q=y.shape[3],
            O=outs, KH=rows, KW=columns, G=attrs["groups"], **layers.window_fields(window), **numbers,
        )  # fmt: skip

    def _planes(self, node: Node, lw: Lowering) -> Value | Ref:
        """(N, output depth, H, W, groups, taps, C / groups): for each output plane, the input planes that it sees."""
        x, w, attrs = node.input(0), node.input(1), node.attrs
        n, deep, height, width, channels = x.shape
        taps, groups, count = w.shape[1], attrs["groups"], node.outputs[0].shape[1]
        stride, dilation, pad = attrs["strides"][0], attrs["dilations"][0], attrs["padding"][0][0]
        if taps == 1 and stride == 1 and attrs["padding"][0] == (0, 0):
            return x
        size = x.dtype.bytes
        pixels, each = height * width, channels // groups
        wide = (n, count, pixels, groups, taps, each)
        to, walk = lw.temporary(prod(wide) * size), strides(wide)
        zero = x.quant.zero0 if x.quant is not None and x.dtype is not DType.F32 else 0
        blank = lw.constant(np.full(1, zero, x.dtype.numpy))
        plane = pixels * channels
        for tap in range(taps):
            sources = [place * stride - pad + tap * dilation for place in range(count)]
            real = [place for place, source in enumerate(sources) if 0 <= source < deep]
            first, last = (real[0], real[-1] + 1) if real else (count, count)
            for start, stop, inside in ((0, first, False), (first, last, True), (last, count, False)):
                dims = (n, stop - start, pixels, groups, each)
                if 0 in dims:
                    continue
                there = to.at((start * walk[1] + tap * each) * size)
                writes = (walk[0], walk[1], walk[2], walk[3], 1)
                if inside:
                    reads = (deep * plane, stride * plane, channels, each, 1)
                    emit_copy(lw, x, there, size, dims, reads, writes, sources[start] * plane)
                else:
                    emit_copy(lw, blank, there, size, dims, (0,) * 5, writes)
        return to

    def macs(self, node: Node) -> int:
        return node.outputs[0].size * int(np.prod(node.input(1).shape[1:]))

    def cases(self) -> Iterator[Case]:
        shapes: list[tuple[str, tuple[int, ...], tuple[int, ...], Attrs]] = [
            ("2x3x3", (1, 4, 6, 5, 3), (7, 2, 3, 3, 3), {"padding": ((1, 0), (1, 1), (1, 1))}),
            ("strided", (2, 7, 5, 6, 4), (5, 3, 2, 1, 4), {"strides": (2, 2, 3), "padding": ((1, 2), (0, 1), (0, 0))}),
            (
                "dilated",
                (1, 6, 7, 7, 2),
                (3, 2, 2, 2, 2),
                {"dilations": (3, 2, 4), "padding": ((4, 4), (0, 0), (0, 0))},
            ),
            ("groups", (1, 3, 4, 4, 6), (4, 2, 2, 2, 3), {"groups": 2}),
            ("flat", (2, 3, 4, 4, 6), (8, 1, 1, 1, 6), {"lo": 0.0}),
            ("none", (0, 3, 4, 4, 6), (8, 1, 1, 1, 6), {}),
        ]
        for id_, x, w, attrs in shapes:
            args = [Arg(x, low=-2, high=2), Arg(w, low=-1, high=1, constant=True), Arg(w[:1], constant=True)]
            yield Case(args, attrs, id=f"f32-{id_}")
            yield Case([args[0], Arg(w, low=-1, high=1), Arg(w[:1])], attrs, id=f"f32-{id_}-dynamic")
            quants = (Quantization.make(0.05, -5), layers.per_channel(0.01, 0.03, w[0], 0))
            y = Quantization.make(0.12 * float(np.sqrt(np.prod(w[1:]))), 5)
            bias = Arg(w[:1], DType.I32, None, True, -3000, 3000)
            yield Case([Arg(x, DType.I8, quants[0]), Arg(w, DType.I8, quants[1], True), bias], attrs, (y,), f"i8-{id_}")
