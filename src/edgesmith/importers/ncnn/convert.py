"""From ncnn's layers to a graph, through the converters in the ``ops_*`` files: functions named like the layers.

A blob of (C, H, W) is a value of shape (1, C, H, W), one of (H, W) is (1, H, W), a vector of W is (1, W): ncnn's axis
``k`` is ours ``k + 1``.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edgesmith.errors import ModelError, Unsupported, UnsupportedError, nearest
from edgesmith.importers.emit import Emitter
from edgesmith.importers.ncnn.param import Layer
from edgesmith.importers.ncnn.weights import Array
from edgesmith.importers.source import Bindings, UnsupportedForm
from edgesmith.ir import Graph, Value
from edgesmith.types import DType

if TYPE_CHECKING:
    from edgesmith.importers.ncnn.source import NcnnSource

Result = Value | Sequence[Value]
Converter = Callable[["Call"], Result]


@functools.cache
def converters() -> dict[str, Converter]:
    """Converters by the type of the layer, from the ``ops_*`` modules."""
    package = importlib.import_module("edgesmith.importers.ncnn")
    found: dict[str, Converter] = {}
    for info in pkgutil.iter_modules(package.__path__):
        if info.name.startswith("ops_"):
            module = importlib.import_module(f"{package.__name__}.{info.name}")
            for name, item in vars(module).items():
                if name[0].isupper() and callable(item) and not isinstance(item, type):
                    found[name] = item
    return found


def check_types(layers: Sequence[Layer], source: str) -> None:
    """Raises:
    UnsupportedError: every layer of a type that is not available here.
    """
    known = converters()
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


MAX_FOLDED = 2**28  # elements of constants computed while importing, in all


class Job:
    """The graph that grows, and the values of the blobs."""

    def __init__(self, source: NcnnSource) -> None:
        self.source = source
        self.b = Emitter(source.name)
        self.blobs: dict[str, Value] = {}
        self.extents: dict[Value, tuple[int, Value]] = {}
        self.missing: list[Unsupported] = []
        self.folded = 0

    def run(self, layer: Layer, weights: Sequence[Array]) -> None:
        """Convert a layer; what is unsupported is noted, and its readers are passed over."""
        if any(name not in self.blobs for name in layer.inputs):
            return
        self.b.source = layer.name
        call = Call(layer, [self.blobs[name] for name in layer.inputs], weights, self)
        where = f"{self.source.name}, layer '{layer.name}' ({layer.type})"
        try:
            with np.errstate(all="ignore"):
                result = converters()[layer.type](call)
        except UnsupportedForm as form:
            self.missing.append(Unsupported(layer.type, layer.name, form.reason, form.hint))
            return
        except ModelError as error:
            raise ModelError(f"{where}: {error}") from None
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            # Parameters and shapes of a stranger's file that no converter thought of: an answer, never a crash.
            raise ModelError(f"{where}: its inputs or parameters are impossible ({error})") from error
        results = [result] if isinstance(result, Value) else list(result)
        if len(results) != len(layer.outputs):
            raise ModelError(f"{where}: it makes {len(results)} blobs, the file names {len(layer.outputs)}")
        self.folded += sum(value.size for value in results if value.is_constant)
        if self.folded > MAX_FOLDED:
            raise ModelError(f"{where}: constants of the model exceed {MAX_FOLDED} elements")
        self.blobs.update(zip(layer.outputs, results, strict=True))


def convert(source: NcnnSource, bindings: Bindings) -> Graph:
    """The graph of a model whose inputs have the given shapes.

    Raises:
        UnsupportedError: every form of a layer that is not available here, at once.
        ModelError: the model contradicts itself, or the shapes do not fit it.
    """
    job = Job(source)
    names = iter(source.inputs)
    for layer, weights in zip(source.layers, source.weights, strict=True):
        if layer.type != "Input":
            job.run(layer, weights)
            continue
        name = next(names).name
        if name in bindings.values:
            job.blobs[name] = job.b.constant(bindings.values[name], DType.F32, name=name)
        else:
            job.blobs[name] = job.b.input(name, bindings.shapes[name], DType.F32)
    if job.missing:
        raise UnsupportedError(source.name, job.missing)
    for spec in source.outputs:
        value = job.blobs[spec.name]
        job.b.output(value, spec.name)
        if value in job.extents:
            job.b.graph.extents[value] = job.extents[value]
    return job.b.graph
