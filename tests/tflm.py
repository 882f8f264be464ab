"""TensorFlow Lite Micro, as its Python package runs it: the same interpreter and kernels as on a microcontroller."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

ARENA_BYTES = 32 << 20


def run(model: bytes, runs: Sequence[Sequence[np.ndarray]], outputs: int = 1) -> list[list[np.ndarray]]:
    """The outputs of runs one after the other, states kept between them."""
    from tflite_micro.python.tflite_micro import runtime

    peer = runtime.Interpreter.from_bytes(model, arena_size=ARENA_BYTES)
    results = []
    for arrays in runs:
        for place, array in enumerate(arrays):
            peer.set_input(array, place)
        peer.invoke()
        results.append([np.array(peer.get_output(place)) for place in range(outputs)])
    return results
