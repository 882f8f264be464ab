"""``load`` and ``Model``: a source model with its border, compiled on demand for the shapes that it is called with."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edgesmith.errors import ModelError, NeedsValue, UsageError, nearest, reading
from edgesmith.importers.source import Bindings, GraphSource, Source, TensorSpec
from edgesmith.ir import Graph

if TYPE_CHECKING:
    from edgesmith.runtime.session import Session

MAX_FILE_BYTES = 4 << 30
ZOO = "zoo:"

__all__ = ["Bindings", "Model", "Source", "TensorSpec", "load"]


class Model:
    """A source model: call it with arrays, or compile it.

    ``model(x)`` compiles for the shapes of ``x`` (and for the values of inputs that decide shapes) and keeps the
    result, so the next call with the same shapes only runs.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self._sessions: dict[Any, Session] = {}
        self._value_names: set[str] = set()

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def inputs(self) -> list[TensorSpec]:
        """The inputs as the file declares them."""
        return self.source.inputs

    @property
    def outputs(self) -> list[TensorSpec]:
        """The outputs as the file declares them."""
        return self.source.outputs

    @property
    def metadata(self) -> dict[str, Any]:
        """What the file says about itself: labels, description, producer."""
        return self.source.metadata

    def graph(
        self, shapes: Mapping[str, Sequence[int]] | None = None, values: Mapping[str, Any] | None = None
    ) -> Graph:
        """The graph before any pass, for given input shapes; open dimensions that are not given become 1."""
        bound = self.bind(shapes, values)
        with reading(self.name):
            return self.source.to_graph(bound)

    def bind(self, shapes: Mapping[str, Sequence[int]] | None, values: Mapping[str, Any] | None) -> Bindings:
        """Complete bindings: every input has a shape.

        Raises:
            UsageError: an unknown input, or a shape that contradicts the file.
        """
        known = {spec.name: spec for spec in self.inputs}
        for name in (*(shapes or {}), *(values or {})):
            if name not in known:
                raise UsageError(f"{self.name} has no input '{name}'.{nearest(name, known)} Inputs: {self._listed()}")
        bound = Bindings(values={name: np.asarray(array) for name, array in (values or {}).items()})
        named: dict[str, int] = {}
        for name, spec in known.items():
            given = tuple(int(dim) for dim in shapes[name]) if shapes and name in shapes else None
            if name in bound.values:
                given = bound.values[name].shape
            if given is None:
                continue
            bound.shapes[name] = self._fit(spec, given, named)
        for name, spec in known.items():
            if name not in bound.shapes:
                dims = spec.shape or ()
                bound.shapes[name] = tuple(
                    dim if isinstance(dim, int) else named.get(dim, 1) if isinstance(dim, str) else 1 for dim in dims
                )
        return bound

    def _fit(self, spec: TensorSpec, given: tuple[int, ...], named: dict[str, int]) -> tuple[int, ...]:
        if spec.shape is None:
            return given
        fits = len(given) == len(spec.shape)
        for want, have in zip(spec.shape, given, strict=False):
            if isinstance(want, int):
                fits &= want == have
            elif isinstance(want, str):
                fits &= named.setdefault(want, have) == have
        if not fits:
            raise UsageError(f"input '{spec.name}' has shape {given}, expected {spec}")
        return given

    def __call__(self, *arrays: Any, **named: Any) -> Any:
        """Run on arrays, by position or by name (a dict as the only argument works too).

        Returns the output array, or a list of them where the model has several.

        Raises:
            UsageError: inputs that do not fit; nothing is cast silently.
        """
        feeds = self._feeds(arrays, named)
        bound: dict[str, np.ndarray] = {name: feeds[name] for name in sorted(self._value_names)}
        for _ in range(len(self.inputs) + 1):
            try:
                session = self._session(feeds, bound)
                break
            except NeedsValue as need:
                missing = [name for name in need.names if name in feeds and name not in bound]
                if not missing:
                    raise
                self._value_names.update(missing)
                bound = {name: feeds[name] for name in sorted(self._value_names)}
        else:
            raise ModelError(f"{self.name}: the values of all inputs are bound and shapes are still unknown")
        results = session.run(*(feeds[port.name] for port in session.inputs))
        return results[0] if len(results) == 1 else results

    def _session(self, feeds: dict[str, np.ndarray], values: dict[str, np.ndarray]) -> Session:
        shapes = {name: array.shape for name, array in feeds.items()}
        key = (tuple(sorted(shapes.items())), tuple((n, a.dtype.str, a.shape, a.tobytes()) for n, a in values.items()))
        if key not in self._sessions:
            from edgesmith.compiler import compile_model
            from edgesmith.runtime.session import Session

            compiled = compile_model(self, shapes=shapes, values=values)
            if len(self._sessions) >= 16:
                self._sessions.pop(next(iter(self._sessions)))
            self._sessions[key] = Session(compiled.to_bytes())
        return self._sessions[key]

    def _feeds(self, arrays: tuple[Any, ...], named: dict[str, Any]) -> dict[str, np.ndarray]:
        if len(arrays) == 1 and isinstance(arrays[0], Mapping):
            named, arrays = {**arrays[0], **named}, ()
        names = [spec.name for spec in self.inputs]
        if len(arrays) > len(names):
            raise UsageError(f"{self.name} has {len(names)} inputs, {len(arrays)} arrays were given: {self._listed()}")
        feeds = dict(zip(names, arrays, strict=False))
        for name, array in named.items():
            if name not in names:
                raise UsageError(f"{self.name} has no input '{name}'.{nearest(name, names)} Inputs: {self._listed()}")
            feeds[name] = array
        for spec in self.inputs:
            if spec.name not in feeds:
                raise UsageError(f"input '{spec.name}' of {self.name} was not given. Inputs: {self._listed()}")
            array = feeds[spec.name] = np.asarray(feeds[spec.name])
            if array.dtype != spec.dtype.numpy:
                raise UsageError(
                    f"input '{spec.name}' is {spec.dtype.numpy}, the array given is {array.dtype}; "
                    f"convert it yourself, e.g. array.astype('{spec.dtype.numpy}')"
                )
        return feeds

    def _listed(self) -> str:
        return ", ".join(str(spec) for spec in self.inputs) or "none"

    def __repr__(self) -> str:
        return f"<Model {self.name} ({self.source.format}): {self._listed()} -> {', '.join(map(str, self.outputs))}>"


