"""Labels and how to prepare pictures in .tflite files: read by slots of the public schema, by zipfile, and by us."""

from __future__ import annotations

import io
import pathlib
import zipfile
from typing import Any

import flatbuffers
import numpy as np
import pytest
from flatbuffers import number_types as nt
from flatbuffers.table import Table
from small_zoo import small

import edgesmith
from edgesmith import UsageError
from edgesmith.cli import main
from edgesmith.importers.tflite.metadata import TensorMetadata, read_metadata
from edgesmith.importers.tflite.reader import read
from edgesmith.ops import Builder
from edgesmith.types import DType

CLASSES = [f"class {place}" for place in range(10)]


class Peek:
    """A table of a FlatBuffer by slot numbers alone, through the flatbuffers package."""

    def __init__(self, data: bytes, at: int | None = None) -> None:
        self.data = data
        self.table = Table(data, flatbuffers.encode.Get(nt.UOffsetTFlags.packer_type, data, 0) if at is None else at)

    def at(self, slot: int) -> int:
        found = self.table.Offset(4 + 2 * slot)
        assert found, f"slot {slot} is empty"
        return int(found)

    def text(self, slot: int) -> str:
        return bytes(self.table.String(self.table.Pos + self.at(slot))).decode()

    def inner(self, slot: int) -> Peek:
        return Peek(self.data, self.table.Indirect(self.table.Pos + self.at(slot)))

    def tables(self, slot: int) -> list[Peek]:
        start, count = self.table.Vector(self.at(slot)), self.table.VectorLen(self.at(slot))
        return [Peek(self.data, self.table.Indirect(start + 4 * place)) for place in range(count)]

    def array(self, slot: int, flags: Any, kind: Any) -> np.ndarray:
        return np.asarray(self.table.GetVectorAsNumpy(flags, self.at(slot)), kind)

    def number(self, slot: int, flags: Any) -> int:
        return int(self.table.Get(flags, self.table.Pos + self.at(slot)))


def classifier() -> edgesmith.Model:
    return edgesmith.load(small("resnet8_cifar10"))


def written(path: pathlib.Path, **more: Any) -> bytes:
    edgesmith.write(classifier(), path / "m.tflite", **more)
    return (path / "m.tflite").read_bytes()


def test_any_reader_of_the_schema_finds_labels_and_normalization(tmp_path: pathlib.Path) -> None:
    data = written(tmp_path, labels=CLASSES, mean=[124, 117, 104], std=[58.5])
    model = Peek(data)
    (entry,) = model.tables(6)
    assert entry.text(0) == "TFLITE_METADATA"
    told = model.tables(4)[entry.number(1, nt.Uint32Flags)].array(0, nt.Uint8Flags, np.uint8).tobytes()
    assert told[4:8] == b"M001"
    (graph,) = Peek(told).tables(3)
    (x,), (y,) = graph.tables(2), graph.tables(3)
    assert x.inner(3).number(0, nt.Uint8Flags) == 2  # ImageProperties
    assert x.inner(3).inner(1).number(0, nt.Int8Flags) == 1  # RGB
    (unit,) = x.tables(4)
    assert unit.number(0, nt.Uint8Flags) == 1  # NormalizationOptions
    np.testing.assert_array_equal(unit.inner(1).array(0, nt.Float32Flags, np.float32), [124, 117, 104])
    np.testing.assert_array_equal(unit.inner(1).array(1, nt.Float32Flags, np.float32), [58.5])
    (file,) = y.tables(6)
    assert (file.text(0), file.number(2, nt.Int8Flags)) == ("labels.txt", 2)  # TENSOR_AXIS_LABELS
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.read("labels.txt").decode().splitlines() == CLASSES


def test_the_parser_of_tflite_support_agrees(tmp_path: pathlib.Path) -> None:
    pytest.importorskip("tensorflow_lite_support", reason="tflite-support is not installed")
    from tensorflow_lite_support.metadata import metadata_schema_py_generated as public

    data = written(tmp_path, labels=CLASSES, mean=[127.5], std=[127.5])
    told = bytes(read(data, "m").metadata["TFLITE_METADATA"])
    parsed = public.ModelMetadataT.InitFromObj(public.ModelMetadata.GetRootAsModelMetadata(told, 0))
    (graph,) = parsed.subgraphMetadata
    assert graph.inputTensorMetadata[0].processUnits[0].options.mean == [127.5]
    assert graph.outputTensorMetadata[0].associatedFiles[0].name == b"labels.txt"


