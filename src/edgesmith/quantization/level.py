"""Levelling: channels of activations are brought nearer to one reach, so that each has more of its tensor's steps.

Where weights have a scale for each output channel, a channel of a result may be multiplied by any positive number at no
cost. Whoever reads the channel divides its weights by that number (Meller et al., "Same, Same But Different: Recovering
Neural Network Quantization Error Through Weight Factorization", 2019). A full balance cuts off channels that seldom
wake, and makes the readers' weights coarse, so only a part (``strength``) of it is done. Results of the network are
divided in floats, which gives a detector's boxes and scores in one tensor a scale each.

A channel is followed through whatever keeps or moves it: sums, rectifiers, pools, joins, slices, shuffles. All that
must have one factor has one number in ``ids``; a place that cannot take a factor fixes it at 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesmith.importers.source import LEVELLED
from edgesmith.ir import Graph, Node, Value
from edgesmith.ops import get
from edgesmith.quantization.observe import Spreads
from edgesmith.quantization.recurrent import RECURRENT
from edgesmith.quantization.weights import array_of, channelwise, is_layer
from edgesmith.types import DType

STRENGTHS = (0.25, 0.5)  # 1 would be a full balance
MOST = 64.0  # times that a channel may grow
HEADROOM = 1.5  # times its reach in calibration that a channel of a result keeps
STEPS, FIRST = 4, ord("a")  # factors are powers of the fourth root of 2, noted as letters
KEEPING = frozenset({"relu", "leaky_relu", "max_pool2d", "avg_pool2d"})
MOVING = frozenset({"reshape", "transpose", "slice", "concat"})

Ids = NDArray[np.int64]  # of a value's rank, with 1 along axes that tell no channels apart
Kinds = Mapping[Node, DType | None]


def level(graph: Graph, spreads: Spreads, kinds: Kinds, strength: float) -> dict[Node, DType | None]:
    """Rewrite weights and biases in place. Returns the nodes that were added to divide results, as ``kinds`` has them:
    they compute with floats."""
    channels = _Channels(graph, kinds)
    factors = channels.factors(spreads, strength)
    for node in filter(_scalable, graph.nodes):
        _rescale(node, *(factors[_rows(channels.of(value))[0]] for value in (node.input(0), node.outputs[0])))
    graph.metadata[LEVELLED] = channels.noted(factors)
    return _divide(graph, channels, factors)


def noted_factors(metadata: Mapping[str, Any]) -> dict[str, NDArray[np.float64]]:
    """What values were multiplied by, by their names, in shapes that broadcast; from a file's metadata, so anything
    that is not of this form is passed over."""
    noted = metadata.get(LEVELLED)
    found = {}
    for name, entry in noted.items() if isinstance(noted, dict) else ():
        match entry:
            case [[*shape], str(letters)] if letters.isascii() and all(
                isinstance(dim, int) and dim > 0 for dim in shape
            ):
                if math.prod(shape) == len(letters):
                    powers = (np.frombuffer(letters.encode(), np.uint8).astype(np.float64) - FIRST) / STEPS
                    found[str(name)] = np.exp2(powers).reshape(shape)
    return found


class _Channels:
    """Which channels of a graph's values must have one factor."""

    def __init__(self, graph: Graph, kinds: Kinds) -> None:
        self.kinds = kinds
        self.ids: dict[Value, Ids] = {}
        self.parent: list[int] = []
        self.fixed: set[int] = set()
        self.read: set[int] = set()  # by other layers
        for node in graph.nodes:
            self._follow(node)
        for value in graph.outputs:
            self.of(value)
        for state in graph.states:
            self._fix(state.update)

    def of(self, value: Value) -> Ids:
        """The numbers of a value's channels; a value that nothing is known of has one, which is fixed."""
        if value not in self.ids:
            self._fresh(value, (1,) * value.rank)
            self._fix(value)
        return self.ids[value]

    def factors(self, spreads: Spreads, strength: float) -> NDArray[np.float64]:
        """What each number's channels are multiplied by; none leaves the range that its tensor has anyway."""
        room = np.full(len(self.parent), np.inf)
        for value, spread in spreads.items():
            made = value.producer
            if made is None or made.op in MOVING or not self._plain(value) or spread.lows.size != self.of(value).size:
                continue
            with np.errstate(divide="ignore", invalid="ignore"):
                above = np.where(spread.highs > 0, spread.high / spread.highs, np.inf)
                under = np.where(spread.lows < 0, spread.low / spread.lows, np.inf)
            np.minimum.at(room, self._roots(value), np.minimum(above, under).astype(np.float64))
        room = np.where(np.isfinite(room), np.clip(room, 1, MOST), 1)
        roots = [self._find(number) for number in range(len(room))]
        fixed, read = {self._find(number) for number in self.fixed}, {self._find(number) for number in self.read}
        found = [
            1.0 if root in fixed else room[root] ** strength if root in read else max(room[root] / HEADROOM, 1.0)
            for root in roots
        ]
        return np.exp2(np.floor(np.log2(found) * STEPS + 1e-9) / STEPS)

    def noted(self, factors: NDArray[np.float64]) -> dict[str, list[Any]]:
        """For each value that has factors: a shape that broadcasts to its own, and a letter for each factor."""
        found: dict[str, list[Any]] = {}
        for value, numbers in self.ids.items():
            letters = np.rint(np.log2(factors[numbers.reshape(-1)]) * STEPS).astype(int)
            if letters.any():
                found[value.name] = [list(numbers.shape), "".join(chr(FIRST + letter) for letter in letters)]
        return found

    def reads_floats(self, node: Node) -> bool:
        """Whether a node computes with floats, and what it reads can be divided before it."""
        recurs = node.op in RECURRENT  # its input and the layer before it may become one node
        return self.kinds.get(node, DType.I8) is None and not is_layer(node) and not recurs

    def _follow(self, node: Node) -> None:
        out = node.outputs[0]
        if _scalable(node):
            self._tie(node.input(0))
            self.read.update(self._roots(node.input(0)))
            self._fresh(out, (1,) * (out.rank - 1) + out.shape[-1:])
            return
        found = self._kept(node)
        if found is not None:
            self.ids[out] = found
            return
        for value in node.inputs:
            if value is not None and not self.reads_floats(node):
                self._fix(value)
        for value in node.outputs:
            self.of(value)

    def _kept(self, node: Node) -> Ids | None:
        """The channels of a result that are those of what is read."""
        if any(value is None for value in node.inputs) or not node.inputs or len(node.outputs) != 1:
            return None
        x, out = node.input(0), node.outputs[0]
        along = (1,) * (out.rank - 1) + (-1,)
        if node.op in MOVING:
            return self._moved(node)
        if node.op in KEEPING and len(node.inputs) == 1 and self._plain(x) and not node.attrs.get("indices"):
            return self.of(x).reshape(along)
        if node.op == "reduce_mean" and self._plain(x) and out.shape[-1:] == x.shape[-1:]:
            return None if {-1, x.rank - 1} & set(node.attrs["axes"]) else self.of(x).reshape(along)
        if node.op in ("add", "sub") and x.shape == node.input(1).shape and not node.input(1).is_constant:
            return self._joined(x, node.input(1))
        return None

    def _fresh(self, value: Value, shape: tuple[int, ...]) -> None:
        start, count = len(self.parent), int(np.prod(shape))
        self.parent += range(start, start + count)
        self.ids[value] = np.arange(start, start + count).reshape(shape)

    def _plain(self, value: Value) -> bool:
        """Whether only the last axis tells channels apart."""
        return value.rank > 0 and self.of(value).size == self.of(value).shape[-1]

    def _moved(self, node: Node) -> Ids:
        """The channels of what an operator moves: its meaning applied to their numbers."""
        given = [np.broadcast_to(self.of(value), value.shape) for value in node.inputs if value is not None]
        (found,) = get(node.op).compute(node, given)
        for axis in range(found.ndim):
            first = found.take([0], axis)
            if (found == first).all():
                found = first
        return np.asarray(found, np.int64)

    def _joined(self, a: Value, b: Value) -> Ids:
        one, other = np.broadcast_arrays(self.of(a), self.of(b))
        for left, right in np.unique(np.stack([one.reshape(-1), other.reshape(-1)]), axis=1).T:
            self.parent[self._find(int(right))] = self._find(int(left))
        return np.array(one)

    def _tie(self, value: Value) -> None:
        """A layer has one weight for a channel, so whatever tells its places apart must have one factor there."""
        first, *others = _rows(self.of(value))
        for row in others:
            for left, right in zip(first, row, strict=True):
                self.parent[self._find(int(right))] = self._find(int(left))

    def _fix(self, value: Value) -> None:
        self.fixed.update(self._roots(value))

    def _find(self, number: int) -> int:
        while self.parent[number] != number:
            self.parent[number] = self.parent[self.parent[number]]
            number = self.parent[number]
        return number

    def _roots(self, value: Value) -> list[int]:
        return [self._find(int(number)) for number in self.of(value).reshape(-1)]