def load(source: Any, *, example_inputs: Any = None, name: str | None = None, weights: Any = None) -> Model:
    """Open a model: a path or the bytes of a file, a folder, a live PyTorch module or Keras model, or a ``Graph``.

    Files are ``.tflite``, ``.onnx``, ncnn's ``.param``, Caffe's ``.prototxt`` or Keras' ``.keras`` and ``.h5``; a
    folder is a SavedModel.

    ``"zoo:mobilenet_v2"`` names an architecture of ``edgesmith.zoo``, with random weights. The content
    decides the format, not the suffix. A PyTorch module needs ``example_inputs``, a tuple of tensors, which a program
    of ``torch.export`` brings along; a Keras model needs them only where it was not built yet. Models of ncnn and Caffe
    have ``weights`` in a second file: the ``.bin`` or ``.caffemodel`` beside it, unless a path or bytes are given.

    Raises:
        FileNotFoundError: no such file.
        ModelError: not a model, damaged, or (UnsupportedError) using what is missing here.
        MissingExtraError: the format needs an optional package.
    """
    path: Path | None = None
    if isinstance(source, Graph):
        return Model(GraphSource(source, name or source.name))
    if isinstance(source, (str, Path)) and str(source).startswith(ZOO):
        from edgesmith import zoo

        return zoo.build(str(source).removeprefix(ZOO))
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        if path.is_dir():
            from edgesmith.importers.keras import open_folder

            label = name or path.resolve().name
            with reading(label):
                return Model(open_folder(path, label))
        data = _file(path)
    elif isinstance(source, (bytes, bytearray, memoryview)):
        data = bytes(source)
    elif _is_of(source, "keras"):
        from edgesmith.importers.keras.source import from_live

        return Model(from_live(source, example_inputs))
    elif _is_of(source, "torch"):
        from edgesmith.importers.torch import from_module

        return Model(from_module(source, example_inputs))
    else:
        raise UsageError(
            f"cannot load a {type(source).__name__}; give a path, bytes, a Graph, a torch.nn.Module or a keras.Model"
        )
    label = name or (path.name if path else "model")
    open_model = _importer(data, label)
    if weights is not None:
        if "weights" not in signature(open_model).parameters:
            raise UsageError(f"{label} holds its weights itself; weights= is for models of two files (ncnn, Caffe)")
        open_model = partial(open_model, weights=_bytes(weights))
    with reading(label):
        return Model(open_model(data, label, path))


def _is_of(item: Any, package: str) -> bool:
    """Whether a class of ``package`` is among an object's own, found without importing the package."""
    return any(base.__module__.startswith(f"{package}.") for base in type(item).__mro__)


def _file(path: Path) -> bytes:
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file" if not path.exists() else f"{path}: not a file")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ModelError(f"{path}: {path.stat().st_size} bytes; the most is {MAX_FILE_BYTES}")
    return path.read_bytes()


def _bytes(weights: Any) -> bytes:
    return _file(Path(weights)) if isinstance(weights, (str, os.PathLike)) else bytes(weights)


def _importer(data: bytes, label: str) -> Callable[..., Source]:
    if data[4:8] == b"TFL3":
        from edgesmith.importers import tflite

        return tflite.open_model
    if data[:8] == b"\x89EDGE\r\n\x1a":
        raise UsageError(f"{label} is compiled already (.edge); run it with edgesmith.Session")
    if not data:
        raise ModelError(f"{label}: the file is empty")
    from edgesmith.importers import ncnn

    if ncnn.is_ncnn(data):
        return ncnn.open_model
    from edgesmith.importers import keras

    if keras.is_keras(data):
        return keras.open_model
    from edgesmith.importers import caffe

    if caffe.is_caffe(data):
        return caffe.open_model
    from edgesmith.importers import onnx

    return onnx.open_model
