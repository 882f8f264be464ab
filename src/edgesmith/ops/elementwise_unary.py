"""abs, exp, sin, ...: one operand, one result an element. One family, since members differ by one formula.

The formulas in C are in ``runtime/kernels/unary.c`` (float32, by SIMD words) and ``unary_plain.c`` (other types).
Activation functions, which have parameters, are in ``activations.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, TensorType, register
from edgesmith.ops.conversion import limits
from edgesmith.ops.elementwise import Elementwise
from edgesmith.ops.elementwise_binary import EXACT, FLOATS, INTEGERS, NUMBERS, edge_values
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType

Meaning = Callable[..., np.ndarray]


@dataclass(frozen=True)
class Member:
    """A row of the family.

    ``bound`` is that of the float kernels, from the errors that ``kernels/math.h`` states, in units in the last place.
    ``attributes`` are passed to the meaning by name, and to the kernels as numbers of the element type; ``flags`` are
    attributes that are true or false instead.
    """

    name: str
    meaning: Meaning
    types: tuple[str, ...] = FLOATS
    bound: Bound = EXACT
    attributes: Attrs = field(default_factory=dict)
    flags: Attrs = field(default_factory=dict)
    out: str = ""
    low: float = -4.0
    tried: tuple[Attrs, ...] = ({},)


def ulps(count: float) -> Bound:
    """A bound in units in the last place of float32, denormal results included."""
    return Bound(count * 2.0**-23, count * 2.0**-149)


class Unary(Elementwise):
    """``y = f(x)``, elementwise."""

    def __init__(self, member: Member) -> None:
        self.name = member.name  # type: ignore[misc]
        self.attributes = {**member.attributes, **member.flags}  # type: ignore[misc]
        self.native = frozenset(DType(kind) for kind in member.types)  # type: ignore[misc]
        self.bound = member.bound  # type: ignore[misc]
        self.member = member

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        for name in self.member.attributes:
            if math.isnan(attrs[name]):
                raise ModelError(f"attribute '{name}' is not a number")
        return [TensorType(x.shape, DType(self.member.out) if self.member.out else x.dtype)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x = inputs[0]
        assert x is not None
        if self.bound is EXACT:  # the kernel rounds as NumPy does in the declared type
            x = x.astype(node.input(0).dtype.numpy, copy=False)
        numbers = {name: as_number(node.attrs[name], DType.of(x)) for name in self.member.attributes}
        flags = {name: bool(node.attrs[name]) for name in self.member.flags}
        with np.errstate(all="ignore"):
            y = self.member.meaning(x, **{name: x.dtype.type(number) for name, number in numbers.items()}, **flags)
        return [np.asarray(y, bool if self.member.out else x.dtype)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, y = node.input(0), node.outputs[0]
        numbers = {name: as_number(node.attrs[name], x.dtype) for name in self.member.attributes}
        if x.dtype is DType.U64:  # passed as the signed number of the same bits
            numbers = {name: int(np.uint64(number).astype(np.int64)) for name, number in numbers.items()}
        flags = {name: int(bool(node.attrs[name])) for name in self.member.flags}
        lw.emit(f"{self.name}_{x.dtype}", x=x, y=y, n=x.size, **numbers, **flags)

    def cases(self) -> Iterator[Case]:
        for kind in self.member.types:
            dtype = DType(kind)
            for index, attrs in enumerate(self.member.tried):
                low = 0.0 if kind in ("u64", "bool") else self.member.low
                for shape in [(3, 5, 67), (0, 3), ()] if kind == "f32" and index == 0 else [(3, 7)]:
                    yield Case([Arg(shape, dtype, low=low)], attrs, id=f"{kind}-{shape}-{index}".replace(" ", ""))
                if kind != "bool":
                    yield Case([Arg(dtype=dtype, data=edge_values(dtype))], attrs, id=f"{kind}-edges-{index}")


def as_number(value: Any, dtype: DType) -> Any:
    """An attribute as a number of an element type: rounded for floats, limited to the range for integers."""
    if dtype.is_float:
        with np.errstate(over="ignore"):
            return float(np.float32(value)) if dtype is DType.F32 else float(value)
    low, high = limits(dtype)
    if isinstance(value, float):
        value = high if value >= float(high) else low if value <= float(low) else math.ceil(value)
    return min(max(int(value), low), high)


def declare(member: Member, file: str) -> None:
    """The kernels of a member, one for each element type; ``file`` holds the vector one, ``*_plain`` the others."""
    for kind in member.types:
        number = {"f32": "f32", "f64": "f64"}.get(kind, "s64")
        fields = [f"in {kind} x[n]", f"out {member.out or kind} y[n]", "i32 n"]
        fields += [f"{number} {name}" for name in member.attributes] + [f"i32 {name}" for name in member.flags]
        vector = kind == "f32"
        path = f"{file}.c" if vector else f"{file}_plain.c"
        Kernel(f"{member.name}_{kind}", path, "\n".join(fields), work="n", vector=vector, parallel=True)
    register(Unary(member))


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + e^-x), without overflow."""
    e = np.exp(-np.abs(x))
    return np.asarray(np.where(x < 0, e, 1) / (1 + e))


