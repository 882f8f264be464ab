"""Gives the ONNX files of peers the border that they are used to: images with their channels first.

Our graphs have channels last, so our exporter begins a file with a transpose and may end it with one. Peers would be
charged for them although none of their users has them; the benchmark moves the axes of its arrays outside the clock.
"""

from __future__ import annotations

from typing import Any

FIRST, LAST = [0, 3, 1, 2], [0, 2, 3, 1]


def channels_first(data: bytes) -> bytes:
    """An ONNX file without transposes at its border, where that is all that they are."""
    import onnx

    model = onnx.load_from_string(data)
    graph = model.graph
    for port in graph.input:
        _strip_input(graph, port)
    for port in graph.output:
        _strip_output(graph, port)
    return bytes(model.SerializeToString())


def _strip_input(graph: Any, port: Any) -> None:
    """``port -> [QuantizeLinear ->] Transpose``: the transposes go, and the port's shape is what they made."""
    name = port.name
    users = _users(graph, name)
    if len(users) == 1 and users[0].op_type == "QuantizeLinear" and users[0].input[0] == name:
        name = users[0].output[0]
        users = _users(graph, name)
    if not users or not all(_is_transpose(node, FIRST) for node in users):
        return
    for node in users:
        for user in _users(graph, node.output[0]):
            for place, word in enumerate(user.input):
                if word == node.output[0]:
                    user.input[place] = name
        graph.node.remove(node)
    _permute(port, FIRST)


def _strip_output(graph: Any, port: Any) -> None:
    """``Transpose -> port``, where nobody else reads it."""
    maker = next((node for node in graph.node if port.name in node.output), None)
    if maker is None or not _is_transpose(maker, LAST) or _users(graph, port.name):
        return
    source = maker.input[0]
    before = next((node for node in graph.node if source in node.output), None)
    if before is None or len(_users(graph, source)) != 1:
        return
    before.output[list(before.output).index(source)] = port.name
    graph.node.remove(maker)
    _permute(port, FIRST)


def _users(graph: Any, name: str) -> list[Any]:
    return [node for node in graph.node if name in node.input]


def _is_transpose(node: Any, perm: list[int]) -> bool:
    return node.op_type == "Transpose" and any(list(a.ints) == perm for a in node.attribute if a.name == "perm")


def _permute(port: Any, perm: list[int]) -> None:
    dims = port.type.tensor_type.shape.dim
    sizes = [dims[axis].dim_value for axis in perm]
    for dim, size in zip(dims, sizes, strict=True):
        dim.dim_value = size


def unsigned(data: bytes) -> bytes:
    """An ONNX file whose int8 activations, at the border too, are uint8 with zero points 128 higher.

    The numbers mean the same; ONNX Runtime takes nearly twice as long for signed ones on x86.
    """
    import onnx
    from onnx import TensorProto, numpy_helper

    model = onnx.load_from_string(data)
    graph = model.graph
    constants = {item.name: item for item in graph.initializer}
    for node in graph.node:
        linear = node.op_type in ("QuantizeLinear", "DequantizeLinear") and node.input[0] not in constants
        zero = constants.get(node.input[2]) if linear and len(node.input) > 2 else None
        if zero is None or zero.data_type != TensorProto.INT8:
            continue
        name = f"{zero.name} as uint8"
        if name not in constants:
            shifted = (numpy_helper.to_array(zero).astype("int16") + 128).astype("uint8")
            constants[name] = numpy_helper.from_array(shifted, name)
            graph.initializer.append(constants[name])
        node.input[2] = name
    for port in (*graph.input, *graph.output):
        if port.type.tensor_type.elem_type == TensorProto.INT8:
            port.type.tensor_type.elem_type = TensorProto.UINT8
    return bytes(model.SerializeToString())
