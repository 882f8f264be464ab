"""What a TensorFlow Lite file says of itself: meanings of its tensors, how to prepare a picture, labels.

A FlatBuffer of its own in the metadata entry ``TFLITE_METADATA``, and an archive behind the file with what it names,
which any tool for ZIP files opens. Source: metadata_schema.fbs of tflite-support.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from edgesmith.errors import UsageError
from edgesmith.export.flat import Slot, Writer
from edgesmith.importers.tflite.metadata import CONTENT, IDENTIFIER, PROCESS, TABLES
from edgesmith.ir import Value

PARSER: Final = "1.0.0"  # the oldest parser that knows all that is written here
LABELS: Final = "labels.txt"
_TEXTS: Final = MappingProxyType({"title": 0, "description": 1, "version": 2, "author": 4, "license": 5})
_STAMP: Final = (1980, 1, 1, 0, 0, 0)  # equal models are equal files
_RANGE: Final = ("min", "max")
Port = tuple[str, Value]


@dataclass(frozen=True, slots=True)
class Described:
    """The metadata's FlatBuffer, empty where there is nothing to say, and the files that follow the model."""

    table: bytes = b""
    files: Mapping[str, bytes] = field(default_factory=dict)

    def archive(self) -> bytes:
        """The files as a ZIP archive; nothing where there are none."""
        if not self.files:
            return b""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, content in self.files.items():
                archive.writestr(zipfile.ZipInfo(name, _STAMP), content)
        return out.getvalue()


def describe(about: Mapping[str, Any], inputs: Sequence[Port], outputs: Sequence[Port]) -> Described:
    """The metadata of a file.

    Args:
        about: ``labels`` (one a class), ``normalization`` (``mean`` and ``std`` of pixels), ``title``,
            ``description``, ``version``, ``author``, ``license``, and ``tensors``: what the importer read of each.
        inputs: the inputs with their names, in the file's order.
        outputs: likewise.

    Raises:
        UsageError: labels that fit no output, or a mean and deviation that fit no input.
    """
    told = {name: dict(known) for name, known in dict(about.get("tensors") or {}).items()}
    normalization = dict(about.get("normalization") or {})
    if normalization and not any("mean" in told.get(name, {}) for name, _ in inputs):
        told.setdefault(_picture(inputs, normalization), {}).update(normalization)
    labels = list(about.get("labels") or ())
    named = _labelled(labels, told, outputs) if labels else ""
    texts = {key: str(about[key]) for key in _TEXTS if about.get(key)}
    if not (texts or labels or any(told.get(name) for name, _ in (*inputs, *outputs))):
        return Described()
    w = Writer()
    sides = [
        w.offsets(
            [_tensor(w, name, value, told.get(name, {}), labels if name == named else []) for name, value in side]
        )
        for side in (inputs, outputs)
    ]
    graph = w.table([(2, "offset", sides[0]), (3, "offset", sides[1])])
    slots: list[Slot] = [(slot, "offset", w.string(texts.get(key, ""))) for key, slot in _TEXTS.items()]
    slots += [(3, "offset", w.offsets([graph])), (7, "offset", w.string(PARSER))]
    table = w.finish(w.table(slots), IDENTIFIER)
    return Described(table, {LABELS: "".join(f"{label}\n" for label in labels).encode()} if labels else {})


def _picture(inputs: Sequence[Port], normalization: Mapping[str, Any]) -> str:
    """The input that a mean and deviation of pixels are meant for."""
    count = max(len(numbers) for numbers in normalization.values())
    for name, value in inputs:
        if value.rank in (3, 4) and (count == 1 or count in value.shape[-3:]):
            return name
    raise UsageError(
        f"a mean and deviation of {count} channels fit no input; a picture is [1, height, width, channels]"
    )


def _labelled(labels: Sequence[str], told: dict[str, dict[str, Any]], outputs: Sequence[Port]) -> str:
    """The output that labels belong to: the one that the source file says, or the first with so many scores."""
    for name, _ in outputs:
        if "labels" in told.get(name, {}):
            return name
    for name, value in outputs:
        if value.shape and value.shape[-1] == len(labels):
            told.setdefault(name, {})["labels"] = "TENSOR_AXIS_LABELS"
            return name
    sizes = ", ".join(f"'{name}' {list(value.shape)}" for name, value in outputs)
    raise UsageError(f"there are {len(labels)} labels, and no output has so many scores: {sizes}")


def _tensor(w: Writer, name: str, value: Value, known: Mapping[str, Any], labels: Sequence[str]) -> int:
    slots: list[Slot] = [(0, "offset", w.string(str(known.get("name") or name)))]
    if known.get("description"):
        slots.append((1, "offset", w.string(str(known["description"]))))
    content = known.get("content") or ("Image" if "mean" in known and value.rank == 4 else "")
    if content in CONTENT[1:]:
        slots.append((3, "offset", _content(w, content, value, dict(known.get("content_fields") or {}))))
    units = []
    if "mean" in known:
        units.append(_unit(w, "Normalization", {"mean": known["mean"], "std": known["std"]}))
    if "score_threshold" in known:
        units.append(_unit(w, "ScoreThresholding", {"global_score_threshold": known["score_threshold"]}))
    if units:
        slots.append((4, "offset", w.offsets(units)))
    if known.get("range"):
        slots.append((5, "offset", w.fields(TABLES["Stats"], known["range"])))
    if labels:
        kind = known["labels"]
        slots.append((6, "offset", w.offsets([w.fields(TABLES["AssociatedFile"], {"name": LABELS, "type": kind})])))
    return w.table(slots)


def _content(w: Writer, kind: str, value: Value, known: Mapping[str, Any]) -> int:
    """What a tensor holds. A picture says its colours, so that other tools need not guess them."""
    own = {f.name for f in TABLES[kind]}
    fields = {key: known[key] for key in known if key in own}
    if kind == "Image":
        channels = next((dim for dim in (*value.shape[-1:], *value.shape[-3:-2]) if dim in (1, 3)), 0)
        fields.setdefault("color_space", ("UNKNOWN", "GRAYSCALE", "", "RGB")[channels])
    size = {key: known[key] for key in ("width", "height") if key in known}
    inner: list[Slot] = [(1, "offset", w.fields(TABLES["Size"], size))] if kind == "Image" and size else []
    slots: list[Slot] = [(0, "u8", CONTENT.index(kind)), (1, "offset", w.fields(TABLES[kind], fields, inner))]
    bounds = {key: known[key] for key in _RANGE if key in known}
    if bounds:
        slots.append((2, "offset", w.fields(TABLES["Range"], bounds)))
    return w.table(slots)


def _unit(w: Writer, kind: str, fields: Mapping[str, Any]) -> int:
    return w.table([(0, "u8", PROCESS.index(kind)), (1, "offset", w.fields(TABLES[kind], fields))])
