"""From ncnn's layers to a graph, through the converters in the ``ops_*`` files: functions named like the layers.

A blob of (C, H, W) is a value of shape (1, C, H, W), one of (H, W) is (1, H, W), a vector of W is (1, W): ncnn's axis
``k`` is ours ``k + 1``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edgesmith.errors import ModelError, Unsupported, UnsupportedError, nearest
from edgesmith.importers.blobs import Blobs, Result, converters
from edgesmith.importers.ncnn.param import Layer
from edgesmith.importers.ncnn.weights import Array
from edgesmith.importers.source import Bindings, UnsupportedForm
from edgesmith.ir import Graph, Value
from edgesmith.types import DType

if TYPE_CHECKING:
    from edgesmith.importers.ncnn.source import NcnnSource

PACKAGE = "edgesmith.importers.ncnn"
__all__ = ["Call", "Result", "check_types", "convert"]


def check_types(layers: Sequence[Layer], source: str) -> None:
    """Raises:
    UnsupportedError: every layer of a type that is not available here.
    """
    known = converters(PACKAGE)
    missing = [
        Unsupported(layer.type, layer.name, "this layer is not available", nearest(layer.type, known).strip())
        for layer in layers
        if layer.type not in known and layer.type != "Input"
    ]
    if missing:
        raise UnsupportedError(source, missing)


class Call:
    """One layer that is being converted: its blobs as values, its parameters, its weights. ``b`` builds the graph."""

    def __init__(self, layer: Layer, inputs: Sequence[Value], weights: Sequence[Array], job: Job) -> None:
        self.layer = layer
        self.inputs = inputs
        self.weights = list(weights)
        self.job = job
        self.b = job.b

    def x(self, index: int = 0, ranks: range = range(1, 5)) -> Value:
        """The blob at ``index``, with as many dimensions as the range allows.

        Raises:
            ModelError: missing, or of another rank.
        """
        if index >= len(self.inputs):
            raise ModelError(f"input {index} is missing; it has {len(self.inputs)}")
        value = self.inputs[index]
        if value.rank - 1 not in ranks:
            wanted = f"{ranks.start} to {ranks.stop - 1}" if len(ranks) > 1 else f"{ranks.start}"
            raise ModelError(f"a blob of shape {value.shape[1:]}; expected {wanted} dimensions")
        return value

    def integer(self, number: int, default: int = 0) -> int:
        return self.layer.integer(number, default)

    def real(self, number: int, default: float = 0.0) -> float:
        return self.layer.real(number, default)

    def axis(self, x: Value, axis: int) -> int:
        """ncnn's axis, counted from the front, or from behind where it is negative, as ours.

        Raises:
            ModelError: outside the blob.
        """
        dims = x.rank - 1
        if not -dims <= axis < dims:
            raise ModelError(f"axis {axis} is outside a blob of shape {x.shape[1:]}")
        return axis % dims + 1

    def weight(self, index: int) -> Array:
        """The array at ``index`` as real numbers; int8 only where the layer knows what to do with it."""
        array = self.weights[index]
        if array.dtype == np.int8:
            self.unsupported("weights of int8 without scales")
        return array

    def constant(self, array: Any) -> Value:
        return self.b.constant(np.ascontiguousarray(array, np.float32), DType.F32, name=f"{self.layer.name}.w")

    def channels(self, array: Array, x: Value) -> Value:
        """Numbers for the outermost dimension of a blob, or one for all."""
        if array.size not in (1, x.shape[1]):
            raise ModelError(f"{array.size} numbers do not fit a blob of shape {x.shape[1:]}")
        return self.constant(array.reshape(-1, *[1] * (x.rank - 2)))

    def unsupported(self, reason: str, hint: str = "") -> Any:
        """Give up on this layer: the form is sound, and not available here."""
        raise UnsupportedForm(reason, hint)


class Job(Blobs):
    """The graph that grows, layer by layer."""

    def run(self, layer: Layer, weights: Sequence[Array]) -> None:
        """Convert a layer; where what it reads could not be made, it is passed over."""
        if all(name in self.values for name in layer.inputs):
            call = Call(layer, [self.values[name] for name in layer.inputs], weights, self)
            self.attempt(layer.type, layer.name, layer.outputs, lambda: converters(PACKAGE)[layer.type](call))


def convert(source: NcnnSource, bindings: Bindings) -> Graph:
    """The graph of a model whose inputs have the given shapes.

    Raises:
        UnsupportedError: every form of a layer that is not available here, at once.
        ModelError: the model contradicts itself, or the shapes do not fit it.
    """
    job = Job(source.name)
    names = iter(source.inputs)
    for layer, weights in zip(source.layers, source.weights, strict=True):
        if layer.type != "Input":
            job.run(layer, weights)
            continue
        name = next(names).name
        if name in bindings.values:
            job.values[name] = job.b.constant(bindings.values[name], DType.F32, name=name)
        else:
            job.values[name] = job.b.input(name, bindings.shapes[name], DType.F32)
    return job.graph(spec.name for spec in source.outputs)
