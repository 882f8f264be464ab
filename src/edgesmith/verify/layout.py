"""Orders of axes: the same numbers, laid out in another way."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from edgesmith.errors import UsageError

if TYPE_CHECKING:
    from edgesmith.verify.subject import Subject

_USUAL = ((0, 3, 1, 2), (0, 2, 3, 1))  # to channels first, and to channels last


def orders(shape: tuple[int, ...], wanted: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Orders of axes that give the shape that is wanted: as they are, then the usual ones, then all others."""
    rank = len(shape)
    if sorted(shape) != sorted(wanted) or rank > 5:
        return
    usual = [order for order in (tuple(range(rank)), *_USUAL) if len(order) == rank]
    for order in dict.fromkeys((*usual, *permutations(range(rank)))):
        if tuple(shape[axis] for axis in order) == wanted:
            yield order


def arrange(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """An array in another shape of the same size: by the likeliest order of axes, else as its bytes lie."""
    if array.shape == shape:
        return array
    order = next(orders(array.shape, shape), None)
    return array.reshape(shape) if order is None else array.transpose(order)


def input_order(first: Subject, second: Subject) -> list[tuple[int, tuple[int, ...]]]:
    """For each input of the second model, the first's that stands for it and the order of its axes.

    Inputs are matched by name where all names are the same, else in order.

    Raises:
        UsageError: different numbers of inputs, or shapes that no order of axes makes equal.
    """
    a, b = first.inputs, second.inputs
    if len(a) != len(b):
        raise UsageError(f"{first.name} has {len(a)} inputs, {second.name} has {len(b)}; they cannot be compared")
    places = {tensor.name: index for index, tensor in enumerate(a)}
    named = set(places) == {tensor.name for tensor in b}
    found = []
    for index, tensor in enumerate(b):
        mate = places[tensor.name] if named else index
        order = next(orders(a[mate].shape, tensor.shape), None)
        if order is None:
            raise UsageError(
                f"input '{a[mate].name}' of {first.name} is {a[mate].shape}, '{tensor.name}' of {second.name} is "
                f"{tensor.shape}; no order of axes makes them equal"
            )
        found.append((mate, order))
    return found
