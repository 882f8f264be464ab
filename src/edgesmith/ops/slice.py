"""slice: a strided box of a tensor. Steps may be negative; a box that lies in one piece costs nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.broadcasting import strides
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, Operator, TensorType, operator
from edgesmith.ops.transpose import emit_copy
from edgesmith.types import DType, Quantization


def axis_slice(start: int, size: int, step: int) -> slice:
    """Python's slice for ``size`` elements from ``start`` by ``step``."""
    stop = start + size * step
    return slice(start, stop if stop >= 0 else None, step) if size else slice(0, 0)


@operator
class Slice(Operator):
    """Element ``i`` of an axis of the output is element ``starts + i * steps`` of the input's, ``sizes`` of them.

    Starts are resolved: not negative. ``steps`` is empty (all 1), or one nonzero number an axis.
    """

    name = "slice"
    attributes = {"starts": ..., "sizes": ..., "steps": ()}
    widens = False

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        starts, sizes, steps = _box(attrs, x.rank)
        for axis, (start, size, step) in enumerate(zip(starts, sizes, steps, strict=True)):
            last = start + (size - 1) * step
            if step == 0 or size < 0:
                raise ModelError(f"axis {axis} has size {size} and step {step}; expected a size >= 0 and a step")
            if size and not (0 <= start < x.shape[axis] and 0 <= last < x.shape[axis]):
                raise ModelError(
                    f"axis {axis} reads elements {start} to {last}, the input {x.shape} has {x.shape[axis]}"
                )
        quant = x.quant
        if quant is not None and quant.axis is not None:
            part = axis_slice(starts[quant.axis], sizes[quant.axis], steps[quant.axis])
            quant = Quantization.make(quant.scale[part], quant.zero_point[part], quant.axis)
        return [TensorType(sizes, x.dtype, quant)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        assert inputs[0] is not None
        box = _box(node.attrs, inputs[0].ndim)
        return [np.ascontiguousarray(inputs[0][tuple(map(axis_slice, *box))]).reshape(box[1])]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, y = node.input(0), node.outputs[0]
        starts, sizes, steps = _box(node.attrs, x.rank)
        if y.size == 0:
            return
        walk = strides(x.shape)
        start = sum(at * stride for at, stride in zip(starts, walk, strict=True))
        moved = [step * stride for step, stride in zip(steps, walk, strict=True)]
        dense = strides(y.shape)
        if all(size == 1 or a == b for size, a, b in zip(sizes, moved, dense, strict=True)):
            lw.alias(y, lw.ref(x).at(start * x.dtype.bytes, y.nbytes))
            return
        emit_copy(lw, x, y, x.dtype.bytes, y.shape, moved, dense, start)

    def cases(self) -> Iterator[Case]:
        rows: list[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]]] = [
            ((7,), (2,), (3,), ()),
            ((7,), (6,), (7,), (-1,)),
            ((3, 5, 33), (1, 0, 2), (2, 5, 31), ()),
            ((3, 5, 33), (2, 4, 32), (3, 2, 16), (-1, -3, -2)),
            ((4, 9, 3), (1, 0, 0), (2, 9, 3), ()),
            ((2, 6, 5, 4), (0, 1, 0, 1), (2, 3, 5, 2), (1, 2, 1, 2)),
            ((4, 3), (4, 0), (0, 3), ()),
        ]
        for kind in (DType.F32, DType.I8, DType.I64, DType.BOOL, DType.F16):
            for shape, starts, sizes, steps in rows:
                attrs = {"starts": starts, "sizes": sizes, "steps": steps}
                yield Case([Arg(shape, kind)], attrs, id=f"{kind}-{shape}-{sizes}-{steps}".replace(" ", ""))


def _box(attrs: Attrs, rank: int) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    starts, sizes = (tuple(int(item) for item in attrs[name]) for name in ("starts", "sizes"))
    steps = tuple(int(item) for item in attrs["steps"]) or (1,) * rank
    if not len(starts) == len(sizes) == len(steps) == rank:
        raise ModelError(
            f"starts, sizes and steps have {len(starts)}, {len(sizes)}, {len(steps)} items for rank {rank}"
        )
    return starts, sizes, steps
