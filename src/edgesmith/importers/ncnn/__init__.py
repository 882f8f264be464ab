"""ncnn models: a ``.param`` (or ``.param.bin``) file of layers, and a ``.bin`` file of weights beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edgesmith.errors import ModelError
from edgesmith.importers.blobs import read_weights
from edgesmith.importers.ncnn.param import Layer, is_binary, is_text, read
from edgesmith.importers.ncnn.source import NcnnSource
from edgesmith.importers.ncnn.weights import Reader

__all__ = ["NcnnSource", "companion", "is_ncnn", "open_model"]


def is_ncnn(data: bytes) -> bool:
    """Whether a file's first bytes are those of ncnn's layers, as text or binary."""
    return is_text(data) or is_binary(data)


def companion(path: Path) -> Path:
    """Where the weights of a ``.param`` file lie: ``model.bin`` beside ``model.param`` or ``model.param.bin``."""
    stem = path.name.removesuffix(".bin").removesuffix(".param")
    return path.with_name(f"{stem}.bin")


def open_model(data: bytes, label: str, path: Path | None = None, weights: bytes | None = None) -> NcnnSource:
    """Read the layers in ``data`` and the weights beside ``path``, or those that are given.

    Raises:
        ModelError: damaged, without weights, or (UnsupportedError) with layers that are not available here.
    """
    layers = read(data, label)
    if weights is None:
        beside = companion(path) if path else None
        if beside is None or not beside.is_file():
            where = f"{beside} is missing" if beside else "bytes alone do not say where they are"
            raise ModelError(
                f"{label}: its weights are in a second file, and {where}; give it as weights= (--weights FILE)"
            )
        weights = read_weights(beside)
    return NcnnSource(layers, _arrays(layers, weights, label), label)


def _arrays(layers: list[Layer], weights: bytes, label: str) -> list[list[Any]]:
    """The weights of every layer, which must use up the file."""
    from edgesmith.importers.ncnn.convert import check_types

    check_types(layers, label)
    reader = Reader(weights, label)
    found = [reader.layer(layer) for layer in layers]
    if reader.at < len(weights):
        raise ModelError(
            f"{label}: its layers have {reader.at} bytes of weights, the file given has {len(weights)}; "
            "it belongs to another model, or is damaged"
        )
    return found
