"""Which axes of a reshape stay together, and so how a transpose changes places with it."""

from __future__ import annotations

import math
from collections.abc import Sequence

CHANNELS_FIRST = (0, 3, 1, 2)
MOST_AXES = 6  # of a transpose, in the formats that are written

Shape = Sequence[int]
Perm = tuple[int, ...]
Runs = list[tuple[list[int], list[int]]]  # axes before a reshape, and what they are behind it


def exchanged(base: Shape, perm: Perm, shape: Shape) -> tuple[tuple[int, ...], Perm] | None:
    """``base.transpose(perm).reshape(shape)`` as ``base.reshape(inner).transpose(order)``: that shape and order.

    None where a run of axes that the reshape joins or splits does not lie together before the transpose.
    """
    runs = _runs([base[axis] for axis in perm], shape)
    if runs is None or len(shape) > MOST_AXES:
        return None
    places = {axis: place for place, axis in enumerate(axis for axis, dim in enumerate(base) if dim != 1)}
    lying = [[places[perm[axis]] for axis in before] for before, _ in runs]
    if any(run != list(range(run[0], run[0] + len(run))) for run in lying):
        return None
    return _inner(shape, runs, [run[0] for run in lying])


def parted(base: Shape, perm: Perm, shape: Shape) -> tuple[Perm, tuple[int, ...], Perm] | None:
    """The same as ``base.transpose(first).reshape(inner).transpose(order)``, where ``order`` only moves channels first.

    So a shuffle of channels or pixels is parted from the order of the axes in which its file was written.
    """
    runs = _runs([base[axis] for axis in perm], shape)
    if runs is None or len(shape) != len(CHANNELS_FIRST):
        return None
    lying = [[perm[axis] for axis in before] for before, _ in runs]
    inner, order = _inner(shape, runs, [min(run) for run in lying])
    if order != CHANNELS_FIRST:
        return None
    ones = [axis for axis, dim in enumerate(base) if dim == 1]
    return (*ones, *(axis for run in sorted(lying, key=min) for axis in run)), inner, order


def _inner(shape: Shape, runs: Runs, places: Sequence[int]) -> tuple[tuple[int, ...], Perm]:
    """The shape whose runs lie in the order of ``places``, and how to turn it into ``shape``."""
    order = list(range(runs[0][1][0])) if runs[0][1] else []
    order += [axis for run in sorted(range(len(runs)), key=places.__getitem__) for axis in runs[run][1]]
    return tuple(shape[axis] for axis in order), tuple(order.index(axis) for axis in range(len(shape)))


def _runs(before: Shape, after: Shape) -> Runs | None:
    """The shortest runs of axes with equal products.

    Axes of one element go along with those behind them, but the first ones, which are in no run.
    """
    if math.prod(before) <= 1:
        return None
    left = [axis for axis, dim in enumerate(before) if dim != 1]
    runs: Runs = []
    at = next(axis for axis, dim in enumerate(after) if dim != 1)
    while left:
        run, start = [left.pop(0)], at
        inside, outside = before[run[0]], 1
        while inside != outside:
            if inside < outside:
                run.append(left.pop(0))
                inside *= before[run[-1]]
            else:
                outside *= after[at]
                at += 1
        runs.append((run, list(range(start, at))))
    runs[-1][1].extend(range(at, len(after)))
    return runs
