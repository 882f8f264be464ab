"""roi_align: every region of an image as a small grid of cells, each the mean or the maximum of samples within."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, Operator, TensorType, operator
from edgesmith.ops.indexing import INDEX_TYPES, checked, index_arg
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType

MOST_SAMPLES = 4096  # along one axis of a cell; sample.c has the same

Kernel(
    "roi_align_f32",
    "sample.c",
    """
    in f32 x[N * H * W * C]
    in f32 regions[R * 4]
    in bytes batch[R * index_size]
    out f32 y[R * P * Q * C]
    i32 N H W C R P Q samples largest half_pixel index_size
    f32 scale
    """,
    require="index_size == 4 or index_size == 8; H >= 1; W >= 1; samples <= 4096",
    work="R * P * Q * max(1, samples) * max(1, samples) * (C + 8) * 4",
    vector=True,
    parallel=True,
)


@operator
class RoiAlign(Operator):
    """x (N, H, W, C), regions (R, 4) as (x1, y1, x2, y2) and the image of each (R,) to (R, *output, C); float32.

    ``samples`` along each axis of a cell, or 0 for as many as the cell has elements. With ``half_pixel`` regions are
    shifted by half an element and may be smaller than one, else they have at least one element. Mode "max" takes the
    largest weighted neighbour of all samples, as the ONNX standard has it. Samples more than one element outside are 0.
    """

    name = "roi_align"
    attributes = {"output": ..., "samples": 0, "scale": 1.0, "mode": "avg", "half_pixel": True}
    native = frozenset({DType.F32, *INDEX_TYPES})
    bound = Bound(2e-5, 5e-5)

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x, regions, batch = inputs[0], inputs[1], inputs[2]
        assert x is not None
        assert regions is not None
        assert batch is not None
        fits = x.rank == 4 and regions.rank == 2 and regions.shape == (*batch.shape, 4)
        if not fits or batch.dtype not in INDEX_TYPES or x.dtype.is_integer or regions.dtype is not x.dtype:
            raise ModelError(f"{x!r}, regions {regions!r}, images {batch!r}; expected (N, H, W, C), (R, 4) and (R,)")
        if min(attrs["output"]) < 0 or not 0 <= attrs["samples"] <= MOST_SAMPLES or attrs["mode"] not in ("avg", "max"):
            raise ModelError(f"output {attrs['output']}, samples {attrs['samples']}, mode '{attrs['mode']}'")
        if 0 in x.shape[1:3]:
            raise ModelError(f"there is nothing to sample in shape {x.shape}")
        return [TensorType((regions.shape[0], *attrs["output"], x.shape[3]), x.dtype)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, regions, batch = inputs[0], inputs[1], inputs[2]
        assert x is not None
        assert regions is not None
        assert batch is not None
        attrs = node.attrs
        y = np.zeros(node.outputs[0].shape, x.dtype)
        images = checked(batch, x.shape[0], False)
        for r, (x1, y1, x2, y2) in enumerate(regions * np.asarray(attrs["scale"], x.dtype)):
            rows = _samples(y1, y2, attrs["output"][0], x.shape[1], attrs)
            columns = _samples(x1, x2, attrs["output"][1], x.shape[2], attrs)
            for p, row in enumerate(rows):
                for q, column in enumerate(columns):
                    cell = [
                        wy * wx * x[images[r], iy, ix] for pair in row for wy, iy in pair
                        for other in column for wx, ix in other
                    ]  # fmt: skip
                    if attrs["mode"] == "max":
                        y[r, p, q] = np.max(cell, axis=0)
                    else:
                        y[r, p, q] = np.sum(cell, axis=0) / (len(row) * len(column))
        return [y]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, regions, batch, y = node.input(0), node.input(1), node.input(2), node.outputs[0]
        attrs = node.attrs
        if y.size == 0:
            return
        sizes = dict(zip("NHWCRPQ", (*x.shape, *y.shape[:3]), strict=True))
        lw.emit(
            "roi_align_f32", x=x, regions=regions, batch=batch, y=y, samples=attrs["samples"], scale=attrs["scale"],
            largest=int(attrs["mode"] == "max"), half_pixel=int(attrs["half_pixel"]),
            index_size=batch.dtype.bytes, **sizes,
        )  # fmt: skip

    def cases(self) -> Iterator[Case]:
        rng = np.random.default_rng(5)
        corners = rng.uniform(0, 12, (5, 2))
        regions = np.concatenate([corners, corners + rng.uniform(0.2, 14, (5, 2))], 1).astype(np.float32)
        for mode in ("avg", "max"):
            for half in (True, False):
                for samples in (0, 2):
                    args = [
                        Arg((2, 9, 11, 5), low=0.1, high=2),
                        Arg(data=regions),
                        index_arg([0, 1, 1, 0, 1], DType.I64),
                    ]
                    attrs = {"output": (3, 2), "samples": samples, "scale": 0.7, "mode": mode, "half_pixel": half}
                    yield Case(args, attrs, id=f"{mode}-{half}-{samples}")
        yield Case([Arg((1, 4, 4, 33)), Arg(data=regions[:1]), index_arg([0])], {"output": (2, 2)}, id="outside")


def _samples(start: Any, end: Any, cells: int, size: int, attrs: Attrs) -> list[list[list[tuple[Any, int]]]]:
    """For every cell along one axis, its samples; each is two (weight, index)."""
    half = attrs["half_pixel"]
    start = start - 0.5 if half else start
    length = (end - 0.5 if half else end) - start
    length = length if half else max(length, 1)
    step = length / cells
    count = attrs["samples"] or max(1, int(np.ceil(step)))
    found = []
    for cell in range(cells):
        taps = []
        for i in range(count):
            place = start + step * (cell + (i + 0.5) / count)
            real = float(-1 <= place <= size)
            place = min(max(place, 0), size - 1)
            low = int(place)
            t = place - low
            taps.append([((1 - t) * real, low), (t * real, min(low + 1, size - 1))])
        found.append(taps)
    return found
