"""Recognises SiLU and Mish where a file spells them out: ``x * sigmoid(x)`` and ``x * tanh(softplus(x))``.

One pass over the elements instead of two or three; and in integers one table, where the product of two quantized
numbers rounds twice more.
"""

from __future__ import annotations

from edgesmith.ir import Graph, Value
from edgesmith.passes.patterns import either, made_by


def fuse_silu(graph: Graph) -> None:
    """Replace the products by ``silu`` and ``mish`` nodes, where nobody else reads the factors."""
    uses = graph.uses()
    roots = set(graph.roots())
    for node in graph.nodes:
        if node.op != "mul" or node.outputs[0].quant is not None:
            continue
        for x, factor in either(node):
            op = _function_of(factor, x)
            if op and x.quant is None and factor not in roots and len(uses[factor]) == 1:
                node.op, node.inputs, node.attrs = op, [x], {}
                break
    graph.prune()


def _function_of(factor: Value, x: Value) -> str | None:
    """What ``x * factor`` is: "silu", "mish", or something else."""
    made = made_by(factor, "sigmoid", "tanh")
    if made is None:
        return None
    inner = made_by(made.input(0), "softplus") if made.op == "tanh" else made
    if inner is None or inner.input(0) is not x:
        return None
    return "silu" if made.op == "sigmoid" else "mish"
