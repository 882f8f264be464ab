"""Operators that the standard defines by a function of simpler ones: the definition, read from the ``onnx`` package."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from edgesmith.importers.onnx.call import Item, Narrow
from edgesmith.importers.onnx.external import ExternalData
from edgesmith.importers.onnx.model import Function, Node
from edgesmith.importers.onnx.tensors import BY_DTYPE, ELEMENTS, Tensor
from edgesmith.ir import Value


class Expander:
    """Looks definitions up. They may depend on the attributes and input types of the node that is expanded."""

    def knows(self, node: Node) -> bool:
        """Whether the standard defines the operator by a function, in the node's version."""
        schema = _schema(node.op, node.domain, node.version)
        return schema is not None and bool(schema.has_function or schema.has_context_dependent_function)

    def function(self, node: Node, inputs: Sequence[Item | None]) -> Function | None:
        """The definition for a node with these inputs, or None."""
        import onnx

        schema = _schema(node.op, node.domain, node.version)
        if schema is None:
            return None
        proto = onnx.FunctionProto()
        if schema.has_function:
            versions = [v for v in schema.function_opset_versions if v <= node.version]
            data = schema.get_function_with_opset_version(max(versions)) if versions else None
        else:
            versions = [v for v in schema.context_dependent_function_opset_versions if v <= node.version]
            call, types = _call(node), [_type(item) for item in inputs]
            data = (
                schema.get_context_dependent_function_with_opset_version(max(versions), call, types)
                if versions
                else None
            )
        if not data:
            return None
        proto.ParseFromString(data if isinstance(data, bytes) else data.SerializeToString())
        return _read(proto, max(versions), schema)


@functools.cache
def _schema(op: str, domain: str, version: int) -> Any:
    import onnx

    try:
        return onnx.defs.get_schema(op, version, domain)
    except onnx.defs.SchemaError:
        return None


def _read(proto: Any, version: int, schema: Any) -> Function:
    import onnx

    from edgesmith.importers.onnx.reader import Reader

    if not any(item.domain == "" for item in proto.opset_import):
        proto.opset_import.add(domain="", version=version)
    for name, attribute in schema.attributes.items():
        if attribute.default_value.name and name not in {item.name for item in proto.attribute_proto}:
            proto.attribute_proto.append(attribute.default_value)
    function = Reader(f"the definition of {proto.name}", ExternalData(None), onnx).function(proto)
    return replace(function, standard=True)


def _call(node: Node) -> bytes:
    """The node as a message again, as the definitions want it; subgraphs are left out."""
    import onnx

    attributes = {
        key: value
        for key, value in node.attributes.items()
        if isinstance(value, (int, float, str)) or (isinstance(value, tuple) and value)
    }
    proto = onnx.helper.make_node(node.op, node.inputs, node.outputs, node.name, domain=node.domain, **attributes)
    for key, value in node.attributes.items():
        if isinstance(value, Tensor):
            proto.attribute.append(onnx.helper.make_attribute(key, onnx.numpy_helper.from_array(value.array)))
    return bytes(proto.SerializeToString())


def _type(item: Item | None) -> bytes:
    import onnx

    if isinstance(item, Narrow):
        shape, code = item.tensor.array.shape, item.tensor.code
    elif isinstance(item, Value):
        shape, code = item.shape, BY_DTYPE[item.dtype]
    else:
        return bytes(onnx.TypeProto().SerializeToString())
    assert code in ELEMENTS
    return bytes(onnx.helper.make_tensor_type_proto(code, shape).SerializeToString())
