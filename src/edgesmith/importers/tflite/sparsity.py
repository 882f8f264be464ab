"""Sparse constant tensors, written out whole.

A sparse tensor lists its dimensions in a traversal order, outer to inner, blocks last; each level is dense (all
positions exist) or compressed (segments and indices say which exist). The stored values are the innermost positions in
that order. Source: "Format Abstraction for Sparse Tensor Algebra Compilers", Chou et al. 2018; schema.fbs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgesmith.errors import ModelError


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """One level of the traversal: dense with ``size`` positions, or compressed where segments are given."""

    size: int
    segments: NDArray[np.int64] | None = None
    indices: NDArray[np.int64] | None = None


def densify(
    shape: tuple[int, ...],
    order: tuple[int, ...],
    blocks: tuple[int, ...],
    levels: tuple[Level, ...],
    values: NDArray[np.generic],
) -> NDArray[np.generic]:
    """The dense tensor of ``shape``; positions that are not stored are zero.

    Args:
        order: permutation of the rank + len(blocks) levels; numbers from the rank upward are blocks.
        blocks: the dimension that each block divides.
        values: the stored values, one-dimensional.

    Raises:
        ModelError: the levels contradict the shape, each other or the number of values.
    """
    rank = len(shape)
    if sorted(order) != list(range(rank + len(blocks))) or len(levels) != len(order):
        raise ModelError(f"sparse traversal order {order} does not name each of {rank}+{len(blocks)} dimensions once")
    if sorted(order[:rank]) != list(range(rank)):
        raise ModelError(f"sparse traversal order {order} has a block before a dimension")
    if len(set(blocks)) != len(blocks) or any(not 0 <= dim < rank for dim in blocks):
        raise ModelError(f"sparse block map {blocks} is not a set of dimensions of a rank {rank} tensor")

    # The extent and stride of each level in the dense tensor.
    stride = [math.prod(shape[dim + 1 :]) for dim in range(rank)]
    extent = list(shape)
    for block, dim in zip(range(rank, len(order)), blocks, strict=True):
        size = levels[order.index(block)].size
        if size <= 0 or shape[dim] % size:
            raise ModelError(f"sparse block of {size} does not divide dimension {dim} of shape {shape}")
        extent.append(size)
        stride.append(stride[dim])
        extent[dim] //= size
        stride[dim] *= size

    limit = 2 * values.size + 64
    at = np.zeros(1, np.int64)
    for number, level in zip(order, levels, strict=True):
        steps = np.arange(extent[number], dtype=np.int64) * stride[number] if level.segments is None else None
        if steps is not None:
            if level.size != extent[number]:
                raise ModelError(f"sparse dimension {number} has size {level.size}, expected {extent[number]}")
            if at.size * steps.size > limit + sum(0 if x.segments is None else x.segments.size for x in levels):
                raise ModelError("sparse tensor has more positions than values and segments")
            at = (at[:, None] + steps).ravel()
        else:
            at = _compressed(at, level, extent[number], stride[number], number)
    if at.size != values.size:
        raise ModelError(f"sparse tensor has {values.size} values for {at.size} positions")
    dense = np.zeros(math.prod(shape), values.dtype)
    taken = np.zeros(dense.size, np.bool_)
    taken[at] = True
    if np.count_nonzero(taken) != at.size:
        raise ModelError("sparse tensor stores a position twice")
    dense[at] = values
    return dense.reshape(shape)


def _compressed(at: NDArray[np.int64], level: Level, extent: int, stride: int, number: int) -> NDArray[np.int64]:
    segments, indices = level.segments, level.indices
    if segments is None or indices is None or segments.size != at.size + 1:
        raise ModelError(f"sparse dimension {number} needs {at.size + 1} segments")
    counts = np.diff(segments)
    if segments[0] != 0 or segments[-1] != indices.size or (counts < 0).any():
        raise ModelError(f"sparse dimension {number} has segments that do not rise from 0 to {indices.size}")
    if indices.size and (indices.min() < 0 or indices.max() >= extent):
        raise ModelError(f"sparse dimension {number} has an index outside 0..{extent - 1}")
    return np.repeat(at, counts) + indices * stride
