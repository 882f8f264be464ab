"""Keras models and TensorFlow SavedModels (extras ``[keras]`` and ``[tensorflow]``).

Everything a file names is checked here first, against lists of what is known to be arithmetic. Keras or TensorFlow
then builds it in a process of its own and exports it to ONNX, which enters through the ONNX importer like any other.
"""

from __future__ import annotations

from pathlib import Path

from edgesmith.errors import ModelError
from edgesmith.importers.source import Source

__all__ = ["is_keras", "open_folder", "open_model"]
_ZIP = (b"PK\3\4", b"PK\5\6")
_HDF5 = b"\x89HDF\r\n\x1a\n"


def is_keras(data: bytes) -> bool:
    """Whether a file's first bytes are those of a ZIP archive or an HDF5 file."""
    return data[:4] in _ZIP or data[:8] == _HDF5


def open_model(data: bytes, label: str, path: Path | None = None) -> Source:
    """A ``.keras`` or ``.h5`` file. ``path`` is not needed: they refer to nothing beside them.

    Raises:
        ModelError: damaged, hostile, or (UnsupportedError) with layers that run code or are not known.
        MissingExtraError: Keras or a backend is absent.
    """
    from edgesmith.importers.keras.source import open_archive, open_hdf5

    return open_hdf5(data, label) if data[:8] == _HDF5 else open_archive(data, label)


def open_folder(folder: Path, label: str) -> Source:
    """A SavedModel, or an unpacked ``.keras`` file.

    Raises:
        ModelError: neither, damaged, hostile, or (UnsupportedError) with operators that reach outside the network.
        MissingExtraError: an optional package is absent.
    """
    from edgesmith.importers.keras.saved_model import SAVED_MODEL, open_saved_model

    if (folder / SAVED_MODEL).exists():
        return open_saved_model(folder, label)
    raise ModelError(f"{folder}: a folder without {SAVED_MODEL}; expected a SavedModel, or the path of a file")
