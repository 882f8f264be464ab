"""Small sound ncnn models, layers and weights in one: one of each type of layer that tests have, text and binary."""

from __future__ import annotations

import functools

import load_model
from ncnn_cases import CASES
from ncnn_files import as_binary, random_weights, text

from edgesmith.importers.ncnn.param import read

SIZE = 3000


@functools.cache
def seeds() -> dict[str, bytes]:
    """The first case of every type of layer, with its inputs' shapes stated; every other one as a binary file."""
    found: dict[str, bytes] = {}
    for case in CASES:
        kind = case.id.split("-")[0]
        if kind in found or '"' in "".join(case.lines):
            continue
        heads = [_stated(name, shape) for name, shape in case.inputs.items()]
        param = text([*heads, *case.body]).encode()
        layers = read(param, kind)
        weights = random_weights(layers, storage=case.storage)
        if len(weights) < SIZE:
            layered = as_binary(layers) if len(found) % 2 else param
            found[kind] = layered + load_model.SECOND_FILE + weights
    return found


def _stated(name: str, shape: tuple[int, ...]) -> str:
    """An input with its shape."""
    dims = " ".join(f"{key}={dim}" for key, dim in zip(KEYS[len(shape)], shape, strict=True))
    return f"Input {name} 0 1 {name} {dims}"


KEYS = {1: (0,), 2: (1, 0), 3: (2, 1, 0), 4: (2, 11, 1, 0)}  # numbers of an input's dimensions, outermost first
