"""reduce_mean_q and reduce_sum_q: integer sums over axes, and one rounding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.broadcasting import normal_axes, strides
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, Operator, Ref, TensorType, register
from edgesmith.ops.conversion import limits
from edgesmith.ops.quantized import need_per_tensor, ratio, settle
from edgesmith.ops.transpose import emit_copy
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType, Quantization

KINDS = (DType.I8, DType.I16)
MOST = {DType.I8: 1 << 23, DType.I16: 1 << 15}  # elements of one sum that int32 surely holds
for _type in KINDS:
    Kernel(
        f"reduce_q_{_type}",
        "reduce_q.c",
        f"""
        in {_type} x[outer * length * inner]
        out {_type} y[outer * inner]
        i32 outer length inner
        s32 zero_x zero_y
        f32 multiplier
        """,
        require=f"length <= {MOST[_type]}; zero_x >= {limits(_type)[0]}; zero_x <= {limits(_type)[1]}; "
        "zero_y >= -65536; zero_y <= 65536",
        work="outer * length * inner",
        vector=True,
        parallel=True,
    )


class ReduceQ(Operator):
    """``y = clamp(round_half_even(float32(sum(x - zero_x)) * m) + zero_y)``.

    m is float32(scale_x / scale_y), for the mean divided by the count in float32.
    """

    attributes = {"axes": ..., "keepdims": True}
    widens = False

    def __init__(self, name: str, mean: bool) -> None:
        self.name = name  # type: ignore[misc]
        self.mean = mean

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        axes = normal_axes(attrs["axes"], x.rank)
        if x.dtype not in KINDS:
            raise ModelError(f"the input is {x.dtype}; expected i8 or i16")
        need_per_tensor(x, self.name)
        kept = [1 if axis in axes else dim for axis, dim in enumerate(x.shape)]
        if not attrs["keepdims"]:
            kept = [dim for axis, dim in enumerate(x.shape) if axis not in axes]
        return [TensorType(tuple(kept), x.dtype)]

    def _multiplier(self, node: Node, count: int) -> np.float32:
        source, target = need_per_tensor(node.input(0), self.name), need_per_tensor(node.outputs[0], self.name)
        with np.errstate(all="ignore"):
            return np.float32(ratio(source, target) / np.float32(count)) if self.mean else ratio(source, target)

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, y = node.input(0), node.outputs[0]
        assert inputs[0] is not None
        axes = normal_axes(node.attrs["axes"], x.rank)
        centred = inputs[0].astype(np.int64) - need_per_tensor(x, self.name).zero0
        total = centred.sum(axis=axes, keepdims=node.attrs["keepdims"])
        count = int(np.prod([x.shape[axis] for axis in axes], dtype=np.int64))
        with np.errstate(all="ignore"):
            real = np.asarray(total).astype(np.float32) * self._multiplier(node, count)
        result = settle(real, need_per_tensor(y, self.name).zero0, *limits(y.dtype))
        return [result.astype(y.dtype.numpy).reshape(y.shape)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, y = node.input(0), node.outputs[0]
        axes = normal_axes(node.attrs["axes"], x.rank)
        kept = [axis for axis in range(x.rank) if axis not in axes]
        first, last = (axes[0], axes[-1] + 1) if axes else (x.rank, x.rank)
        source: Value | Ref = x
        count = int(np.prod([x.shape[axis] for axis in axes], dtype=np.int64))
        if count > MOST[x.dtype]:
            raise ModelError(f"{self.name} '{node.label}': sums of {count} elements; the most is {MOST[x.dtype]}")
        if all(x.shape[axis] == 1 for axis in kept if first <= axis < last):
            outer = int(np.prod(x.shape[:first], dtype=np.int64))
            inner = int(np.prod(x.shape[last:], dtype=np.int64))
        else:  # other axes between: bring the summed ones to the end
            order, walk = [*kept, *axes], strides(x.shape)
            shape = [x.shape[axis] for axis in order]
            source = lw.temporary(x.nbytes)
            emit_copy(lw, x, source, x.dtype.bytes, shape, [walk[axis] for axis in order], strides(shape))
            outer, inner = y.size, 1
        numbers = {
            "zero_x": need_per_tensor(x, self.name).zero0,
            "zero_y": need_per_tensor(y, self.name).zero0,
            "multiplier": self._multiplier(node, count),
        }
        lw.emit(f"reduce_q_{x.dtype}", x=source, y=y, outer=outer, length=count, inner=inner, **numbers)

    def cases(self) -> Iterator[Case]:
        x = {DType.I8: Quantization.make(0.05, -9), DType.I16: Quantization.make(0.0002, 4)}
        y = {DType.I8: Quantization.make(0.03, 11), DType.I16: Quantization.make(0.00015, -2)}
        for kind in KINDS:
            for shape, axes, keep in (
                ((1, 7, 7, 37), (1, 2), True),
                ((3, 41), (1,), False),
                ((1, 20, 17, 90), (1, 2), True),
                ((2, 7, 5, 16), (1, 2), True),
                ((2, 3, 5, 6), (0, 2), True),
                ((4,), (0,), False),
                ((2, 3), (), True),
                ((3, 0, 2), (1,), False),
            ):
                attrs = {"axes": axes, "keepdims": keep}
                yield Case([Arg(shape, kind, x[kind])], attrs, [y[kind]], f"{kind}-{shape}-{axes}".replace(" ", ""))


register(ReduceQ("reduce_mean_q", mean=True))
register(ReduceQ("reduce_sum_q", mean=False))
