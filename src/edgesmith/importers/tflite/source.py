"""A parsed ``.tflite`` file as the rest of Edgesmith sees it: borders, signatures, and a graph on demand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edgesmith.errors import ModelError, Unsupported, UnsupportedError, UsageError, nearest
from edgesmith.importers.source import LEVELLED_ENTRY, Bindings, StatedScale, TensorSpec, noted
from edgesmith.importers.tflite.call import DTYPES, RefusedError, stored_quant
from edgesmith.importers.tflite.convert import Converter
from edgesmith.importers.tflite.metadata import TensorMetadata, label_file, read_files, read_labels, read_metadata
from edgesmith.importers.tflite.records import Subgraph, Tensor, TFLiteModel
from edgesmith.importers.tflite.scales import stated_scales
from edgesmith.ir import Graph


class TFLiteSource:
    """One entry of a file: its first subgraph, or the one that a signature names."""

    format = "tflite"

    def __init__(self, model: TFLiteModel, name: str, subgraph: int = 0) -> None:
        self.model = model
        self.name = name
        self.subgraph = model.subgraphs[subgraph]
        self.inputs = _border(model, self.subgraph, self.subgraph.inputs, "input")
        self.outputs = _border(model, self.subgraph, self.subgraph.outputs, "output")
        self.metadata = self._describe()

    def to_graph(self, bindings: Bindings) -> Graph:
        """See ``edgesmith.model.Source``. Shapes that differ from the file's are computed anew throughout."""
        names = [spec.name for spec in self.inputs], [spec.name for spec in self.outputs]
        return Converter(self.model, self.name).graph(self.subgraph, bindings, *names)

    def scales(self) -> list[StatedScale]:
        """Every scale that the file states."""
        return list(stated_scales(self.model))

    def signature(self, key: str) -> TFLiteSource:
        """The entry that a signature names; its inputs and outputs keep the tensors' names.

        Raises:
            UsageError: no such signature.
        """
        found = {signature.key: signature for signature in self.model.signatures}
        if key not in found:
            listed = ", ".join(map(repr, found)) or "none"
            raise UsageError(f"{self.name} has no signature '{key}'.{nearest(key, found)} Signatures: {listed}")
        return TFLiteSource(self.model, self.name, found[key].subgraph)

    def _describe(self) -> dict[str, Any]:
        """What the file says of itself, as plain data."""
        told: dict[str, Any] = {}
        if self.model.description:
            told["producer"] = self.model.description
        signatures = {}
        for signature in self.model.signatures:
            graph = self.model.subgraphs[signature.subgraph]
            sides = {}
            for side, named, tensors in (
                ("inputs", signature.inputs, graph.inputs),
                ("outputs", signature.outputs, graph.outputs),
            ):
                names = _names(graph, tensors, side[:-1])
                at = dict(zip(tensors, names, strict=True))
                sides[side] = {key: at.get(index, graph.tensors[index].name) for key, index in named.items()}
            signatures[signature.key] = {"subgraph": signature.subgraph, **sides}
        if signatures:
            told["signatures"] = signatures
        told |= noted(self.model.metadata.get(LEVELLED_ENTRY, ""))
        try:
            told.update(self._embedded())
        except ModelError as error:
            told["metadata_error"] = str(error)  # the network itself may be sound
        return told

    def _embedded(self) -> dict[str, Any]:
        found = read_metadata(self.model)
        if found is None or self.subgraph.index >= len(found.subgraphs):
            return {}
        told: dict[str, Any] = {
            key: text
            for key in ("name", "description", "version", "author", "license")
            if (text := getattr(found, key))
        }
        if "name" in told:
            told["title"] = told.pop("name")
        graph = found.subgraphs[self.subgraph.index]
        told["tensors"] = {
            spec.name: described
            for specs, tensors in ((self.inputs, graph.inputs), (self.outputs, graph.outputs))
            for spec, tensor in zip(specs, tensors, strict=False)
            if (described := _tensor(tensor))
        }
        for spec in self.inputs:
            known = told["tensors"].get(spec.name, {})
            if "mean" in known:
                told["normalization"] = {"mean": known["mean"], "std": known["std"]}
                break
        if any(tensor.files for tensor in graph.outputs):
            files = read_files(self.model)
            for spec, tensor in zip(self.outputs, graph.outputs, strict=False):
                file = label_file(tensor)
                if file is not None:
                    told["labels"] = read_labels(tensor, files)
                    told["tensors"][spec.name]["labels"] = file.type
                    break
        return told


def _tensor(tensor: TensorMetadata) -> dict[str, Any]:
    """A tensor's description; mean and std where pictures or sound are to be normalized as (x - mean) / std."""
    told: dict[str, Any] = {}
    for key in ("name", "description", "content"):
        if text := getattr(tensor, key):
            told[key] = text
    if tensor.content_fields:
        told["content_fields"] = {key: _plain(value) for key, value in tensor.content_fields.items()}
    for unit in tensor.process_units:
        if unit.kind == "Normalization":
            told.update({key: _plain(unit.fields[key]) for key in ("mean", "std")})
        elif unit.kind == "ScoreThresholding":
            told["score_threshold"] = _plain(unit.fields["global_score_threshold"])
    if tensor.stats:
        told["range"] = {key: _plain(value) for key, value in tensor.stats.items()}
    return told


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, (tuple, list)) else value


def _names(subgraph: Subgraph, tensors: Sequence[int], side: str) -> list[str]:
    """One name each, none empty and none twice."""
    names: list[str] = []
    for place, index in enumerate(tensors):
        name = subgraph.tensors[index].name or f"{side}{place}"
        while name in names:
            name += f".{place}"
        names.append(name)
    return names


def _border(model: TFLiteModel, subgraph: Subgraph, tensors: Sequence[int], side: str) -> list[TensorSpec]:
    specs, problems = [], []
    for name, index in zip(_names(subgraph, tensors, side), tensors, strict=True):
        tensor = subgraph.tensors[index]
        try:
            quant = stored_quant(tensor)
        except RefusedError as error:
            problems.append(Unsupported(side, name, error.reason, error.hint))
            continue
        dtype = DTYPES.get(tensor.dtype)
        if dtype is None:
            problems.append(Unsupported(side, name, f"it has elements of type {tensor.dtype}"))
        else:
            specs.append(TensorSpec(name, dtype, _shape(tensor), quant))
    if problems:
        raise UnsupportedError(model.source, problems)
    return specs


def _shape(tensor: Tensor) -> tuple[int | str | None, ...]:
    return tuple(None if dim == -1 else dim for dim in tensor.signature)
