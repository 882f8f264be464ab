"""add, sub, mul, ...: two operands, NumPy broadcasting. One family, since members differ by one formula.

The formulas in C are in ``runtime/kernels/binary.c`` (float, by SIMD words) and ``binary_plain.c`` (other types).
Quantized operands are not handled here: see ``quantized_binary.py`` and the pass ``legalize_quantized``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.broadcasting import broadcast, broadcast_strides, collapse, strides
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, Operator, TensorType, register
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


class Binary(Operator):
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
                low, high = 0, 2
            for a, b in shapes:
                args = [Arg(shape, DType(kind), low=low, high=high) for shape in (a, b)]
                yield Case(args, id=f"{kind}-{a}-{b}".replace(" ", ""))


EXACT = Bound(0, 0)


@dataclass(frozen=True)
class Member:
    """A row of the family: name, NumPy meaning, element types that have kernels, bound of the float kernels."""

    name: str
    meaning: Callable[[np.ndarray, np.ndarray], np.ndarray]
    types: tuple[str, ...]
    compares: bool = False
    bound: Bound = EXACT


FLOATS = ("f32", "f64")
INTEGERS = ("i32", "i64", "u64")


MEMBERS = [
    Member("add", lambda a, b: a + b, FLOATS + INTEGERS),
    Member("sub", lambda a, b: a - b, FLOATS + INTEGERS),
    Member("mul", lambda a, b: a * b, FLOATS + INTEGERS),
]

for _member in MEMBERS:
    for _type in _member.types:
        _vector = _type == "f32"
        _out = "bool" if _member.compares else _type
        declare(f"{_member.name}_{_type}", "binary.c" if _vector else "binary_plain.c", _type, _out, _vector)
    register(Binary(_member))
