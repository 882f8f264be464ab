"""What an ONNX file says of itself in its ``metadata_props``, where texts stand for lists and numbers."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

MOST_TEXT = 1 << 20  # characters of names that are looked into
_NAME = re.compile(r"""(\d+): ('[^'\\]*'|"[^"\\]*")""")


def described(texts: Mapping[str, str]) -> dict[str, Any]:
    """The texts, and ``labels`` and ``normalization`` as other formats have them.

    They are JSON, as ``export/onnx_file.py`` writes them; ``names`` is the dict of numbers and names that Ultralytics
    writes. What is none of that stays a text, under a name of its own.
    """
    found: dict[str, Any] = {key: text for key, text in texts.items() if key not in ("labels", "normalization")}
    labels = _labels(texts.get("labels", "")) or _names(texts.get("names", ""))
    if labels:
        found["labels"] = labels
    elif "labels" in texts:
        found["labels as text"] = texts["labels"]
    pixels = _json(texts.get("normalization", ""))
    if isinstance(pixels, dict) and set(pixels) == {"mean", "std"} and all(map(_numbers, pixels.values())):
        found["normalization"] = pixels
    return found


def _json(text: str) -> Any:
    try:
        return json.loads(text) if len(text) <= MOST_TEXT else None
    except (ValueError, RecursionError):
        return None


def _labels(text: str) -> list[str]:
    found = _json(text)
    return found if isinstance(found, list) and all(isinstance(name, str) for name in found) else []


def _names(text: str) -> list[str]:
    """``{0: 'person', 1: 'bicycle', ...}``, whose numbers count from 0."""
    found = _NAME.findall(text) if len(text) <= MOST_TEXT else []
    said = "{" + ", ".join(f"{place}: {name}" for place, (_, name) in enumerate(found)) + "}"
    return [name[1:-1] for _, name in found] if said == text else []


def _numbers(items: Any) -> bool:
    return isinstance(items, list) and bool(items) and all(
        isinstance(item, (int, float)) and math.isfinite(item) for item in items
    )  # fmt: skip
