"""Real models in sanitized C, all on the widest instruction set and small ones on every one; and between guards."""

from __future__ import annotations

import pathlib

import native
import numpy as np
import pytest
from compilers import command, run
from harness import Prepared
from models.inputs import real_inputs
from runtime.test_cases import PROGRAM, Bundle, isas_of, outputs, write

from edgesmith.compiler import compile_model
from edgesmith.model import load
from edgesmith.ops import get
from edgesmith.runtime.session import Session

SMALL = 1_500_000  # bytes of file; the narrower sets run smaller models only: minutes otherwise


@pytest.fixture(scope="module")
def bundle(shared: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Every .tflite model with real input, and what the plain library answers to it."""
    cases = []
    for path in sorted((shared / "models/tflite").glob("*.tflite")):
        model = load(path)
        compiled = compile_model(model)
        feeds = next(real_inputs(path.stem, model.inputs, shared, 1))
        data = compiled.to_bytes()
        with Session(data) as session:
            expected = [np.array(array) for array in session.run(*feeds)]
        cases.append((path.stem, get("add"), Prepared(compiled.graphs[0], feeds, expected, data)))
    return write(tmp_path_factory.mktemp("models") / "all", cases)


def test_models_in_sanitized_c(bundle: Bundle, tmp_path: pathlib.Path) -> None:
    """No report of an address, a leak or undefined behaviour, and integers are those of the plain build."""
    command("cc")
    program = native.build(program=PROGRAM, strict=True, sanitize="address,undefined")
    small = write(tmp_path / "small", [case for case in bundle.cases if len(case[2].data) < SMALL])
    isas = isas_of(bundle, [program])
    for isa, threads in [*((isa, 1) for isa in isas), (isas[-1], 3)]:
        chosen = bundle if isa == isas[-1] else small
        run([program, chosen.path, "run", isa, threads, tmp_path / "out"])
        for where, _, got, want, _ in outputs(chosen, tmp_path / "out"):
            if want.dtype.kind == "f":
                np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-4, err_msg=f"{where} {isa}")
            else:
                np.testing.assert_array_equal(got, want, err_msg=f"{where} {isa}")


def test_models_starved_of_memory(bundle: Bundle) -> None:
    """Whichever allocation fails, loading a model is an error that leaves nothing behind."""
    run([native.build(program=PROGRAM, strict=True), bundle.path, "starve"])


def test_no_model_leaves_its_buffers(bundle: Bundle) -> None:
    """Each step's buffers end, then begin, at an unmapped page."""
    program = native.build(program=PROGRAM, strict=True)
    run([program, bundle.path, "guard", isas_of(bundle, [program])[-1]])
