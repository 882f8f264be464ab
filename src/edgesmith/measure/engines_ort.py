"""ONNX Runtime on the CPU, as a benchmark's worker runs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import onnxruntime

from edgesmith.measure.engines import Port

_TYPES = {"float": "float32", "double": "float64"}


class Model:
    """An ``.onnx`` file; ``run`` is one run with inputs and outputs bound to memory beforehand."""

    def __init__(self, path: str, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.inputs, self.outputs = (
            [_port(item) for item in items] for items in (self.session.get_inputs(), self.session.get_outputs())
        )
        self._binding = self.session.io_binding()
        self.run: Callable[[], object] = partial(self.session.run_with_iobinding, self._binding)

    def fill(self, arrays: Sequence[np.ndarray]) -> None:
        self._binding.clear_binding_inputs()
        self._arrays = arrays
        self._held = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in arrays]
        for port, value in zip(self.inputs, self._held, strict=True):
            self._binding.bind_ortvalue_input(port.name, value)
        self._binding.clear_binding_outputs()
        for port in self.outputs:
            self._binding.bind_output(port.name)
        # What InferenceSession.run_with_iobinding calls, without its argument handling.
        run, binding = self.session._sess.run_with_iobinding, self._binding._iobinding
        self.run = partial(run, binding, None)

    def refill(self) -> None:
        for value, array in zip(self._held, self._arrays, strict=True):
            value.update_inplace(array)

    def first(self) -> None:
        self.run()

    def results(self) -> list[np.ndarray]:
        return list(self._binding.copy_outputs_to_cpu())


def _port(item: Any) -> Port:
    kind = item.type.removeprefix("tensor(").removesuffix(")")
    shape = tuple(dim if isinstance(dim, int) else 1 for dim in item.shape)
    return Port(item.name, shape, _TYPES.get(kind, kind))
