"""From Caffe's layers to a graph, through the converters in the ``ops_*`` files: functions named like the layers.

Values have the shapes of Caffe's blobs, batch first: (N, C, H, W), or whatever a layer makes of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgesmith.errors import ModelError, Unsupported, UnsupportedError, nearest
from edgesmith.importers.blobs import Blobs, Result, converters
from edgesmith.importers.caffe.net import Layer
from edgesmith.importers.caffe.text import Message
from edgesmith.importers.caffe.weights import Array
from edgesmith.importers.source import Bindings, UnsupportedForm
from edgesmith.ir import Graph, Value
from edgesmith.types import DType

if TYPE_CHECKING:
    from edgesmith.importers.caffe.source import CaffeSource

PACKAGE: Final = "edgesmith.importers.caffe"
# What training and the choice of an implementation leave in a layer's parameters, and what names files.
_HARMLESS_WORDS: Final = """
    weight_filler bias_filler filler scale_filler engine moving_average_fraction stable_prod_grad force_nd_im2col
    dropout_ratio save_output_param visualize visualize_threshold debug_info
"""
_HARMLESS: Final = frozenset(_HARMLESS_WORDS.split())
_REASONS: Final = {
    "Python": ("its code is not in the file, and code of strangers is not run", "Take it out of the network."),
    "Filter": ("the number of rows that it keeps is known only after a run", ""),
}
__all__ = ["Call", "Result", "check_types", "convert"]


def check_types(layers: Sequence[Layer], source: str) -> None:
    """Raises:
    UnsupportedError: every layer of a type that is not available here.
    """
    known = converters(PACKAGE)
    missing = []
    for layer in layers:
        if layer.type not in known:
            hint = nearest(layer.type, known).strip()
            reason, advice = _REASONS.get(layer.type, ("this layer is not available", hint))
            missing.append(Unsupported(layer.type, layer.name, f"{reason} (line {layer.line})", advice))
    if missing:
        raise UnsupportedError(source, missing)


class Call:
    """One layer that is being converted: its blobs as values, its parameters, its weights. ``b`` builds the graph."""

    def __init__(self, layer: Layer, inputs: Sequence[Value], weights: Sequence[Array], job: Blobs) -> None:
        self.layer = layer
        self.inputs = inputs
        self.weights = weights
        self.job = job
        self.b = job.b
        self._asked: list[Message] = []

    def x(self, index: int = 0, ranks: range = range(0, 9)) -> Value:
        """The blob at ``index``, with as many dimensions as the range allows.

        Raises:
            ModelError: missing, or of another rank.
        """
        if index >= len(self.inputs):
            raise ModelError(f"bottom {index} is missing; it has {len(self.inputs)}")
        value = self.inputs[index]
        if value.rank not in ranks:
            wanted = f"{ranks.start} to {ranks.stop - 1}" if len(ranks) > 1 else f"{ranks.start}"
            raise ModelError(f"a blob of shape {value.shape}; expected {wanted} dimensions")
        return value

    def param(self, name: str) -> Message:
        """The layer's parameters of one kind; empty where the file has none."""
        message = self.layer.message.message(name)
        self._asked.append(message)
        return message

    def check_known(self) -> None:
        """A field that no converter knows may mean anything; better no network than a wrong one.

        Raises:
            UnsupportedForm: the layer has such fields.
        """
        for message in self._asked:
            strange = [name for name in message.unknown() if name not in _HARMLESS]
            if strange:
                self.unsupported(f"its parameter '{strange[0]}' is not known here")

    def axis(self, x: Value, axis: int, name: str = "axis", end: bool = False) -> int:
        """An axis, counted from the front, or from behind where it is negative; ``end`` allows that behind the last.

        Raises:
            ModelError: outside the blob.
        """
        if not -x.rank <= axis < x.rank + end:
            raise ModelError(f"{name} {axis} is outside a blob of shape {x.shape}")
        return axis if axis >= 0 else axis + x.rank

    def weight(self, index: int, shape: Sequence[int]) -> Array:
        """The layer's array at ``index`` in float32, whose shape may have ones more or less.

        Raises:
            ModelError: missing, or of another shape.
        """
        if index >= len(self.weights):
            have = f"{len(self.weights)} arrays" if self.weights else "none of this name"
            raise ModelError(f"it needs array {index} of weights, of shape {tuple(shape)}, and the file has {have}")
        array = self.weights[index]
        if [dim for dim in array.shape if dim != 1] != [dim for dim in shape if dim != 1]:
            raise ModelError(f"array {index} of its weights has shape {array.shape}; expected {tuple(shape)}")
        return np.asarray(array, np.float32).reshape(tuple(shape))

    def constant(self, array: Any) -> Value:
        return self.b.constant(np.ascontiguousarray(array, np.float32), DType.F32, name=f"{self.layer.name}.w")

    def along(self, index: int, x: Value, axis: int, count: int) -> Value:
        """The array at ``index``, shaped to go along ``count`` axes of x from ``axis`` on."""
        dims = x.shape[axis : axis + count]
        array = self.weight(index, dims)
        return self.constant(array.reshape(*dims, *[1] * (x.rank - axis - count)))

    def channels(self, array: Array, x: Value) -> Value:
        """One number a channel, beside x."""
        return self.constant(array.reshape(-1, *[1] * (x.rank - 2)))

    def unsupported(self, reason: str, hint: str = "") -> Any:
        """Give up on this layer: the form is sound, and not available here."""
        raise UnsupportedForm(reason, hint)


class Job(Blobs):
    """The graph that grows, layer by layer."""

    def run(self, layer: Layer, weights: Sequence[Array]) -> None:
        """Convert a layer; where what it reads could not be made, it is passed over."""
        if any(name not in self.values for name in layer.bottoms):
            return
        call = Call(layer, [self.values[name] for name in layer.bottoms], weights, self)

        def made() -> Result:
            result = converters(PACKAGE)[layer.type](call)
            call.check_known()
            return result

        self.attempt(layer.type, layer.name, layer.tops, made, layer.line)
        if any(entry.node == layer.name for entry in self.missing):
            for top in layer.tops:  # in place, it would otherwise seem to be there
                self.values.pop(top, None)


def convert(source: CaffeSource, bindings: Bindings) -> Graph:
    """The graph of a network whose inputs have the given shapes.

    Raises:
        UnsupportedError: every form of a layer that is not available here, at once.
        ModelError: the network contradicts itself, or the shapes do not fit it.
    """
    job = Job(source.name)
    for spec in source.inputs:
        if spec.name in bindings.values:
            job.values[spec.name] = job.b.constant(bindings.values[spec.name], DType.F32, name=spec.name)
        else:
            if not prod(bindings.shapes[spec.name]):
                raise ModelError(f"{source.name}: input '{spec.name}' has shape {bindings.shapes[spec.name]}")
            job.values[spec.name] = job.b.input(spec.name, bindings.shapes[spec.name], DType.F32)
    for layer in source.network.layers:
        job.run(layer, source.weights.get(layer.name, ()))
    return job.graph(spec.name for spec in source.outputs)
