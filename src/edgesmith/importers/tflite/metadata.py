"""What a model says of itself: names and meanings of inputs and outputs, how to prepare a picture, labels.

A second FlatBuffer inside the file, in the metadata entry ``TFLITE_METADATA``, identifier ``M001``, and an archive of
the files that it names. Source: metadata_schema.fbs of tflite-support.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from edgesmith.errors import ModelError
from edgesmith.importers.archive import read_archive
from edgesmith.importers.tflite.flat import Flat, Table
from edgesmith.importers.tflite.records import TFLiteModel
from edgesmith.importers.tflite.schema import parse_tables

ENTRY: Final = "TFLITE_METADATA"
IDENTIFIER: Final = b"M001"
CONTENT: Final = ("", "Feature", "Image", "BoundingBox", "Audio")
PROCESS: Final = (
    "",
    "Normalization",
    "ScoreCalibration",
    "ScoreThresholding",
    "BertTokenizer",
    "SentencePieceTokenizer",
    "RegexTokenizer",
)
# The slots at which a tokenizer names its files.
_FILE_SLOTS: Final = MappingProxyType({"BertTokenizer": (0,), "SentencePieceTokenizer": (0, 1), "RegexTokenizer": (1,)})
ENUMS: Final = MappingProxyType(
    {
        "File": (
            "UNKNOWN",
            "DESCRIPTIONS",
            "TENSOR_AXIS_LABELS",
            "TENSOR_VALUE_LABELS",
            "TENSOR_AXIS_SCORE_CALIBRATION",
            "VOCABULARY",
            "SCANN_INDEX_FILE",
        ),
        "Color": ("UNKNOWN", "RGB", "GRAYSCALE"),
        "Box": ("UNKNOWN", "BOUNDARIES", "UPPER_LEFT", "CENTER"),
        "Coordinate": ("RATIO", "PIXEL"),
        "Score": ("IDENTITY", "LOG", "INVERSE_LOGISTIC"),
    }
)
TABLES: Final = parse_tables(
    """
AssociatedFile  name:str description:str type:File locale:str version:str
Size  width:u32 height:u32
Range  min:i32 max:i32
Stats  max:[f32] min:[f32]
Feature
Image  color_space:Color
BoundingBox  index:[u32] type:Box coordinate_type:Coordinate
Audio  sample_rate:u32 channels:u32
Normalization  mean:[f32] std:[f32]
ScoreCalibration  score_transformation:Score default_score:f32
ScoreThresholding  global_score_threshold:f32
BertTokenizer
SentencePieceTokenizer
RegexTokenizer  delim_regex_pattern:str
""",
    ENUMS,
)


@dataclass(frozen=True, slots=True)
class AssociatedFile:
    """A file of the archive and its purpose."""

    name: str
    description: str
    type: str
    locale: str
    version: str


@dataclass(frozen=True, slots=True)
class ProcessUnit:
    """One step before the model or after it, such as Normalization with ``mean`` and ``std``."""

    kind: str
    fields: dict[str, object]
    files: tuple[AssociatedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class TensorMetadata:
    name: str
    description: str
    dimension_names: tuple[str, ...]
    content: str  # "", "Feature", "Image", "BoundingBox" or "Audio"
    content_fields: dict[str, object]
    process_units: tuple[ProcessUnit, ...]
    stats: dict[str, object]  # max and min: tuples, one number or one per channel
    files: tuple[AssociatedFile, ...]


@dataclass(frozen=True, slots=True)
class SubgraphMetadata:
    name: str
    description: str
    inputs: tuple[TensorMetadata, ...]
    outputs: tuple[TensorMetadata, ...]
    files: tuple[AssociatedFile, ...]
    input_units: tuple[ProcessUnit, ...]
    output_units: tuple[ProcessUnit, ...]
    input_groups: dict[str, tuple[str, ...]]
    output_groups: dict[str, tuple[str, ...]]
    custom: dict[str, memoryview] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Metadata:
    name: str
    description: str
    version: str
    author: str
    license: str
    subgraphs: tuple[SubgraphMetadata, ...]
    files: tuple[AssociatedFile, ...]
    min_parser_version: str


def read_metadata(model: TFLiteModel) -> Metadata | None:
    """The model's description of itself, or None where it has none.

    Raises:
        ModelError: damaged metadata. The model itself may still be sound.
    """
    data = model.metadata.get(ENTRY)
    if not data:
        return None
    root = Flat(data, model.source).root(IDENTIFIER, "metadata")
    subgraphs = tuple(_subgraph(table) for table in root.tables(3, "metadata of subgraph"))
    name, description, version, author, terms = (root.string(slot) for slot in (0, 1, 2, 4, 5))
    return Metadata(name, description, version, author, terms, subgraphs, _files(root, 6), root.string(7))


def read_files(model: TFLiteModel) -> dict[str, bytes]:
    """The files in the archive behind the model, by name; see `importers.archive.read_archive`."""
    return read_archive(model.data, model.source)


def label_file(output: TensorMetadata, locale: str = "") -> AssociatedFile | None:
    """The file with an output's labels in the asked locale, else the one without a locale; None where there is none."""
    named = [file for file in output.files if file.type in ("TENSOR_AXIS_LABELS", "TENSOR_VALUE_LABELS")]
    chosen = [file for file in named if file.locale == locale] or [file for file in named if not file.locale]
    return chosen[0] if chosen else None


