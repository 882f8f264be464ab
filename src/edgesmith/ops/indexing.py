"""What the operators with indices in their data share: the NumPy side of the checks, and cases' arrays of indices."""

from __future__ import annotations

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Value
from edgesmith.ops.contract import Arg
from edgesmith.types import DType

INDEX_TYPES = (DType.I32, DType.I64)


def checked(indices: np.ndarray, dim: int, wrap: bool) -> np.ndarray:
    """Indices in 0..dim-1; with ``wrap`` negative ones count from the end.

    Raises:
        ModelError: one lies outside.
    """
    wide = indices.astype(np.int64)
    if wrap:
        wide = np.where(wide < 0, wide + dim, wide)
    if wide.size and not (wide.min() >= 0 and wide.max() < dim):
        raise ModelError(f"an index lies outside 0..{dim - 1}: found {indices.min()}..{indices.max()}")
    return wide


def check_type(indices: Value) -> None:
    """Raises ModelError where indices are neither i32 nor i64."""
    if indices.dtype not in INDEX_TYPES:
        raise ModelError(f"indices are {indices.dtype}; expected i32 or i64")


def index_arg(numbers: object, kind: DType = DType.I32) -> Arg:
    """A case's input of indices."""
    return Arg(data=np.array(numbers, kind.numpy), dtype=kind)


def spread(shape: tuple[int, ...], dim: int, kind: DType = DType.I32, negative: bool = False) -> Arg:
    """A case's input of indices that are spread over 0..dim-1, or over -dim..dim-1."""
    numbers = np.arange(int(np.prod(shape)), dtype=np.int64) * 7 % max(dim, 1)
    return index_arg((numbers - dim * (np.arange(numbers.size) % 2) * negative).reshape(shape), kind)