def test_what_is_written_is_read_and_written_again(tmp_path: pathlib.Path) -> None:
    data = written(tmp_path, labels=CLASSES, mean=[127.5], std=[127.5])
    model = edgesmith.load(data)
    assert model.metadata["labels"] == CLASSES
    assert model.metadata["normalization"] == {"mean": [127.5], "std": [127.5]}
    edgesmith.write(model, tmp_path / "again.tflite")
    again = (tmp_path / "again.tflite").read_bytes()
    assert read(again, "m").metadata == read(data, "m").metadata
    edgesmith.write(model, tmp_path / "other.tflite", mean=[1, 2, 3])
    other = edgesmith.load(tmp_path / "other.tflite").metadata
    assert other["normalization"] == {"mean": [1, 2, 3], "std": [127.5]}
    assert other["labels"] == CLASSES
    assert list(edgesmith.compile(model).metadata["labels"]) == CLASSES


def test_all_that_a_stranger_s_file_says_is_kept(shared: pathlib.Path, tmp_path: pathlib.Path) -> None:
    source = shared / "models/tflite/mobilenet_v1_0.25_128_quant.tflite"
    edgesmith.write(edgesmith.load(source), tmp_path / "m.tflite")
    before, after = (read_metadata(read(path.read_bytes(), "m")) for path in (source, tmp_path / "m.tflite"))
    assert before is not None
    assert after is not None
    assert (before.name, before.description, before.license) == (after.name, after.description, after.license)

    def said(tensor: TensorMetadata) -> tuple[object, ...]:
        return (
            tensor.name,
            tensor.description,
            tensor.content,
            tensor.content_fields,
            tensor.process_units,
            tensor.stats,
        )

    for side in ("inputs", "outputs"):
        pairs = zip(getattr(before.subgraphs[0], side), getattr(after.subgraphs[0], side), strict=True)
        assert all(said(a) == said(b) for a, b in pairs)
    assert edgesmith.load(tmp_path / "m.tflite").metadata["labels"] == edgesmith.load(source).metadata["labels"]


def test_a_model_without_anything_to_say_has_no_metadata(tmp_path: pathlib.Path) -> None:
    assert read(written(tmp_path), "m").metadata == {}


def test_labels_and_numbers_that_fit_nothing_are_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(UsageError, match=r"3 labels, and no output has so many scores: .*\[1, 10\]"):
        written(tmp_path, labels=["a", "b", "c"])
    with pytest.raises(UsageError, match="std not 0"):
        written(tmp_path, std=[0])
    b = Builder("vector")
    b.output(b.add("relu", b.input("x", (4,), DType.F32)), "y")
    with pytest.raises(UsageError, match="fit no input"):
        edgesmith.write(b.graph, tmp_path / "v.tflite", mean=[1, 2, 3])
    with pytest.raises(UsageError, match="written as"):
        edgesmith.write(b.graph, tmp_path / "v.pb")
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_writes_them_and_run_uses_them(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed: pip install 'edgesmith[test]'")
    (tmp_path / "names.txt").write_text("\n".join(CLASSES), encoding="utf-8")
    edgesmith.write(classifier(), tmp_path / "plain.tflite")
    pixels = np.random.default_rng(5).integers(0, 256, (32, 32, 3), np.uint8)
    image.fromarray(pixels).save(tmp_path / "a.png")

    def run(*words: object) -> str:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        assert ended.value.code == 0, capsys.readouterr().err
        return capsys.readouterr().out

    for kind in ("tflite", "edge"):
        target = tmp_path / f"m.{kind}"
        extra = ["--labels", tmp_path / "names.txt", "--mean", "124,117,104", "--std", "58"]
        run("convert", tmp_path / "plain.tflite", "-o", target, "--no-verify", *extra)
        shown = run("run", target, "--input", tmp_path / "a.png", "--output", tmp_path / "y.npz")
        assert "class " in shown
        (wanted,) = [classifier()(((pixels - np.float32([124, 117, 104])) / np.float32(58))[None])]
        with np.load(tmp_path / "y.npz") as outputs:
            np.testing.assert_allclose(outputs[outputs.files[0]], wanted, rtol=1e-4, atol=1e-6)


def test_labels_and_pixels_travel_through_onnx(tmp_path: pathlib.Path) -> None:
    onnx = pytest.importorskip("onnx", reason="the extra [onnx] is not installed")
    target = tmp_path / "named.onnx"
    names = [f"class {number}" for number in range(10)]
    edgesmith.write("zoo:resnet8_cifar10", target, labels=names, mean=[127.5], std=[127.5])
    assert edgesmith.load(target).metadata["labels"] == names
    assert edgesmith.load(target).metadata["normalization"] == {"mean": [127.5], "std": [127.5]}
    proto = onnx.load(target)
    for text, want in (("{0: 'cat', 1: 'dog'}", ["cat", "dog"]), ("{" * 9999, None), ("{1: 'cat'}", None)):
        onnx.helper.set_model_props(proto, {"names": text, "labels": "[1, 2]", "normalization": '{"mean": 3}'})
        told = edgesmith.load(proto.SerializeToString()).metadata
        assert told.get("labels") == want
        assert "normalization" not in told
