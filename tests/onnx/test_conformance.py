"""The conformance tests of the ``onnx`` wheel, against ``expected.txt``: one line a test.

``EDGESMITH_UPDATE=1 pytest tests/onnx/test_backend.py`` rewrites the file. It may not hold a wrong answer or a crash.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("onnx", reason="needs the onnx package")

from tests.onnx import backend, engine  # noqa: E402

EXPECTED = Path(__file__).with_name("expected.txt")
LEAST = 1400


def _read() -> dict[str, str]:
    return dict(line.split(" ", 1) for line in EXPECTED.read_text().splitlines() if not line.startswith("#"))


def test_onnx_backend() -> None:
    outcomes = {item.name: item for item in backend.run_all(backend.cases(), engine.run, jobs=os.cpu_count() or 1)}
    lines = [outcomes[name].line() for name in sorted(outcomes)]
    counts = Counter(item.word for item in outcomes.values())
    print(", ".join(f"{counts[word]} {word}" for word in backend.WORDS))
    bad = [line for line in lines if line.split(" ")[1].rstrip(":") in ("wrong", "crashed")]
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