def erf(x: np.ndarray) -> np.ndarray:
    """The error function; NumPy has none, so element by element."""
    return np.fromiter(map(math.erf, x.ravel().tolist()), np.float64, x.size).reshape(x.shape)


def _isinf(x: np.ndarray, negative: bool, positive: bool) -> np.ndarray:
    return np.isposinf(x) & positive | np.isneginf(x) & negative


MEMBERS = [
    Member("abs", np.abs, NUMBERS),
    Member("neg", np.negative, NUMBERS),
    Member("sign", np.sign, NUMBERS),
    Member("square", np.square, NUMBERS),
    Member("floor", np.floor),
    Member("ceil", np.ceil),
    Member("round", np.rint),  # ties to even
    Member("trunc", np.trunc),
    Member("sqrt", np.sqrt),
    Member("rsqrt", lambda x: 1 / np.sqrt(x)),
    Member("reciprocal", lambda x: 1 / x),
    Member("exp", np.exp, bound=ulps(1.5)),
    Member("expm1", np.expm1, bound=ulps(2)),
    Member("log", np.log, bound=ulps(1.5), low=0.01),
    Member("log1p", np.log1p, bound=ulps(2.5), low=-0.99),
    Member("sin", np.sin, bound=ulps(1.5)),
    Member("cos", np.cos, bound=ulps(1.5)),
    Member("tan", np.tan, bound=ulps(3.5)),
    Member("asin", np.arcsin, bound=ulps(2)),
    Member("acos", np.arccos, bound=ulps(2)),
    Member("atan", np.arctan, bound=ulps(2)),
    Member("sinh", np.sinh, bound=ulps(2.5)),
    Member("cosh", np.cosh, bound=ulps(2.5)),
    Member("tanh", np.tanh, bound=ulps(2)),
    Member("asinh", np.arcsinh, bound=ulps(3.5)),
    Member("acosh", np.arccosh, bound=ulps(3.5)),
    Member("atanh", np.arctanh, bound=ulps(3.5)),
    Member("erf", erf, bound=ulps(2)),
    Member("sigmoid", sigmoid, bound=ulps(2.5)),
    Member("isnan", np.isnan, out="bool"),
    Member(
        "isinf",
        _isinf,
        flags={"negative": True, "positive": True},
        out="bool",
        tried=({}, {"negative": False}, {"positive": False}),
    ),
    Member("logical_not", np.logical_not, ("bool",)),
    Member("bitwise_not", np.invert, (*INTEGERS, "bool")),
]

for _member in MEMBERS:
    declare(_member, "unary")
