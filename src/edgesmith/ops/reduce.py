"""reduce_sum, reduce_max, ...: fold a tensor along some axes.

A kernel folds the middle axis of (outer, n, inner). Axes that are not neighbours are folded one group after the other,
from the last to the first. Means, norms and logarithms of sums are finished by elementwise kernels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from edgesmith.ir import Node, Value
from edgesmith.ops.broadcasting import broadcast_strides, collapse, normal_axes, strides
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, Operator, Ref, TensorType, register
from edgesmith.ops.elementwise_binary import EXACT, FLOATS, NUMBERS, SIGNED, divide
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType, elements

SUMS = Bound(2e-6, 2e-5)  # of the sum of magnitudes, which in the tests is a few hundred

FOLDS = {
    "reduce_sum": NUMBERS,
    "reduce_sum_square": NUMBERS,
    "reduce_prod": NUMBERS,
    "reduce_max": NUMBERS,
    "reduce_min": NUMBERS,
    "reduce_l1": FLOATS + SIGNED,
    "reduce_any": ("bool",),
    "reduce_all": ("bool",),
}
AFTER_FIRST = {"reduce_l1": "reduce_sum", "reduce_sum_square": "reduce_sum"}  # for the further groups of axes

for _name, _types in FOLDS.items():
    for _type in _types:
        Kernel(
            f"{_name}_{_type}",
            "reduce.c" if _type == "f32" else "reduce_plain.c",
            f"in {_type} x[outer * n * inner]\nout {_type} y[outer * inner]\ni32 outer n inner",
            work="outer * n * inner",
            vector=_type == "f32",
            parallel=True,
        )


def around_axis(shape: Sequence[int], axis: int) -> dict[str, int]:
    """The tensor as (outer, n, inner) around one axis."""
    return {"outer": elements(tuple(shape[:axis])), "n": shape[axis], "inner": elements(tuple(shape[axis + 1 :]))}


def kept_shape(shape: Sequence[int], axes: Sequence[int]) -> tuple[int, ...]:
    """The shape with size 1 along ``axes``."""
    return tuple(1 if axis in axes else dim for axis, dim in enumerate(shape))


def emit_fold(
    lw: Lowering, fold: str, x: Value | Ref, y: Value | Ref, shape: Sequence[int], axes: Sequence[int], kind: DType
) -> None:
    """Fold ``x`` of ``shape`` along ``axes`` into ``y``, group by group of neighbouring axes."""
    groups: list[tuple[bool, int]] = []
    for axis, dim in enumerate(shape):
        if dim == 1:
            continue
        folded = axis in axes
        if groups and groups[-1][0] == folded:
            groups[-1] = (folded, groups[-1][1] * dim)
        else:
            groups.append((folded, dim))
    places = [place for place, (folded, _) in enumerate(groups) if folded]
    dims = [dim for _, dim in groups]
    if not places:
        lw.emit(f"{fold}_{kind}", x=x, y=y, outer=1, n=1, inner=elements(tuple(shape)))
        return
    source = x
    for place in reversed(places):
        around = around_axis(dims, place)
        dims[place] = 1
        target = y if place == places[0] else lw.temporary(elements(tuple(dims)) * kind.bytes)
        lw.emit(f"{fold}_{kind}", x=source, y=target, **around)
        source, fold = target, AFTER_FIRST.get(fold, fold)


def emit_binary(
    lw: Lowering,
    op: str,
    kind: DType,
    a: Value | Ref,
    a_shape: Sequence[int],
    b: Value | Ref | np.ndarray,
    b_shape: Sequence[int],
    y: Value | Ref,
) -> None:
    """``y = op(a, b)`` by the elementwise kernel; ``a`` has the shape of the result, and may be ``y`` itself."""
    walks = (broadcast_strides(a_shape, a_shape), broadcast_strides(b_shape, a_shape), strides(a_shape))
    dims, a_strides, b_strides, _ = collapse(a_shape, *walks)
    lw.emit(f"{op}_{kind}", a=a, b=b, y=y, dims=dims, a_strides=a_strides, b_strides=b_strides)


def emit_scalar(lw: Lowering, op: str, kind: DType, a: Value | Ref, number: float, count: int, y: Value | Ref) -> None:
    """``y = op(a, number)`` over ``count`` elements."""
    emit_binary(lw, op, kind, a, (count,), np.asarray(number, kind.numpy), (), y)


@dataclass(frozen=True)
class Member:
    """A row of the family: the fold that it begins with, and its NumPy meaning for an array and a tuple of axes."""

    name: str
    meaning: Callable[[np.ndarray, tuple[int, ...]], np.ndarray]
    types: tuple[str, ...]
    bound: Bound = SUMS
    fold: str = ""


class Reduce(Operator):
    """``axes`` are folded; they stay with size 1 where ``keepdims``. Over no elements: the fold's neutral element."""

    attributes = {"axes": ..., "keepdims": False}

    def __init__(self, member: Member) -> None:
        self.name = member.name  # type: ignore[misc]
        self.native = frozenset(DType(kind) for kind in member.types)  # type: ignore[misc]
        self.bound = member.bound  # type: ignore[misc]
        self.member = member

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        axes = normal_axes(attrs["axes"], x.rank)
        kept = kept_shape(x.shape, axes)
        shape = kept if attrs["keepdims"] else tuple(dim for axis, dim in enumerate(kept) if axis not in axes)
        ordered = self.name in ("reduce_max", "reduce_min") and x.quant is not None and x.quant.per_tensor
        return [TensorType(shape, x.dtype, x.quant if ordered else None)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x = inputs[0]
        assert x is not None
        if self.bound is EXACT:
            x = x.astype(node.input(0).dtype.numpy, copy=False)
        with np.errstate(all="ignore"):
            y = np.asarray(self.member.meaning(x, normal_axes(node.attrs["axes"], x.ndim)))
        return [y.astype(x.dtype).reshape(node.outputs[0].shape)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, y = node.input(0), node.outputs[0]
        axes = normal_axes(node.attrs["axes"], x.rank)
        if self.name == "reduce_log_sum_exp":
            self._log_sum_exp(x, y, axes, lw)
            return
        emit_fold(lw, self.member.fold or self.name, x, y, x.shape, axes, x.dtype)
        if self.name == "reduce_mean":
            count = elements(tuple(x.shape[axis] for axis in axes))
            emit_scalar(lw, "div", x.dtype, y, count, y.size, y)
        elif self.name in ("reduce_l2", "reduce_log_sum"):
            finish = "sqrt" if self.name == "reduce_l2" else "log"
            lw.emit(f"{finish}_{x.dtype}", x=y, y=y, n=y.size)

    def _log_sum_exp(self, x: Value, y: Value, axes: tuple[int, ...], lw: Lowering) -> None:
        """``m + log(sum(exp(x - m)))`` with the largest element m, limited so that infinities do not meet."""
        kind = x.dtype
        most = float(np.finfo(np.float32 if kind is DType.F32 else np.float64).max)
        top, shifted = lw.temporary(y.nbytes), lw.temporary(x.nbytes)
        emit_fold(lw, "reduce_max", x, top, x.shape, axes, kind)
        lw.emit(f"clip_{kind}", x=top, y=top, n=y.size, lo=-most, hi=most)
        emit_binary(lw, "sub", kind, x, x.shape, top, kept_shape(x.shape, axes), shifted)
        lw.emit(f"exp_{kind}", x=shifted, y=shifted, n=x.size)
        emit_fold(lw, "reduce_sum", shifted, y, x.shape, axes, kind)
        lw.emit(f"log_{kind}", x=y, y=y, n=y.size)
        emit_binary(lw, "add", kind, y, (y.size,), top, (y.size,), y)

    def cases(self) -> Iterator[Case]:
        shapes: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
            ((5, 203), (1,)),
            ((2, 37, 75), (1,)),
            ((2, 3, 4, 5), (0, 2)),
            ((3, 1, 4), ()),
            ((3, 0, 2), (1,)),
            ((1, 1), (0,)),
        ]
        for kind in self.member.types:
            low, high = (0.0, 9.0) if kind in ("u64", "bool") else (-4.0, 4.0)
            if self.name == "reduce_prod":
                low, high = (1, 3) if kind[0] in "iu" else (0.9, 1.1)
            elif self.name == "reduce_log_sum":
                low = 0.5
            for shape, axes in shapes if kind in ("f32", "bool") else shapes[1:5]:
                if self.name in ("reduce_mean", "reduce_log_sum_exp") and 0 in shape:
                    continue
                for keep in (False, True) if axes == (0, 2) else (False,):
                    yield Case(
                        [Arg(shape, DType(kind), low=low, high=high)],
                        {"axes": axes, "keepdims": keep},
                        id=f"{kind}-{shape}-{axes}{'-keep' if keep else ''}".replace(" ", ""),
                    )
            if DType(kind).is_float:
                yield Case([Arg(dtype=DType(kind), data=strange(DType(kind)))], {"axes": (1,)}, id=f"{kind}-strange")
        if self.name == "reduce_sum":
            yield Case([Arg((20000, 3), low=0, high=1)], {"axes": (0,)}, id="long-columns")
            yield Case([Arg((20000,), low=0, high=1)], {"axes": (0,)}, id="long-row")


def strange(kind: DType) -> np.ndarray:
    """Rows with infinities and NaN in several places, long enough for every loop of a kernel."""
    rows = np.linspace(-1, 1, 6 * 71).reshape(6, 71).astype(kind.numpy)
    rows[0, 3] = rows[1, 70] = rows[2, 40] = np.nan
    rows[2, 39] = rows[3, 5] = np.inf
    rows[4, 69] = -np.inf
    rows[5, :] = -np.inf
    return rows


def _prod(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    return np.asarray(np.prod(x, axis=axes, dtype=x.dtype))


def _extreme(x: np.ndarray, axes: tuple[int, ...], largest: bool) -> np.ndarray:
    start: float = -np.inf if largest else np.inf
    if x.dtype.kind != "f":
        info = np.iinfo(x.dtype.str)
        start = info.min if largest else info.max
    return np.asarray((np.max if largest else np.min)(x, axis=axes, initial=start))


def _mean(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """Of integers: the wrapping sum divided toward zero; 0 over no elements."""
    count = elements(tuple(x.shape[axis] for axis in axes))
    return divide(_sum(x, axes), np.array(count, x.dtype))


def _log_sum_exp(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    top = np.max(x, axis=axes, keepdims=True)
    top = np.where(np.isinf(top), 0, top)
    return np.asarray(np.log(np.sum(np.exp(x - top), axis=axes)) + top.reshape(np.sum(x, axis=axes).shape))


def _sum(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    return np.asarray(np.sum(x, axis=axes, dtype=x.dtype))


MEMBERS = [
    Member("reduce_sum", _sum, NUMBERS),
    Member("reduce_mean", _mean, NUMBERS, fold="reduce_sum"),
    Member("reduce_max", lambda x, axes: _extreme(x, axes, True), NUMBERS, EXACT),  # NaN if there is one
    Member("reduce_min", lambda x, axes: _extreme(x, axes, False), NUMBERS, EXACT),
    Member("reduce_prod", _prod, NUMBERS, Bound(2e-5, 1e-44)),
    Member("reduce_l1", lambda x, axes: _sum(np.abs(x), axes), FLOATS + SIGNED),
    Member("reduce_l2", lambda x, axes: np.sqrt(_sum(x * x, axes)), FLOATS, fold="reduce_sum_square"),
    Member("reduce_sum_square", lambda x, axes: _sum(x * x, axes), NUMBERS),
    Member("reduce_log_sum", lambda x, axes: np.log(_sum(x, axes)), FLOATS, fold="reduce_sum"),
    Member("reduce_log_sum_exp", _log_sum_exp, FLOATS),
    Member("reduce_any", lambda x, axes: np.any(x, axis=axes), ("bool",), EXACT),
    Member("reduce_all", lambda x, axes: np.all(x, axis=axes), ("bool",), EXACT),
]

for _member in MEMBERS:
    register(Reduce(_member))
