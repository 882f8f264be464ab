"""Reads an ONNX file into ``OnnxModel``. Its message classes come from the ``onnx`` package."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from edgesmith.errors import MissingExtraError, ModelError, Unsupported, UnsupportedError
from edgesmith.importers.onnx.dynamic import join_dynamic
from edgesmith.importers.onnx.external import ExternalData
from edgesmith.importers.onnx.inline import inline
from edgesmith.importers.onnx.model import (
    MAX_DEPTH,
    MAX_NODES,
    OLDEST_OPSET,
    Function,
    Graph,
    Node,
    OnnxModel,
    Ref,
    ValueType,
)
from edgesmith.importers.onnx.structure import arrange
from edgesmith.importers.onnx.tensors import Tensor, decode
from edgesmith.types import elements

MAX_FILE_BYTES = 2**31 - 1
MAX_DENSE_ELEMENTS = 2**26
MAX_NAME = 1024


def read(data: bytes, title: str = "the ONNX model", path: Path | None = None) -> OnnxModel:
    """Reads a model from its bytes. ``path`` is the file they came from; without it they cannot refer to other files.

    Raises:
        ModelError: not an ONNX file, truncated, or contradicting itself.
        UnsupportedError: an operator set older or newer than those known.
        MissingExtraError: the ``onnx`` package is absent.
    """
    onnx = _onnx()
    if len(data) > MAX_FILE_BYTES:
        raise ModelError(f"{title}: is larger than the 2 GiB that an ONNX file can be")
    proto = onnx.ModelProto()
    others = "" if title.endswith(".onnx") else ", nor one of .tflite, ncnn's .param, Caffe's .prototxt, .keras or .h5"
    try:
        used = proto.ParseFromString(data)
    except Exception as error:  # the message classes raise a type of their own, in a package without types
        why = type(error).__name__
        raise ModelError(f"{title}: is not an ONNX model, or is truncated ({why}){others}") from None
    if used != len(data) or not proto.HasField("graph"):
        raise ModelError(f"{title}: is not an ONNX model: it contains no graph{others}")
    _check_text(proto, title)
    return Reader(title, ExternalData(path.resolve().parent if path else None), onnx).model(proto)


def _onnx() -> Any:
    try:
        import onnx
    except ImportError:
        raise MissingExtraError("Reading an ONNX model", "onnx") from None
    return onnx


def _check_text(proto: Any, title: str) -> None:
    """The message classes give text that is no UTF-8 as bytes; no name may be that.

    Raises:
        ModelError: a text is not UTF-8.
    """
    waiting = [proto]
    while waiting:
        message = waiting.pop()
        if message.DESCRIPTOR.name == "TensorProto":  # its numbers may be large, and listing them copies them
            texts: list[Any] = [message.name, message.doc_string]
            waiting += message.external_data
        else:
            texts = []
            for field, value in message.ListFields():
                many = (value,) if isinstance(value, (str, bytes)) or hasattr(value, "DESCRIPTOR") else value
                if field.type == field.TYPE_STRING:
                    texts += many
                elif field.type == field.TYPE_MESSAGE:
                    waiting += many
        for text in texts:
            if not isinstance(text, str):
                raise ModelError(f"{title}: a name is not UTF-8 text: {text[:40]!r}")


def domain_of(text: str) -> str:
    """ONNX's own domain has two names; here it is the empty one."""
    return "" if text == "ai.onnx" else text


