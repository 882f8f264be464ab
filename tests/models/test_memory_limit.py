"""Real models within limits of memory: the arena keeps to them, and the outputs stay what they are without.

Integers bit for bit, floats within what their kernels may round.
"""

from __future__ import annotations

import pathlib

import numpy as np
import pytest

from edgesmith.compiler import Compiled, compile_model
from edgesmith.errors import ModelError
from edgesmith.lower import fit
from edgesmith.lower.lowering import Weights
from edgesmith.lower.schedule import Scheduler, smallest_program
from edgesmith.program.file import write
from edgesmith.runtime.session import Session
from edgesmith.verify import check_operators, random_inputs

MODELS = [
    "kws_ref_model", "kws_ref_model_float32", "vww_96_int8", "vww_96_float", "pretrainedResnet_quant",
    "pretrainedResnet", "person_detect", "mobilenet_v1_0.25_128_quant", "mobilenet_v2_quantized_1x3x224x224",
    "tf2_mobilenet_v2_1.0_224_ptq", "deeplabv3_mnv2_dm05_pascal_quant", "movenet_single_pose_lightning_ptq",
]  # fmt: skip
# The smallest arena found, in bytes: pinned, so that it does not grow unnoticed.
LEAST = {
    "kws_ref_model": 9_280, "vww_96_int8": 28_032, "pretrainedResnet_quant": 18_112, "person_detect": 15_360,
    "tf2_mobilenet_v2_1.0_224_ptq": 230_000,
}  # fmt: skip
CLOSE = 1.01  # of the least that any plan of the same schedule needs


@pytest.mark.parametrize("name", MODELS)
def test_outputs_are_the_same_within_any_limit(name: str, shared: pathlib.Path) -> None:
    compiled = compile_model(shared / f"models/tflite/{name}.tflite")
    graph, plain = compiled.graph, compiled.program
    assert plain.arena_bytes <= CLOSE * -(-plain.peak_bytes // 64) * 64
    feeds = random_inputs(graph)
    with Session(compiled.to_bytes()) as session:
        want = session.run(*feeds)
    least = smallest_program(graph, Weights(), Scheduler(graph))[0].arena_bytes
    assert least <= LEAST.get(name, plain.arena_bytes)
    for limit in (least, (least + plain.arena_bytes) // 2):
        program = fit(graph, Weights(), limit)
        assert program.arena_bytes <= limit
        assert program.macs <= plain.macs  # no row is computed twice
        for threads in (1, 2):
            with Session(write([program]), threads=threads) as session:
                for have, expected in zip(session.run(*feeds), want, strict=True):
                    where = f"{limit} bytes, {threads} threads"
                    if have.dtype.kind == "f":  # fewer rows may be computed by another kernel
                        np.testing.assert_allclose(have, expected, rtol=1e-4, atol=1e-5, err_msg=where)
                    else:
                        np.testing.assert_array_equal(have, expected, err_msg=where)


def test_mobilenet_v2_runs_in_under_400_kilobytes(shared: pathlib.Path) -> None:
    path = shared / "models/tflite/tf2_mobilenet_v2_1.0_224_ptq.tflite"
    compiled = compile_model(path, memory_limit=400_000)
    assert compiled.program.arena_bytes < 400_000
    assert compiled.program.metadata["memory_limit"]["plain_arena_bytes"] > 1_500_000
    report = check_operators(compiled)
    assert all(check.exact for check in report.checks)
    assert {check.layer for check in report.checks} == {node.label for node in compiled.graph.nodes}
    with pytest.raises(ModelError, match="at least"):
        compile_model(path, memory_limit="100K")
    assert isinstance(compiled, Compiled)
