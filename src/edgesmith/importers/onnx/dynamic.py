"""Integer products between DynamicQuantizeLinear and the scales, as quantizers write them, joined to one node each.

ONNX Runtime's own operator for a matrix product is the result, and a convolution of the same kind.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from edgesmith.importers.onnx.model import Graph, Node
from edgesmith.importers.onnx.structure import captures
from edgesmith.importers.onnx.tensors import Tensor

JOINED = {"MatMulInteger": "DynamicQuantizeMatMul", "ConvInteger": "DynamicQuantizeConv"}
DOMAIN = "com.microsoft"
FLOAT = 1  # of Cast


def join_dynamic(graph: Graph) -> Graph:
    """``Mul(Cast(MatMulInteger(rows, w)), Mul(scale, w_scale))``, perhaps with a bias, as one node.

    Its inputs are x, w, w_scale, w_zero and the bias.
    """
    if not any(node.op in JOINED and not node.domain for node in graph.nodes):
        return graph
    return _Joiner(graph).run()


class _Joiner:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.makers = {name: node for node in graph.nodes for name in node.outputs if name}
        self.uses = Counter(name for node in graph.nodes for name in node.inputs)
        self.uses.update(name for node in graph.nodes for _, inner in node.graphs() for name in captures(inner))
        self.uses.update(name for name, _ in graph.outputs)
        self.made: dict[str, Node] = {}  # by their results, which others may add a bias to
        self.gone: set[str] = set()  # results of nodes that are parts of joined ones

    def run(self) -> Graph:
        nodes: list[Node] = []
        for node in self.graph.nodes:
            joined = self._product(node) or self._biased(node)
            if joined is not None:
                self.made[joined.outputs[0]] = joined
            nodes.append(joined or node)
        kept = [node for node in nodes if not self.gone.issuperset(node.outputs)]
        return replace(self.graph, nodes=tuple(kept))

    def _inner(self, name: str, op: str) -> Node | None:
        """The node of ONNX's own that makes a value for one reader alone."""
        node = self.makers.get(name)
        return node if node is not None and node.op == op and not node.domain and self.uses[name] == 1 else None

    def _constant(self, name: str) -> Tensor | None:
        return self.graph.constants.get(name)

    def _product(self, node: Node) -> Node | None:
        if node.op != "Mul" or node.domain or len(node.inputs) != 2:
            return None
        for sums, scale in (node.inputs, node.inputs[::-1]):
            cast, both = self._inner(sums, "Cast"), self.makers.get(scale)
            made = self.makers.get(cast.inputs[0]) if cast is not None else None
            if made is None or made.op not in JOINED or self.uses[made.outputs[0]] != 1:
                continue
            rows = self.makers.get(made.inputs[0])
            if rows is None or rows.op != "DynamicQuantizeLinear" or both is None or both.op != "Mul":
                continue
            w, zero = made.inputs[1], made.inputs[3] if len(made.inputs) > 3 else ""
            steps = [name for name in both.inputs if name != rows.outputs[1]]
            same = made.inputs[0] == rows.outputs[0] and made.inputs[2:3] == rows.outputs[2:3]
            known = len(steps) == 1 and all(self._constant(name) for name in (w, *steps, zero) if name)
            if cast is None or cast.attributes.get("to") != FLOAT or not same or not known:
                continue
            step = self.graph.constants[steps[0]]
            if step.array.size > 1 and not self._one_each(made.op == "MatMulInteger", w, step):
                continue
            self.gone |= {made.outputs[0], cast.outputs[0]}
            inputs = (rows.inputs[0], w, steps[0], zero)
            return replace(made, op=JOINED[made.op], domain=DOMAIN, inputs=inputs, outputs=node.outputs)
        return None

    def _biased(self, node: Node) -> Node | None:
        """A joined product that alone an addition of a constant, one number an output, reads."""
        if node.op != "Add" or node.domain or len(node.inputs) != 2:
            return None
        for product, bias in (node.inputs, node.inputs[::-1]):
            made, tensor = self.made.get(product), self._constant(bias)
            if made is None or tensor is None or self.uses[product] != 1 or len(made.inputs) > 4:
                continue
            if self._one_each(made.op == "DynamicQuantizeMatMul", made.inputs[1], tensor):
                self.gone.add(product)
                return replace(made, inputs=(*made.inputs, bias), outputs=node.outputs)
        return None

    def _one_each(self, matrix: bool, weights: str, tensor: Tensor) -> bool:
        """Whether a tensor has one number for each output, as it broadcasts over results."""
        held, shape = self.graph.constants[weights].array.shape, tensor.array.shape
        wanted = held[-1:] if matrix else (*held[:1], *[1] * (len(held) - 2))
        return len(held) > 1 and shape[len(shape) - len(wanted) :] == wanted and tensor.array.size == wanted[0]
