"""Types without kernels: folding, the interpreter and the compiled program must mean the same by them."""

from __future__ import annotations

import numpy as np
import pytest

from edgesmith.compiler import compile_graph
from edgesmith.ops import Builder, interpret
from edgesmith.ops.conversion import convert
from edgesmith.program.file import write
from edgesmith.runtime.session import Session
from edgesmith.types import DType

NARROW = (DType.F16, DType.BF16, DType.I8, DType.I16, DType.U8, DType.U16, DType.U32)


def operands(kind: DType) -> list[np.ndarray]:
    """Two tensors whose sums, products and quotients round or wrap."""
    numbers = [np.array([100, -7, 3, 127, 1, -128]), np.array([100, 2, -3, -1, 3, 127])]
    wide = [array / 3 if kind.is_float else np.abs(array) if not kind.is_signed else array for array in numbers]
    return [convert(array.astype(np.float64), DType.F64, kind) for array in wide]


@pytest.mark.parametrize("kind", NARROW, ids=str)
@pytest.mark.parametrize("op", ["add", "mul", "div", "less"])
def test_folding_interpreter_and_device_agree(op: str, kind: DType) -> None:
    arrays = operands(kind)
    b = Builder()
    folded = b.add(op, *(b.constant(array, kind) for array in arrays)).data
    inputs = [b.input(f"x{index}", array.shape, kind) for index, array in enumerate(arrays)]
    b.output(b.add(op, *inputs), "y")
    (interpreted,) = interpret(b.graph, arrays)
    with Session(write([compile_graph(b.graph)])) as session:
        (run,) = session.run(*arrays)
    assert folded is not None
    np.testing.assert_array_equal(folded, interpreted)
    np.testing.assert_array_equal(folded, run.view(folded.dtype) if kind is DType.BF16 and op != "less" else run)


def test_narrow_integers_wrap() -> None:
    b = Builder()
    total = b.add("add", b.constant(np.array([127], np.int8)), b.constant(np.array([1], np.int8)))
    assert total.data is not None
    assert total.data.tolist() == [-128]


def test_bfloat16_rounds_once_to_nearest_even() -> None:
    wide = np.array([1 + 2**-8, 1 + 3 * 2**-8, 3.4e38, np.nan], np.float32)
    back = convert(convert(wide, DType.F32, DType.BF16), DType.BF16, DType.F32)
    np.testing.assert_array_equal(back, np.array([1, 1 + 2**-6, np.inf, np.nan], np.float32))


def test_floats_become_integers_by_dropping_the_fraction_within_limits() -> None:
    wide = np.array([1.9, -1.9, 300, -300, np.nan, np.inf, -np.inf])
    assert convert(wide, DType.F64, DType.I8).tolist() == [1, -1, 127, -128, 0, 127, -128]
    assert convert(wide, DType.F64, DType.U8).tolist() == [1, 0, 255, 0, 0, 255, 0]
    assert convert(np.array([2.0**63, -(2.0**63), 1e300]), DType.F64, DType.I64).tolist() == [
        2**63 - 1, -(2**63), 2**63 - 1,
    ]  # fmt: skip