def _scalable(node: Node) -> bool:
    """Whether it is a layer whose channels may be multiplied: what follows its sum is a rectifier at most."""
    if not is_layer(node) or len(node.inputs) > 3 or node.attrs.get("lo", -np.inf) not in (0.0, -np.inf):
        return False
    if node.attrs.get("lo", -np.inf) == -np.inf and node.attrs.get("hi", np.inf) != np.inf:
        return False
    if node.op == "depthwise_conv2d":
        return node.input(1).shape[2] == node.input(0).shape[-1]
    return node.op != "transpose_conv2d" or node.attrs.get("groups", 1) == 1


def _rows(numbers: Ids) -> Ids:
    """The channels of each place."""
    return numbers.reshape(-1, numbers.shape[-1])


def _rescale(node: Node, read: NDArray[np.float64], made: NDArray[np.float64]) -> None:
    """Multiply a layer's results, and divide by what its input was multiplied by."""
    if (read == 1).all() and (made == 1).all():
        return
    weights = array_of(node).astype(np.float64) * channelwise(node, np.broadcast_to(made, node.outputs[0].shape[-1:]))
    groups = 1 if node.op == "depthwise_conv2d" else node.attrs.get("groups", 1)
    if groups == 1 or read.size == 1:
        weights = weights / read
    else:
        apart = weights.reshape(groups, -1, *weights.shape[1:])
        weights = (apart / read.reshape(groups, 1, 1, 1, -1)).reshape(weights.shape)
    _set(node, 1, weights)
    bias = node.optional(2)
    if bias is not None and bias.data is not None:
        _set(node, 2, bias.data * made)


