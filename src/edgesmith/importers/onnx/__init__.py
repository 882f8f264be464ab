"""ONNX files, operator sets 6 to the newest that the installed ``onnx`` package defines.

``reader`` turns a file into plain Python, ``convert`` that into a graph by the converters in the ``ops_*`` files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edgesmith.errors import Unsupported, UnsupportedError
from edgesmith.importers.onnx.model import OnnxModel, ValueType
from edgesmith.importers.onnx.reader import read
from edgesmith.importers.onnx.tensors import ELEMENTS
from edgesmith.importers.onnx.told import described
from edgesmith.importers.source import LEVELLED_ENTRY, Bindings, StatedScale, TensorSpec, noted
from edgesmith.ir import Graph
from edgesmith.types import DType


class OnnxSource:
    """An ONNX model that was read: its border, and the way to a graph."""

    format = "onnx"

    def __init__(self, model: OnnxModel) -> None:
        self.model = model
        self.name = model.source
        missing: list[Unsupported] = []
        self.inputs = [_spec(name, kind, "input", missing) for name, kind in model.graph.inputs]
        self.outputs = [_spec(name, kind, "output", missing) for name, kind in model.graph.outputs]
        self.metadata: dict[str, Any] = {"producer": model.producer, **described(model.metadata)}
        self.metadata |= noted(self.metadata.pop(LEVELLED_ENTRY, ""))
        from edgesmith.importers.onnx.convert import missing_operators

        missing += missing_operators(model)
        if missing:
            raise UnsupportedError(self.name, list(dict.fromkeys(missing)))

    def to_graph(self, bindings: Bindings) -> Graph:
        from edgesmith.importers.onnx.convert import convert

        return convert(self.model, bindings.shapes, bindings.values)

    def scales(self) -> list[StatedScale]:
        """Every scale that the file states."""
        from edgesmith.importers.onnx.scales import stated_scales

        return list(stated_scales(self.model))


def _spec(name: str, kind: ValueType, side: str, missing: list[Unsupported]) -> TensorSpec:
    element = ELEMENTS.get(kind.code)
    if kind.kind == "tensor" and element is not None and element.native and element.dtype is not None:
        return TensorSpec(name, element.dtype, kind.shape)
    if side == "input" or kind.kind != "tensor" or element is not None:
        missing.append(Unsupported(f"graph {side}", name, f"has type {kind}"))
    return TensorSpec(name, DType.F32, None)


def open_model(data: bytes, name: str, path: Path | None = None) -> OnnxSource:
    """Read a model from its bytes. ``path`` says where they came from: tensors in other files are looked for there.

    Raises:
        ModelError: not an ONNX file, or one that contradicts itself.
        UnsupportedError: inputs, outputs or operators that are missing here, all at once.
        MissingExtraError: the ``onnx`` package is absent.
    """
    return OnnxSource(read(data, name, path))
