"""add, sub, mul, ...: two operands, NumPy broadcasting. One family, since members differ by one formula.

The formulas in C are in ``runtime/kernels/binary.c`` (float, by SIMD words) and ``binary_plain.c`` (other types).
Quantized operands are not handled here: see ``quantized_binary.py`` and the pass ``legalize_quantized``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.broadcasting import broadcast, broadcast_strides, collapse, strides
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, TensorType, register
from edgesmith.ops.conversion import limits
from edgesmith.ops.elementwise import Elementwise
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType

FIELDS = """
    in {type} a[span(dims, a_strides)]
    in {type} b[span(dims, b_strides)]
    out {out} y[prod(dims)]
    i32 dims[8] a_strides[8] b_strides[8]
"""
REQUIRE = "a_strides[7] <= 1; b_strides[7] <= 1"


def declare(name: str, file: str, type_: str, out: str, vector: bool) -> None:
    """The kernel of one member for one element type."""
    Kernel(
        name,
        file,
        FIELDS.format(type=type_, out=out),
        require=REQUIRE,
        work="prod(dims)",
        vector=vector,
        parallel=True,
    )


class Binary(Elementwise):
    """``y = f(a, b)``, elementwise with broadcasting; both operands have one type."""

    def __init__(self, member: Member) -> None:
        self.name = member.name  # type: ignore[misc]
        self.native = frozenset(DType(kind) for kind in member.types)  # type: ignore[misc]
        self.bound = member.bound  # type: ignore[misc]
        self.member = member

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        a, b = inputs[0], inputs[1]
        assert a is not None
        assert b is not None
        if a.dtype is not b.dtype:
            raise ModelError(f"operands have types {a.dtype} and {b.dtype}; expected one type")
        out = DType.BOOL if self.member.compares else a.dtype
        return [TensorType(broadcast(a.shape, b.shape), out)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        a, b = inputs
        assert a is not None
        assert b is not None
        if self.bound is EXACT:  # the kernel rounds as NumPy does in the declared type
            a, b = (
                x.astype(value.dtype.numpy, copy=False) for x, value in zip((a, b), node.inputs, strict=True) if value
            )
        with np.errstate(all="ignore"):
            return [np.asarray(self.member.meaning(a, b), bool if self.member.compares else a.dtype)]

    def lower(self, node: Node, lw: Lowering) -> None:
        a, b, y = node.input(0), node.input(1), node.outputs[0]
        walks = (broadcast_strides(a.shape, y.shape), broadcast_strides(b.shape, y.shape), strides(y.shape))
        dims, a_strides, b_strides, _ = collapse(y.shape, *walks)
        lw.emit(f"{self.name}_{a.dtype}", a=a, b=b, y=y, dims=dims, a_strides=a_strides, b_strides=b_strides)

    def cases(self) -> Iterator[Case]:
        shapes = [((5,), (5,)), ((2, 3, 33), (33,)), ((4, 1, 3), (1, 5, 3)), ((7, 19), ()), ((0, 3), (1, 3))]
        for kind in self.member.types:
            low, high = (0, 20) if kind.startswith("u") else (-20, 20) if kind[0] == "i" else (-3, 3)
            if kind == "bool":
                low, high = 0, 1
            for a, b in shapes if kind == "f32" else shapes[1:3]:
                args = [Arg(shape, DType(kind), low=low, high=high) for shape in (a, b)]
                yield Case(args, id=f"{kind}-{a}-{b}".replace(" ", ""))
            if kind != "bool":
                edges = edge_values(DType(kind))
                sides = np.meshgrid(edges, edges, indexing="ij")
                yield Case(
                    [Arg(dtype=DType(kind), data=np.ascontiguousarray(side)) for side in sides], id=f"{kind}-edges"
                )


def edge_values(kind: DType) -> np.ndarray:
    """The numbers of a type where formulas go wrong: its limits, zeros, infinities, NaN, and their neighbours."""
    if kind.is_float:
        tiny, most = (2.0**-126, (2 - 2.0**-23) * 2.0**127) if kind is DType.F32 else (2.0**-1022, sys.float_info.max)
        listed = [0, 0.5, 1, 1.5, 2, 3, 91.3, 97.1, 1e-30, tiny, most, np.inf]  # e^-91.3 is below the normal numbers
        return np.array([*listed, *(-x for x in listed), np.nan], kind.numpy)
    low, high = limits(kind)
    chosen = {low, low + 1, -8, -3, -2, -1, 0, 1, 2, 3, 7, 31, 32, 33, 63, 64, 65, high - 1, high}
    return np.array(sorted(x for x in chosen if x >= low), kind.numpy)


EXACT = Bound(0, 0)


@dataclass(frozen=True)
class Member:
    """A row of the family: name, NumPy meaning, element types that have kernels, bound of the float kernels."""

    name: str
    meaning: Callable[[np.ndarray, np.ndarray], np.ndarray]
    types: tuple[str, ...]
    compares: bool = False
    bound: Bound = EXACT
    plain: bool = False  # float32 without SIMD words too


def divide(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Toward zero for integers, where dividing by 0 gives 0 and the lowest number by -1 gives itself."""
    if a.dtype.kind == "f":
        return np.asarray(a / b)
    quotient = np.where(b == 0, a.dtype.type(0), a // b)
    return np.asarray(quotient + ((np.fmod(a, b) != 0) & ((a < 0) != (b < 0)) & (b != 0)))


def _floor_divide(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """floor(a / b) of the rounded quotient for floats; dividing an integer by 0 gives 0."""
    return np.asarray(np.floor(a / b)) if a.dtype.kind == "f" else np.where(b == 0, a.dtype.type(0), a // b)


def _power(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Integers wrap around; to a negative power they give the fraction rounded toward zero (0, except for 1 and -1)."""
    if a.dtype.kind == "f":
        return np.asarray(np.power(a, b))
    base, left = np.broadcast_arrays(a, b)
    result, square, left = np.ones_like(base), base.copy(), np.maximum(left, 0)
    while left.any():
        result = np.where(left & 1, result * square, result)
        square, left = square * square, left >> 1
    negative = np.where(a == 1, 1, np.where(a.astype(np.int64) == -1, 1 - 2 * (b & 1).astype(np.int64), 0))
    return np.where(b < 0, negative.astype(a.dtype), result)


def _shift(a: np.ndarray, b: np.ndarray, left: bool) -> np.ndarray:
    """A count below 0, or of the width or more, moves every bit out; right shifts of signed numbers keep the sign."""
    bits = a.dtype.itemsize * 8
    out = (b < 0) | (b >= bits)
    count = np.where(out, 0, b).astype(a.dtype)
    if left:
        return np.asarray(np.where(out, a.dtype.type(0), np.left_shift(a, count)))
    all_out = np.right_shift(a, a.dtype.type(bits - 1)) >> a.dtype.type(1)
    return np.asarray(np.where(out, all_out, np.right_shift(a, count)))


FLOATS = ("f32", "f64")
SIGNED = ("i32", "i64")
INTEGERS = (*SIGNED, "u64")
NUMBERS = FLOATS + INTEGERS
ANY = (*NUMBERS, "bool")

MEMBERS = [
    Member("add", lambda a, b: a + b, NUMBERS),
    Member("sub", lambda a, b: a - b, NUMBERS),
    Member("mul", lambda a, b: a * b, NUMBERS),
    Member("div", divide, NUMBERS),
    Member("floor_div", _floor_divide, NUMBERS),
    Member("mod", lambda a, b: np.mod(a, b), NUMBERS, plain=True),  # sign of the divisor
    Member("fmod", lambda a, b: np.fmod(a, b), NUMBERS, plain=True),  # sign of the dividend
    Member("pow", _power, NUMBERS, bound=Bound(2.5e-7, 1e-44)),
    Member("atan2", lambda a, b: np.arctan2(a, b), FLOATS, bound=Bound(5e-7, 1e-44)),
    Member("minimum", lambda a, b: np.minimum(a, b), NUMBERS),  # NaN if either is
    Member("maximum", lambda a, b: np.maximum(a, b), NUMBERS),
    Member("squared_difference", lambda a, b: (a - b) * (a - b), NUMBERS),
    Member("prelu", lambda a, b: np.where(a < 0, a * b, a), FLOATS + SIGNED),
    Member("bitwise_and", lambda a, b: a & b, (*INTEGERS, "bool")),
    Member("bitwise_or", lambda a, b: a | b, (*INTEGERS, "bool")),
    Member("bitwise_xor", lambda a, b: a ^ b, (*INTEGERS, "bool")),
    Member("shift_left", lambda a, b: _shift(a, b, True), INTEGERS),
    Member("shift_right", lambda a, b: _shift(a, b, False), INTEGERS),
    Member("logical_and", lambda a, b: np.logical_and(a, b), ("bool",)),
    Member("logical_or", lambda a, b: np.logical_or(a, b), ("bool",)),
    Member("logical_xor", lambda a, b: np.logical_xor(a, b), ("bool",)),
    Member("equal", lambda a, b: a == b, ANY, compares=True),
    Member("not_equal", lambda a, b: a != b, ANY, compares=True),
    Member("less", lambda a, b: a < b, ANY, compares=True),
    Member("less_equal", lambda a, b: a <= b, ANY, compares=True),
    Member("greater", lambda a, b: a > b, ANY, compares=True),
    Member("greater_equal", lambda a, b: a >= b, ANY, compares=True),
]

for _member in MEMBERS:
    for _type in _member.types:
        _vector = _type == "f32" and not _member.plain
        _out = "bool" if _member.compares else _type
        declare(f"{_member.name}_{_type}", "binary.c" if _vector else "binary_plain.c", _type, _out, _vector)
    register(Binary(_member))