class Reader:
    """Turns messages into plain Python and remembers where it is, for the sake of errors."""

    def __init__(self, title: str, external: ExternalData, onnx: Any) -> None:
        self.title = title
        self.external = external
        self.onnx = onnx
        self.nodes_left = MAX_NODES

    def model(self, proto: Any) -> OnnxModel:
        opsets = self._opsets(proto.opset_import, proto.ir_version)
        newest = self.onnx.defs.onnx_opset_version()
        version = opsets.get("", OLDEST_OPSET)
        if not OLDEST_OPSET <= version <= newest:
            advice = "Install a newer onnx package." if version > newest else "Convert it with onnx.version_converter."
            reason = f"operator set {version} is outside {OLDEST_OPSET} to {newest}, which are known"
            raise UnsupportedError(self.title, [Unsupported("ai.onnx", "", reason, advice)])
        functions = [self.function(item) for item in proto.functions]
        graph = self.graph(proto.graph, opsets, depth=0)
        return OnnxModel(
            source=self.title,
            graph=join_dynamic(arrange(inline(graph, functions, self.title), self.title)),
            opsets=opsets,
            metadata={item.key: item.value for item in proto.metadata_props},
            producer=f"{proto.producer_name} {proto.producer_version}".strip(),
        )

    def _opsets(self, imports: Any, ir_version: int) -> dict[str, int]:
        opsets: dict[str, int] = {}
        for item in imports:
            domain = domain_of(item.domain)
            if opsets.setdefault(domain, int(item.version)) != item.version:
                raise ModelError(f"{self.title}: imports two versions of operator set '{domain or 'ai.onnx'}'")
        if not opsets and ir_version < 3:
            opsets[""] = 1
        return opsets

    def function(self, proto: Any) -> Function:
        opsets = self._opsets(proto.opset_import, 8)
        return Function(
            name=self._name(proto.name),
            domain=domain_of(proto.domain),
            overload=proto.overload,
            inputs=tuple(proto.input),
            outputs=tuple(proto.output),
            attributes=tuple(proto.attribute),
            defaults={item.name: self._attribute(item, opsets, 0, proto.name) for item in proto.attribute_proto},
            nodes=tuple(self._node(item, opsets, 0) for item in proto.node),
        )

    def graph(self, proto: Any, opsets: Mapping[str, int], depth: int) -> Graph:
        if depth > MAX_DEPTH:
            raise ModelError(f"{self.title}: subgraphs are nested more than {MAX_DEPTH} deep")
        constants: dict[str, Tensor] = {}
        for item in proto.initializer:
            self._define(constants, item.name, self._tensor(item, f"initializer '{item.name}'"))
        for item in proto.sparse_initializer:
            name = item.values.name
            self._define(constants, name, self._sparse(item, f"initializer '{name}'"))
        inputs = [(self._name(item.name), value_type(item.type)) for item in proto.input]
        return Graph(
            name=self._name(proto.name),
            inputs=tuple((name, kind) for name, kind in inputs if name not in constants),
            outputs=tuple((self._name(item.name), value_type(item.type)) for item in proto.output),
            constants=constants,
            nodes=tuple(self._node(item, opsets, depth) for item in proto.node),
            types={item.name: value_type(item.type) for item in proto.value_info},
        )

    def _define(self, constants: dict[str, Tensor], name: str, tensor: Tensor) -> None:
        if not name or name in constants:
            raise ModelError(f"{self.title}: two initializers are named '{self._name(name)}', or one has no name")
        constants[self._name(name)] = tensor

    def _node(self, proto: Any, opsets: Mapping[str, int], depth: int) -> Node:
        self.nodes_left -= 1
        if self.nodes_left < 0:
            raise ModelError(f"{self.title}: has more than {MAX_NODES} nodes")
        where = f"node '{proto.name or next(iter(proto.output), '')}' ({proto.op_type})"
        domain = domain_of(proto.domain)
        attributes: dict[str, Any] = {}
        for item in proto.attribute:
            if item.name in attributes:
                raise ModelError(f"{self.title}, {where}: attribute '{item.name}' is given twice")
            attributes[item.name] = self._attribute(item, opsets, depth, where)
        if domain not in opsets and not domain:
            raise ModelError(f"{self.title}, {where}: the operator set of its domain is not imported")
        names = [*proto.input, *proto.output]
        for name in names:
            self._name(name)
        return Node(
            op=self._name(proto.op_type),
            domain=domain,
            name=self._name(proto.name),
            inputs=tuple(proto.input),
            outputs=tuple(proto.output),
            attributes=attributes,
            version=opsets.get(domain, 1),
            overload=proto.overload,
            path=_module_path(proto.metadata_props),
        )

    def _attribute(self, proto: Any, opsets: Mapping[str, int], depth: int, where: str) -> Any:
        if proto.ref_attr_name:
            return Ref(proto.ref_attr_name)
        where = f"{where}, attribute '{proto.name}'"
        one: dict[str, Callable[[Any], Any]] = {
            "FLOAT": float,
            "INT": int,
            "STRING": lambda raw: raw.decode("utf-8", "surrogateescape"),
            "TENSOR": lambda item: self._tensor(item, where),
            "SPARSE_TENSOR": lambda item: self._sparse(item, where),
            "GRAPH": lambda item: self.graph(item, opsets, depth + 1),
            "TYPE_PROTO": value_type,
        }
        fields = {
            "FLOAT": "f",
            "INT": "i",
            "STRING": "s",
            "TENSOR": "t",
            "GRAPH": "g",
            "SPARSE_TENSOR": "sparse_tensor",
        }
        fields["TYPE_PROTO"] = "tp"
        codes = self.onnx.AttributeProto.AttributeType
        kind = codes.Name(proto.type) if proto.type in codes.values() else "UNDEFINED"
        if kind in one:
            return one[kind](getattr(proto, fields[kind]))
        if kind[:-1] in one:
            return tuple(one[kind[:-1]](item) for item in getattr(proto, kind.lower()))
        raise ModelError(f"{self.title}, {where}: has no type")

    def _tensor(self, proto: Any, where: str) -> Tensor:
        where = f"{self.title}, {where}"
        if proto.data_location == self.onnx.TensorProto.EXTERNAL:
            return decode(proto, where, self.external.read(proto.external_data, where))
        return decode(proto, where)

    def _sparse(self, proto: Any, where: str) -> Tensor:
        """A sparse constant, made dense."""
        values, indices = self._tensor(proto.values, where), self._tensor(proto.indices, where)
        shape = tuple(int(dim) for dim in proto.dims)
        where = f"{self.title}, {where}"
        if elements(shape) > MAX_DENSE_ELEMENTS:
            raise ModelError(f"{where}: a sparse tensor of shape {shape} is too large to be made dense")
        at, count = indices.array, values.array.size
        if values.array.ndim != 1 or at.dtype != np.int64 or at.shape not in ((count,), (count, len(shape))):
            raise ModelError(f"{where}: sparse indices have shape {at.shape}, expected ({count},) or one row a value")
        dense = np.zeros(elements(shape), values.array.dtype)
        limits = np.array(shape if at.ndim == 2 else [dense.size], np.int64)
        if count and ((at < 0) | (at >= limits)).any():
            raise ModelError(f"{where}: a sparse index lies outside shape {shape}")
        flat = np.ravel_multi_index(tuple(at.T), shape) if at.ndim == 2 and count else at.reshape(-1)[:count]
        dense[flat] = values.array
        return Tensor(dense.reshape(shape), values.code)

    def _name(self, text: str) -> str:
        if len(text) > MAX_NAME:
            raise ModelError(f"{self.title}: a name is {len(text)} characters long; the most is {MAX_NAME}")
        return text


