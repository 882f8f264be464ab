"""ncnn on the CPU, as a benchmark's worker runs it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import ncnn
import numpy as np

from edgesmith.errors import ModelError
from edgesmith.measure.engines import Port


class Model:
    """A ``.param`` file with its ``.bin`` beside it; ``run`` is one extractor from its inputs to all its outputs.

    Arrays lose their batch dimension of 1. Where the file states no shape of an input, it takes any.
    """

    def __init__(self, path: str, threads: int) -> None:
        self.net = ncnn.Net()
        options = self.net.opt
        options.num_threads = threads
        options.use_vulkan_compute = False
        for name in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
            setattr(options, name, False)
        if self.net.load_param(path) or self.net.load_model(str(Path(path).with_suffix(".bin"))):
            raise ModelError(f"ncnn cannot load {path}")
        shapes = _shapes(Path(path).read_text())
        self.inputs = [Port(name, shapes.get(name, ()), "float32") for name in self.net.input_names()]
        self.outputs = [Port(name, (), "float32") for name in self.net.output_names()]
        self._feeds: list[ncnn.Mat] = []
        self._found: list[ncnn.Mat] = []

    def fill(self, arrays: Sequence[np.ndarray]) -> None:
        self._arrays = [np.ascontiguousarray(array[0] if array.ndim > 1 else array) for array in arrays]
        self._feeds = [ncnn.Mat(array).clone() for array in self._arrays]
        self._views = [np.array(feed, copy=False) for feed in self._feeds]

    def refill(self) -> None:
        for view, array in zip(self._views, self._arrays, strict=True):
            view[...] = array

    def first(self) -> None:
        self.run()

    def run(self) -> None:
        with self.net.create_extractor() as extractor:
            for port, feed in zip(self.inputs, self._feeds, strict=True):
                extractor.input(port.name, feed)
            self._found = []
            for port in self.outputs:
                status, found = extractor.extract(port.name)
                if status != 0:
                    raise ModelError(f"ncnn cannot compute '{port.name}': error {status}")
                self._found.append(found)

    def results(self) -> list[np.ndarray]:
        return [np.array(found)[None] for found in self._found]


def _shapes(param: str) -> dict[str, tuple[int, ...]]:
    """Shapes of inputs, batch first, where the text of a ``.param`` file states them: ``Input in0 0 1 in0 0=W 1=H``."""
    shapes = {}
    for line in param.splitlines():
        words = line.split()
        if words[:1] == ["Input"]:
            dims = dict(word.split("=") for word in words[5:])
            shapes[words[4]] = (1, *(int(dims[key]) for key in sorted(dims, reverse=True))) if dims else ()
    return shapes
