"""TensorFlow Lite files: bytes to plain records, every bound checked, and records to graphs."""

from __future__ import annotations

from pathlib import Path

from edgesmith.importers.tflite.reader import read
from edgesmith.importers.tflite.source import TFLiteSource


def open_model(data: bytes, label: str, path: Path | None = None) -> TFLiteSource:
    """Read a ``.tflite`` file; ``label`` is what messages call it.

    Raises:
        ModelError: damaged, or (UnsupportedError) with inputs or outputs of types that do not exist here.
    """
    return TFLiteSource(read(data, label), label)
