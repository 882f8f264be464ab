"""TensorFlow SavedModels: which operators a signature reaches, before TensorFlow sees any of them.

A SavedModel is a program: its operators can read and write files, print into them, or call back into Python. What runs
when one is loaded or called starts at its signatures, its initializers, the functions that restore its objects and the
node that restores its variables. Every operator reachable from there must be on the list of those that only compute.

Schema: tensorflow/core/protobuf/{saved_model,meta_graph,saved_object_graph}.proto, tensorflow/core/framework.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from edgesmith.errors import MissingExtraError, ModelError, Unsupported, UnsupportedError
from edgesmith.importers.keras.jail import ask, backends
from edgesmith.importers.keras.message import Message
from edgesmith.importers.keras.tf_ops import COMPUTES, RESTORES, TOUCHES
from edgesmith.importers.onnx import OnnxSource
from edgesmith.importers.onnx import open_model as open_onnx
from edgesmith.importers.wire import Wire

SAVED_MODEL: Final = "saved_model.pb"
VARIABLES: Final = "variables"
MAX_BYTES: Final = 2**31 - 1
MAX_FIELDS: Final = 1 << 22
_MAX_DEPTH: Final = 16
_RUN_ON_LOAD: Final = {"_create_resource", "_initialize", "_destroy_resource", "_initializer"}
_HINT: Final = "Save a signature without it: it belongs in the program that feeds the network, not in the network."


def open_saved_model(folder: Path, label: str) -> OnnxSource:
    """A SavedModel's serving signature, by way of tf2onnx.

    Raises:
        ModelError: damaged, incomplete, or without a signature to choose.
        UnsupportedError: operators within reach that do more than compute.
        MissingExtraError: TensorFlow or tf2onnx is absent.
    """
    data = _read(folder, SAVED_MODEL)
    tag, signature = check(data, label)
    if "tensorflow" not in backends():
        raise MissingExtraError(f"Loading the SavedModel {label}", "tensorflow")
    with tempfile.TemporaryDirectory() as temporary:
        where = Path(temporary)
        size = len(data) + _lay_out(folder, where / "model", data)
        ask(where, {"kind": "saved_model", "bytes": size, "tag": tag, "signature": signature}, label)
        path = where / "model.onnx"
        model = open_onnx(path.read_bytes(), label, path).model
    made = OnnxSource(replace(model, graph=replace(model.graph, name=label)))
    made.format = "tensorflow"
    return made


def _read(folder: Path, name: str) -> bytes:
    """A plain file in the folder, of at most 2 GiB."""
    path = folder / name
    status = os.lstat(path) if os.path.lexists(path) else None
    if status is None or not stat.S_ISREG(status.st_mode):
        raise ModelError(f"{path}: {'no such file' if status is None else 'not a plain file'}; a SavedModel needs it")
    if status.st_size > MAX_BYTES:
        raise ModelError(f"{path}: {status.st_size} bytes; the most is {MAX_BYTES}")
    return path.read_bytes()


def _lay_out(folder: Path, target: Path, data: bytes) -> int:
    """What TensorFlow is given: the bytes that were checked, and the variables. Returns the variables' bytes."""
    target.mkdir()
    (target / SAVED_MODEL).write_bytes(data)
    variables = folder / VARIABLES
    if not variables.exists():
        return 0  # a frozen model has none; TensorFlow says so where they are needed
    if variables.is_symlink() or not variables.is_dir():
        raise ModelError(f"{variables}: expected a folder of its own, not a link")
    (target / VARIABLES).mkdir()
    total = 0
    for path in sorted(variables.iterdir()):
        content = _read(variables, path.name)
        (target / VARIABLES / path.name).write_bytes(content)
        total += len(content)
    return total


def check(data: bytes, label: str) -> tuple[str, str]:
    """The tag and the signature to convert, after all that they can reach was looked at.

    Raises:
        ModelError: not a SavedModel, or none of its signatures can be chosen.
        UnsupportedError: operators within reach that do more than compute.
    """
    refused: list[Unsupported] = []
    try:
        metas = list(Message(memoryview(data), Wire(data, MAX_FIELDS)).many(2))
        for meta in metas:
            refused += _Reach(meta).refused()
    except ModelError as error:
        raise ModelError(f"{label}: {SAVED_MODEL} is no sound protocol buffer: {error}") from None
    if not metas:
        raise ModelError(f"{label}: {SAVED_MODEL} has no graph")
    if refused:
        raise UnsupportedError(label, list(dict.fromkeys(refused)))
    for meta in metas:
        tags = meta.one(1).texts(4)
        if "serve" in tags:
            return "serve", _choose([name for name, _ in meta.entries(5) if not name.startswith("__")], label)
    raise ModelError(f"{label}: no graph has the tag 'serve'; save it with tf.saved_model.save or model.export")