def _divide(graph: Graph, channels: _Channels, factors: NDArray[np.float64]) -> dict[Node, DType | None]:
    """Give results of the network, and what its last functions read, their own size again."""
    divided: dict[Value, Value] = {}
    nodes: list[Node] = []

    def whole(value: Value) -> Value:
        shares = 1 / factors[channels.ids[value]] if value in channels.ids else np.ones(1)
        if (shares == 1).all():
            return value
        if value not in divided:
            share = Value(f"{value.name}.share", shares.shape, DType.F32, None, shares.astype(np.float32))
            divided[value] = Value(f"{value.name}.whole", value.shape, DType.F32)
            near = "" if value.producer is None else f"{value.producer.label}/level"
            nodes.append(Node("mul", [value, share], [divided[value]], {}, near))
        return divided[value]

    for node in graph.nodes:
        if channels.reads_floats(node) and node.op not in MOVING:
            node.inputs = [None if value is None else whole(value) for value in node.inputs]
        nodes.append(node)
    graph.outputs = [whole(value) for value in graph.outputs]
    graph.nodes = nodes
    return {value.producer: None for value in divided.values() if value.producer is not None}


def _set(node: Node, place: int, data: np.ndarray) -> None:
    old = node.input(place)
    node.inputs[place] = Value(old.name, old.shape, old.dtype, None, np.ascontiguousarray(data, np.float32))
