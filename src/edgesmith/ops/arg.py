"""argmax and argmin: where the extreme element lies along an axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.broadcasting import normal_axis
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, Operator, TensorType, register
from edgesmith.ops.elementwise_binary import NUMBERS
from edgesmith.ops.reduce import around_axis, kept_shape
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType

TYPES = (*NUMBERS, "i8")

for _name in ("argmax", "argmin"):
    for _type in TYPES:
        Kernel(
            f"{_name}_{_type}",
            "arg_f32.c" if _type == "f32" else "arg.c",
            f"in {_type} x[outer * n * inner]\nout i64 y[outer * inner]\ni32 outer n inner last",
            require="n > 0",
            work="outer * n * inner",
            vector=_type == "f32",
            parallel=True,
        )


class ArgExtreme(Operator):
    """Index, as i64, of the largest or smallest element along ``axis``.

    Of equal ones the first, or with ``select_last`` the last. As in NumPy, a NaN is the extreme of both kinds.
    """

    attributes = {"axis": ..., "keepdims": False, "select_last": False}
    native = frozenset(DType(kind) for kind in TYPES)

    def __init__(self, name: str) -> None:
        self.name = name  # type: ignore[misc]

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        axis = normal_axis(attrs["axis"], x.rank)
        if x.rank == 0 or x.shape[axis] == 0:
            raise ModelError(f"axis {axis} of shape {x.shape} has no elements to choose from")
        kept = kept_shape(x.shape, (axis,))
        return [TensorType(kept if attrs["keepdims"] else kept[:axis] + kept[axis + 1 :], DType.I64)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x = inputs[0]
        assert x is not None
        axis = normal_axis(node.attrs["axis"], x.ndim)
        find = np.argmax if self.name == "argmax" else np.argmin
        if node.attrs["select_last"]:
            found = x.shape[axis] - 1 - find(np.flip(x, axis), axis=axis)
        else:
            found = find(x, axis=axis)
        return [np.asarray(found, np.int64).reshape(node.outputs[0].shape)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x = node.input(0)
        around = around_axis(x.shape, normal_axis(node.attrs["axis"], x.rank))
        last = int(bool(node.attrs["select_last"]))
        lw.emit(f"{self.name}_{x.dtype}", x=x, y=node.outputs[0], last=last, **around)

    def cases(self) -> Iterator[Case]:
        for kind in TYPES:
            low = 0 if kind == "u64" else -3
            for last in (False, True):
                args = [Arg((3, 7, 5), DType(kind), low=low, high=3)]
                yield Case(args, {"axis": 1, "select_last": last, "keepdims": last}, id=f"{kind}-middle-{last}")
                yield Case(
                    [Arg((2, 23), DType(kind), low=low, high=3)], {"axis": -1, "select_last": last}, id=f"{kind}-{last}"
                )


register(ArgExtreme("argmax"))
register(ArgExtreme("argmin"))
