"""nonzero, compress and unique: the data decide how long the result is.

The output has the greatest length that is possible, zeros behind the result, and the last output of each operator is
the true length, an i64 scalar. ``Graph.extents`` cuts graph outputs to it.
"""

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
from edgesmith.types import MAX_RANK, DType

NONZERO_TYPES = (*NUMBERS, "i8", "bool")

for _type in NONZERO_TYPES:
    Kernel(
        f"nonzero_{_type}",
        "nonzero.c",
        f"in {_type} x[prod(dims)]\nout i64 y[rows * rank]\nout i64 count[1]\ni32 dims[8] rows rank",
        require="rank <= 8",
        work="prod(dims) + rows * rank",
    )
Kernel(
    "compress",
    "nonzero.c",
    """
    in bytes x[outer * n * inner]
    in bool condition[length]
    out bytes y[outer * n * inner]
    out i64 count[1]
    i32 outer n inner length
    """,
    require="length <= n",
    work="outer * n * inner + length",
)
for _type in NUMBERS:
    Kernel(
        f"unique_{_type}",
        "nonzero.c",
        f"""
        in {_type} x[n]
        out {_type} y[n]
        out i64 first[n]
        out i64 inverse[n]
        out i64 counts[n]
        out i64 count[1]
        i32 n sorted
        """,
        work="n * 64",
        scratch="8 * n",
    )


def _padded(found: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """``found`` in front, zeros behind, up to ``shape``."""
    return np.pad(found, [(0, most - dim) for most, dim in zip(shape, found.shape, strict=True)])


@operator
class NonZero(Operator):
    """Outputs: the places of the elements that are not zero, in order, one a row: (size, rank) i64; how many."""

    name = "nonzero"
    native = frozenset(DType(kind) for kind in NONZERO_TYPES)

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        return [TensorType((x.size, x.rank), DType.I64), TensorType((), DType.I64)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x = inputs[0]
        assert x is not None
        found = np.argwhere(x).astype(np.int64)
        return [_padded(found, (x.size, x.ndim)), np.array(np.count_nonzero(x), np.int64)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, (y, count) = node.input(0), node.outputs
        dims = (1,) * (MAX_RANK - x.rank) + x.shape
        lw.emit(f"nonzero_{x.dtype}", x=x, y=y, count=count, dims=dims, rows=x.size, rank=x.rank)

    def cases(self) -> Iterator[Case]:
        for kind in NONZERO_TYPES:
            low = 0 if kind in ("u64", "bool") else -1
            data = np.arange(42).reshape(2, 7, 3) % 5 % 3 + min(low, 0)
            yield Case([Arg(dtype=DType(kind), data=data.astype(DType(kind).numpy))], id=kind)
        yield Case([Arg(dtype=DType.F32, data=np.array(2.0, np.float32))], id="scalar")
        yield Case([Arg((0, 3))], id="empty")
        yield Case([Arg((4, 5), low=0, high=0)], id="none")


@operator
class Compress(Operator):
    """Outputs: the slices along ``axis`` where the condition (bool, of one axis) holds, moved to the front; how many.

    A condition shorter than the axis leaves the rest out.
    """

    name = "compress"
    attributes = {"axis": 0}
    widens = False

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x, condition = inputs
        assert x is not None
        assert condition is not None
        axis = normal_axis(attrs["axis"], x.rank)
        if condition.dtype is not DType.BOOL or condition.rank != 1 or x.rank == 0 or condition.size > x.shape[axis]:
            raise ModelError(f"the condition is {condition!r}; expected up to {x.shape} bool along axis {axis}")
        return [TensorType(x.shape, x.dtype, x.quant), TensorType((), DType.I64)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, condition = inputs
        assert x is not None
        assert condition is not None
        found = np.compress(condition, x, normal_axis(node.attrs["axis"], x.ndim))
        return [_padded(found, x.shape), np.array(np.count_nonzero(condition), np.int64)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, condition, (y, count) = node.input(0), node.input(1), node.outputs
        around = around_axis(x.shape, normal_axis(node.attrs["axis"], x.rank))
        around["inner"] *= x.dtype.bytes
        lw.emit("compress", x=x, condition=condition, y=y, count=count, length=condition.size, **around)

    def cases(self) -> Iterator[Case]:
        for shape, axis, length in [((7,), 0, 7), ((3, 8, 2), 1, 6), ((4, 5), -1, 5), ((0, 5), 1, 5)]:
            for kind in (DType.F32, DType.I8):
                args = [Arg(shape, kind), Arg((length,), DType.BOOL)]
                yield Case(args, {"axis": axis}, id=f"{kind}-{shape}-{axis}".replace(" ", ""))


@operator
class Unique(Operator):
    """Of a tensor of one axis with n elements, each number once: ascending if ``sorted``, else as they first appear.

    Outputs: the numbers (n); the place where each is first (n); for each element which number it is (n); how often
    each occurs (n); how many there are. All but the first are i64. NaNs count as one number above all others.
    """

    name = "unique"
    attributes = {"sorted": True}
    native = frozenset(DType(kind) for kind in NUMBERS)
    bound = Bound(0, 0)

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        if x.rank != 1:
            raise ModelError(f"the input has shape {x.shape}; expected one axis")
        places = TensorType(x.shape, DType.I64)
        return [TensorType(x.shape, x.dtype, x.quant), places, places, places, TensorType((), DType.I64)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x = inputs[0]
        assert x is not None
        found, first, inverse, counts = np.unique(x, return_index=True, return_inverse=True, return_counts=True)
        if not node.attrs["sorted"]:
            order = np.argsort(first)
            rank = np.argsort(order)
            found, first, counts, inverse = found[order], first[order], counts[order], rank[inverse]
        arrays = [found, *(part.astype(np.int64) for part in (first, inverse.reshape(-1), counts))]
        return [*(_padded(array, x.shape) for array in arrays), np.array(found.size, np.int64)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, (y, first, inverse, counts, count) = node.input(0), node.outputs
        outputs = {"y": y, "first": first, "inverse": inverse, "counts": counts, "count": count}
        lw.emit(f"unique_{x.dtype}", x=x, n=x.size, sorted=int(bool(node.attrs["sorted"])), **outputs)

    def cases(self) -> Iterator[Case]:
        for kind in NUMBERS:
            low = 0 if kind == "u64" else -9
            numbers = np.random.default_rng(7).integers(low, 9, 40).astype(DType(kind).numpy)
            for ordered in (True, False):
                yield Case([Arg(dtype=DType(kind), data=numbers)], {"sorted": ordered}, id=f"{kind}-{ordered}")
        rows = strange(DType.F32)
        yield Case([Arg(dtype=DType.F32, data=rows[:4].reshape(-1))], id="strange")
        yield Case([Arg((0,))], id="empty")
        yield Case([Arg((1,))], id="one")