def _choose(names: list[str], label: str) -> str:
    for name in ("serving_default", "serve"):
        if name in names:
            return name
    if len(names) == 1:
        return names[0]
    found = ", ".join(map(repr, names)) or "none"
    raise ModelError(
        f"{label}: expected a signature 'serving_default', found {found}; save one with "
        "tf.saved_model.save(module, folder, signatures={'serving_default': function})"
    )


class _Reach:
    """The operators of one graph that can run."""

    def __init__(self, meta: Message) -> None:
        graph = meta.one(2)
        self.meta = meta
        self.nodes: dict[str, list[Message]] = {}
        for node in graph.many(1):
            self.nodes.setdefault(node.text(1), []).append(node)
        self.functions: dict[str, list[Message]] = {}
        for function in graph.one(2).many(1):
            self.functions.setdefault(function.one(1).text(1), []).append(function)

    def refused(self) -> list[Unsupported]:
        """Every operator that can run and does more than compute, with the function it is in."""
        saver = self.meta.one(3)
        restoring = list(self._run([saver.text(3)], ()))
        bad = [item for item in restoring if item[1] not in COMPUTES | RESTORES]
        bad += [item for item in self._run(self._node_roots(), self._function_roots()) if item[1] not in COMPUTES]
        return [_refusal(*item) for item in bad]

    def _node_roots(self) -> Iterator[str]:
        """Nodes of the main graph that run: signatures' borders and main operators."""
        for _, signature in self.meta.entries(5):
            for side in (1, 2):
                for _, tensor in signature.entries(side):
                    yield tensor.text(1)
                    yield from (part.text(1) for part in tensor.one(5).many(2))  # a composite's components
                    yield from (
                        tensor.one(4).texts(1) + tensor.one(4).texts(2) + tensor.one(4).texts(3)
                    )  # a sparse one's
        for _, collection in self.meta.entries(4):
            yield from collection.one(1).texts(1)

    def _function_roots(self) -> Iterator[str]:
        """Functions that loading calls: those of resources, and those that restore objects."""
        objects = list(self.meta.one(7).many(1))
        for item in objects:
            for edge in item.many(1):
                target = (edge.numbers(1) or [0])[-1]
                if edge.text(2) in _RUN_ON_LOAD and target < len(objects):
                    yield from self._names(objects, target, 0)
            for _, saveable in item.entries(11):
                target = (saveable.numbers(3) or [0])[-1]
                if target < len(objects):
                    yield from self._names(objects, target, 0)

    def _names(self, objects: list[Message], index: int, depth: int) -> Iterator[str]:
        """The concrete functions of an object and of those it holds."""
        item = objects[index]
        yield from item.one(6).texts(1)
        yield from item.one(8).texts(1)
        if depth < 2:
            for edge in item.many(1):
                target = (edge.numbers(1) or [0])[-1]
                if target < len(objects):
                    yield from self._names(objects, target, depth + 1)

    def _run(self, nodes: Iterable[str], functions: Iterable[str]) -> Iterator[tuple[str, str, str]]:
        """Function, operator and name of every node within reach."""
        names = [name.removeprefix("^").split(":")[0] for name in nodes]
        calls = list(functions)
        seen: set[str] = set()
        met: set[str] = set()
        while names or calls:
            if names:
                name = names.pop()
                if name in seen:
                    continue
                seen.add(name)
                for node in self.nodes.get(name, ()):
                    yield ("", node.text(2), name)
                    names += [ref.removeprefix("^").split(":")[0] for ref in node.texts(3)]
                    calls += self._called(node)
                continue
            function = calls.pop()
            if function in met:
                continue
            met.add(function)
            for body in self.functions.get(function, ()):
                for node in body.many(3):
                    yield (function, node.text(2), node.text(1))
                    calls += self._called(node)

    def _called(self, node: Message) -> Iterator[str]:
        if node.text(2) in self.functions:
            yield node.text(2)
        yield from _functions_in(node, 5, 0)


def _functions_in(holder: Message, number: int, depth: int) -> Iterator[str]:
    """The names of functions in the attributes of a node, or of a function that is an attribute."""
    if depth > _MAX_DEPTH:
        raise ModelError(f"attributes are nested more than {_MAX_DEPTH} deep")
    for _, attribute in holder.entries(number):
        for function in (*attribute.many(10), *attribute.one(1).many(9)):
            yield function.text(1)
            yield from _functions_in(function, 2, depth + 1)


def _refusal(function: str, operator: str, node: str) -> Unsupported:
    where = f"{function}/{node}" if function else node
    reason = TOUCHES.get(operator, "it is not among the operators that are known only to compute")
    return Unsupported(operator[:80], where[:160], reason, _HINT)
