"""What bench/kernels.py and bench/instructions.py compute from what they measure."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from edgesmith.compiler import compile_graph
from edgesmith.program.file import write
from edgesmith.runtime.library import isas
from edgesmith.runtime.session import Session
from edgesmith.types import DType


@pytest.fixture
def script(root: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> ModuleType:
    monkeypatch.syspath_prepend(str(root / "bench"))
    for name in (
        "kernels",
        "models",
        "instructions",
        "saturation",
        "quantize_ncnn",
    ):  # a folder of tests may bear the name of a script
        monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module(request.param)


@pytest.mark.parametrize("script", ["kernels"], indirect=True)
@pytest.mark.parametrize("dtype", [DType.F32, DType.I8])
def test_every_layer_of_the_kernel_benchmark_runs(script: ModuleType, dtype: DType) -> None:
    kinds = {}
    for layer in script.layers():
        kinds.setdefault(layer.kind, layer)
    assert len(kinds) >= 10
    for layer in kinds.values():
        program = compile_graph(script.graph_of(layer, dtype))
        with Session(write([program])) as session:
            for port in session.inputs:
                port.data[...] = np.ones(port.shape, port.data.dtype)
            session.invoke()
        assert not layer.w or sum(step.macs for step in program.steps) > 0


@pytest.mark.parametrize("script", ["instructions"], indirect=True)
def test_dot_products_are_read_from_their_codes(script: ModuleType) -> None:
    assert script.dot_product(0x4E829420) == "sdot v0.4s, v1.16b, v2.16b"
    assert script.dot_product(0x4F82E020) == "sdot v0.4s, v1.16b, v2.4b[0]"
    assert script.dot_product(0x4FA2E820) == "sdot v0.4s, v1.16b, v2.4b[3]"
    assert script.dot_product(0x4E82A420) == "smmla v0.4s, v1.16b, v2.16b"
    assert script.dot_product(0xD65F03C0) is None


LOG = """----------------
IN: main
0x00001000:  4e829420  .byte    0x20, 0x94, 0x82, 0x4e
0x00001004:  54ffffe1  b.ne     #0x1000

----------------
IN:
0x00002000:  d65f03c0  ret

Trace 0: 0x7f0000000100 [00000000/0000000000001000/00000000/ff000000] main
Trace 0: 0x7f0000000100 [00000000/0000000000001000/00000000/ff000000] main
Trace 0: 0x7f0000000200 [00000000/0000000000002000/00000000/ff000000]
"""


@pytest.mark.parametrize("script", ["instructions"], indirect=True)
def test_a_trace_counts_what_was_executed(script: ModuleType) -> None:
    found = script.Trace(LOG.splitlines())
    assert found.instructions == {"sdot": 2, "b.ne": 2, "ret": 1}
    block, times = found.hottest(script.Trace(LOG.split("Trace")[0].splitlines()))
    assert ([text.split()[0] for _, text in block], times) == (["sdot", "b.ne"], 2)


@pytest.mark.parametrize("script", ["saturation"], indirect=True)
def test_extreme_sums_are_exact_on_every_instruction_set(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, right = script.network()
    path = tmp_path / "saturation.onnx"
    path.write_bytes(model)
    for isa in isas():
        monkeypatch.setenv("EDGE_ISA", isa)
        assert script.answer("edgesmith", str(path)) == right.tolist(), isa


@pytest.mark.parametrize("script", ["quantize_ncnn"], indirect=True)
def test_boxes_of_the_detector_bench(script: ModuleType) -> None:
    scores, sides = np.zeros((1, 100, 80), np.float32), np.zeros((1, 100, 32), np.float32)
    scores[0, [55, 56, 11], [7, 7, 3]] = 0.9, 0.8, 0.6
    sides.reshape(100, 4, 8)[[55, 56, 11], :, 2] = 50  # each side two cells of 32 pixels away
    found = script.candidates([scores, sides])
    first, second = script.best(found)
    assert (first.kind, second.kind) == (7, 3)
    np.testing.assert_allclose(first.corners, [112, 112, 240, 240])  # whose neighbour is one of the same
    assert script.overlap(first, first) == 1
    assert script.overlap(first, second) == 0
    assert len(found) == 3
    assert script.closest(found[1], [second]) == 0
