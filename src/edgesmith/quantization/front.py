"""The first operators of a network: what makes levels out of a signal, which integers of equal steps cannot hold."""

from __future__ import annotations

from edgesmith.ir import Graph, Node
from edgesmith.quantization.choose import FIXED

_ACTIVATIONS = (
    "relu prelu leaky_relu elu selu celu gelu gelu_tanh silu mish hard_sigmoid hard_swish softplus softsign exp"
)
_TRAINED = "lstm gru rnn svdf attention layer_norm rms_norm group_norm instance_norm"
TRAINED = frozenset((*FIXED, *_ACTIVATIONS.split(), *_TRAINED.split()))


def float_front(graph: Graph) -> list[Node]:
    """Logarithms of a signal, and all that leads to them from the inputs: filters, powers, their sums.

    A logarithm tells ratios apart. Of two numbers, one a thousand times the other, 256 equal steps make zero of the
    smaller, and spectra reach much further. Where a layer with a bias or an activation function comes before, the
    numbers are no longer those of a signal, and this leaves the logarithm to its range.
    """
    found: set[Node] = set()
    for node in graph.nodes:
        if node.op == "log":
            before = _before(node)
            if not any(_is_trained(other) for other in before):
                found |= before
    return [node for node in graph.nodes if node in found]


def _before(node: Node) -> set[Node]:
    """The node, and all that it is computed from."""
    found, rest = {node}, [node]
    while rest:
        makers = {v.producer for v in rest.pop().inputs if v is not None and v.producer is not None}
        rest += makers - found
        found |= makers
    return found


def _is_trained(node: Node) -> bool:
    layer = node.op in ("conv2d", "depthwise_conv2d", "fully_connected", "transpose_conv2d")
    return node.op in TRAINED or (layer and len(node.inputs) > 2 and node.inputs[2] is not None)
