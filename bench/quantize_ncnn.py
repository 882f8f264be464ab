"""What int8 costs the networks that come as ncnn files: a classifier's answers, and a detector's boxes.

    python bench/quantize_ncnn.py [squeezenet] [nanodet] [nanodet-budget] [nanodet-int16]

The photographs of ../shared are calibrated on in one half and judged in the other, in turns. A box counts as found
where the int8 network has one of the same class at an intersection over union above 0.9; judged are all above a score
of 0.5. Of boxes that overlap, the one with the highest score is kept, so the least change of two nearly equal scores
gives another box: found are counted among those kept, and among all before that choice.
"""

from __future__ import annotations

import os
import pathlib
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT / "src"), str(ROOT / "tests")]  # not this folder, whose models.py hides tests/models

import edgesmith as es  # noqa: E402

SHARED = pathlib.Path(os.environ.get("EDGESMITH_SHARED") or ROOT.parent / "shared")
SURE, FAINT, SAME, OVERLAP = 0.5, 0.3, 0.9, 0.6  # score judged, score found, IoU of equals, IoU of doubles
BINS = 8  # of the distance from a cell's centre to each side


class Box(NamedTuple):
    """A detection: class, score, corners in pixels."""

    kind: int
    score: float
    corners: np.ndarray


def photographs() -> list[tuple[pathlib.Path, int]]:
    """Pictures and their labels; imported where it is needed, as bench/models.py may have taken that name."""
    from models.inputs import photographs as listed

    return listed(SHARED)


def pixels(path: pathlib.Path, size: int, mean: Sequence[float], deviation: Sequence[float]) -> np.ndarray:
    """A picture as (1, 3, size, size), blue first."""
    image = np.asarray(Image.open(path).convert("RGB").resize((size, size)), np.float32)[..., ::-1]
    return np.ascontiguousarray(((image - np.float32(mean)) / np.float32(deviation)).transpose(2, 0, 1)[None])


def halves(count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Places to calibrate on and places to judge, twice."""
    order = np.random.default_rng(1).permutation(count)
    first, second = order[: count // 2], order[count // 2 :]
    yield from ((first, second), (second, first))


def squeezenet(**settings: Any) -> None:
    rows = photographs()
    runs = [pixels(path, 227, (104, 117, 123), (1, 1, 1)) for path, _ in rows]
    source = es.load(SHARED / "models/ncnn/squeezenet_v1.1.param")
    floats = integers = 0
    for seen, judged in halves(len(rows)):
        made = es.quantize(source, [runs[place] for place in seen], measure_speed=False, **settings)
        floats += sum(int(source(runs[place]).argmax()) == rows[place][1] for place in judged)
        integers += sum(int(made(runs[place]).argmax()) == rows[place][1] for place in judged)
    print(f"SqueezeNet 1.1: {integers} of {len(rows)} right in int8, {floats} in floats")


def candidates(outputs: Sequence[np.ndarray], size: int = 320) -> list[Box]:
    """NanoDet's detections, the best first: the mean of each side's distribution (generalized focal loss,
    arXiv:2006.04388).
    """
    found = []
    for scores, sides in zip(outputs[::2], outputs[1::2], strict=True):
        scores, sides = scores[0], sides[0].reshape(-1, 4, BINS)
        across = round(len(scores) ** 0.5)
        step = size / across
        weight = np.exp(sides - sides.max(-1, keepdims=True))
        reach = (weight / weight.sum(-1, keepdims=True)) @ np.arange(BINS) * step
        for cell in np.flatnonzero(scores.max(1) > FAINT):
            x, y = ((cell % across + 0.5) * step, (cell // across + 0.5) * step)
            left, top, right, bottom = reach[cell]
            corners = np.clip([x - left, y - top, x + right, y + bottom], 0, size)
            found.append(Box(int(scores[cell].argmax()), float(scores[cell].max()), corners))
    return sorted(found, key=lambda box: -box.score)


def best(found: Sequence[Box]) -> list[Box]:
    """The best of those that overlap."""
    kept: list[Box] = []
    for box in found:
        if all(box.kind != other.kind or overlap(box, other) < OVERLAP for other in kept):
            kept.append(box)
    return kept


def overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    low, high = np.maximum(a.corners[:2], b.corners[:2]), np.minimum(a.corners[2:], b.corners[2:])
    shared = float(np.prod(np.maximum(high - low, 0)))
    whole = sum(float(np.prod(box.corners[2:] - box.corners[:2])) for box in (a, b)) - shared
    return shared / whole if whole > 0 else 0.0


def closest(box: Box, others: Sequence[Box]) -> float:
    """The greatest overlap with one of the same class."""
    return max((overlap(box, other) for other in others if other.kind == box.kind), default=0.0)


def nanodet(**settings: Any) -> None:
    rows = [path for path, _ in photographs()]
    mean, deviation = (103.53, 116.28, 123.675), (57.375, 57.12, 58.395)
    runs = [pixels(path, 320, mean, deviation) for path in rows]
    source = es.load(SHARED / "models/ncnn/nanodet_m.param")
    found = among = judged = 0
    for seen, held in halves(len(rows)):
        made = es.quantize(source, [runs[place] for place in seen], measure_speed=False, **settings)
        for place in held:
            sure = [box for box in best(candidates(source(runs[place]))) if box.score > SURE]
            if not sure:
                continue
            theirs = candidates(made(runs[place]))
            kept = best(theirs)
            judged += len(sure)
            for box in sure:
                same, any_same = closest(box, kept), closest(box, theirs)
                found += same > SAME
                among += any_same > SAME
                if same <= SAME:
                    print(
                        f"  {rows[place].name}: class {box.kind} at {box.score:.2f}, best overlap {same:.3f}, "
                        f"{any_same:.3f} before the choice"
                    )
    print(
        f"NanoDet-m {settings or 'by default'}: {found} of {judged} boxes found in int8, "
        f"{among} before the best of those that overlap are chosen"
    )


TASKS: dict[str, Callable[[], None]] = {
    "squeezenet": squeezenet,
    "nanodet": nanodet,
    "nanodet-budget": lambda: nanodet(max_drop=0.001, metric="cosine"),
    "nanodet-int16": lambda: nanodet(scheme="int16x8"),
}

if __name__ == "__main__":
    for task in sys.argv[1:] or TASKS:
        TASKS[task]()
