"""Every operator, on every case, on every instruction set that this CPU has, with one to three threads."""

from __future__ import annotations

import numpy as np
import pytest
from harness import PATTERNS, add, compare, distinct, prepare

from edgesmith.ops import Case, Operator, load_all
from edgesmith.runtime.library import isas
from edgesmith.runtime.session import Session
from edgesmith.types import DType

CASES = [
    pytest.param(op, case, id=f"{name}/{case.id or index}")
    for name, op in sorted(load_all().items())
    for index, case in enumerate(op.cases())
]


@pytest.mark.parametrize(("op", "case"), CASES)
def test_kernels_equal_the_numpy_meaning(op: Operator, case: Case) -> None:
    for pattern in PATTERNS:
        prepared = prepare(op, case, pattern)
        once: dict[tuple[str, int], bytes] = {}
        for isa in distinct(isas()):
            for threads in (1, 2, 3) if pattern == "random" else (1,):
                with Session(prepared.data, isa=isa, threads=threads) as session:
                    for run in range(2):
                        got = session.run(*prepared.feeds)
                        for index, (have, want) in enumerate(zip(got, prepared.expected, strict=True)):
                            where = (
                                f"{op.name}/{case.id} {pattern} isa={isa} threads={threads} run={run} output={index}"
                            )
                            compare(op, have, want, where, prepared.allowed[index] if prepared.allowed else None)
                            same = once.setdefault((isa, index), have.tobytes()) == have.tobytes()
                            assert same, f"{where}: other bits than with one thread"


def test_no_operator_is_without_cases() -> None:
    assert {name for name, op in load_all().items() if not list(op.cases())} == set()


def test_every_kernel_is_reached_by_a_case() -> None:
    from edgesmith.program.kernel import REGISTRY

    reached: set[str] = set()
    for op in load_all().values():
        for case in op.cases():
            from edgesmith.compiler import compile_graph
            from edgesmith.ops import Builder

            builder = Builder(op.name)
            inputs = []
            for index, arg in enumerate(case.args):
                if arg is None:
                    inputs.append(None)
                elif arg.constant:
                    shape = arg.shape if arg.data is None else arg.data.shape
                    data = np.ones(shape, arg.dtype.numpy) if arg.data is None else arg.data
                    if arg.data is None and arg.dtype is DType.F32:  # no two outputs of a layer are equal
                        data = np.random.default_rng(1).uniform(0.9, 1.1, shape).astype(np.float32)
                    inputs.append(builder.constant(data, arg.dtype, arg.quant))
                else:
                    shape = arg.shape if arg.data is None else arg.data.shape
                    inputs.append(builder.input(f"x{index}", shape, arg.dtype, arg.quant))
            add(builder, op, case, inputs)
            reached |= {step.kernel for step in compile_graph(builder.graph).steps}
    assert set(REGISTRY) - reached - {"copy_bytes"} == set()
