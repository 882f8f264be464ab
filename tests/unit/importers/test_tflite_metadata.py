"""The archive behind a model, its metadata, and the options of custom operators."""

from __future__ import annotations

import io
import pathlib
import random
import struct
import zipfile

import pytest
from flatbuffers import flexbuffers
from tflite_builder import TFLiteBuilder, Writer

from edgesmith.errors import ModelError
from edgesmith.importers.archive import MAX_TOTAL_BYTES, read_archive
from edgesmith.importers.tflite.flexbuffer import read_flexbuffer
from edgesmith.importers.tflite.metadata import TensorMetadata, read_files, read_labels, read_metadata
from edgesmith.importers.tflite.reader import read


def archive(files: dict[str, bytes], method: int = zipfile.ZIP_STORED, before: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, data in files.items():
            z.writestr(name, data)
    return before + out.getvalue()


def files(data: bytes) -> dict[str, bytes]:
    return read_archive(memoryview(data), "a.tflite")


CONTENT = {"labels.txt": b"cat\ndog\n", "meta/a.json": b"{}" * 500, "empty": b""}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("before", [b"", b"TFL3" * 100], ids=["bare", "behind a model"])
def test_archive_stored_and_deflated(method: int, before: bytes) -> None:
    assert files(archive(CONTENT, method, before)) == CONTENT


def test_archive_whose_offsets_count_from_the_file_s_start() -> None:
    out = io.BytesIO(b"TFL3" * 100)
    with zipfile.ZipFile(out, "a") as z:
        z.writestr("a.txt", b"abc")
    assert files(out.getvalue()) == {"a.txt": b"abc"}


def test_archive_with_records_of_zip64_behind_its_directory() -> None:
    data = archive(CONTENT)
    end = data.rindex(b"PK\5\6")
    assert files(data[:end] + b"PK\6\6" + bytes(52) + b"PK\6\7" + bytes(16) + data[end:]) == CONTENT


def test_no_archive_is_no_files() -> None:
    assert files(b"TFL3" * 100) == {}
    assert files(b"") == {}


@pytest.mark.parametrize("name", ["../a", "/a", "a/../../b", "a//b", "C:/a", "..", "a\\..\\b"])
def test_unsafe_name_is_an_error(name: str) -> None:
    data = archive({"x" * len(name): b"1"}).replace(b"x" * len(name), name.encode())
    with pytest.raises(ModelError, match="unsafe"):
        files(data)


def test_repeated_name_is_an_error() -> None:
    data = archive({"aa": b"1", "ab": b"2"}).replace(b"ab", b"aa")
    with pytest.raises(ModelError, match="used twice"):
        files(data)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("size", [7, 9, 1 << 30, 0xFFFFFFFF])
def test_size_lies_are_errors(method: int, size: int) -> None:
    data = bytearray(archive({"labels.txt": b"cat\ndog\n"}, method))
    at = data.index(b"PK\1\2")
    data[at + 24 : at + 28] = struct.pack("<I", size)
    if method == zipfile.ZIP_STORED:
        data[at + 20 : at + 24] = struct.pack("<I", size)
    with pytest.raises(ModelError, match=r"labels\.txt"):
        files(bytes(data))


def test_total_is_capped_before_anything_unfolds() -> None:
    bomb = archive({"a": bytes(MAX_TOTAL_BYTES), "b": b"x"}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < MAX_TOTAL_BYTES // 100
    with pytest.raises(ModelError, match="total"):
        files(bomb)


def test_wrong_checksum_and_encryption_are_errors() -> None:
    data = archive({"labels.txt": b"cat\ndog\n"})
    with pytest.raises(ModelError, match="checksum"):
        files(data.replace(b"cat", b"bat"))
    locked = bytearray(data)
    locked[locked.index(b"PK\1\2") + 8] |= 1
    with pytest.raises(ModelError, match="encrypted"):
        files(bytes(locked))


def test_damaged_archives_only_raise_model_errors() -> None:
    rng = random.Random(3)
    data = archive(CONTENT, zipfile.ZIP_DEFLATED, b"TFL3" * 10)
    refused = 0
    for _ in range(3000):
        copy = bytearray(data)
        copy[rng.randrange(len(copy))] = rng.randrange(256)
        try:
            files(bytes(copy[: rng.randrange(len(copy)) if rng.random() < 0.1 else None]))
        except ModelError:
            refused += 1
    assert refused > 500


# ---- metadata --------------------------------------------------------------------------------------------------


def described(label_file: bytes | None = b"zero\none\n") -> bytes:
    """A model whose metadata has an image input, a labelled output and a vocabulary tokenizer."""
    w = Writer()
    norm = w.table([(0, "offset", w.vector("f32", [127.5])), (1, "offset", w.vector("f32", [128.0]))])
    size = w.table([(0, "u32", 96), (1, "u32", 64)])
    image = w.table([(0, "i8", 2), (1, "offset", size)])
    content = w.table([(0, "u8", 2), (1, "offset", image)])
    unit = w.table([(0, "u8", 1), (1, "offset", norm)])
    vocabulary = w.table([(0, "offset", w.string("vocab.txt")), (2, "i8", 5)])
    bert = w.table([(0, "u8", 4), (1, "offset", w.table([(0, "offset", w.offsets([vocabulary]))]))])
    source = w.table([(0, "offset", w.string("image")), (3, "offset", content), (4, "offset", w.offsets([unit]))])
    label = w.table([(0, "offset", w.string("labels.txt")), (2, "i8", 2)])
    german = w.table([(0, "offset", w.string("de.txt")), (2, "i8", 2), (3, "offset", w.string("de"))])
    dims = w.offsets([w.string("batch"), w.string("class")])
    target = w.table([(0, "offset", w.string("score")), (2, "offset", dims), (6, "offset", w.offsets([german, label]))])
    custom = w.table([(0, "offset", w.string("anchors")), (1, "offset", w.blob(b"123"))])
    graph = w.table(
        [
            (2, "offset", w.offsets([source])),
            (3, "offset", w.offsets([target])),
            (5, "offset", w.offsets([bert])),
            (9, "offset", w.offsets([custom])),
        ]
    )
    root = w.table([(0, "offset", w.string("Classifier")), (3, "offset", w.offsets([graph]))])
    model = TFLiteBuilder().metadata("TFLITE_METADATA", w.finish(root, b"M001")).build()
    return model if label_file is None else archive({"labels.txt": label_file, "de.txt": b"null\neins"}, 0, model)


def output(data: bytes) -> tuple[TensorMetadata, dict[str, bytes]]:
    model = read(data)
    metadata = read_metadata(model)
    assert metadata is not None
    return metadata.subgraphs[0].outputs[0], read_files(model)


def test_metadata_reads_as_it_was_written() -> None:
    metadata = read_metadata(read(described()))
    assert metadata is not None
    assert metadata.name == "Classifier"
    (graph,) = metadata.subgraphs
    (image,) = graph.inputs
    assert (image.content, image.content_fields) == ("Image", {"color_space": "GRAYSCALE", "width": 96, "height": 64})
    assert image.process_units[0].fields == {"mean": (127.5,), "std": (128.0,)}
    assert graph.outputs[0].dimension_names == ("batch", "class")
    assert graph.input_units[0].kind == "BertTokenizer"
    assert graph.input_units[0].files[0].name == "vocab.txt"
    assert bytes(graph.custom["anchors"]) == b"123"


def test_labels_by_locale() -> None:
    score, found = output(described())
    assert read_labels(score, found) == ["zero", "one"]
    assert read_labels(score, found, "de") == ["null", "eins"]
    assert read_labels(score, found, "fr") == ["zero", "one"]


def test_label_file_missing_or_not_text_is_an_error() -> None:
    score, found = output(described(None))
    with pytest.raises(ModelError, match=r"labels\.txt"):
        read_labels(score, found)
    score, found = output(described(b"\xff\xfe"))
    with pytest.raises(ModelError, match="UTF-8"):
        read_labels(score, found)


def test_damaged_metadata_only_raises_model_errors() -> None:
    rng = random.Random(4)
    data = described()
    refused = 0
    for _ in range(2000):
        copy = bytearray(data)
        copy[rng.randrange(len(copy))] ^= 1 << rng.randrange(8)
        try:
            model = read(bytes(copy))
            metadata = read_metadata(model)
            for graph in metadata.subgraphs if metadata else ():
                for score in graph.outputs:
                    read_labels(score, read_files(model))
        except ModelError:
            refused += 1
    assert refused > 200


# ---- FlexBuffers -----------------------------------------------------------------------------------------------


def detection_options() -> bytes:
    fbb = flexbuffers.Builder()
    with fbb.Map():
        fbb.Key("max_detections")
        fbb.Int(10)
        fbb.Key("nms_iou_threshold")
        fbb.Float(0.6)
        fbb.Key("use_regular_nms")
        fbb.Bool(True)
        fbb.Key("scales")
        fbb.TypedVectorFromElements([10.0, 5.0])
        fbb.Key("mixed")
        with fbb.Vector():
            fbb.String("text")
            fbb.Int(-3)
            fbb.UInt(2**40)
            fbb.Null()
            fbb.Blob(b"\0\1")
            fbb.IndirectInt(-70000)
            fbb.IndirectFloat(0.25)
        fbb.Key("fixed")
        fbb.FixedTypedVectorFromElements([1, 2, 3])
        fbb.Key("empty")
        with fbb.Map():
            pass
    return bytes(fbb.Finish())


def test_flexbuffer_map_reads_as_it_was_written() -> None:
    data = detection_options()
    ours = read_flexbuffer(data, "operator 0")
    assert ours == flexbuffers.Loads(data)
    assert isinstance(ours, dict)
    assert ours["max_detections"] == 10
    assert ours["mixed"] == ["text", -3, 2**40, None, b"\0\1", -70000, 0.25]
    assert ours["fixed"] == [1, 2, 3]


@pytest.mark.parametrize(
    "value", [0, -1, 2**63 - 1, 1.5, True, None, "", "x" * 300, [], [1, 2, 3], ["a", "b"], {"a": {}}]
)
def test_flexbuffer_scalars_and_vectors(value: object) -> None:
    assert read_flexbuffer(bytes(flexbuffers.Dumps(value)), "operator 0") == value


def test_flexbuffer_nested_too_deep_is_an_error() -> None:
    value: object = 1
    for _ in range(40):
        value = [value]
    with pytest.raises(ModelError, match="deeper"):
        read_flexbuffer(bytes(flexbuffers.Dumps(value)), "operator 0")


def test_damaged_flexbuffers_only_raise_model_errors() -> None:
    rng = random.Random(5)
    data = detection_options()
    refused = 0
    for _ in range(4000):
        copy = bytearray(data)
        copy[rng.randrange(len(copy))] = rng.randrange(256)
        try:
            read_flexbuffer(bytes(copy[: rng.randrange(len(copy)) if rng.random() < 0.1 else None]), "operator 0")
        except ModelError:
            refused += 1
    assert refused > 500
    for end in range(3):
        with pytest.raises(ModelError):
            read_flexbuffer(data[:end], "operator 0")


def test_archive_of_a_real_file_is_what_zipfile_finds(shared: pathlib.Path) -> None:
    data = (shared / "models" / "tflite" / "mobilenet_v1_0.25_128_quant.tflite").read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        expected = {name: z.read(name) for name in z.namelist()}
    assert expected
    assert files(data) == expected
