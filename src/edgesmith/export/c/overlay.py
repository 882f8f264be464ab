"""Which layers a chip's kernels compute in place: a step's output may then lie where its input lay."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edgesmith.export.c.target import Target
from edgesmith.ir import Node
from edgesmith.types import DType


def overlays(target: Target) -> Callable[[Node], Sequence[int]]:
    """For ``lower``: the inputs that a node's output may overwrite on this target.

    A pointwise convolution keeps the pixels of a tile before it stores any, and a depthwise one the rows of a band, so
    both may store behind where they read, as long as they store no more than they have read.
    """

    def indices(node: Node) -> Sequence[int]:
        if node.op not in ("conv2d", "depthwise_conv2d") or node.input(0).dtype is not DType.I8:
            return ()
        x, y, pads = node.input(0), node.outputs[0], node.attrs["padding"]
        if x.shape[0] != 1 or x.data is not None:
            return ()
        if node.op == "conv2d":
            square = node.input(1).shape[1:3] == (1, 1) and node.attrs["strides"] == (1, 1) and not any(sum(pads, ()))
            return (0,) if square and node.attrs["groups"] == 1 and y.shape[3] <= x.shape[3] else ()
        if target.vectors or x.shape[3] == 1 or y.shape[3] != x.shape[3]:
            return ()
        reach = (node.input(1).shape[0] - 1) * node.attrs["dilations"][0] + 1
        behind = y.shape[1] <= x.shape[1] and y.shape[2] <= x.shape[2] and reach > pads[0][0]
        return (0,) if behind else ()

    return indices


__all__ = ["overlays"]
