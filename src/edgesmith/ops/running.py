"""cumsum and cumprod: the sum or product of an element and all before it along an axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.ir import Node, Value
from edgesmith.ops.broadcasting import normal_axis
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, Operator, TensorType, register
from edgesmith.ops.elementwise_binary import NUMBERS
from edgesmith.ops.reduce import around_axis
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType

for _name in ("cumsum", "cumprod"):
    for _type in NUMBERS:
        Kernel(
            f"{_name}_{_type}",
            "running.c",
            f"in {_type} x[outer * n * inner]\nout {_type} y[outer * n * inner]\ni32 outer n inner exclusive reverse",
            work="outer * n * inner",
            parallel=True,
        )


class Running(Operator):
    """Along ``axis``; ``reverse`` runs from the end, ``exclusive`` leaves the element itself out."""

    attributes = {"axis": ..., "exclusive": False, "reverse": False}
    native = frozenset(DType(kind) for kind in NUMBERS)
    bound = Bound(1e-6, 1e-6)

    def __init__(self, name: str) -> None:
        self.name = name  # type: ignore[misc]

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        normal_axis(attrs["axis"], x.rank)
        return [TensorType(x.shape, x.dtype)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x = inputs[0]
        assert x is not None
        if x.ndim == 0:
            start = x.dtype.type(self.name == "cumprod")
            return [np.asarray(start if node.attrs["exclusive"] else x)]
        axis = normal_axis(node.attrs["axis"], x.ndim)
        if node.attrs["reverse"]:
            x = np.flip(x, axis)
        if node.attrs["exclusive"]:
            start = np.full([1 if place == axis else dim for place, dim in enumerate(x.shape)], self.name == "cumprod")
            x = np.concatenate([start.astype(x.dtype), x], axis).take(range(x.shape[axis]), axis)
        run = np.cumsum if self.name == "cumsum" else np.cumprod
        with np.errstate(all="ignore"):
            y = run(x, axis=axis, dtype=x.dtype)
        return [np.ascontiguousarray(np.flip(y, axis) if node.attrs["reverse"] else y)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x = node.input(0)
        around = around_axis(x.shape or (1,), normal_axis(node.attrs["axis"], x.rank))
        flags = {name: int(bool(node.attrs[name])) for name in ("exclusive", "reverse")}
        lw.emit(f"{self.name}_{x.dtype}", x=x, y=node.outputs[0], **around, **flags)

    def cases(self) -> Iterator[Case]:
        for kind in NUMBERS:
            low, high = (0, 3) if kind == "u64" else (-3, 3)
            if kind[0] == "f" and self.name == "cumprod":
                low, high = 1, 2
            for exclusive in (False, True):
                for reverse in (False, True):
                    yield Case(
                        [Arg((2, 9, 3), DType(kind), low=low, high=high)],
                        {"axis": 1, "exclusive": exclusive, "reverse": reverse},
                        id=f"{kind}-{exclusive}-{reverse}",
                    )
        yield Case([Arg((3, 31))], {"axis": -1}, id="last")
        yield Case([Arg((3, 0))], {"axis": 1, "exclusive": True}, id="empty")


register(Running("cumsum"))
register(Running("cumprod"))
