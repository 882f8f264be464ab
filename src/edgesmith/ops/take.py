"""``take_nd``: a copy that reads every axis through a table of offsets, for pads, repeats and nearest resizing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Value
from edgesmith.ops.broadcasting import strides
from edgesmith.ops.contract import Lowering, Ref
from edgesmith.program.kernel import Kernel
from edgesmith.types import MAX_RANK

Kernel(
    "take_nd",
    "take_nd.c",
    """
    in bytes x[count * inner]
    out bytes y[prod(dims) * inner]
    const i32 table[dims[0] + dims[1] + dims[2] + dims[3] + dims[4] + dims[5] + dims[6] + dims[7]]
    i32 dims[8] count inner
    """,
    work="prod(dims) * inner",
    parallel=True,
)


def emit_take(
    lw: Lowering, x: Value | Ref, y: Value | Ref, size: int, shape: Sequence[int], tables: Sequence[np.ndarray]
) -> None:
    """Let ``y[i, j, ...] = x[tables[0][i], tables[1][j], ...]`` for ``x`` of this shape, elements of ``size`` bytes.

    Trailing axes that are read whole and in order become one run of bytes.
    """
    walk = strides(shape)
    axes = len(shape)
    inner = 1
    while axes and np.array_equal(tables[axes - 1], np.arange(shape[axes - 1])):
        axes -= 1
        inner *= shape[axes]
    columns: list[np.ndarray] = []
    for axis in range(axes):
        offsets = np.asarray(tables[axis], np.int64) * (walk[axis] // inner)
        if columns and (columns[-1].size * offsets.size <= 64 or columns[-1].size == 1 or offsets.size == 1):
            offsets = (columns.pop()[:, None] + offsets).ravel()
        columns.append(offsets)
    if len(columns) > MAX_RANK:
        raise ModelError(f"shape {tuple(shape)} needs more than {MAX_RANK} axes")
    columns = [np.zeros(1, np.int64)] * (MAX_RANK - len(columns)) + columns
    table = np.concatenate(columns).astype(np.int32)
    count = int(np.prod(shape[:axes], dtype=np.int64))
    lw.emit("take_nd", x=x, y=y, table=table, dims=[c.size for c in columns], count=count, inner=inner * size)