def read_labels(output: TensorMetadata, files: Mapping[str, bytes], locale: str = "") -> list[str] | None:
    """One label per position of an output's last axis, or None where the metadata names no label file.

    Raises:
        ModelError: a label file that is named but missing, or is not UTF-8.
    """
    chosen = label_file(output, locale)
    if chosen is None:
        return None
    name = chosen.name
    if name not in files:
        raise ModelError(f"output '{output.name}': its label file '{name}' is not in the archive behind the model")
    try:
        text = files[name].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ModelError(f"label file '{name}' is not UTF-8 text (byte {error.start})") from None
    return [line.strip() for line in text.rstrip("\r\n").split("\n")]


def _subgraph(table: Table) -> SubgraphMetadata:
    return SubgraphMetadata(
        table.string(0),
        table.string(1),
        tuple(_tensor(entry) for entry in table.tables(2, f"{table.where}, input")),
        tuple(_tensor(entry) for entry in table.tables(3, f"{table.where}, output")),
        _files(table, 4),
        tuple(_units(table, 5)),
        tuple(_units(table, 6)),
        _groups(table, 7),
        _groups(table, 8),
        {entry.string(0): entry.blob(1) or memoryview(b"") for entry in table.tables(9, f"{table.where}, custom")},
    )


def _tensor(table: Table) -> TensorMetadata:
    content, fields = "", dict[str, object]()
    holder = table.table(3, f"{table.where} content")
    if holder is not None:
        content = holder.name(0, CONTENT, "content", "u8")
        properties = holder.table(1, holder.where)
        if content and properties is not None:
            fields = properties.decode(TABLES[content])
            if content == "Image":
                fields |= _plain(properties, 1, "Size")
        fields |= _plain(holder, 2, "Range")
    return TensorMetadata(
        table.string(0),
        table.string(1),
        tuple(table.strings(2)),
        content,
        fields,
        tuple(_units(table, 4)),
        _plain(table, 5, "Stats"),
        _files(table, 6),
    )


def _plain(table: Table, slot: int, kind: str) -> dict[str, object]:
    found = table.table(slot, f"{table.where} {kind}")
    return {} if found is None else found.decode(TABLES[kind])


def _files(table: Table, slot: int) -> tuple[AssociatedFile, ...]:
    entries = table.tables(slot, f"{table.where}, file")
    return tuple(AssociatedFile(**entry.decode(TABLES["AssociatedFile"])) for entry in entries)  # type: ignore[arg-type]


def _units(table: Table, slot: int) -> Iterator[ProcessUnit]:
    for entry in table.tables(slot, f"{table.where}, process unit"):
        kind = entry.name(0, PROCESS, "process unit", "u8")
        options = entry.table(1, entry.where)
        if kind and options is not None:
            files = tuple(file for s in _FILE_SLOTS.get(kind, ()) for file in _files(options, s))
            yield ProcessUnit(kind, options.decode(TABLES[kind]), files)


def _groups(table: Table, slot: int) -> dict[str, tuple[str, ...]]:
    return {entry.string(0): tuple(entry.strings(1)) for entry in table.tables(slot, f"{table.where}, group")}
