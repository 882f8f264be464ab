"""topk: the k largest or smallest elements along an axis, and where they lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.broadcasting import normal_axis
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, Operator, TensorType, operator
from edgesmith.ops.elementwise_binary import NUMBERS
from edgesmith.ops.reduce import around_axis, strange
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType

TYPES = (*NUMBERS, "i8")

for _type in TYPES:
    Kernel(
        f"topk_{_type}",
        "topk.c",
        f"""
        in {_type} x[outer * n * inner]
        out {_type} y[outer * k * inner]
        out i64 places[outer * k * inner]
        i32 outer n inner k largest
        """,
        require="k <= n",
        work="outer * n * inner * 32",  # at worst log2(n) steps an element
        scratch="4 * k",
        parallel=True,
    )


@operator
class TopK(Operator):
    """Outputs: the ``k`` best elements along ``axis``, best first, and their places as i64.

    Of equal elements the one with the lower index comes first. As in NumPy's order, NaN is larger than any number.
    The result is sorted whether or not ``sorted`` asks for it.
    """

    name = "topk"
    attributes = {"k": ..., "axis": -1, "largest": True, "sorted": True}
    native = frozenset(DType(kind) for kind in TYPES)
    bound = Bound(0, 0)

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x, k = inputs[0], int(attrs["k"])
        assert x is not None
        axis = normal_axis(attrs["axis"], x.rank)
        if x.rank == 0 or not 0 <= k <= x.shape[axis]:
            raise ModelError(f"k is {k}; expected 0 up to the size of axis {axis} of shape {x.shape}")
        shape = (*x.shape[:axis], k, *x.shape[axis + 1 :])
        quant = x.quant if x.quant is not None and x.quant.per_tensor else None
        return [TensorType(shape, x.dtype, quant), TensorType(shape, DType.I64)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x = inputs[0]
        assert x is not None
        axis = normal_axis(node.attrs["axis"], x.ndim)
        if node.attrs["largest"]:
            places = x.shape[axis] - 1 - np.flip(np.argsort(np.flip(x, axis), axis=axis, kind="stable"), axis)
        else:
            places = np.argsort(x, axis=axis, kind="stable")
        places = np.ascontiguousarray(places.take(range(node.attrs["k"]), axis=axis), np.int64)
        return [np.take_along_axis(x, places, axis), places]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, (y, places) = node.input(0), node.outputs
        around = around_axis(x.shape, normal_axis(node.attrs["axis"], x.rank))
        k, largest = int(node.attrs["k"]), int(bool(node.attrs["largest"]))
        lw.emit(f"topk_{x.dtype}", x=x, y=y, places=places, k=k, largest=largest, **around)

    def cases(self) -> Iterator[Case]:
        for kind in TYPES:
            low = 0 if kind == "u64" else -9
            for largest in (True, False):
                for shape, axis, k in [((3, 40), 1, 7), ((2, 9, 4), 1, 9), ((5,), 0, 0)]:
                    args = [Arg(shape, DType(kind), low=low, high=9)]
                    attrs = {"k": k, "axis": axis, "largest": largest}
                    yield Case(args, attrs, id=f"{kind}-{shape}-{k}-{largest}".replace(" ", ""))
                if kind[0] == "f":
                    args = [Arg(dtype=DType(kind), data=strange(DType(kind)))]
                    yield Case(args, {"k": 5, "largest": largest}, id=f"{kind}-strange-{largest}")
