"""Operators that the standard defines by a function of simpler ones: the definition, read from the ``onnx`` package."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from edgesmith.importers.onnx.call import Item, Narrow
from edgesmith.importers.onnx.external import ExternalData
from edgesmith.importers.onnx.model import Function, Graph, Node
from edgesmith.importers.onnx.tensors import BY_DTYPE, ELEMENTS, Tensor
from edgesmith.ir import Value


class Expander:
    """Looks definitions up. They may depend on the attributes and input types of the node that is expanded.

    ``version`` is that of the model's main operator set, in which definitions of other domains are written.
    """

    def __init__(self, version: int) -> None:
        self.version = version

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
            call, types = _node(node).SerializeToString(), [_type(item) for item in inputs]
            data = (
                schema.get_context_dependent_function_with_opset_version(max(versions), call, types)
                if versions
                else None
            )
        if not data:
            return None
        proto.ParseFromString(data if isinstance(data, bytes) else data.SerializeToString())
        return _read(proto, self.version if node.domain else max(versions), schema)


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


def _node(node: Node) -> Any:
    """The node as a message again, as the definitions want it."""
    import onnx

    proto = onnx.NodeProto(op_type=node.op, domain=node.domain, name=node.name, input=node.inputs, output=node.outputs)
    for key, value in node.attributes.items():
        if isinstance(value, Tensor):
            value = onnx.numpy_helper.from_array(value.array)
        elif isinstance(value, Graph):
            value = _graph(value)
        elif not isinstance(value, (int, float, str, tuple)) or value == ():
            continue
        proto.attribute.append(onnx.helper.make_attribute(key, value))
    return proto


def _graph(graph: Graph) -> Any:
    import onnx

    proto = onnx.GraphProto(name=graph.name, node=[_node(node) for node in graph.nodes])
    for values, made in ((graph.inputs, proto.input), (graph.outputs, proto.output)):
        for name, kind in values:
            made.append(onnx.helper.make_tensor_value_info(name, kind.code, kind.shape))
    for name, tensor in graph.constants.items():
        proto.initializer.append(onnx.numpy_helper.from_array(tensor.array, name))
    return proto


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
