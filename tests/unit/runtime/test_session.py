"""``Session`` and ``Model``: arrays in, arrays out, and errors that say which input was wrong."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import edgesmith as es
from edgesmith.compiler import compile_graph
from edgesmith.ops import Builder
from edgesmith.program.file import write
from edgesmith.types import DType

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def data() -> bytes:
    b = Builder("sum")
    x = b.input("x", (2, 3), DType.F32)
    y = b.input("y", (3,), DType.F32)
    b.output(b.add("add", x, y), "total")
    b.output(b.add("mul", x, x), "square")
    return write([compile_graph(b.graph)])


def test_outputs_are_copies_unless_asked_otherwise(data: bytes) -> None:
    session = es.Session(data)
    x, y = np.ones((2, 3), np.float32), np.arange(3, dtype=np.float32)
    first = session.run(x, y)
    views = session.run(x, y, copy=False)
    session.run(x * 5, y)
    np.testing.assert_array_equal(first[0], x + y)
    np.testing.assert_array_equal(views[1], x * 25)
    out = [np.empty((2, 3), np.float32), np.empty((2, 3), np.float32)]
    assert session.run(x, y, out=out)[0] is out[0]
    np.testing.assert_array_equal(out[0], x + y)
    assert list(session.run_named({"y": y, "x": x})) == ["total", "square"]


def test_misuse_names_the_input(data: bytes) -> None:
    session = es.Session(data)
    x, y = np.ones((2, 3), np.float32), np.arange(3, dtype=np.float32)
    with pytest.raises(es.UsageError, match="'y' f32"):
        session.run(x)
    with pytest.raises(es.UsageError, match=r"'x' has shape \(2, 3\)"):
        session.run(x.T, y)
    with pytest.raises(es.UsageError, match="'x' is float32"):
        session.run(x.astype(np.float64), y)
    with pytest.raises(es.UsageError, match="'total'"):
        session.run(x, y, out=[np.empty((3, 3), np.float32), np.empty((2, 3), np.float32)])
    with pytest.raises(es.UsageError, match="Did you mean"):
        session.run_named({"xx": x, "y": y})
    session.close()
    with pytest.raises(es.UsageError, match="closed"):
        session.run(x, y)


def test_impossible_wishes_are_errors(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(es.UsageError, match="Did you mean 'scalar'"):
        es.Session(data, isa="scaler")
    with pytest.raises(es.UsageError, match="threads"):
        es.Session(data, threads=0)
    monkeypatch.setenv("EDGE_ISA", "scalar")
    assert es.Session(data).isa == "scalar"
    monkeypatch.setenv("EDGE_ISA", "abacus")
    with pytest.raises(es.UsageError, match="abacus"):
        es.Session(data)
    monkeypatch.delenv("EDGE_ISA")
    with pytest.raises(es.RunError, match="max_bytes"):
        es.Session(data, max_bytes=900)
    with pytest.raises(es.RunError, match="max_work"):
        es.Session(data, max_work=3)


def test_files_that_are_not_there_or_not_ours(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        es.Session(tmp_path / "none.edge")
    (tmp_path / "empty.edge").write_bytes(b"")
    with pytest.raises(es.ModelError, match="empty"):
        es.Session(tmp_path / "empty.edge")
    (tmp_path / "text.edge").write_text("x" * 500)
    with pytest.raises(es.ModelError, match=r"text.edge.*not a .edge file"):
        es.Session(tmp_path / "text.edge")


def test_the_c_example_builds_with_one_command_and_runs(data: bytes, tmp_path: Path) -> None:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("there is no C compiler on this machine")
    # Only the loader and the scalar set, so that the test takes seconds: every other file is built in tests/runtime.
    text = (ROOT / "examples" / "c" / "run_edge.c").read_text()
    assert "cc -O2 -std=c11 examples/c/run_edge.c runtime/[a-z]*.c runtime/isa/[a-z]*.c -lm -lpthread" in text
    library = ROOT / "src" / "edgesmith" / "_native" / "libedge.so"
    program = tmp_path / "run_edge"
    command = [compiler, "-std=c11", "-Wall", "-Wextra", "-Werror", str(ROOT / "examples" / "c" / "run_edge.c")]
    subprocess.run([*command, str(library), f"-Wl,-rpath,{library.parent}", "-o", str(program)], check=True)
    (tmp_path / "sum.edge").write_bytes(data)
    done = subprocess.run([program, tmp_path / "sum.edge"], capture_output=True, text=True, check=True)
    assert "input x: f32[2x3], 24 bytes" in done.stdout
    assert "output square: f32[2x3], 24 bytes" in done.stdout
    (tmp_path / "bad.edge").write_bytes(data[:100])
    bad = subprocess.run([program, tmp_path / "bad.edge"], capture_output=True, text=True, check=False)
    assert bad.returncode == 3
    assert "cut short" in bad.stderr


def test_a_mapped_file_gives_what_its_bytes_give_after_its_pages_are_left(tmp_path: Path) -> None:
    """Packed weights, a table that is read where it lies, and scales, whose copies serve every run."""
    rng = np.random.default_rng(7)
    builder = Builder("mapped")
    rows = builder.input("rows", (4,), DType.I32)
    table = builder.constant(rng.standard_normal((5000, 64)).astype(np.float32), name="table")
    x = builder.add("gather", table, rows, axis=0)
    for count in (1200, 64):
        w = builder.constant(rng.standard_normal((count, x.shape[-1])).astype(np.float32), name=f"w{count}")
        b = builder.constant(rng.standard_normal(count).astype(np.float32), name=f"b{count}")
        x = builder.add("fully_connected", x, w, b)
    builder.output(x, "y")
    path = tmp_path / "mapped.edge"
    es.compile(builder.graph).save(path)
    indices = np.array([0, 4999, 17, 2500], np.int32)
    with es.Session(path) as mapped, es.Session(path.read_bytes()) as copied:
        for _ in range(2):
            np.testing.assert_array_equal(mapped.run(indices)[0], copied.run(indices)[0])
        assert [port.name for port in mapped.inputs] == [port.name for port in copied.inputs] == ["rows"]