def value_type(proto: Any) -> ValueType:
    """A declared type."""
    kind = proto.WhichOneof("value")
    if kind in ("tensor_type", "sparse_tensor_type"):
        tensor = getattr(proto, kind)
        shape = None
        if tensor.HasField("shape"):
            shape = tuple(_dimension(dim) for dim in tensor.shape.dim)
        return ValueType(kind.removesuffix("_type"), tensor.elem_type, shape)
    if kind in ("sequence_type", "optional_type"):
        return ValueType(kind.removesuffix("_type"), inner=value_type(getattr(proto, kind).elem_type))
    return ValueType("map" if kind == "map_type" else "unknown")


def _dimension(dim: Any) -> int | str | None:
    kind = dim.WhichOneof("value")
    if kind == "dim_value":
        return int(dim.dim_value)
    return str(dim.dim_param) or None if kind == "dim_param" else None


def _module_path(properties: Any) -> str:
    """The dotted path of the PyTorch module that a node came from, which ``torch.onnx`` notes as a list of scopes."""
    for item in properties:
        if item.key == "pkg.torch.onnx.name_scopes":
            scopes = [part.strip(" '\"") for part in item.value.strip("[]").split(",")]
            return scopes[-2][:MAX_NAME] if len(scopes) > 1 else ""
    return ""
