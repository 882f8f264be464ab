"""A model of which ONNX Runtime runs what is missing here."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgesmith.compat.split import OURS, THEIRS, Kinds, Part, part_model, split
from edgesmith.errors import MissingExtraError, ModelError, UnsupportedError, UsageError, nearest
from edgesmith.model import Model, load


@dataclass(slots=True)
class Share:
    """What an engine runs: its operators, and the seconds that it took so far."""

    operators: dict[str, int]
    seconds: float = 0.0


class CompatModel:
    """Callable like a ``Model``: arrays in the order of ``inputs``, or by name.

    It runs on a host with ONNX Runtime only. It cannot be compiled to a ``.edge`` file, nor go to a chip, a browser or
    a phone without that engine, and its answers for those operators are that engine's.
    """

    def __init__(self, data: bytes, name: str, theirs: set[str], path: Path | None = None) -> None:
        self.name = name
        self._proto = _read(data, path)
        self._theirs = theirs
        known = {item.name for item in self._proto.graph.initializer}
        self.inputs = [item.name for item in self._proto.graph.input if item.name not in known]
        self.outputs = [item.name for item in self._proto.graph.output]
        self._plan()

    def _plan(self) -> None:
        self.parts: list[Part] = split(self._proto.graph, self._theirs)
        self._engines: dict[int, Any] = {}
        self.shares = {engine: Share({}) for engine in (OURS, THEIRS)}
        for part in self.parts:
            counts = self.shares[part.engine].operators
            for node in part.nodes:
                counts[node.op_type] = counts.get(node.op_type, 0) + 1

    def __call__(self, *arrays: Any, **named: Any) -> Any:
        """Run; the output array, or a list of them where there are several.

        Raises:
            UsageError: inputs that are missing, unknown or too many.
            ModelError: ONNX Runtime cannot run its operators either.
        """
        feeds = dict(zip(self.inputs, arrays, strict=False)) | named
        for name in feeds:
            if name not in self.inputs:
                raise UsageError(f"{self.name} has no input '{name}'.{nearest(name, self.inputs)}")
        if len(arrays) > len(self.inputs) or set(feeds) != set(self.inputs):
            raise UsageError(f"{self.name} takes {', '.join(self.inputs)}; {len(feeds)} arrays were given")
        while True:
            refused = self._run(values := {name: np.asarray(array) for name, array in feeds.items()})
            if not refused:
                break
            self._theirs |= refused  # a form of an operator that was found missing only now
            self._plan()
        results = [values[name] for name in self.outputs]
        return results[0] if len(results) == 1 else results

    def _run(self, values: dict[str, Any]) -> set[str]:
        """Fill in all values; the names of nodes that turned out to be missing here, if any did."""
        for place, part in enumerate(self.parts):
            feeds, fresh = {name: values[name] for name in part.inputs}, place not in self._engines
            if part.engine == OURS and not all(isinstance(array, np.ndarray) for array in feeds.values()):
                return {node.name for node in part.nodes}  # sequences and the like stay with the other engine
            run = self._ours if part.engine == OURS else self._other
            try:
                if fresh:  # which sets the engine up; what a run takes is told by the next
                    run(place, part, feeds)
                begun = time.perf_counter()
                results = run(place, part, feeds)
            except UnsupportedError as error:
                names = {node.name for node in part.nodes}
                return {item.node for item in error.items} & names or names
            values.update(zip(part.outputs, results, strict=True))
            self.shares[part.engine].seconds += time.perf_counter() - begun
        return set()

    def _ours(self, place: int, part: Part, feeds: dict[str, np.ndarray]) -> list[Any]:
        if place not in self._engines:
            kinds: Kinds = {name: (_element(array), [None] * array.ndim) for name, array in feeds.items()}
            self._engines[place] = load(part_model(self._proto, part, kinds), name=f"{self.name}, part {place}")
        model: Model = self._engines[place]
        found = model(feeds)
        return found if len(part.outputs) > 1 else [found]

    def _other(self, place: int, part: Part, feeds: dict[str, Any]) -> list[Any]:
        if place not in self._engines:
            self._engines[place] = _session(self._proto, part, feeds, self.name)
        return list(self._engines[place].run(list(part.outputs), feeds))

    def cost(self) -> str:
        """What the other engine runs and what share of the time it took, in a sentence."""
        other, total = self.shares[THEIRS], sum(share.seconds for share in self.shares.values())
        ops = ", ".join(f"{count} {op}" for op, count in sorted(other.operators.items()))
        share = f", {other.seconds / total:.0%} of the time" if total else ""
        count = sum(part.engine == THEIRS for part in self.parts)
        return f"{self.name}: ONNX Runtime runs {ops} in {count} part{'s' if count != 1 else ''}{share}"


def open_compat(path: Path) -> Model | CompatModel:
    """An ONNX model whose missing operators are left to ONNX Runtime, with a warning that says which and at what price.

    A model that needs none of that is an ordinary ``Model``.

    Raises:
        UsageError: not an ONNX file; ONNX Runtime runs no others.
        MissingExtraError: ONNX Runtime is absent.
    """
    try:
        model = load(path)
        model.graph()
    except UnsupportedError as error:
        data = path.read_bytes()
        if data[4:8] == b"TFL3":
            raise UsageError(f"{error}\ncompat mode runs ONNX files only") from None
        made = CompatModel(data, path.name, {item.node for item in error.items}, path)
        warnings.warn(
            f"{made.cost()} (cost() says what share of the time, after a run). It runs on a host with that engine "
            "only: not as .edge, not on chips, phones or in browsers",
            stacklevel=3,
        )
        return made
    return model


def _read(data: bytes, path: Path | None) -> Any:
    try:
        import onnx
        from onnx.external_data_helper import load_external_data_for_model
    except ImportError:
        raise MissingExtraError("compat mode", "compat") from None
    try:
        proto = onnx.load_model_from_string(data)
        if path is not None:
            load_external_data_for_model(proto, str(path.parent))
        for place, node in enumerate(proto.graph.node):
            node.name = node.name or next((f"-> {name}" for name in node.output if name), f"node {place}")
        return proto
    except Exception as error:
        raise ModelError(f"{path or 'the model'}: the onnx package cannot read it: {error}") from error


def _element(array: np.ndarray) -> int:
    from onnx import helper

    return int(helper.np_dtype_to_tensor_dtype(array.dtype))


def _session(proto: Any, part: Part, feeds: dict[str, Any], name: str) -> Any:
    try:
        import onnxruntime
    except ImportError:
        raise MissingExtraError("compat mode", "compat") from None
    known = {item.name: item for item in (*proto.graph.value_info, *proto.graph.input, *proto.graph.output)}
    kinds: Kinds = {
        key: (_element(array), [None] * array.ndim) for key, array in feeds.items() if isinstance(array, np.ndarray)
    }
    missing = [key for key in part.inputs if key not in kinds]
    if any(key not in known for key in missing):
        raise ModelError(f"{name}: '{missing[0]}' is no tensor and has no known type")
    try:
        return onnxruntime.InferenceSession(part_model(proto, part, kinds), providers=["CPUExecutionProvider"])
    except Exception as error:
        ops = ", ".join(sorted({node.op_type for node in part.nodes}))
        raise ModelError(f"{name}: ONNX Runtime cannot run {ops} either: {error}") from error
