"""add_q, mul_q, less_q, ...: two quantized operands (i8 or i16, one scale each), NumPy broadcasting.

One family, since members differ by one formula. Sums of i8 are integer arithmetic, see ``QuantizedSum``; all else so:
With A = float32(a - zero_a), B likewise, and three multipliers that
each member defines from the scales, a member is a real number in steps of the output, which is then rounded to nearest
even, moved by the zero point and clamped to ``lo..hi`` (an activation's range). Comparisons compare real numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.broadcasting import broadcast, broadcast_strides, collapse, strides
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, TensorType, register
from edgesmith.ops.conversion import limits
from edgesmith.ops.elementwise import Elementwise
from edgesmith.ops.quantized import centred, need_per_tensor, settle
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType, Quantization

F = np.float32
Scales = tuple[np.float32, np.float32, np.float32]  # of a, b and y; y's is 1 for comparisons
FIELDS = """
    in {type} a[span(dims, a_strides)]
    in {type} b[span(dims, b_strides)]
    out {out} y[prod(dims)]
    i32 dims[8] a_strides[8] b_strides[8]
    s32 zero_a zero_b zero_y lo hi
    f32 m_a m_b m_y
"""
REQUIRE = "; ".join(
    ["a_strides[7] <= 1", "b_strides[7] <= 1"]
    + [f"{zero} >= -65536; {zero} <= 65536" for zero in ("zero_a", "zero_b", "zero_y")]
)


@dataclass(frozen=True)
class Member:
    """A row of the family: name, multipliers (m_a, m_b, m_y) from the scales, and the formula over A, B and them."""

    name: str
    multipliers: Callable[[np.float32, np.float32, np.float32], Scales]
    formula: Callable[[np.ndarray, np.ndarray, Scales], np.ndarray]
    compares: bool = False


def _steps(a: np.float32, b: np.float32, y: np.float32) -> Scales:
    return F(a / y), F(b / y), F(1)


def _product(a: np.float32, b: np.float32, y: np.float32) -> Scales:
    return F(a / y), F(1), F(F(a * b) / y)


def _reals(a: np.float32, b: np.float32, y: np.float32) -> Scales:
    return a, b, F(F(1) / y)


def _quotient(a: np.float32, b: np.float32, y: np.float32) -> Scales:
    return F(1), F(1), F(F(a / b) / y)


def _compared(a: np.float32, b: np.float32, y: np.float32) -> Scales:
    return a, b, F(1)


def _squared_difference(a: np.ndarray, b: np.ndarray, m: Scales) -> np.ndarray:
    d = a * m[0] - b * m[1]
    return (d * d) * m[2]


MEMBERS = [
    Member("add_q", _steps, lambda a, b, m: a * m[0] + b * m[1]),
    Member("sub_q", _steps, lambda a, b, m: a * m[0] - b * m[1]),
    Member("minimum_q", _steps, lambda a, b, m: np.where(a * m[0] < b * m[1], a * m[0], b * m[1])),
    Member("maximum_q", _steps, lambda a, b, m: np.where(a * m[0] > b * m[1], a * m[0], b * m[1])),
    Member("mul_q", _product, lambda a, b, m: (a * b) * m[2]),
    Member("prelu_q", _product, lambda a, b, m: np.where(a < 0, (a * b) * m[2], a * m[0])),
    Member("div_q", _quotient, lambda a, b, m: (a / b) * m[2]),
    Member("squared_difference_q", _reals, _squared_difference),
    Member("equal_q", _compared, lambda a, b, m: a * m[0] == b * m[1], True),
    Member("not_equal_q", _compared, lambda a, b, m: a * m[0] != b * m[1], True),
    Member("less_q", _compared, lambda a, b, m: a * m[0] < b * m[1], True),
    Member("less_equal_q", _compared, lambda a, b, m: a * m[0] <= b * m[1], True),
    Member("greater_q", _compared, lambda a, b, m: a * m[0] > b * m[1], True),
    Member("greater_equal_q", _compared, lambda a, b, m: a * m[0] >= b * m[1], True),
]
TYPES = (DType.I8, DType.I16)


class QuantizedBinary(Elementwise):
    """``y = clamp(round_half_even(formula(A, B)) + zero_y, lo, hi)``; ``lo`` and ``hi`` default to the type's range."""

    attributes = {"lo": None, "hi": None}
    native = frozenset((*TYPES, DType.BOOL))
    widens = False

    def __init__(self, member: Member) -> None:
        self.name = member.name  # type: ignore[misc]
        self.member = member

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        a, b = inputs[0], inputs[1]
        assert a is not None
        assert b is not None
        if a.dtype is not b.dtype or a.dtype not in TYPES:
            raise ModelError(f"operands have types {a.dtype} and {b.dtype}; expected i8 or i16, both the same")
        for value in (a, b):
            need_per_tensor(value, self.name)
        return [TensorType(broadcast(a.shape, b.shape), DType.BOOL if self.member.compares else a.dtype)]

    def _parameters(self, node: Node) -> tuple[Scales, int, int, int]:
        """Multipliers, zero point of the output, and the range to clamp to."""
        a, b = (need_per_tensor(node.input(i), self.name) for i in range(2))
        with np.errstate(all="ignore"):
            if self.member.compares:
                return self.member.multipliers(a.scale0, b.scale0, F(1)), 0, 0, 1
            y = need_per_tensor(node.outputs[0], self.name)
            low, high = limits(node.outputs[0].dtype)
            lo, hi = node.attrs["lo"], node.attrs["hi"]
            scales = self.member.multipliers(a.scale0, b.scale0, y.scale0)
            return scales, y.zero0, low if lo is None else max(lo, low), high if hi is None else min(hi, high)

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        a, b = inputs
        assert a is not None
        assert b is not None
        scales, zero, lo, hi = self._parameters(node)
        quants = [need_per_tensor(node.input(i), self.name) for i in range(2)]
        with np.errstate(all="ignore"):
            real = self.member.formula(centred(a, quants[0]), centred(b, quants[1]), scales)
        if self.member.compares:
            return [real]
        return [settle(real, zero, lo, hi).astype(a.dtype)]

    def lower(self, node: Node, lw: Lowering) -> None:
        a, b, y = node.input(0), node.input(1), node.outputs[0]
        walks = (broadcast_strides(a.shape, y.shape), broadcast_strides(b.shape, y.shape), strides(y.shape))
        dims, a_strides, b_strides, _ = collapse(y.shape, *walks)
        _, zero, lo, hi = self._parameters(node)
        zeros = {
            "zero_a": need_per_tensor(a, self.name).zero0,
            "zero_b": need_per_tensor(b, self.name).zero0,
            "zero_y": zero,
        }
        walk = {"dims": dims, "a_strides": a_strides, "b_strides": b_strides}
        lw.emit(f"{self.name}_{a.dtype}", a=a, b=b, y=y, **walk, **zeros, lo=lo, hi=hi, **self._numbers(node))

    def _numbers(self, node: Node) -> dict[str, int | np.float32]:
        """The multipliers as the kernel's fields."""
        return dict(zip(("m_a", "m_b", "m_y"), self._parameters(node)[0], strict=True))

    def cases(self) -> Iterator[Case]:
        first = {DType.I8: Quantization.make(0.031, -7), DType.I16: Quantization.make(0.00021, 0)}
        second = {DType.I8: Quantization.make(0.019, 12), DType.I16: Quantization.make(0.00017, 3)}
        third = {DType.I8: Quantization.make(0.043, 5), DType.I16: Quantization.make(0.0004, -2)}
        shapes = [
            ((5,), (5,)),
            ((2, 3, 33), (33,)),
            ((4, 1, 3), (1, 5, 3)),
            ((7, 19), ()),
            ((), (3, 2)),
            ((0, 3), (3,)),
        ]
        gates = [((2, 37, 33), (2, 1, 33)), ((1, 1, 40), (9, 40)), ((8, 144), (144,)), ((70, 9), (9,))]
        for kind in TYPES:
            out = [] if self.member.compares else [third[kind]]
            for a, b in shapes + (gates if self.member.name == "mul_q" and kind is DType.I8 else []):
                args = [Arg(a, kind, first[kind]), Arg(b, kind, second[kind])]
                yield Case(args, {}, out, f"{kind}-{a}-{b}".replace(" ", ""))
            args = [Arg((9, 9), kind, first[kind]), Arg((9, 9), kind, first[kind])]
            attrs = {} if self.member.compares else {"lo": -20, "hi": 90}
            yield Case(args, attrs, out, f"{kind}-same-range")


