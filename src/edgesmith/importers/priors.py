"""Prior boxes: what detectors of the SSD family measure their boxes by (Liu et al., "SSD", 2016, section 2.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesmith.errors import ModelError

Boxes = NDArray[np.float32]
ONE = np.float32(1)


@dataclass(frozen=True, slots=True)
class Priors:
    """Caffe's prior boxes. Sizes are in pixels of the image; ``larger`` pairs with ``sizes`` for one more square each.

    ``image`` and ``steps`` are (height, width); a step that is None is the image's size over that of the map.
    """

    sizes: Sequence[float]
    larger: Sequence[float]
    ratios: Sequence[float]
    flip: bool
    clip: bool
    offset: float
    image: tuple[int, int]
    steps: tuple[float | None, float | None] = (None, None)

    def shapes(self) -> Boxes:
        """Width and height of each box around one place.

        Raises:
            ModelError: sizes or ratios that no box has.
        """
        if self.larger and len(self.larger) != len(self.sizes):
            raise ModelError(f"{len(self.sizes)} sizes of prior boxes and {len(self.larger)} larger ones")
        if not self.sizes or min([*self.sizes, *self.larger, *self.ratios]) <= 0:
            raise ModelError(f"prior boxes of sizes {list(self.sizes)} and ratios {list(self.ratios)}")
        listed: list[tuple[Any, Any]] = []
        for place, size in enumerate(np.array(self.sizes, np.float32)):
            listed.append((size, size))
            if self.larger:
                listed.append((np.sqrt(size * np.float32(self.larger[place])),) * 2)
            for ratio in np.sqrt(np.array(self.ratios, np.float32)):
                listed.append((size * ratio, size / ratio))
                if self.flip:
                    listed.append((size / ratio, size * ratio))
        return np.array(listed, np.float32)

    def boxes(self, height: int, width: int) -> Boxes:
        """(height * width * kinds, 4): x1, y1, x2, y2 as fractions of the image, place by place.

        Raises:
            ModelError: no image, or a number that cannot be.
        """
        if min(self.image) < 1:
            raise ModelError(f"prior boxes in an image of {self.image[0]} x {self.image[1]}")
        steps = [
            np.float32(step if step else size / count)
            for step, size, count in zip(self.steps, self.image, (height, width), strict=True)
        ]
        down, across = (
            np.float32(self.offset) * step + np.arange(count, dtype=np.float32) * step
            for step, count in zip(steps, (height, width), strict=True)
        )
        shapes, (high, wide) = self.shapes() * np.float32(0.5), map(np.float32, self.image)
        found = np.empty((height, width, len(shapes), 4), np.float32)
        for place, sign in ((0, -ONE), (2, ONE)):
            found[..., place] = (across[None, :, None] + sign * shapes[:, 0]) / wide
            found[..., place + 1] = (down[:, None, None] + sign * shapes[:, 1]) / high
        return np.clip(found, 0, 1).reshape(-1, 4) if self.clip else found.reshape(-1, 4)


def boxes_like_mxnet(
    height: int,
    width: int,
    sizes: Sequence[float],
    ratios: Sequence[float],
    steps: tuple[float, float],
    offset: float,
) -> Boxes:
    """MXNet's prior boxes. Sizes are fractions of the image's height: all of them, then further ratios of the first.

    ``steps`` is (across, down), -233 for one over the map's size.
    """
    if not sizes or not ratios or min([*sizes, *ratios]) <= 0:
        raise ModelError(f"prior boxes of sizes {list(sizes)} and ratios {list(ratios)}")
    stretch = np.float32(height) / np.float32(width)
    listed = [(np.float32(size) * stretch / 2, np.float32(size) / 2) for size in sizes]
    for ratio in np.sqrt(np.array(ratios[1:], np.float32)):
        listed.append((np.float32(sizes[0]) * stretch * ratio / 2, np.float32(sizes[0]) / ratio / 2))
    halves = np.array(listed, np.float32)
    across, down = (
        (np.float32(offset) + np.arange(count, dtype=np.float32)) * np.float32(1 / count if step == -233 else step)
        for step, count in zip(steps, (width, height), strict=True)
    )
    found = np.empty((height, width, len(halves), 4), np.float32)
    for place, sign in ((0, -ONE), (2, ONE)):
        found[..., place] = across[None, :, None] + sign * halves[:, 0]
        found[..., place + 1] = down[:, None, None] + sign * halves[:, 1]
    return found.reshape(-1, 4)
