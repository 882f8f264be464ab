"""fully_connected: every output is a weighted sum of a whole row; float32, int8 and int16."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops import layers, rectified
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, Operator, TensorType, operator
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType, Quantization

FIELDS = """
    in {x} x[M * K]
    {w_kind} {w} w[N * K]
    {w_kind}? {bias} bias[N]
    {extra}
    out {x} y[M * N]
    i32 M N K
    {numbers}
"""
ROWS = "max(12, min(192, 65536 // max(1, {row})))"  # that tiles gather at once: runtime/kernels/tile.h
ROW = {"f32": "0", "i8": "(K + 255) // 256 * 512", "i16": "(K + 7) // 8 * 16"}


def _scratch(x: str, half: bool) -> str:
    if half:
        return layers.WIDENED.format(run=0)
    return "0" if x == "f32" else f"min(M, {ROWS.format(row=ROW[x])}) * ({ROW[x]}) + 1024"


def declare(
    x: str, w: str, bias: str, extra: str, numbers: str, require: str = "", packed: bool = True, end: str = ""
) -> None:
    """The kernel for one element type; without packing, for weights computed at run time."""
    half = x == "f32" and w != "f32"
    Kernel(
        f"fully_connected_{x}{f'_{w}' if half else end}" if packed else f"fully_connected_direct_{x}",
        f"fully_connected_{x}.c",
        FIELDS.format(x=x, w=w, bias=bias, extra=extra, numbers=numbers, w_kind="const" if packed else "in"),
        require=require.lstrip("; "),
        work="M * N * K",
        scratch=_scratch(x, half),
        vector=True,
        byte_dot=x == "i8",
        parallel=True,
        packed=packed,
    )


RESIDUAL = "in? f32 residual[M * N]"
declare("f32", "f32", "f32", RESIDUAL, "f32 lo hi")
declare("f32", "f32", "f32", RESIDUAL, "f32 lo hi", packed=False)
for _w in layers.HALVES:
    declare("f32", _w, "f32", RESIDUAL, "f32 lo hi")
INTEGER = "const f32 multiplier[N]\n const? i32 w_zero[N]"
declare("i8", "i8", "i32", INTEGER, layers.NUMBERS, layers.REQUIRE_I8)
declare("i8", "i8", "i32", INTEGER, layers.NUMBERS_ACT, layers.REQUIRE_ACT, end="_act")
declare("i16", "i8", "i64", "const f32 multiplier[N]", "s32 lo hi", layers.REQUIRE_I16)


@operator
class FullyConnected(Operator):
    """``y[..., n] = sum x[..., k] * w[n, k] + bias[n] + residual[..., n]``.

    x is (..., K), w is (N, K), bias is (N,) or absent. Constant w of float32 layers may be f16 or bf16.
    The residual, only of float32 layers, is absent or has y's shape. ``lo`` and ``hi`` are the activation range in real
    numbers, ``activation`` is a function before it as in ``conv2d``.
    """

    name = "fully_connected"
    attributes = {**layers.ACTIVATION, **layers.FUNCTION}
    native = layers.KINDS
    widens = False
    bound = Bound(1e-5, 2e-5, 5e-7)

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x, w = inputs[0], inputs[1]
        assert x is not None
        assert w is not None
        layers.check_types(x, w, halves=True)
        layers.check_function(x, attrs)
        if w.rank != 2 or x.rank < 1 or x.shape[-1] != w.shape[1]:
            raise ModelError(f"input {x.shape} and weights {w.shape}; expected (..., K) and (N, K)")
        layers.check_bias(inputs[2] if len(inputs) > 2 else None, w.shape[0])
        y = TensorType((*x.shape[:-1], w.shape[0]), x.dtype)
        layers.check_residual(inputs[3] if len(inputs) > 3 else None, x, y.shape)
        return [y]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, w, bias = layers.operands(node, inputs)
        sums = x @ w.T
        return [layers.finish(node, sums if len(inputs) < 4 or inputs[3] is None else sums + inputs[3], bias)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, w, y = node.input(0), node.input(1), node.outputs[0]
        constant = w.is_constant and (node.optional(2) is None or node.input(2).is_constant)
        numbers: dict[str, Any] = {key: node.attrs[key] for key in ("lo", "hi")} | {"residual": node.optional(3)}
        if x.dtype is not DType.F32:
            layers.need_constant_weights(node)
            numbers = layers.quantized_fields(node, w.shape[0])
        kernel = f"fully_connected_{layers.suffix(node)}" if constant else f"fully_connected_direct_{x.dtype}"
        rows = int(np.prod(x.shape[:-1], dtype=np.int64))
        if layers.has_function(node) and layers.is_steep(node):
            row = {"H": 1, "W": rows, "C": w.shape[1], "P": 1, "Q": rows, "O": w.shape[0]}
            layers.emit_plain(node, lw, row | layers.POINT, (w.shape[1], 1, 1))
            return
        if constant and rectified.suits(node):
            rectified.emit(node, lw)
            return
        lw.emit(kernel, x=x, w=w, bias=layers.bias_field(node), y=y, M=rows, N=w.shape[0], K=w.shape[1], **numbers)

    def macs(self, node: Node) -> int:
        return node.outputs[0].size * node.input(1).shape[1]

    def cases(self) -> Iterator[Case]:
        shapes: list[tuple[tuple[int, ...], int]] = [
            ((1, 64), 10), ((1, 7), 3), ((1, 1030), 33), ((2, 130), 20), ((3, 65), 17),
            ((4, 40), 65), ((2, 5, 33), 150), ((13, 257), 8), ((0, 5), 4), ((70, 1), 1),
        ]  # fmt: skip
        for x, n in shapes:
            k = x[-1]
            id_ = f"{x}-{n}".replace(" ", "")
            args = [Arg(x, low=-2, high=2), Arg((n, k), low=-1, high=1, constant=True), Arg((n,), constant=True)]
            yield Case(args, {"lo": 0.0}, id=f"f32-{id_}")
            yield Case([args[0], Arg((n, k), low=-1, high=1), Arg((n,))], id=f"f32-{id_}-dynamic")
            added = Arg((*x[:-1], n), low=-3, high=3)
            yield Case([args[0], args[1], None, added], {"lo": 0.0}, id=f"f32-{id_}-residual")
            for kind in layers.HALVES:
                yield Case(
                    [args[0], Arg((n, k), DType(kind), None, True, -1, 1), args[2]], {"lo": 0.0}, id=f"{kind}-{id_}"
                )
            yield from self._quantized_cases(x, n, id_, (DType.I8, DType.I16))
        for n, k in ((64, 7), (200, 128), (65, 33)):  # behind a ReLU, the other kernel
            args = [Arg((1, k), low=-2, high=2), Arg((n, k), low=-1, high=1, constant=True), Arg((n,), constant=True)]
            yield Case(args, {"hi": 3.0}, id=f"f32-rectified-{n}", rectified=True)
        args = [
            Arg((1, 515), low=-2, high=2),
            Arg((520, 515), low=-1, high=1, constant=True),
            Arg((520,), constant=True),
        ]
        yield Case(args, {"hi": 9.0}, id="f32-two-streams")
        for rows in (1, 2, 3):  # weights too large for a cache are read in another order
            yield from self._quantized_cases((rows, 515), 257, f"large-{rows}", (DType.I8,))

    def _quantized_cases(self, x: tuple[int, ...], n: int, id_: str, kinds: Sequence[DType]) -> Iterator[Case]:
        k = x[-1]
        reach = float(np.sqrt(k))
        for kind in kinds:
            xq = Arg(x, kind, Quantization.make(0.05, -5 if kind is DType.I8 else 0))
            yq = Quantization.make(reach * (0.12 if kind is DType.I8 else 0.0005), 5 if kind is DType.I8 else 0)
            bias = Arg((n,), DType.I32 if kind is DType.I8 else DType.I64, None, True, -3000, 3000)
            wq = Arg((n, k), DType.I8, layers.per_channel(0.01, 0.03, n, 0), True)
            yield Case([xq, wq, bias], {"hi": 6.0}, (yq,), f"{kind}-{id_}")
            if kind is DType.I8 and (n > 60 or k < 8):
                yield layers.function_case([xq, wq, bias], {"hi": 6.0}, yq, id_)
            if kind is DType.I8:
                shifted = Arg((n, k), DType.I8, Quantization.make(0.02, 7), True)
                yield Case([xq, shifted], {}, (yq,), f"{kind}-{id_}-shifted")
