"""lookup: any function of one quantized number, as a table that the compiler computes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, Operator, TensorType, operator
from edgesmith.ops.quantized import dequantize_array, limits, quantize_array
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType, Quantization

KNOTS = 2049  # of an interpolated i16 table: every 32nd input
SIZES = {256: (DType.I8, DType.U8), 65536: (DType.I16,), KNOTS: (DType.I16,)}
FIELDS = "in {type} x[n]\nconst {type} table[{size}]\nout {type} y[n]\ni32 n"
Kernel("lookup_i8", "lookup.c", FIELDS.format(type="i8", size=256), work="n", parallel=True)
Kernel("lookup_u8", "lookup.c", FIELDS.format(type="u8", size=256), work="n", parallel=True)
Kernel("lookup_i16", "lookup.c", FIELDS.format(type="i16", size=65536), work="n", parallel=True)
Kernel("lookup_i16_knots", "lookup.c", FIELDS.format(type="i16", size=KNOTS), work="n", parallel=True)


def interpolate(table: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Linear between knots 32 apart, rounded half up; all in integers."""
    at = x.astype(np.int32) + 32768
    low, high = table[at >> 5].astype(np.int32), table[(at >> 5) + 1].astype(np.int32)
    result: np.ndarray = low + (((high - low) * (at & 31) + 16) >> 5)
    return result.astype(np.int16)


def make_table(
    function: Callable[[np.ndarray], np.ndarray], source: Quantization, target: Quantization, dtype: DType
) -> np.ndarray:
    """The table of a function of real numbers, between two per-tensor quantizations of one type.

    For i16 there are 2049 knots (4 KB) where interpolation is within one step of the exact value for all 65536
    inputs, and else the exact values (128 KB).
    """
    low, high = limits(dtype)
    every = np.arange(low, high + 1, dtype=np.int64)
    exact = quantize_array(_real(function, every, source), target, dtype)
    if dtype is not DType.I16:
        return exact
    knots = quantize_array(_real(function, np.arange(low, high + 33, 32, dtype=np.int64), source), target, dtype)
    near = interpolate(knots, every)
    return knots if np.abs(near.astype(np.int32) - exact).max() <= 1 else exact


def _real(function: Callable[[np.ndarray], np.ndarray], q: np.ndarray, source: Quantization) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.asarray(function(dequantize_array(q, source)))


@operator
class Lookup(Operator):
    """``y = table[x - lowest]``, for i16 perhaps interpolated (see ``interpolate``). Inputs: x, constant table."""

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
        if table.size == KNOTS:
            return [interpolate(table, x)]
        return [table[x.astype(np.int32) - limits(node.input(0).dtype)[0]]]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, table = node.input(0), node.input(1)
        suffix = "_knots" if table.size == KNOTS else ""
        lw.emit(f"lookup_{x.dtype}{suffix}", x=x, table=table, y=node.outputs[0], n=x.size)

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
