"""lookup: any function of one quantized number, as a table that the compiler computes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, TensorType, operator
from edgesmith.ops.conversion import limits
from edgesmith.ops.elementwise import Elementwise
from edgesmith.ops.quantized import dequantize_array, quantize_array
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType, Quantization

STEPS = (32, 16, 8, 4, 2, 1)  # between the knots of an i16 table
SIZES = {256: (DType.I8, DType.U8), **{65536 // step + 1: (DType.I16,) for step in STEPS}}
FIELDS = "in {type} x[n]\nconst {type} table[{size}]\nout {type} y[n]\ni32 n"
Kernel(
    "lookup_i8", "lookup.c", FIELDS.format(type="i8", size=256), work="n", vector=True, byte_table=True, parallel=True
)
Kernel(
    "lookup_u8", "lookup.c", FIELDS.format(type="u8", size=256), work="n", vector=True, byte_table=True, parallel=True
)
Kernel(
    "lookup_i16",
    "lookup_i16.c",
    FIELDS.format(type="i16", size="65536 // step + 1") + " step",
    require=" or ".join(f"step == {step}" for step in STEPS),
    work="n",
    parallel=True,
)


def interpolate(table: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Between the knots of an i16 table, rounded half up; all in integers."""
    step = 65536 // (table.size - 1)
    at = x.astype(np.int32) + 32768
    low, high = table[at // step].astype(np.int32), table[at // step + 1].astype(np.int32)
    result: np.ndarray = low + ((high - low) * (at % step) + step // 2) // step
    return result.astype(np.int16)


def make_table(
    function: Callable[[np.ndarray], np.ndarray], source: Quantization, target: Quantization, dtype: DType
) -> np.ndarray:
    """The table of a function of real numbers, between two per-tensor quantizations of one type.

    For i16 the knots are as far apart as leaves interpolation within one step of the exact value for all 65536 inputs:
    4 KB for smooth functions, and 128 KB for those that need every value.
    """
    low, high = limits(dtype)
    if dtype is not DType.I16:
        return quantize_array(_real(function, np.arange(low, high + 1, dtype=np.int64), source), target, dtype)
    every = quantize_array(_real(function, np.arange(low, high + 33, dtype=np.int64), source), target, dtype)
    exact = every[:65536].astype(np.int32)
    for step in STEPS:
        knots = every[: 65536 + step : step]
        if np.abs(interpolate(knots, np.arange(low, high + 1)) - exact).max() <= 1:
            return np.ascontiguousarray(knots)
    raise AssertionError("a table with every value is exact")


def _real(function: Callable[[np.ndarray], np.ndarray], q: np.ndarray, source: Quantization) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.asarray(function(dequantize_array(q, source)))


@operator
class Lookup(Elementwise):
    """``y = table[x - lowest]``; for i16 between knots, whose number says how far apart they are (``interpolate``).

    Inputs: x, constant table.
    """

    name = "lookup"
    widens = False

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x, table = inputs[0], inputs[1]
        assert x is not None
        assert table is not None
        if table.dtype is not x.dtype or x.dtype not in SIZES.get(table.size, ()):
            raise ModelError(f"a table of {table.size} {table.dtype} does not fit inputs of type {x.dtype}")
        return [TensorType(x.shape, x.dtype)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, table = inputs
        assert x is not None
        assert table is not None
        if node.input(0).dtype is DType.I16:
            return [interpolate(table, x)]
        return [table[x.astype(np.int32) - limits(node.input(0).dtype)[0]]]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, table = node.input(0), node.input(1)
        step = {"step": 65536 // (table.size - 1)} if x.dtype is DType.I16 else {}
        lw.emit(f"lookup_{x.dtype}", x=x, table=table, y=node.outputs[0], n=x.size, **step)

    def cases(self) -> Iterator[Case]:
        rng = np.random.default_rng(1)
        for size, kinds in SIZES.items():
            for kind in kinds:
                low, high = limits(kind)
                table = rng.integers(low, high, size, endpoint=True).astype(kind.numpy)
                for shape in ((7, 33), (), (0, 2)):
                    yield Case(
                        [Arg(shape, kind, low=low, high=high), Arg(data=table, dtype=kind, constant=True)],
                        id=f"{kind}-{size}-{shape}".replace(" ", ""),
                    )
