"""Caffe networks: a ``.prototxt`` that describes the layers, and a ``.caffemodel`` that holds their weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edgesmith.errors import ModelError
from edgesmith.importers.blobs import read_weights
from edgesmith.importers.caffe.net import read
from edgesmith.importers.caffe.source import CaffeSource
from edgesmith.importers.caffe.text import tokens
from edgesmith.importers.caffe.weights import is_weights
from edgesmith.importers.caffe.weights import read as read_arrays

_HEAD: Final = 1 << 16
_FIELDS_WORDS: Final = """
    name input input_shape input_dim force_backward state debug_info layer layers net train_net test_net net_param
    base_lr test_iter test_interval lr_policy
"""
_FIELDS: Final = frozenset(_FIELDS_WORDS.split())  # of a network and of a solver, which is told apart later
_HDF5: Final = b"\x89HDF"
_TEXTS: Final = (".prototxt", ".pbtxt", ".prototext")
__all__ = ["CaffeSource", "is_caffe", "open_model"]


def is_caffe(data: bytes) -> bool:
    """Whether a file begins as one of the two of a Caffe network does."""
    return is_text(data) or is_weights(data)


def is_text(data: bytes) -> bool:
    """Whether a file begins with a field that networks have, as text."""
    head = data[:_HEAD].removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    try:
        words = (word for _, word, _ in tokens(head))
        return next(words, "") in _FIELDS and next(words, "") in (":", "{", "<")
    except ModelError:
        return False


def beside(path: Path, suffixes: Sequence[str]) -> Path:
    """The other file of a network: of the same name but the suffix, named deploy, or the only one in the folder.

    Raises:
        ModelError: there is none, or there are several.
    """
    for near in (stem.with_suffix(suffix) for stem in (path, path.with_name("deploy.x")) for suffix in suffixes):
        if near.is_file():
            return near
    found = sorted(other for other in path.parent.iterdir() if other.suffix in suffixes and other.is_file())
    if len(found) == 1:
        return found[0]
    several = f"there are several beside it ({', '.join(other.name for other in found[:5])})"
    listed = several if found else "none is there"
    raise ModelError(f"{path.name}: its {suffixes[0]} file is needed too, and {listed}; {_advice(suffixes[0])}")


def _advice(suffix: str) -> str:
    if suffix == ".caffemodel":
        return "give it as weights= (--weights FILE)"
    return "give that file as the model, and this one as weights= (--weights FILE)"


def open_model(data: bytes, label: str, path: Path | None = None, weights: bytes | None = None) -> CaffeSource:
    """Read the network in ``data`` and the weights beside ``path``, or those that are given; either file may be named.

    Raises:
        ModelError: damaged, without its other file, or (UnsupportedError) with layers that are not available here.
    """
    from edgesmith.importers.caffe.convert import check_types

    if weights is not None:
        if not is_text(data):
            swapped = "they are swapped: " if is_text(weights) else ""
            raise ModelError(f"{label}: {swapped}the model is the .prototxt, and its weights the .caffemodel")
        if weights.startswith(_HDF5):
            raise ModelError(f"{label}: the weights given are HDF5; save them with snapshot_format: BINARYPROTO")
        if is_text(weights):
            raise ModelError(f"{label}: the weights given are text; expected a .caffemodel, which is binary")
    elif path is None:
        raise ModelError(f"{label}: one of two files, and bytes alone do not say where the other is; use weights=")
    elif is_text(data):
        weights = read_weights(beside(path, (".caffemodel",)))
    else:
        described = beside(path, _TEXTS)
        data, weights, label = read_weights(described), data, described.name  # of which errors name the line
    network = read(data, label)
    check_types(network.layers, label)
    return CaffeSource(network, read_arrays(weights, label), label)
