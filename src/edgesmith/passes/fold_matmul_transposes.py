"""Lets a matrix product read a transposed operand where it lies, by other steps, instead of a transposed copy."""

from __future__ import annotations

from edgesmith.ir import Graph, Node
from edgesmith.ops.matmul import batches


def fold_matmul_transposes(graph: Graph) -> None:
    """Fold the transposes that feed products, where one step still leads from matrix to matrix."""
    for node in graph.nodes:
        if node.op == "matmul":
            for index, attribute in ((0, "axes_a"), (1, "axes_b")):
                _fold(node, index, attribute)
    graph.prune()


def _fold(node: Node, index: int, attribute: str) -> None:
    transpose = node.input(index).producer
    if transpose is None or transpose.op != "transpose" or node.attrs[attribute]:
        return
    inputs, attrs = list(node.inputs), dict(node.attrs)
    inputs[index], attrs[attribute] = transpose.input(0), tuple(transpose.attrs["perm"])
    a, b = inputs
    assert a is not None
    assert b is not None
    dims = batches(a, attrs["axes_a"], b, attrs["axes_b"], node.outputs[0].shape[:-2])[0]
    if sum(dim != 1 for dim in dims) <= 1:
        node.inputs, node.attrs = inputs, attrs
