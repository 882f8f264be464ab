"""Which value of one model stands for which of another: by name where names were kept, by place between those."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from edgesmith.verify.subject import Layer

_ENDINGS = (".quantized", ".dequantized", "_quantized", "_dequantized", "_QuantizeLinear_Output", ":0", ".t")


@dataclass(frozen=True, slots=True)
class Pair:
    """``how`` is "name" or "place": between two pairs of names, the same kind of layer of the same shape."""

    first: Layer
    second: Layer
    how: str


def pair(first: Sequence[Layer], second: Sequence[Layer]) -> list[Pair]:
    """Pairs in the order of both; what has no counterpart is left out."""
    names = {_plain(layer.value): place for place, layer in enumerate(second)}
    same = [(place, names[_plain(layer.value)]) for place, layer in enumerate(first) if _plain(layer.value) in names]
    anchors = _increasing([pair for pair in same if _size(first[pair[0]]) == _size(second[pair[1]])])
    pairs: list[Pair] = []
    begin = (0, 0)
    for end in (*anchors, (len(first), len(second))):
        pairs += _by_place(first[begin[0] : end[0]], second[begin[1] : end[1]])
        if end[0] < len(first):
            pairs.append(Pair(first[end[0]], second[end[1]], "name"))
        begin = (end[0] + 1, end[1] + 1)
    return pairs


def _plain(name: str) -> str:
    for ending in _ENDINGS:
        name = name.removesuffix(ending)
    return name


def _size(layer: Layer) -> int:
    size = 1
    for dim in layer.shape:
        size *= dim
    return size


def _increasing(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of points that ascend in both coordinates (patience sorting); the first coordinate does."""
    tails: list[int] = []
    places: list[int] = []
    before: list[int] = []
    for index, (_, y) in enumerate(points):
        rank = bisect.bisect_left(tails, y)
        before.append(places[rank - 1] if rank else -1)
        tails[rank : rank + 1], places[rank : rank + 1] = [y], [index]
    chain = []
    at = places[-1] if places else -1
    while at >= 0:
        chain.append(points[at])
        at = before[at]
    return chain[::-1]


def _by_place(first: Sequence[Layer], second: Sequence[Layer]) -> list[Pair]:
    """Layers of the same work and size, in order. Layout is left open: dimensions are compared without their order."""
    keys = [_key(layer) for layer in first], [_key(layer) for layer in second]
    blocks = SequenceMatcher(None, keys[0], keys[1], autojunk=False).get_matching_blocks()
    return [Pair(first[a + i], second[b + i], "place") for a, b, size in blocks for i in range(size)]


def _key(layer: Layer) -> tuple[object, ...]:
    dims = tuple(sorted(dim for dim in layer.shape if dim != 1))
    return (layer.macs, dims) if layer.macs else (layer.op, dims)
