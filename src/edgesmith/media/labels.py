"""Scores with names."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edgesmith.errors import ModelError, UsageError

MAX_BYTES = 16 << 20


def read_labels(path: str | os.PathLike[str]) -> list[str]:
    """A label file, one name a line; ``12 name`` and ``12: name`` place a name at that index.

    Raises:
        ModelError: larger than 16 MB, or not text.
    """
    file = Path(path)
    if file.stat().st_size > MAX_BYTES:
        raise ModelError(f"{file}: {file.stat().st_size} bytes; the most for labels is {MAX_BYTES}")
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise ModelError(f"{file}: not UTF-8 text") from None
    lines = [line.strip() for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    numbered = [line.partition(" ") for line in lines]
    if lines and all(head.rstrip(":").isdigit() and rest.strip() for head, _, rest in numbered):
        places = {int(head.rstrip(":")): rest.strip() for head, _, rest in numbered}
        if max(places) < 10 * len(places) + 1000:
            return [places.get(index, "") for index in range(max(places) + 1)]
    return lines


def top(scores: np.ndarray, labels: Sequence[str] | None, most: int) -> list[dict[str, object]]:
    """The best scores of a vector, best first: index, score, label.

    Raises:
        UsageError: the labels do not fit the scores.
    """
    flat = np.asarray(scores).reshape(-1)
    if labels is not None and len(labels) != flat.size:
        raise UsageError(f"there are {len(labels)} labels for {flat.size} scores")
    order = np.argsort(-flat.astype(np.float64), kind="stable")[:most]
    return [{"index": int(i), "score": flat[i].item(), "label": labels[i] if labels is not None else ""} for i in order]
