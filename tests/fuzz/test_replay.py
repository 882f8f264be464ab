"""Replays every bad file that was ever found, and a fixed set of damaged ones; ``scripts/fuzz`` looks for new ones."""

from __future__ import annotations

import collections
import pathlib
import shutil
import subprocess
import tarfile
from collections.abc import Callable

import caffe_seeds
import load_model
import make_seeds
import native
import ncnn_seeds
import pytest
import tflite_seeds

HERE = pathlib.Path(__file__).parent
CORPUS = HERE / "corpus"


def unpacked(kind: str, folder: pathlib.Path) -> list[pathlib.Path]:
    """The inputs that ten minutes of coverage-guided fuzzing kept: each reaches code that no other does."""
    with tarfile.open(CORPUS / f"{kind}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("path", sorted(CORPUS.glob("[tnoc]*/*")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_file_once_found_stays_harmless(path: pathlib.Path) -> None:
    assert not load_model.watched(path.read_bytes()).startswith("fault")


@pytest.mark.parametrize("kind", ["tflite", "onnx", "ncnn", "caffe"])
def test_the_corpus_loads_or_is_an_error(kind: str, tmp_path: pathlib.Path, figure: Callable[[str], None]) -> None:
    if kind == "onnx":
        pytest.importorskip("onnx", reason="the onnx package is not installed")
    words: collections.Counter[str] = collections.Counter()
    for path in unpacked(kind, tmp_path):
        word = load_model.watched(path.read_bytes())
        assert not word.startswith("fault"), f"{path.name}: {word}"
        words[word] += 1
    figure(f"corpus of .{kind}: " + ", ".join(f"{number} {word}" for word, number in words.most_common()))


@pytest.mark.parametrize("name", tflite_seeds.seeds())
def test_damaged_tflite_loads_or_is_an_error(name: str, figure: Callable[[str], None]) -> None:
    data = tflite_seeds.seeds()[name]
    assert load_model.watched(data) == "program"
    survive(name, data, 60, figure)


@pytest.mark.parametrize("name", list(ncnn_seeds.seeds())[::4])
def test_damaged_ncnn_loads_or_is_an_error(name: str, figure: Callable[[str], None]) -> None:
    data = ncnn_seeds.seeds()[name]
    assert load_model.watched(data) == "program"
    survive(name, data, 8, figure)


@pytest.mark.parametrize("name", list(caffe_seeds.seeds())[::3])
def test_damaged_caffe_loads_or_is_an_error(name: str, figure: Callable[[str], None]) -> None:
    data = caffe_seeds.seeds()[name]
    assert load_model.watched(data) == "program"
    survive(name, data, 8, figure)


def onnx_seeds() -> list[pathlib.Path]:
    """The small models that ship in the onnx package as files."""
    try:
        import onnx
    except ImportError:
        return []
    found = pathlib.Path(onnx.__file__).parent.glob("backend/test/data/simple/*/model.onnx")
    return sorted(path for path in found if path.stat().st_size < 2000)[::3]


@pytest.mark.parametrize("path", onnx_seeds(), ids=lambda path: path.parent.name)
def test_damaged_onnx_loads_or_is_an_error(path: pathlib.Path, figure: Callable[[str], None]) -> None:
    survive(path.parent.name, path.read_bytes(), 30, figure)


def survive(name: str, data: bytes, count: int, figure: Callable[[str], None]) -> None:
    """Every damaged form of a file gives a program or an error."""
    words: collections.Counter[str] = collections.Counter()
    for index, mutant in enumerate(load_model.mutants(data, count, name)):
        word = load_model.watched(mutant)
        assert not word.startswith("fault"), f"mutant {index} of {name}: {word}"
        words[word] += 1
    figure(f"damaged {name}: " + ", ".join(f"{number} {word}" for word, number in words.most_common()))


@pytest.mark.slow
def test_damaged_edge_files_in_sanitized_c(tmp_path: pathlib.Path, figure: Callable[[str], None]) -> None:
    """The committed files, and damaged ones of every kernel with their checksums made right again."""
    if not shutil.which("cc"):
        pytest.skip("cc is not installed")
    program = native.build(program=HERE / "load_edge.c", strict=True, sanitize="address,undefined")
    count = 0
    for name, data in make_seeds.seeds().items():
        for index, mutant in enumerate([data, *load_model.mutants(data, 12, name)]):
            (tmp_path / f"{name}-{index}").write_bytes(mutant)
            count += 1
    made = sorted(tmp_path.glob("*"))
    kept = unpacked("edge", tmp_path / "corpus")
    for batch in _batches([*made, *kept, *sorted((CORPUS / "edge").glob("*"))], 200):
        done = subprocess.run([program, *batch], capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, f"{batch[0].name} .. {batch[-1].name}\n{done.stderr[-4000:]}"
    figure(f"{count} damaged .edge files and {len(kept)} of the corpus replayed under the sanitizers")


def _batches(paths: list[pathlib.Path], size: int) -> list[list[pathlib.Path]]:
    return [paths[start : start + size] for start in range(0, len(paths), size)]
