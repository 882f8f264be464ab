"""A Caffe network as the rest of Edgesmith sees it: its border, what it says of pixels, and the way to a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from edgesmith.errors import ModelError, NeedsValue, UnsupportedError
from edgesmith.importers.caffe.net import Network, Shape
from edgesmith.importers.caffe.weights import Array
from edgesmith.importers.source import Bindings, TensorSpec, size_is_open
from edgesmith.ir import Graph
from edgesmith.types import DType

_STEPS = ("LSTM", "RNN")  # layers whose blobs have the steps of a sequence in front, where others have the batch
UNSAID = (
    "Caffe networks mostly take pixels less their mean, as blue, green, red; this file does not say which mean and "
    "scale: its author does, or the .prototxt that it was trained with."
)


class CaffeSource:
    """A network with its weights. The number of pictures in a batch is open, since files seldom mean theirs."""

    format = "caffe"

    def __init__(self, network: Network, weights: Mapping[str, Sequence[Array]], name: str) -> None:
        self.name = name
        self.network = network
        self.weights = weights
        self.inputs = [TensorSpec(blob, DType.F32, self._shape(blob, shape)) for blob, shape in network.inputs.items()]
        self.outputs = [TensorSpec(blob, DType.F32, None) for blob in network.outputs]
        self.metadata = self._metadata()

    def _shape(self, blob: str, stated: Shape | None) -> Shape | None:
        channels = self._channels(blob)
        if stated is None:
            return (None, channels, None, None) if channels else None
        if len(stated) != 4 or any(layer.type in _STEPS for layer in self.network.layers):
            return stated
        return (None, channels if stated[1] is None else stated[1], *stated[2:])

    def _channels(self, blob: str) -> int | None:
        """What the first convolution that reads a blob tells of its channels."""
        same = {blob}
        for layer in self.network.layers:
            if not same.intersection(layer.bottoms):
                continue
            arrays = self.weights.get(layer.name, ())
            if layer.type == "Convolution" and arrays and arrays[0].ndim == 4:
                groups = layer.message.message("convolution_param").integer("group", 1)
                return int(arrays[0].shape[1]) * max(groups, 1)
            if layer.type in ("Split", "BatchNorm", "Scale", "Bias", "Power"):
                same.update(layer.tops)
        return None

    def _metadata(self) -> dict[str, Any]:
        """What the file says of pixels. They are in the order that OpenCV reads: blue, green, red."""
        pictures = [spec.name for spec in self.inputs if spec.shape and len(spec.shape) == 4 and spec.shape[1] == 3]
        found: dict[str, Any] = {"channel_order": "bgr"} if pictures else {}
        said = [
            message for message in self.network.transforms if {"mean_value", "scale", "mean_file"} & {*message.fields}
        ]
        if not said:
            return {**found, "preprocessing": UNSAID} if pictures else found
        means, factor, file = said[0].reals("mean_value"), said[0].real("scale", 1.0), said[0].text("mean_file")
        if factor > 0 and len(means) in (0, 1, 3) and not file:
            return {**found, "normalization": {"mean": means or [0.0], "std": [1 / factor]}}
        if file:
            note = f"a mean picture is subtracted, which is in another file ({file[:80]}); then scaled by {factor:g}"
        else:
            note = f"{len(means)} means are subtracted, then scaled by {factor:g}"
        return {**found, "preprocessing": f"The file says: {note}."}

    def to_graph(self, bindings: Bindings) -> Graph:
        """See ``edgesmith.importers.source.Source``."""
        from edgesmith.importers.caffe.convert import convert

        try:
            return convert(self, bindings)
        except (UnsupportedError, NeedsValue):
            raise
        except ModelError as error:
            open_sizes = [spec.name for spec in self.inputs if spec.shape is None or None in spec.shape[1:]]
            if not open_sizes or bindings.shapes[open_sizes[0]][1:].count(1) == 0:
                raise
            name = open_sizes[0]
            raise size_is_open(error, name, (1, 3, 224, 224)) from None
