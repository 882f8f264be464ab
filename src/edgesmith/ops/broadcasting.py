"""Shapes, strides and axes that many operators share."""

from __future__ import annotations

from collections.abc import Sequence

from edgesmith.errors import ModelError
from edgesmith.types import MAX_RANK


def broadcast(*shapes: Sequence[int]) -> tuple[int, ...]:
    """The common shape by NumPy's rule.

    Raises:
        ModelError: dimensions that differ and are not 1.
    """
    rank = max((len(shape) for shape in shapes), default=0)
    result = [1] * rank
    for shape in shapes:
        for axis, dim in enumerate(shape, rank - len(shape)):
            if dim != 1 and result[axis] not in (1, dim):
                raise ModelError(f"shapes {' and '.join(str(tuple(s)) for s in shapes)} do not broadcast")
            if dim != 1:
                result[axis] = dim
    return tuple(result)


def strides(shape: Sequence[int]) -> tuple[int, ...]:
    """Strides of a dense tensor, in elements."""
    result = [1] * len(shape)
    for axis in range(len(shape) - 2, -1, -1):
        result[axis] = result[axis + 1] * max(shape[axis + 1], 1)
    return tuple(result)


def broadcast_strides(shape: Sequence[int], out: Sequence[int]) -> tuple[int, ...]:
    """Strides, in elements, that read a dense ``shape`` as if it had shape ``out``: 0 along repeated axes."""
    lead = len(out) - len(shape)
    dense = strides(shape)
    return (0,) * lead + tuple(0 if dim == 1 else step for dim, step in zip(shape, dense, strict=True))


def collapse(dims: Sequence[int], *walks: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Drop axes of size 1 and join neighbours that every walk steps through as one; pad in front to MAX_RANK.

    Returns (dims, walk, walk, ...), each of length MAX_RANK: dims padded with 1, walks with 0.
    """
    kept: list[list[int]] = []
    for column in zip(dims, *walks, strict=True):
        dim, steps = column[0], column[1:]
        if dim == 1:
            continue
        if kept and all(outer == inner * dim for outer, inner in zip(kept[-1][1:], steps, strict=True)):
            kept[-1] = [kept[-1][0] * dim, *steps]
        else:
            kept.append([dim, *steps])
    if len(kept) > MAX_RANK:
        raise ModelError(f"shape {tuple(dims)} needs more than {MAX_RANK} axes")
    rows = [[1] + [0] * len(walks)] * (MAX_RANK - len(kept)) + kept
    return tuple(tuple(row[index] for row in rows) for index in range(1 + len(walks)))


def normal_axis(axis: int, rank: int) -> int:
    """An axis in 0..rank-1, from one that may count from the end.

    Raises:
        ModelError: out of range.
    """
    if not -rank <= axis < rank:
        raise ModelError(f"axis {axis} is out of range for rank {rank}")
    return axis % rank if rank else 0


def normal_axes(axes: Sequence[int], rank: int) -> tuple[int, ...]:
    """Sorted axes in 0..rank-1.

    Raises:
        ModelError: out of range, or one twice.
    """
    result = tuple(sorted(normal_axis(int(axis), rank) for axis in axes))
    if len(set(result)) != len(result):
        raise ModelError(f"axes {tuple(axes)} name one axis twice")
    return result
