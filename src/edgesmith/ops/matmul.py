"""matmul: a product of two computed matrices, or stacks of them; floats, integers, and int8 quantized."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops import layers
from edgesmith.ops.broadcasting import broadcast, broadcast_strides, collapse, strides
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, Operator, Ref, TensorType, operator
from edgesmith.ops.transpose import emit_copy
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType, Quantization

FIELDS = """
    in {type} a[0 if batch * M * K == 0 else (batch - 1) * a_batch + (M - 1) * a_row + (K - 1) * a_col + 1]
    in {type} b[0 if batch * N * K == 0 else (batch - 1) * b_batch + (K - 1) * b_row + (N - 1) * b_col + 1]
    out {type} y[batch * M * N]
    i32 batch M N K a_batch a_row a_col b_batch b_row b_col
    {numbers}
"""
PLAIN = ("f64", "i32", "i64", "u64")

for _type in ("f32", "i8", *PLAIN):
    Kernel(
        f"matmul_{_type}",
        "matmul_plain.c" if _type in PLAIN else f"matmul_{_type}.c",
        FIELDS.format(type=_type, numbers="s32 a_zero b_zero y_zero lo hi\n f32 multiplier" if _type == "i8" else ""),
        require="a_zero >= -128; a_zero <= 127; b_zero >= -128; b_zero <= 127; y_zero >= -128; y_zero <= 127; "
        "lo >= -128; hi <= 127; lo <= hi"
        if _type == "i8"
        else "",
        work="batch * M * N * K",
        scratch={"f32": "(257 * 64 + 24 * 256) * 4", "i8": "(K + 7) // 8 * 8 * 112 + 4096"}.get(_type, "0"),
        vector=_type not in PLAIN,
        byte_dot=_type == "i8",
        parallel=True,
    )


@operator
class MatMul(Operator):
    """``y = a @ b`` over the last two axes, the axes before them broadcast.

    a is (..., M, K), or (..., K, M) with ``transpose_a``; b is (..., K, N), or (..., N, K) with ``transpose_b``.
    ``axes_a`` and ``axes_b`` reorder the axes of an operand before all that (as ``transpose`` does), or are ().
    Integers wrap. int8 operands are quantized per tensor.
    """

    name = "matmul"
    attributes = {"transpose_a": False, "transpose_b": False, "axes_a": (), "axes_b": ()}
    native = frozenset({DType.F32, DType.I8, *(DType(kind) for kind in PLAIN)})
    bound = Bound(1e-5, 2e-5, 5e-7)

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        a, b = inputs[0], inputs[1]
        assert a is not None
        assert b is not None
        if a.dtype is not b.dtype:
            raise ModelError(f"operands have types {a.dtype} and {b.dtype}; expected one type")
        if a.rank < 2 or b.rank < 2:
            raise ModelError(f"operands have shapes {a.shape} and {b.shape}; expected matrices or stacks of them")
        if a.quant is not None and b.quant is not None and not (a.quant.per_tensor and b.quant.per_tensor):
            raise ModelError("an operand is quantized per channel; expected one scale")
        a_shape, b_shape = seen(a, attrs["axes_a"])[0], seen(b, attrs["axes_b"])[0]
        m, k = a_shape[:-3:-1] if attrs["transpose_a"] else a_shape[-2:]
        k_b, n = b_shape[:-3:-1] if attrs["transpose_b"] else b_shape[-2:]
        if k != k_b:
            raise ModelError(f"shapes {a_shape} and {b_shape} cannot be multiplied: {k} columns meet {k_b} rows")
        return [TensorType((*broadcast(a_shape[:-2], b_shape[:-2]), m, n), a.dtype)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        a, b, _ = layers.operands(node, inputs)
        a = a.transpose(node.attrs["axes_a"] or range(a.ndim))
        b = b.transpose(node.attrs["axes_b"] or range(b.ndim))
        a = a.swapaxes(-1, -2) if node.attrs["transpose_a"] else a
        b = b.swapaxes(-1, -2) if node.attrs["transpose_b"] else b
        y = node.outputs[0]
        with np.errstate(all="ignore"):
            if node.input(0).dtype is not DType.I8:
                return [np.asarray(a @ b, np.result_type(a, b))]
            assert y.quant is not None
            sums = (a @ b).astype(np.int64).astype(np.int32)
            real = sums.astype(np.float32) * layers.multipliers(node.input(0), node.input(1), y)
            zero = y.quant.zero0
            return [(np.rint(np.clip(real, np.float32(-128 - zero), np.float32(127 - zero))) + zero).astype(np.int8)]

    def lower(self, node: Node, lw: Lowering) -> None:
        a, b, y = node.input(0), node.input(1), node.outputs[0]
        batch_shape = y.shape[:-2]
        dims, a_walk, b_walk = batches(a, node.attrs["axes_a"], b, node.attrs["axes_b"], batch_shape)
        left: Value | Ref = a
        right: Value | Ref = b
        if sum(dim != 1 for dim in dims) > 1:  # no single step leads from matrix to matrix: repeat what is shared
            if node.attrs["axes_a"] or node.attrs["axes_b"]:
                raise ModelError(
                    f"matmul '{node.label}': no single step leads from matrix to matrix of its reordered operands"
                )
            left, right = _whole(lw, a, batch_shape), _whole(lw, b, batch_shape)
            sizes = [v.shape[-2] * v.shape[-1] for v in (a, b)]
            dims, a_walk, b_walk = (int(np.prod(batch_shape)),), (sizes[0],), (sizes[1],)
        (a_shape, a_steps), b_steps = seen(a, node.attrs["axes_a"]), seen(b, node.attrs["axes_b"])[1]
        a_row, a_col = a_steps[-2:][::-1] if node.attrs["transpose_a"] else a_steps[-2:]
        b_row, b_col = b_steps[-2:][::-1] if node.attrs["transpose_b"] else b_steps[-2:]
        numbers: dict[str, float] = {}
        if a.dtype is DType.I8:
            ratio = layers.multipliers(a, b, y)
            assert a.quant is not None
            assert b.quant is not None
            assert y.quant is not None
            zeros = {"a_zero": a.quant.zero0, "b_zero": b.quant.zero0, "y_zero": y.quant.zero0}
            numbers = {**zeros, "lo": -128, "hi": 127, "multiplier": float(ratio.reshape(-1)[0])}
        lw.emit(
            f"matmul_{a.dtype}", a=left, b=right, y=y, batch=int(np.prod(dims)), M=y.shape[-2], N=y.shape[-1],
            K=a_shape[-2 if node.attrs["transpose_a"] else -1], a_batch=a_walk[-1], a_row=a_row, a_col=a_col,
            b_batch=b_walk[-1], b_row=b_row, b_col=b_col, **numbers,
        )  # fmt: skip

    def macs(self, node: Node) -> int:
        shape = seen(node.input(0), node.attrs["axes_a"])[0]
        return node.outputs[0].size * shape[-2 if node.attrs["transpose_a"] else -1]

    def cases(self) -> Iterator[Case]:
        shapes: list[tuple[tuple[int, ...], tuple[int, ...], Attrs]] = [
            ((5, 7), (7, 9), {}),
            ((2, 12, 64), (2, 64, 33), {}),
            ((4, 9, 20), (4, 33, 20), {"transpose_b": True}),
            ((3, 20, 9), (20, 5), {"transpose_a": True}),
            ((2, 1, 4, 6), (1, 3, 6, 5), {}),
            ((2, 3, 4, 6), (3, 6, 70), {}),
            ((1, 600), (600, 130), {}),
            ((30, 1), (1, 3), {}),
            ((3, 0), (0, 4), {}),
            ((0, 3), (3, 4), {}),
            ((1, 9, 3, 20), (1, 33, 3, 20), {"axes_a": (0, 2, 1, 3), "axes_b": (0, 2, 3, 1)}),
            ((8, 2, 5), (2, 7, 8), {"axes_a": (1, 2, 0), "axes_b": (0, 1, 2), "transpose_b": True}),
        ]
        for a, b, attrs in shapes:
            turned = "a" * attrs.get("transpose_a", 0) + "b" * attrs.get("transpose_b", 0) + "x" * ("axes_a" in attrs)
            id_ = f"{a}-{b}{turned}".replace(" ", "")
            for kind in ("f32", *PLAIN):
                low, high = (0, 9) if kind == "u64" else (-1, 1) if kind[0] == "f" else (-90000, 90000)
                yield Case([Arg(s, DType(kind), low=low, high=high) for s in (a, b)], attrs, id=f"{kind}-{id_}")
            for zero in (0, 11):
                args = [Arg(a, DType.I8, Quantization.make(0.05, -4)), Arg(b, DType.I8, Quantization.make(0.02, zero))]
                yield Case(args, attrs, (Quantization.make(0.4, 6),), f"i8-{id_}-{zero}")


def seen(value: Value, axes: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Shape and strides of an operand once its axes are reordered."""
    order, walk = tuple(axes) or tuple(range(value.rank)), strides(value.shape)
    return tuple(value.shape[axis] for axis in order), tuple(walk[axis] for axis in order)


def batches(
    a: Value, axes_a: Sequence[int], b: Value, axes_b: Sequence[int], batch: Sequence[int]
) -> tuple[tuple[int, ...], ...]:
    """The stack of matrices as few axes: their sizes, and the steps of both operands along each."""
    walks = []
    for value, axes in ((a, axes_a), (b, axes_b)):
        shape, walk = seen(value, axes)
        each = tuple(0 if dim == 1 else step for dim, step in zip(shape[:-2], walk[:-2], strict=True))
        walks.append((0,) * (len(batch) - len(each)) + each)
    return collapse(batch, *walks)


def _whole(lw: Lowering, value: Value, batch: tuple[int, ...]) -> Value | Ref:
    """The operand with its shared matrices repeated, so that stacks of both have the same length."""
    shape = (*batch, *value.shape[-2:])
    if value.shape == shape:
        return value
    count, size = int(np.prod(shape)), value.dtype.bytes
    target = lw.temporary(count * size)
    emit_copy(lw, value, target, size, shape, broadcast_strides(value.shape, shape), strides(shape))
    return target
