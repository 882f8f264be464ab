"""An ncnn model as the rest of Edgesmith sees it: its border, and the way to a graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edgesmith.errors import ModelError, NeedsValue, UnsupportedError
from edgesmith.importers.ncnn.param import Layer
from edgesmith.importers.ncnn.weights import Array, blob_shape
from edgesmith.importers.source import Bindings, TensorSpec, size_is_open
from edgesmith.ir import Graph
from edgesmith.types import DType


class NcnnSource:
    """Layers with their weights. Blobs get the batch dimension that ncnn leaves away: (C, H, W) is (1, C, H, W)."""

    format = "ncnn"

    def __init__(self, layers: Sequence[Layer], weights: Sequence[Sequence[Array]], name: str) -> None:
        self.name = name
        self.layers = layers
        self.weights = weights
        read = {blob for layer in layers for blob in layer.inputs}
        inputs = [layer for layer in layers if layer.type == "Input"]
        self.inputs = [TensorSpec(self._blob(layer), DType.F32, self._shape(layer)) for layer in inputs]
        ends = [blob for layer in layers for blob in layer.outputs if blob not in read]
        self.outputs = [TensorSpec(blob, DType.F32, None) for blob in ends]
        self.metadata: dict[str, Any] = {}

    def _blob(self, layer: Layer) -> str:
        if len(layer.outputs) != 1:
            raise ModelError(f"{self.name}: input '{layer.name}' makes {len(layer.outputs)} blobs; expected one")
        return layer.outputs[0]

    def _shape(self, layer: Layer) -> tuple[int | None, ...] | None:
        """What the file states, or what the first convolution that reads the input tells of its channels."""
        stated = blob_shape(layer)
        if any(dim < 0 for dim in stated):
            raise ModelError(f"{self.name}: input '{layer.name}' has shape {stated}")
        if stated:
            return (1, *stated)
        channels = self._channels(layer.outputs[0])
        return (1, channels, None, None) if channels else None

    def _channels(self, blob: str) -> int | None:
        same = {blob}
        for layer in self.layers:
            if not same.intersection(layer.inputs):
                continue
            if layer.type in ("Split", "Padding"):
                same.update(layer.outputs)
            if layer.type in ("Convolution", "ConvolutionDepthWise"):
                kernel = layer.integer(1) * layer.integer(11, layer.integer(1)) * layer.integer(0)
                groups = layer.integer(7, 1) if layer.type == "ConvolutionDepthWise" else 1
                vector = kernel == layer.integer(0) and groups == 1  # which a kernel of 1 x 1 takes as well
                return layer.integer(6) // kernel * groups if kernel > 0 and not vector else None
        return None

    def to_graph(self, bindings: Bindings) -> Graph:
        """See ``edgesmith.importers.source.Source``."""
        from edgesmith.importers.ncnn.convert import convert

        try:
            return convert(self, bindings)
        except (UnsupportedError, NeedsValue):
            raise
        except ModelError as error:
            guessed = [spec for spec in self.inputs if _open(spec) and set(bindings.shapes[spec.name][2:]) <= {1}]
            if not guessed:
                raise
            name = guessed[0].name
            raise size_is_open(error, name, (1, 3, 320, 320)) from None


def _open(spec: TensorSpec) -> bool:
    return spec.shape is None or None in spec.shape
