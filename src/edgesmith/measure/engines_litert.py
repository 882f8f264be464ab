"""LiteRT with its default delegate, XNNPACK, as a benchmark's worker runs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from edgesmith.measure.engines import Port


class Model:
    """A ``.tflite`` file; ``run`` is one ``Invoke`` of the interpreter."""

    def __init__(self, path: str, threads: int) -> None:
        self.interpreter = Interpreter(model_path=path, num_threads=threads)
        self.interpreter.allocate_tensors()
        self._inputs = self.interpreter.get_input_details()
        self._outputs = self.interpreter.get_output_details()
        self.inputs, self.outputs = ([_port(item) for item in items] for items in (self._inputs, self._outputs))
        # The public method checks for views of its memory on every call; its body is this one.
        self.run = self.interpreter._interpreter.Invoke

    def fill(self, arrays: Sequence[np.ndarray]) -> None:
        self._pairs = [(item["index"], array) for item, array in zip(self._inputs, arrays, strict=True)]
        self.refill()

    def refill(self) -> None:
        for index, array in self._pairs:
            self.interpreter.set_tensor(index, array)

    def first(self) -> None:
        self.run()

    def results(self) -> list[np.ndarray]:
        return [self.interpreter.get_tensor(item["index"]) for item in self._outputs]


def _port(item: dict[str, Any]) -> Port:
    scale, zero_point = item["quantization"]
    shape = tuple(int(dim) for dim in item["shape"])
    return Port(item["name"], shape, np.dtype(item["dtype"]).name, float(scale), int(zero_point))
