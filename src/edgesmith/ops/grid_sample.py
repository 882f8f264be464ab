"""grid_sample: an image, or a volume, read at places that the data give. As ONNX's GridSample, channels last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, Operator, TensorType, operator
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType

# Numbers that the C file (sample.c) knows by the same order.
MODES = ("nearest", "linear", "cubic")
PADDINGS = ("zeros", "border", "reflection")
CUBIC = -0.75

Places = np.ndarray
Taps = list[tuple[np.ndarray, np.ndarray]]

Kernel(
    "grid_sample_f32",
    "sample.c",
    """
    in f32 x[N * D * H * W * C]
    in f32 grid[N * points * axes]
    out f32 y[N * points * C]
    i32 N D H W C points axes mode padding corners
    """,
    require="axes == 2 or axes == 3; mode < 3; padding < 3; corners < 3; axes == 3 or D == 1; D >= 1; H >= 1; W >= 1",
    work="N * points * (C + 8) * 16",
    vector=True,
    parallel=True,
)


@operator
class GridSample(Operator):
    """x (N, H, W, C) read at grid (N, ..., 2), or (N, D, H, W, C) at (N, ..., 3), float32.

    The last axis of the grid holds (x, y) or (x, y, z), where -1..1 spans the image: from the centres of the outermost
    elements with ``align_corners``, else from their edges; with ``pixels`` it holds indices, not always whole.
    ``padding`` says what lies beyond.
    """

    name = "grid_sample"
    attributes = {"mode": "linear", "padding": "zeros", "align_corners": False, "pixels": False}
    native = frozenset({DType.F32})
    bound = Bound(2e-5, 5e-5)  # a place near 20 is known to 1e-6 only

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x, grid = inputs[0], inputs[1]
        assert x is not None
        assert grid is not None
        axes = x.rank - 2
        if axes not in (2, 3) or grid.rank < 2 or grid.shape[0] != x.shape[0] or grid.shape[-1] != axes:
            raise ModelError(
                f"input {x.shape} and grid {grid.shape}; expected (N, H, W, C) with (N, ..., 2), or one more"
            )
        for key, known in (("mode", MODES), ("padding", PADDINGS)):
            if attrs[key] not in known:
                raise ModelError(f"{key} is '{attrs[key]}'; expected one of {', '.join(known)}")
        if 0 in x.shape[1:-1]:
            raise ModelError(f"there is nothing to sample in shape {x.shape}")
        return [TensorType((*grid.shape[:-1], x.shape[-1]), x.dtype)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, grid = inputs[0], inputs[1]
        assert x is not None
        assert grid is not None
        sizes = x.shape[1:-1]
        flat = grid.reshape(x.shape[0], prod(grid.shape[1:-1]), len(sizes))
        axes = [_taps(flat[..., len(sizes) - 1 - i], size, node.attrs) for i, size in enumerate(sizes)]
        batch = np.arange(x.shape[0])[:, None]
        y = np.zeros((*flat.shape[:2], x.shape[-1]), x.dtype)
        for taps in product(*axes):
            weight = np.prod([w for _, w in taps], axis=0)
            y += x[(batch, *(index for index, _ in taps))] * weight[..., None]
        return [y.reshape(node.outputs[0].shape)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, grid, y = node.input(0), node.input(1), node.outputs[0]
        if y.size == 0:
            return
        deep, height, width = (1, *x.shape[1:3]) if x.rank == 4 else x.shape[1:4]
        lw.emit(
            "grid_sample_f32", x=x, grid=grid, y=y, N=x.shape[0], D=deep, H=height, W=width, C=x.shape[-1],
            points=prod(grid.shape[1:-1]), axes=x.rank - 2, mode=MODES.index(node.attrs["mode"]),
            padding=PADDINGS.index(node.attrs["padding"]), corners=_corners(node.attrs),
        )  # fmt: skip

    def cases(self) -> Iterator[Case]:
        for mode, padding, corners in product(MODES, PADDINGS, (False, True)):
            attrs = {"mode": mode, "padding": padding, "align_corners": corners}
            args = [Arg((2, 5, 6, 3), low=-1, high=1), Arg((2, 4, 7, 2), low=-1.7, high=1.9)]
            yield Case(args, attrs, id=f"{mode}-{padding}-{corners}")
        for padding in PADDINGS:
            args = [Arg((1, 3, 4, 5, 19), low=-1, high=1), Arg((1, 2, 3, 5, 3), low=-1.3, high=1.2)]
            yield Case(args, {"padding": padding}, id=f"volume-{padding}")
        args = [Arg((2, 5, 6, 3), low=-1, high=1), Arg((2, 9, 2), low=-1.7, high=6.9)]
        yield Case(args, {"pixels": True}, id="pixels")
        yield Case(
            [Arg((1, 1, 1, 2)), Arg((1, 5, 2))], {"padding": "reflection", "align_corners": True}, id="one-pixel"
        )


def _corners(attrs: Attrs) -> int:
    """What the grid counts from, as the C file numbers it: edges, centres, or nothing: it holds indices."""
    return 2 if attrs["pixels"] else int(attrs["align_corners"])


def _taps(grid: Places, size: int, attrs: Attrs) -> Taps:
    """Indices along one axis and their weights, each in the shape of the grid."""
    corners, padding, mode = _corners(attrs), attrs["padding"], attrs["mode"]
    place = [((grid + 1) * size - 1) / 2, (grid + 1) / 2 * (size - 1), grid][corners]
    low, high = (0.0, size - 1.0) if corners else (-0.5, size - 0.5)
    if mode == "nearest":
        place = np.rint(place)
    if padding == "border":
        place = np.clip(place, 0, size - 1)
    elif padding == "reflection":
        place = _reflect(place, low, high)
    base = np.floor(place)
    t = place - base
    steps: list[tuple[int, np.ndarray]] = [(0, np.ones_like(place))]
    if mode == "linear":
        steps = [(0, 1 - t), (1, t)]
    elif mode == "cubic":
        steps = [(step, _keys(np.abs(t - step))) for step in (-1, 0, 1, 2)]
    return [_tap(base + step, weight, size, padding, low, high) for step, weight in steps]


def _tap(
    index: Places, weight: np.ndarray, size: int, padding: str, low: float, high: float
) -> tuple[np.ndarray, np.ndarray]:
    if padding == "zeros":
        weight = weight * ((index >= 0) & (index < size))
    elif padding == "reflection":
        index = np.where((index < low) | (index > high), np.floor(_reflect(index, low, high)), index)
    return np.clip(index, 0, size - 1).astype(np.int64), weight


def _reflect(place: Places, low: float, high: float) -> Places:
    span = high - low
    if span <= 0:
        return place * 0
    turn = np.mod(np.abs(place - low), 2 * span)
    return np.asarray(np.minimum(turn, 2 * span - turn) + low)


def _keys(d: np.ndarray) -> np.ndarray:
    near = ((CUBIC + 2) * d - (CUBIC + 3)) * d * d + 1
    far = ((CUBIC * d - 5 * CUBIC) * d + 8 * CUBIC) * d - 4 * CUBIC
    return np.asarray(np.where(d <= 1, near, far))
