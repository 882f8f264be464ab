"""A Keras model as a source: exported again for every new set of input shapes, where Keras cannot leave them open."""

from __future__ import annotations

import json
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from edgesmith.errors import ModelError, NeedsValue
from edgesmith.importers.archive import read_archive
from edgesmith.importers.keras.config import clean_config
from edgesmith.importers.keras.export import Border, LiveModel, Port
from edgesmith.importers.keras.jail import ask, backend
from edgesmith.importers.onnx import OnnxSource
from edgesmith.importers.onnx import open_model as open_onnx
from edgesmith.importers.source import Bindings, TensorSpec
from edgesmith.ir import Graph
from edgesmith.types import DType

Shapes = Mapping[str, Sequence[int]]
Exporter = Callable[[Shapes | None], tuple[Border, OnnxSource | None]]
CONFIG: Final = "config.json"
WEIGHTS: Final = "model.weights.h5"
_MEMBERS: Final = {CONFIG, WEIGHTS, "metadata.json"}
_FLOOR: Final = 16 << 20
_RATIO: Final = 8
_KEPT: Final = 4


class KerasSource:
    """A Keras model whose architecture was read: its border, and the way to a graph."""

    format = "keras"

    def __init__(self, name: str, export: Exporter) -> None:
        self.name = name
        self._export = export
        self._made: OrderedDict[Any, OnnxSource] = OrderedDict()
        self.border, made = export(None)
        self.inputs = [_spec(port) for port in self.border.inputs]
        self.outputs = [_spec(port) for port in self.border.outputs]
        self.metadata: dict[str, Any] = {"producer": self.border.about}
        if made is not None:
            self._made[self._key(self.border.at_one())] = made

    def _key(self, shapes: Shapes) -> Any:
        return None if self.border.open else tuple(tuple(shapes[port.name]) for port in self.border.inputs)

    def to_graph(self, bindings: Bindings) -> Graph:
        key = self._key(bindings.shapes)
        if key not in self._made:
            made = self._export(bindings.shapes)[1]
            assert made is not None
            self._made[key] = made
            if len(self._made) > _KEPT:
                self._made.popitem(last=False)
        self._made.move_to_end(key)
        made = self._made[key]
        if len(made.inputs) != len(self.inputs) or len(made.outputs) != len(self.outputs):
            raise ModelError(
                f"{self.name}: Keras exported {len(made.inputs)} inputs and {len(made.outputs)} outputs; expected "
                f"{len(self.inputs)} and {len(self.outputs)}. An input that no layer uses may be the cause; remove it"
            )
        names = {spec.name: theirs.name for spec, theirs in zip(self.inputs, made.inputs, strict=True)}
        ours = {theirs: name for name, theirs in names.items()}
        theirs = Bindings(
            {names[name]: shape for name, shape in bindings.shapes.items()},
            {names[name]: value for name, value in bindings.values.items()},
        )
        try:
            graph = made.to_graph(theirs)
        except NeedsValue as need:
            raise NeedsValue([ours.get(name, name) for name in need.names], need.where) from None
        for value in graph.inputs:
            value.name = ours[value.name]
        graph.output_names = [spec.name for spec in self.outputs]
        graph.name = self.name
        return graph


def _spec(port: Port) -> TensorSpec:
    return TensorSpec(port.name, DType.of(np.dtype(port.dtype)), port.shape)


def open_archive(data: bytes, name: str) -> KerasSource:
    """A ``.keras`` file: a ZIP archive of an architecture and its weights.

    Raises:
        ModelError: damaged, hostile, or (UnsupportedError) with layers that run code or are not known.
        MissingExtraError: Keras or a backend is absent.
    """
    files = read_archive(memoryview(data), name, "the archive", max(_FLOOR, _RATIO * len(data)))
    if CONFIG not in files:
        raise ModelError(f"{name}: {_not_keras(files)}")
    return open_files(files, name)


def open_files(files: Mapping[str, bytes], name: str) -> KerasSource:
    """The members of a ``.keras`` file, by name.

    Raises:
        ModelError, UnsupportedError, MissingExtraError: see ``open_archive``.
    """
    unknown = sorted(set(files) - _MEMBERS)
    if unknown or not {CONFIG, WEIGHTS} <= set(files):
        raise ModelError(
            f"{name}: holds {', '.join(map(repr, unknown or sorted(files)))[:200]}; "
            f"expected {CONFIG}, {WEIGHTS} and metadata.json, and nothing else"
        )
    clean = {**files, CONFIG: clean_config(files[CONFIG], name)}
    clean["metadata.json"] = json.dumps({"keras_version": "3.0.0"}).encode()
    need = backend(f"Loading {name}")

    def lay_out(folder: Path) -> dict[str, str]:
        inner = folder / "model"
        inner.mkdir()
        for member, content in clean.items():
            (inner / member).write_bytes(content)
        return {"file": "model", "weights": f"model/{WEIGHTS}"}

    return KerasSource(name, _by_worker(name, need, lay_out, sum(map(len, clean.values()))))


def open_hdf5(data: bytes, name: str) -> KerasSource:
    """An older ``.h5`` file: HDF5 with the architecture in an attribute.

    Raises:
        ModelError, UnsupportedError, MissingExtraError: see ``open_archive``.
    """
    need = backend(f"Loading {name}")

    def lay_out(folder: Path) -> dict[str, str]:
        (folder / "model.h5").write_bytes(data)
        return {"file": "model.h5", "weights": "model.h5"}

    return KerasSource(name, _by_worker(name, need, lay_out, len(data)))


def from_live(model: Any, example_inputs: Any = None) -> KerasSource:
    """A Keras model in this process, exported by its own backend.

    Raises:
        UsageError: it has no inputs yet, and no example was given.
        ModelError: Keras cannot export it.
    """
    live = LiveModel(model, example_inputs)
    border = live.border()

    def export(shapes: Shapes | None) -> tuple[Border, OnnxSource | None]:
        if shapes is None and not border.open:
            return border, None
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.onnx"
            live.write(path, None if border.open else shapes)
            return border, open_onnx(path.read_bytes(), name, path)

    name = str(model.name)
    return KerasSource(name, export)


def _by_worker(name: str, need: str, lay_out: Callable[[Path], dict[str, str]], size: int) -> Exporter:
    def export(shapes: Shapes | None) -> tuple[Border, OnnxSource | None]:
        with tempfile.TemporaryDirectory() as folder:
            where = Path(folder)
            request = {"kind": "keras", "backend": need, "bytes": size, "shapes": shapes, **lay_out(where)}
            answer = ask(where, request, name)
            path = where / "model.onnx"
            made = open_onnx(path.read_bytes(), name, path) if answer["written"] else None
            return Border.from_json(answer), made

    return export


def _not_keras(files: Mapping[str, bytes]) -> str:
    if any(member.endswith("data.pkl") for member in files):
        return (
            "is a PyTorch checkpoint, which holds pickled objects; load it in Python yourself, if you trust it, and "
            "give the module: es.load(module, example_inputs=(x,))"
        )
    if any(member.endswith(("/archive_format", "serialized_exported_program.json")) for member in files):
        return (
            "is a program of torch.export; load it in Python yourself, if you trust it, and give the program: "
            "es.load(torch.export.load(path))"
        )
    if not files:
        return "is a damaged ZIP archive: it has no directory of files"
    return f"is a ZIP archive without {CONFIG}, so it is no Keras model"
