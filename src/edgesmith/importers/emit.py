"""The graph's operators under short names: every canonical operator that ONNX converters use, spelled in one place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from edgesmith.importers.scattered import Scattered
from edgesmith.ir import Node, Value
from edgesmith.ops.builder import Builder
from edgesmith.ops.quantized import dequantize_array
from edgesmith.ops.reshape import kept_axis
from edgesmith.types import DType, Quantization, elements

Scalar = float | int | bool
MAX_FULL = 2**22


class Emitter(Builder):
    """A builder that speaks NumPy: shapes may hold a -1, axes may count from the end, scalars become constants."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._scattered: dict[Value, Scattered] = {}  # what constants were, of which each element has its own scale

    # -- constants ----------------------------------------------------------------------------------------------

    def like(self, number: Any, x: Value) -> Value:
        """A constant of the element type of ``x``."""
        if x.dtype is DType.BF16:
            return self.cast(self.constant(np.asarray(number, np.float32)), DType.BF16)
        return self.constant(np.asarray(number).astype(x.dtype.numpy), x.dtype)

    def full(self, shape: Sequence[int], number: Any, dtype: DType) -> Value:
        """A tensor of one number: a constant, unless it is too large to keep."""
        if elements(tuple(shape)) > MAX_FULL:
            return self.expand(self.full((), number, dtype), shape)
        if dtype is DType.BF16:
            return self.cast(self.constant(np.full(shape, number, np.float32)), DType.BF16)
        return self.constant(np.full(tuple(shape), number, dtype.numpy), dtype)

    def ints(self, numbers: Any) -> Value:
        """A constant of 64-bit integers."""
        return self.constant(np.asarray(numbers, np.int64), DType.I64)

    # -- quantization -------------------------------------------------------------------------------------------

    def dequantized(self, x: Value, axis_quant: Quantization) -> Value:
        """``x`` as real numbers. A constant is not folded: a pass may want its integers."""
        if x.data is None:
            return self.add("dequantize", self.viewed(x, axis_quant))
        whole = Value(self._unique(x.name), x.shape, x.dtype, axis_quant, x.data)
        y = Value(self._unique(f"{x.name}.real"), x.shape, DType.F32)
        self.graph.nodes.append(Node("dequantize", [whole], [y], {}, self.source, self.path))
        return y

    def viewed(self, x: Value, quant: Quantization) -> Value:
        """The same integers, seen with a quantization."""
        return x if quant.same(x.quant) else self.add("reshape", x, shape=x.shape, quant=quant)

    def plain(self, x: Value) -> Value:
        """The same integers, seen as mere numbers."""
        return x if x.quant is None else self.add("cast", x, to=x.dtype)

    def _integers(self, x: Value) -> Value | None:
        """The integer constant behind a value that is one, dequantized."""
        made = x.producer
        if made is None or made.op != "dequantize" or made.input(0).data is None:
            return None
        return made.input(0)

    def is_fixed(self, x: Value) -> bool:
        """Whether a value is constant, as it is or dequantized."""
        return x.is_constant or self._integers(x) is not None

    def need_constant(self, value: Value, what: str) -> np.ndarray:
        whole = self._integers(value)
        if whole is not None and whole.data is not None and whole.quant is not None:
            return dequantize_array(whole.data, whole.quant)
        return super().need_constant(value, what)

    def add_multi(
        self,
        op: str,
        inputs: Sequence[Value | None],
        quants: Sequence[Quantization | None] = (),
        names: Sequence[str] = (),
        attrs: dict[str, Any] | None = None,
    ) -> list[Value]:
        """As ``Builder.add_multi``; a dequantized constant that only moves stays one."""
        if op in ("transpose", "reshape") and inputs[0] is not None and attrs is not None:
            scattered = self._apart(op, inputs[0], attrs)
            if scattered is not None:
                return [self._together(scattered.moved(op, attrs))]
            whole = self._integers(inputs[0])
            if whole is not None:
                moved = super().add_multi(op, [whole], attrs=attrs)[0]
                assert moved.quant is not None
                return [self.dequantized(moved, moved.quant)]
        return super().add_multi(op, inputs, quants, names, attrs)

    def _apart(self, op: str, x: Value, attrs: dict[str, Any]) -> Scattered | None:
        """A dequantized constant whose scales have no axis of their own, or lose it in this reshape."""
        if x in self._scattered:
            return self._scattered[x]
        whole = self._integers(x)
        if op != "reshape" or whole is None or whole.data is None or whole.quant is None or whole.quant.axis is None:
            return None
        kept = kept_axis(x.shape, whole.quant.axis, attrs["shape"])
        return Scattered.of(whole.data, whole.quant) if kept is None else None

    def _together(self, found: Scattered) -> Value:
        """Integers again, as soon as the scales lie along one axis."""
        quant = found.quant()
        if quant is not None:
            return self.dequantized(self.constant(found.data), quant)
        made = self.constant(found.real())
        self._scattered[made] = found
        return made

    # -- elementwise --------------------------------------------------------------------------------------------

    def unary(self, op: str, x: Value, **attrs: Any) -> Value:
        return self.add(op, x, **attrs)

    def binary(self, op: str, a: Value | Scalar, b: Value | Scalar) -> Value:
        """One of the two may be a number, which takes the type of the other."""
        if not isinstance(a, Value):
            assert isinstance(b, Value)
            a = self.like(a, b)
        if not isinstance(b, Value):
            b = self.like(b, a)
        return self.add(op, a, b)

    def plus(self, a: Value | Scalar, b: Value | Scalar) -> Value:
        return self.binary("add", a, b)

    def minus(self, a: Value | Scalar, b: Value | Scalar) -> Value:
        return self.binary("sub", a, b)

    def times(self, a: Value | Scalar, b: Value | Scalar) -> Value:
        return self.binary("mul", a, b)

    def over(self, a: Value | Scalar, b: Value | Scalar) -> Value:
        return self.binary("div", a, b)

    def clip(self, x: Value, low: Value | Scalar | None, high: Value | Scalar | None) -> Value:
        lo, hi = _number(low, -np.inf), _number(high, np.inf)
        if lo is not None and hi is not None and x.dtype.is_float and x.dtype is not DType.F64:
            return self.add("clip", x, lo=lo, hi=hi)
        x = x if low is None else self.binary("maximum", x, low)
        return x if high is None else self.binary("minimum", x, high)

    def where(self, condition: Value, a: Value | Scalar, b: Value | Scalar) -> Value:
        if not isinstance(a, Value):
            assert isinstance(b, Value)
            a = self.like(a, b)
        if not isinstance(b, Value):
            b = self.like(b, a)
        return self.add("select", condition, a, b)

    def cast(self, x: Value, dtype: DType) -> Value:
        return x if x.dtype is dtype else self.add("cast", x, to=dtype)

    # -- shape --------------------------------------------------------------------------------------------------

    def reshape(self, x: Value, shape: Sequence[int]) -> Value:
        """A single -1 stands for what is left."""
        shape = [int(dim) for dim in shape]
        if shape.count(-1) == 1:
            rest = math.prod(dim for dim in shape if dim != -1)
            shape[shape.index(-1)] = x.size // rest if rest else 0
        return x if tuple(shape) == x.shape else self.add("reshape", x, shape=tuple(shape))

    def transpose(self, x: Value, perm: Sequence[int]) -> Value:
        return x if list(perm) == list(range(x.rank)) else self.add("transpose", x, perm=tuple(perm))

    def move(self, x: Value, source: int, target: int) -> Value:
        """One axis moved to another place."""
        perm = [axis for axis in range(x.rank) if axis != source % max(x.rank, 1)]
        perm.insert(target % max(x.rank, 1), source % max(x.rank, 1))
        return self.transpose(x, perm)

    def channels_last(self, x: Value) -> Value:
        """(N, C, spatial...) to (N, spatial..., C)."""
        return self.transpose(x, [0, *range(2, x.rank), 1])

    def channels_first(self, x: Value) -> Value:
        """(N, spatial..., C) to (N, C, spatial...)."""
        return self.transpose(x, [0, x.rank - 1, *range(1, x.rank - 1)])

    def expand_dims(self, x: Value, *axes: int) -> Value:
        """New axes of size 1, counted in the result."""
        rank = x.rank + len(axes)
        places = sorted(axis % rank for axis in axes)
        shape = list(x.shape)
        for place in places:
            shape.insert(place, 1)
        return self.reshape(x, shape)

    def squeeze(self, x: Value, *axes: int) -> Value:
        gone = {axis % x.rank for axis in axes}
        return self.reshape(x, [dim for axis, dim in enumerate(x.shape) if axis not in gone])

    def slice(self, x: Value, axis: int, start: int, stop: int, step: int = 1) -> Value:
        """``x[start:stop:step]`` along one axis, with Python's meaning of the numbers."""
        axis %= x.rank
        first, end, step = slice(start, stop, step).indices(x.shape[axis])
        count = len(range(first, end, step))
        if (first, count, step) == (0, x.shape[axis], 1):
            return x
        begin, steps, sizes = [0] * x.rank, [1] * x.rank, list(x.shape)
        begin[axis], steps[axis], sizes[axis] = first if count else 0, step, count
        return self.add("slice", x, starts=tuple(begin), sizes=tuple(sizes), steps=tuple(steps))

    def at(self, x: Value, axis: int, index: int) -> Value:
        """One index of an axis, which vanishes."""
        axis %= x.rank
        return self.squeeze(self.slice(x, axis, index, index + 1), axis)

    def concat(self, values: Sequence[Value], axis: int) -> Value:
        axis %= values[0].rank
        filled = [value for value in values if value.shape[axis]] or list(values[:1])
        return filled[0] if len(filled) == 1 else self.add("concat", *filled, axis=axis)

    def stack(self, values: Sequence[Value], axis: int) -> Value:
        return self.concat([self.expand_dims(value, axis % (values[0].rank + 1)) for value in values], axis)

    def expand(self, x: Value, shape: Sequence[int]) -> Value:
        """Repeat along axes of size 1, to exactly ``shape``."""
        return x if x.shape == tuple(shape) else self.add("expand", x, shape=tuple(shape))

    def pad(
        self, x: Value, pads: Sequence[tuple[int, int]], value: Value | Scalar = 0, mode: str = "constant"
    ) -> Value:
        """``mode``: constant, reflect, edge, or wrap."""
        if not any(low or high for low, high in pads):
            return x
        border = None if mode != "constant" else value if isinstance(value, Value) else self.like(value, x)
        return self.add("pad", x, border, pads=tuple(map(tuple, pads)), mode=mode)

    def reverse(self, x: Value, axis: int) -> Value:
        return self.add("reverse", x, axes=(axis % x.rank,))

    # -- gather and reduce --------------------------------------------------------------------------------------

    def gather(self, x: Value, indices: Value | Sequence[int], axis: int, wrap: bool = False) -> Value:
        """``wrap`` lets indices count from the end."""
        index = indices if isinstance(indices, Value) else self.ints(list(indices))
        return self.add("gather", x, index, axis=axis % x.rank, wrap=wrap)

    def reduce(self, op: str, x: Value, axes: Sequence[int] | int, keepdims: bool = False) -> Value:
        """``op`` is reduce_sum, reduce_mean, reduce_max, reduce_min or reduce_prod."""
        found = [axes] if isinstance(axes, int) else list(axes)
        return self.add(op, x, axes=tuple(sorted(axis % x.rank for axis in found)), keepdims=keepdims)

    def mean(self, x: Value, axes: Sequence[int], keepdims: bool = True) -> Value:
        return self.reduce("reduce_mean", x, axes, keepdims)

    def sum(self, x: Value, axes: Sequence[int] | int, keepdims: bool = False) -> Value:
        return self.reduce("reduce_sum", x, axes, keepdims)

    def matmul(self, a: Value, b: Value) -> Value:
        """NumPy's ``a @ b``, vectors included."""
        left, right = a.rank == 1, b.rank == 1
        if left:
            a = self.expand_dims(a, 0)
        if right:
            b = self.expand_dims(b, 1)
        y = self.add("matmul", a, b)
        if right:
            y = self.squeeze(y, y.rank - 1)
        return self.squeeze(y, y.rank - (1 if right else 2)) if left else y


def _number(bound: Value | Scalar | None, absent: float) -> float | None:
    """A bound that is known while importing; None for others."""
    if not isinstance(bound, Value):
        return absent if bound is None else float(bound)
    if bound.data is None or bound.size != 1 or bound.dtype is DType.BF16:
        return None
    return float(bound.data.reshape(()))
