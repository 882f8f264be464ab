"""The conformance tests of the ``onnx`` wheel, against ``expected.txt``: one line a test.

``EDGESMITH_UPDATE=1 pytest tests/onnx/test_conformance.py`` rewrites the file, which
may not hold a wrong answer or a crash.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the onnx package")

import conformance
from conformance_engine import run

EXPECTED = Path(__file__).with_name("expected.txt")
LEAST = 1700

# Tests whose stored answer is the rounding noise of the float32 transform that made it, beyond their own tolerance of
# 1e-7: it says 1.9e-7 where the exact answer, and ours, is 0. ``test_the_noise_is_not_ours`` computes both.
NOISE = {"test_dft_inverse", "test_dft_inverse_opset19"}


def _read() -> dict[str, str]:
    return dict(line.split(" ", 1) for line in EXPECTED.read_text().splitlines() if not line.startswith("#"))


def test_onnx_backend() -> None:
    outcomes = {item.name: item for item in conformance.run_all(conformance.cases(), run, jobs=os.cpu_count() or 1)}
    lines = [outcomes[name].line() for name in sorted(outcomes)]
    counts = Counter(item.word for item in outcomes.values())
    print(", ".join(f"{counts[word]} {word}" for word in conformance.WORDS))
    bad = [item.line() for item in outcomes.values() if item.word in ("wrong", "crashed") and item.name not in NOISE]
    assert not bad, "\n".join(bad[:40])
    assert counts["pass"] >= LEAST
    if os.environ.get("EDGESMITH_UPDATE"):
        EXPECTED.write_text("# name, outcome: written by EDGESMITH_UPDATE=1\n" + "\n".join(lines) + "\n")
    lost = [
        outcomes[name].line()
        for name, word in _read().items()
        if word == "pass" and name in outcomes and outcomes[name].word != "pass"
    ]
    assert not lost, f"{len(lost)} tests passed before:\n" + "\n".join(lost[:40])


@pytest.mark.parametrize("name", sorted(NOISE))
def test_the_noise_is_not_ours(name: str) -> None:
    case = next(case for case in conformance.cases() if case.name == name)
    ((inputs, (stored,)),) = case.data_sets()
    x = inputs[0]
    exact = np.fft.ifft(x[..., 0].astype(np.float64) + 1j * x[..., 1], axis=1)
    exact = np.stack([exact.real, exact.imag], -1)
    ours = run(case.model(), inputs)[0]
    differs = ~np.isclose(ours, stored, rtol=case.rtol, atol=case.atol)
    assert differs.any()
    assert (np.abs(ours - exact) < np.abs(stored - exact))[differs].all()
