"""select: where a condition holds take from one tensor, elsewhere from another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.broadcasting import broadcast, broadcast_strides, collapse, strides
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, TensorType, operator
from edgesmith.ops.elementwise import Elementwise
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType

Kernel(
    "select",
    "select.c",
    """
    in bool condition[span(dims, c_strides)]
    in bytes a[span(dims, a_strides) * size]
    in bytes b[span(dims, b_strides) * size]
    out bytes y[prod(dims) * size]
    i32 dims[8] c_strides[8] a_strides[8] b_strides[8] size
    """,
    require="size == 1 or size == 2 or size == 4 or size == 8",
    work="prod(dims)",
    parallel=True,
)


@operator
class Select(Elementwise):
    """``y = condition ? a : b``, elementwise; all three broadcast. Any element type: only bytes move."""

    name = "select"
    widens = False

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        condition, a, b = inputs
        assert condition is not None
        assert a is not None
        assert b is not None
        if condition.dtype is not DType.BOOL:
            raise ModelError(f"the condition is {condition.dtype}; expected bool")
        if a.dtype is not b.dtype:
            raise ModelError(f"operands have types {a.dtype} and {b.dtype}; expected one type")
        quant = a.quant if a.quant is not None and a.quant.same(b.quant) else None
        return [TensorType(broadcast(condition.shape, a.shape, b.shape), a.dtype, quant)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        condition, a, b = inputs
        assert condition is not None
        assert a is not None
        assert b is not None
        return [np.where(condition, a, b)]

    def lower(self, node: Node, lw: Lowering) -> None:
        condition, a, b, y = *(node.input(index) for index in range(3)), node.outputs[0]
        walks = [broadcast_strides(value.shape, y.shape) for value in (condition, a, b)]
        dims, *found, _ = collapse(y.shape, *walks, strides(y.shape))
        steps = dict(zip(("c_strides", "a_strides", "b_strides"), found, strict=True))
        lw.emit("select", condition=condition, a=a, b=b, y=y, dims=dims, size=y.dtype.bytes, **steps)

    def cases(self) -> Iterator[Case]:
        shapes = [((17,), (17,), (17,)), ((2, 1, 3), (4, 3), ()), ((), (2, 3), (2, 3)), ((2, 1), (1, 5), (2, 5))]
        for kind in (DType.F32, DType.I8, DType.I16, DType.I64, DType.BOOL):
            for condition, a, b in shapes if kind is DType.F32 else shapes[1:2]:
                args = [Arg(condition, DType.BOOL), Arg(a, kind), Arg(b, kind)]
                yield Case(args, id=f"{kind}-{condition}-{a}-{b}".replace(" ", ""))
        yield Case([Arg((0, 3), DType.BOOL), Arg((3,)), Arg(())], id="empty")
