"""OpenVINO on the CPU, through its C interface: its Python wrapper alone takes longer than a small network."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from ctypes import byref, c_char_p, c_int64, c_size_t, c_void_p
from pathlib import Path

import numpy as np
import openvino

from edgesmith.errors import ModelError
from edgesmith.measure.engines import Port
from edgesmith.measure.narrow import hide_avx512

# ov_element_type_e of the C interface since release 2025.0.
_TYPES = {
    1: "bool", 3: "float16", 4: "float32", 5: "float64", 7: "int8", 8: "int16", 9: "int32", 10: "int64",
    16: "uint8", 17: "uint16", 18: "uint32", 19: "uint64",
}  # fmt: skip

_NARROW = ("SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX2_VNNI_2")  # of oneDNN's names, those without AVX-512


class _Shape(ctypes.Structure):
    _fields_ = [("rank", c_int64), ("dims", ctypes.POINTER(c_int64))]


class Model:
    """An ``.onnx`` or ``.tflite`` file; ``run`` is one ``ov_infer_request_infer``."""

    def __init__(self, path: str, threads: int) -> None:
        folder = Path(openvino.__file__).parent / "libs"
        if os.environ.get("ONEDNN_MAX_CPU_ISA") in _NARROW:
            hide_avx512(folder / "libopenvino_intel_cpu_plugin.so")  # its float products are not oneDNN's
        self._lib = ctypes.CDLL(str(next(folder.glob("libopenvino_c.so*"))))
        self._core, self._model, compiled, self._request = (c_void_p() for _ in range(4))
        self._check(self._lib.ov_core_create(byref(self._core)))
        self._check(self._lib.ov_core_read_model(self._core, path.encode(), None, byref(self._model)))
        wishes = ("PERFORMANCE_HINT", "LATENCY", "INFERENCE_NUM_THREADS", str(threads), "INFERENCE_PRECISION_HINT",
                  "f32")  # fmt: skip
        words = [c_char_p(word.encode()) for word in wishes]
        self._check(
            self._lib.ov_core_compile_model(
                self._core, self._model, c_char_p(b"CPU"), c_size_t(len(words)), byref(compiled), *words
            )
        )
        self._check(self._lib.ov_compiled_model_create_infer_request(compiled, byref(self._request)))
        counts = [c_size_t(), c_size_t()]
        self._check(self._lib.ov_compiled_model_inputs_size(compiled, byref(counts[0])))
        self._check(self._lib.ov_compiled_model_outputs_size(compiled, byref(counts[1])))
        self._feeds = [self._view("input", index) for index in range(counts[0].value)]
        self._output_count = counts[1].value
        self.inputs = [Port(f"input {i}", view.shape, view.dtype.name) for i, view in enumerate(self._feeds)]
        self.outputs = [Port(f"output {i}", view.shape, view.dtype.name) for i, view in enumerate(self.results())]
        infer, request = self._lib.ov_infer_request_infer, self._request
        self.run = lambda: infer(request)

    def _view(self, side: str, index: int) -> np.ndarray:
        """The memory of an input or output tensor as an array."""
        tensor, data, count, kind, shape = c_void_p(), c_void_p(), c_size_t(), ctypes.c_int32(), _Shape()
        get = getattr(self._lib, f"ov_infer_request_get_{side}_tensor_by_index")
        self._check(get(self._request, c_size_t(index), byref(tensor)))
        self._check(self._lib.ov_tensor_data(tensor, byref(data)))
        self._check(self._lib.ov_tensor_get_byte_size(tensor, byref(count)))
        self._check(self._lib.ov_tensor_get_element_type(tensor, byref(kind)))
        self._check(self._lib.ov_tensor_get_shape(tensor, byref(shape)))
        if kind.value not in _TYPES:
            raise ModelError(f"OpenVINO's {side} {index} has element type {kind.value}, which the benchmark lacks")
        raw = (ctypes.c_uint8 * count.value).from_address(data.value or 0)
        dims = [shape.dims[axis] for axis in range(shape.rank)]
        view: np.ndarray = np.ndarray(dims, _TYPES[kind.value], buffer=raw)  # type: ignore[arg-type]
        return view

    def fill(self, arrays: Sequence[np.ndarray]) -> None:
        self._pairs = list(zip(self._feeds, arrays, strict=True))
        self.refill()

    def refill(self) -> None:
        for view, array in self._pairs:
            view[...] = array

    def first(self) -> None:
        self._check(self._lib.ov_infer_request_infer(self._request))

    def results(self) -> list[np.ndarray]:
        return [self._view("output", index).copy() for index in range(self._output_count)]

    def _check(self, status: int) -> None:
        if status != 0:
            self._lib.ov_get_last_err_msg.restype = c_char_p
            said = (self._lib.ov_get_last_err_msg() or b"").decode("utf-8", "replace")
            raise ModelError(f"OpenVINO error {status}: {said or 'no reason given'}")
