"""cast, between any two element types, and bitcast, which keeps the bits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, Operator, TensorType, operator
from edgesmith.ops.conversion import convert, limits
from edgesmith.ops.elementwise import Elementwise
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType

# The kernel's numbers of the types, in order of size.
NAMES = ("bool", "i8", "u8", "i16", "u16", "f16", "bf16", "i32", "u32", "f32", "i64", "u64", "f64")
ORDER = [DType(name) for name in NAMES]
SIZE = "(1 if {0} < 3 else 2 if {0} < 7 else 4 if {0} < 10 else 8)"

Kernel(
    "cast",
    "cast.c",
    f"""
    in bytes x[n * {SIZE.format("source")}]
    out bytes y[n * {SIZE.format("target")}]
    i32 n source target
    """,
    require="source < 13; target < 13",
    work="n",
    parallel=True,
)
for _half in ("f16", "bf16"):  # the way back of what was stored in 16 bits
    Kernel(
        f"widen_{_half}",
        "widen.c",
        f"in {_half} x[n]\nout f32 y[n]\ni32 n",
        work="n",
        vector=True,
        parallel=True,
    )


@operator
class Cast(Elementwise):
    """Convert to the element type ``to``; see ``conversion.py`` for the rules."""

    name = "cast"
    attributes = {"to": ...}
    widens = False
    bound = Bound(0, 0)

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        assert inputs[0] is not None
        return [TensorType(inputs[0].shape, DType(attrs["to"]))]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        assert inputs[0] is not None
        kind = node.input(0).dtype
        array = inputs[0] if kind is DType.BF16 else inputs[0].astype(kind.numpy, copy=False)
        return [convert(array, kind, DType(node.attrs["to"]))]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, y = node.input(0), node.outputs[0]
        if x.dtype is y.dtype:
            lw.alias(y, lw.ref(x))
            return
        if x.dtype.value in ("f16", "bf16") and y.dtype is DType.F32:
            lw.emit(f"widen_{x.dtype}", x=x, y=y, n=x.size)
            return
        lw.emit("cast", x=x, y=y, n=x.size, source=ORDER.index(x.dtype), target=ORDER.index(y.dtype))

    def cases(self) -> Iterator[Case]:
        for source in ORDER:
            for target in ORDER:
                data = _telling(source)
                yield Case([Arg(data.shape, source, data=data)], {"to": target}, id=f"{source}-{target}")
        yield Case([Arg((0, 3), DType.F32)], {"to": DType.I32}, id="empty")
        yield Case([Arg((3, 167), DType.F32, low=-200, high=200)], {"to": DType.I8}, id="many")


def _telling(kind: DType) -> np.ndarray:
    """Values of a type that tell rules apart: limits, ties, denormals, infinities and NaN."""
    if kind is DType.BOOL:
        return np.array([False, True])
    if kind.is_float:
        whole = [0, 1, 127, 128, 255, 256, 32768, 65519, 65520, 2**31, 2**32, 2.0**63, 2.0**64, 1e30]
        small = [0.5, 0.999, 1.5, 2.5, 1 + 2**-9, 1 + 2**-8 + 2**-9, 1.00048828125, 1.00146484375]
        tiny = [6.1e-5, 6e-8, 3e-8, 2.9e-8, 1e-40, 1e-300]
        listed = [*whole, *small, *tiny, np.inf]
        with np.errstate(all="ignore"):
            wide = np.array([*listed, *(-x for x in listed), np.nan])
            return convert(wide, DType.F64, kind)
    low, high = limits(kind)
    picked = {low, high, high - 1, 0, 1, -1, 65519, 65520, 2**24 + 1, 2**24 + 3, 257, 385}
    return np.array(sorted(x for x in picked if low <= x <= high), kind.numpy)


@operator
class Bitcast(Operator):
    """The same bytes as type ``to``. Between sizes the last axis is split or joined, as in TensorFlow's bitcast."""

    name = "bitcast"
    attributes = {"to": ...}
    widens = False

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x, to = inputs[0], DType(attrs["to"])
        assert x is not None
        if to is DType.BOOL:
            raise ModelError("bitcast to bool is not possible: not every byte is one")
        if to.bytes < x.dtype.bytes:
            return [TensorType((*x.shape, x.dtype.bytes // to.bytes), to)]
        if to.bytes > x.dtype.bytes:
            ratio = to.bytes // x.dtype.bytes
            if not x.shape or x.shape[-1] != ratio:
                raise ModelError(f"bitcast from {x.dtype} to {to} needs a last axis of {ratio}, found shape {x.shape}")
            return [TensorType(x.shape[:-1], to)]
        return [TensorType(x.shape, to)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        assert inputs[0] is not None
        y = node.outputs[0]
        data = inputs[0].astype(node.input(0).dtype.numpy, copy=False)
        return [np.frombuffer(data.tobytes(), y.dtype.numpy).reshape(y.shape)]

    def lower(self, node: Node, lw: Lowering) -> None:
        lw.alias(node.outputs[0], lw.ref(node.input(0)))

    def cases(self) -> Iterator[Case]:
        yield Case([Arg((2, 3))], {"to": DType.I32}, id="same-size")
        yield Case([Arg((2, 3), DType.I32)], {"to": DType.U8}, id="split")
        yield Case([Arg((3, 2), DType.I16)], {"to": DType.U32}, id="join")
