"""What formats share whose models are layers in order, which read and make blobs by name: ncnn and Caffe."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgesmith.errors import ModelError, Unsupported, UnsupportedError
from edgesmith.importers.emit import Emitter
from edgesmith.importers.source import UnsupportedForm
from edgesmith.ir import Graph, Value

Result = Value | Sequence[Value]
MAX_BYTES = 4 << 30  # of a file of weights
MAX_FOLDED = 2**28  # elements of constants computed while importing, in all


@functools.cache
def converters(package: str) -> Mapping[str, Callable[[Any], Result]]:
    """Functions named like layers, by name, from the ``ops_*`` modules of a package."""
    found: dict[str, Callable[[Any], Result]] = {}
    for info in pkgutil.iter_modules(importlib.import_module(package).__path__):
        if info.name.startswith("ops_"):
            module = importlib.import_module(f"{package}.{info.name}")
            for name, item in vars(module).items():
                if (
                    name[0].isupper()
                    and callable(item)
                    and not isinstance(item, type)
                    and "__origin__" not in dir(item)
                ):
                    found[name] = item
    return found


def read_weights(path: Path) -> bytes:
    """A file of weights.

    Raises:
        ModelError: larger than any should be.
    """
    if path.stat().st_size > MAX_BYTES:
        raise ModelError(f"{path}: {path.stat().st_size} bytes; the most is {MAX_BYTES}")
    return path.read_bytes()


class Blobs:
    """The graph that grows, and the values of the blobs."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.b = Emitter(name)
        self.values: dict[str, Value] = {}
        self.extents: dict[Value, tuple[int, Value]] = {}
        self.missing: list[Unsupported] = []
        self.folded = 0

    def attempt(
        self, kind: str, layer: str, outputs: Sequence[str], convert: Callable[[], Result], line: int | None = None
    ) -> None:
        """Convert a layer, and name what it makes; what is unsupported is noted.

        Raises:
            ModelError: the layer contradicts itself, or its inputs.
        """
        self.b.source = layer
        where = f"{self.name}, {'' if line is None else f'line {line}, '}layer '{layer}' ({kind})"
        try:
            with np.errstate(all="ignore"):
                result = convert()
        except UnsupportedForm as form:
            reason = form.reason if line is None else f"{form.reason} (line {line})"
            self.missing.append(Unsupported(kind, layer, reason, form.hint))
            return
        except ModelError as error:
            raise ModelError(f"{where}: {error}") from None
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            # Parameters and shapes of a stranger's file that no converter thought of: an answer, never a crash.
            raise ModelError(f"{where}: its inputs or parameters are impossible ({error})") from error
        results = [result] if isinstance(result, Value) else list(result)
        if len(results) != len(outputs):
            raise ModelError(f"{where}: it makes {len(results)} blobs, the file names {len(outputs)}")
        self.folded += sum(value.size for value in results if value.is_constant)
        if self.folded > MAX_FOLDED:
            raise ModelError(f"{where}: constants of the model exceed {MAX_FOLDED} elements")
        self.values.update(zip(outputs, results, strict=True))

    def graph(self, outputs: Iterable[str]) -> Graph:
        """The graph with these blobs as its outputs.

        Raises:
            UnsupportedError: everything that was noted.
        """
        if self.missing:
            raise UnsupportedError(self.name, self.missing)
        for name in outputs:
            value = self.values[name]
            self.b.output(value, name)
            if value in self.extents:
                self.b.graph.extents[value] = self.extents[value]
        return self.b.graph
