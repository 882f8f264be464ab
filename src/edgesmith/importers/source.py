"""What every importer gives: a parsed model that knows its border and can be turned into a graph."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from edgesmith.errors import ModelError
from edgesmith.ir import Graph
from edgesmith.types import DType, Quantization


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """An input or output as the source file declares it. Named dimensions are strings, unknown ones ``None``."""

    name: str
    dtype: DType
    shape: tuple[int | str | None, ...] | None
    quant: Quantization | None = None

    def __str__(self) -> str:
        dims = "?" if self.shape is None else "x".join("?" if d is None else str(d) for d in self.shape) or "scalar"
        return f"{self.name}: {self.dtype}[{dims}]" + (f" {self.quant}" if self.quant else "")


@dataclass(frozen=True, slots=True, eq=False)
class StatedScale:
    """What a file says of one quantized tensor: ``real = scale * (q - zero_point)``, one pair or one a channel.

    Zero points of unsigned types are those of the signed type, 128 lower for bytes, since bytes may change their sign
    on the way from file to file and mean the same.
    """

    tensor: str
    scale: NDArray[np.float32]
    zero_point: NDArray[np.int64]

    def pairs(self) -> set[tuple[bytes, int]]:
        """Each scale, as its bits, with its zero point."""
        zeros = np.broadcast_to(self.zero_point, self.scale.shape).ravel().tolist()
        return {(scale.tobytes(), zero) for scale, zero in zip(self.scale.ravel(), zeros, strict=True)}

    def __str__(self) -> str:
        count = f" (the first of {self.scale.size})" if self.scale.size > 1 else ""
        first = self.scale.ravel()[0], self.zero_point.ravel()[0]
        return f"'{self.tensor}': scale {first[0]:.7g}, zero point {first[1]}{count}"


LEVELLED = "levelled"  # the metadata that says what quantizing multiplied each value by: quantization/level.py
LEVELLED_ENTRY = "edgesmith.levelled"  # the same in files of other formats, as JSON
MOST_NOTED = 16 << 20


def noted(text: str | bytes | memoryview) -> dict[str, Any]:
    """The metadata that is in such an entry; nothing where it is not of that form."""
    if len(text) > MOST_NOTED:
        return {}
    try:
        found = json.loads(bytes(text) if isinstance(text, memoryview) else text)
    except (ValueError, RecursionError):
        return {}
    return {LEVELLED: found} if isinstance(found, dict) else {}


UNSIGNED: Mapping[str, int] = MappingProxyType({"uint4": 8, "uint8": 128, "uint16": 1 << 15})
"""How much lower the zero points of unsigned types are as ``StatedScale`` says them."""


@dataclass(slots=True)
class Bindings:
    """What an importer needs to make a concrete graph: input shapes, and values of inputs that decide shapes."""

    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    values: dict[str, np.ndarray] = field(default_factory=dict)


class Source(Protocol):
    """What every importer returns: a parsed model that can be turned into a graph for given bindings."""

    name: str
    format: str
    inputs: list[TensorSpec]
    outputs: list[TensorSpec]
    metadata: dict[str, Any]

    def to_graph(self, bindings: Bindings) -> Graph:
        """A concrete graph. Inputs in ``bindings.values`` become constants and are not inputs of the graph.

        Raises:
            UnsupportedError: everything that cannot be converted, at once.
            NeedsValue: a shape depends on the value of an input that is not bound.
            ModelError: the model contradicts itself, or the bindings do not fit.
        """


class UnsupportedForm(Exception):
    """A converter gives up on its node: the form is sound, and not available here. Whoever called it notes that."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


class GraphSource:
    """A graph that exists already, as a source: it has the shapes that it has, and every caller gets a copy."""

    def __init__(self, graph: Graph, name: str, format: str = "graph") -> None:
        self.name = name
        self.format = format
        self.inputs = [TensorSpec(value.name, value.dtype, value.shape, value.quant) for value in graph.inputs]
        self.outputs = [
            TensorSpec(name, value.dtype, value.shape, value.quant)
            for name, value in zip(graph.output_names, graph.outputs, strict=True)
        ]
        self.metadata: dict[str, Any] = dict(graph.metadata)
        self._graph = graph

    def to_graph(self, bindings: Bindings) -> Graph:
        """The graph.

        Raises:
            ModelError: values are bound to inputs, which only a source with a conversion ahead of it can use.
        """
        if bindings.values:
            raise ModelError(f"{self.name}: its graph is concrete; inputs {sorted(bindings.values)} cannot be bound")
        return self._graph.copy()


def size_is_open(error: ModelError, name: str, shape: tuple[int, ...]) -> ModelError:
    """An error that may come of a size that the file leaves open, with how to give it; ``shape`` is an example."""
    dims = "x".join(map(str, shape))
    return ModelError(
        f"{error}. The file leaves the size of input '{name}' open: give it, as shapes={{'{name}': {shape}}} or "
        f"--shape {name}={dims}"
    )
