"""Reading: what a file says arrives, and files that contradict themselves are refused with the place named."""

from __future__ import annotations

import time

import pytest

onnx = pytest.importorskip("onnx", reason="needs the onnx package")

from onnx import TensorProto, helper  # noqa: E402

from edgesmith.errors import ModelError, UnsupportedError  # noqa: E402
from edgesmith.importers.onnx.reader import read  # noqa: E402

FLOAT = TensorProto.FLOAT


def _value(name: str, shape: object = (2,)) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, FLOAT, shape)


def _model(nodes: list[onnx.NodeProto], functions: object = (), opset: int = 17, **graph: object) -> bytes:
    body = helper.make_graph(nodes, "g", [_value("x")], [_value("y")], **graph)
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("local", 1)]
    return helper.make_model(body, opset_imports=opsets, functions=list(functions)).SerializeToString()


def _function(name: str, nodes: list[onnx.NodeProto], attributes: object = ()) -> onnx.FunctionProto:
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
    return helper.make_function("local", name, ["a"], ["b"], nodes, opsets, list(attributes))


def _relu(source: str = "x", target: str = "y") -> onnx.NodeProto:
    return helper.make_node("Relu", [source], [target], name=f"relu_{target}")


def test_sorts_nodes() -> None:
    nodes = [_relu("t1", "y"), _relu("t0", "t1"), _relu("x", "t0")]
    assert [node.outputs for node in read(_model(nodes)).graph.nodes] == [("t0",), ("t1",), ("y",)]


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([_relu("x", "t"), _relu("x", "t"), _relu("t", "y")], "'t' is defined twice"),
        ([_relu("tt", "y")], "reads 'tt', which nothing defines"),
        ([_relu("x", "x"), _relu("x", "y")], "'x' is defined twice"),
        ([_relu("b", "a"), _relu("a", "b"), _relu("x", "y")], "cycle"),
        ([_relu("x", "t")], "output 'y'"),
        ([_relu("y", "y")], "cycle"),
    ],
)
def test_refuses_broken_structure(nodes: list[onnx.NodeProto], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        read(_model(nodes))


@pytest.mark.parametrize("data", [b"", b"\0", b"hello", b"\xff" * 100, b"\x08\x08"])
def test_refuses_garbage(data: bytes) -> None:
    with pytest.raises(ModelError, match="not an ONNX model"):
        read(data)


def test_every_truncation_is_refused_or_whole() -> None:
    data = _model([_relu()])
    for cut in range(len(data)):
        try:
            read(data[:cut])
        except ModelError:
            continue


@pytest.mark.parametrize("opset", [1, 5, 1000])
def test_names_operator_sets_out_of_range(opset: int) -> None:
    with pytest.raises(UnsupportedError, match=f"operator set {opset}"):
        read(_model([_relu()], opset=opset))


def test_inlines_functions_with_their_attributes() -> None:
    inner = helper.make_node("LeakyRelu", ["a"], ["b"], name="leak")
    inner.attribute.add(name="alpha", ref_attr_name="slope", type=onnx.AttributeProto.FLOAT)
    outer = helper.make_node("Leak", ["a"], ["b"], domain="local", name="inner")
    outer.attribute.add(name="slope", ref_attr_name="slope", type=onnx.AttributeProto.FLOAT)
    functions = [_function("Leak", [inner], ["slope"]), _function("Twice", [outer], ["slope"])]
    call = helper.make_node("Twice", ["x"], ["y"], domain="local", name="call", slope=0.25)
    (node,) = read(_model([call], functions)).graph.nodes
    assert (node.op, node.inputs, node.outputs) == ("LeakyRelu", ("x",), ("y",))
    assert node.attributes["alpha"] == 0.25
    assert node.name.startswith("call#")


def test_two_calls_do_not_share_names() -> None:
    body = [_relu("a", "t"), _relu("t", "b")]
    calls = [helper.make_node("F", ["x"], ["m"], domain="local"), helper.make_node("F", ["m"], ["y"], domain="local")]
    nodes = read(_model(calls, [_function("F", body)])).graph.nodes
    assert len({name for node in nodes for name in node.outputs}) == 4


def test_a_function_cannot_see_its_callers_values() -> None:
    call = helper.make_node("F", ["x"], ["y"], domain="local")
    with pytest.raises(ModelError, match="reads 'x', which nothing in it defines"):
        read(_model([call], [_function("F", [_relu("x", "b")])]))


def test_refuses_recursion() -> None:
    call = helper.make_node("F", ["x"], ["y"], domain="local")
    body = [helper.make_node("F", ["a"], ["b"], domain="local")]
    with pytest.raises(ModelError, match="calls itself"):
        read(_model([call], [_function("F", body)]))


@pytest.mark.parametrize("empty", [False, True])
def test_refuses_a_doubling_bomb_soon(empty: bool) -> None:
    leaf = [] if empty else [_relu("a", "b")]
    functions = [helper.make_function("local", "F0", ["a"], ["a"] if empty else ["b"], leaf, [])]
    functions[0].opset_import.add(domain="", version=17)
    for level in range(1, 40):
        below = f"F{level - 1}"
        body = [
            helper.make_node(below, ["a"], ["t"], domain="local"),
            helper.make_node(below, ["t"], ["b"], domain="local"),
        ]
        functions.append(_function(f"F{level}", body))
    start = time.process_time()
    with pytest.raises(ModelError, match="nodes after its functions are inlined"):
        read(_model([helper.make_node("F39", ["x"], ["y"], domain="local")], functions))
    assert time.process_time() - start < 20


def _field(number: int, payload: bytes) -> bytes:
    """One length-delimited field, by hand: the message classes refuse to build what they refuse to read."""
    length, size = len(payload), b""
    while length >= 128:
        size, length = size + bytes([length & 127 | 128]), length >> 7
    return bytes([number << 3 | 2]) + size + bytes([length]) + payload


def _nested(depth: int) -> bytes:
    graph = helper.make_graph([_relu("x", "o")], "leaf", [], [_value("o")]).SerializeToString()
    for level in range(depth):
        out = b"y" if level == depth - 1 else b"o"
        branch = _field(1, b"then_branch") + _field(6, graph) + b"\xa0\x01\x05"
        node = _field(1, b"x") + _field(2, out) + _field(4, b"If") + _field(5, branch)
        graph = _field(1, node) + _field(12, _field(1, out))
    graph += _field(11, _field(1, b"x"))
    return b"\x08\x08" + _field(8, b"\x10\x11") + _field(7, graph)


def test_reads_nested_subgraphs_and_refuses_deep_ones() -> None:
    assert read(_nested(20)).graph.nodes[0].op == "If"
    for depth in (40, 1000):
        with pytest.raises(ModelError):
            read(_nested(depth))


def test_a_long_chain_is_read_fast() -> None:
    nodes = [_relu("x" if i == 0 else f"t{i}", f"t{i + 1}" if i < 19_999 else "y") for i in range(20_000)]
    start = time.process_time()
    assert len(read(_model(nodes)).graph.nodes) == 20_000
    assert time.process_time() - start < 20