class QuantizedSum(QuantizedBinary):
    """``add_q`` and ``sub_q``. In i8: ``clamp((A * k_a + B * k_b + half) >> shift) + zero_y``, halves up, in int32.

    The integers k are the multipliers in steps of ``2^-shift``, the larger with 21 bits. That is how XNNPACK adds, bit
    for bit, so that a network with residuals gives what LiteRT gives. i16 is like the other members.
    """

    def _fixed(self, node: Node) -> tuple[int, int, int]:
        """k_a, k_b and shift. Ratios above 2^18 saturate whatever they multiply."""
        (m_a, m_b, _), _, _, _ = self._parameters(node)
        most = 2.0**18
        ratios = [min(float(m), most) for m in (m_a, m_b)]
        shift = min(20 - (math.frexp(max(*ratios))[1] - 1), 30)
        k_a, k_b = (int(np.rint(ratio * 2.0**shift)) for ratio in ratios)
        return k_a, -k_b if self.name == "sub_q" else k_b, shift

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        a, b = inputs
        assert a is not None
        assert b is not None
        if a.dtype != np.int8:
            return super().compute(node, inputs)
        _, zero, lo, hi = self._parameters(node)
        k_a, k_b, shift = self._fixed(node)
        zeros = [need_per_tensor(node.input(i), self.name).zero0 for i in range(2)]
        total = (a.astype(np.int64) - zeros[0]) * k_a + (b.astype(np.int64) - zeros[1]) * k_b
        return [np.clip(((total + (1 << (shift - 1))) >> shift) + zero, lo, hi).astype(np.int8)]

    def _numbers(self, node: Node) -> dict[str, int | np.float32]:
        if node.input(0).dtype is not DType.I8:
            return super()._numbers(node)
        k_a, k_b, shift = self._fixed(node)
        return {"k_a": k_a, "k_b": k_b, "shift": shift}


SUMS = ("add_q", "sub_q")
for _member in MEMBERS:
    for _type in TYPES:
        _fields = FIELDS.format(type=_type, out="bool" if _member.compares else _type)
        _require = REQUIRE if _member.compares else f"{REQUIRE}; lo >= -32768; hi <= 32767"
        if _member.name in SUMS and _type is DType.I8:
            _fields = _fields.replace("f32 m_a m_b m_y", "s32 k_a k_b shift")
            _require += "; shift >= 1; shift <= 30"
        _gated = _member.name == "mul_q" and _type is DType.I8
        Kernel(
            f"{_member.name}_{_type}",
            "mul_q_i8.c" if _gated else "binary_q.c",
            _fields,
            require=_require,
            work="prod(dims)",
            vector=True,
            byte_dot=_gated,
            parallel=True,
        )
    register(QuantizedSum(_member) if _member.name in SUMS else QuantizedBinary(_member))
