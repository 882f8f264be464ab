"""Lets a convolution pad for itself, instead of reading a padded copy."""

from __future__ import annotations

from edgesmith.ir import Graph, Node, Value

LAYERS = frozenset({"conv2d", "depthwise_conv2d"})


def fold_pads(graph: Graph) -> None:
    """Fold constant pads by the value that means zero into the convolutions that read them."""
    for node in graph.nodes:
        if node.op not in LAYERS:
            continue
        x = node.input(0)
        pad = x.producer
        if pad is None or pad.op != "pad" or not _is_zero_pad(pad):
            continue
        pads = pad.attrs["pads"]
        if len(pads) != 4 or any(pads[0]) or any(pads[3]) or any(amount < 0 for pair in pads for amount in pair):
            continue
        inner: Value = pad.input(0)
        if inner.quant is not None and not inner.quant.same(x.quant):
            continue
        (top, bottom), (left, right) = node.attrs["padding"]
        node.attrs["padding"] = ((top + pads[1][0], bottom + pads[1][1]), (left + pads[2][0], right + pads[2][1]))
        node.inputs[0] = inner
    graph.prune()


def _is_zero_pad(pad: Node) -> bool:
    if pad.attrs.get("mode", "constant") != "constant":
        return False
    x = pad.input(0)
    zero = x.quant.zero0 if x.quant is not None else 0
    given = pad.optional(1)
    if given is not None:
        return given.data is not None and bool((given.data == zero).all())
    value = pad.attrs.get("value")  # None: what means zero
    return value is None or bool(value == zero)
