"""``Session``: a loaded .edge file, ready to run."""

from __future__ import annotations

import ctypes
import mmap
import os
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from edgesmith.errors import ModelError, RunError, UsageError, nearest
from edgesmith.runtime.automatic import threads_for
from edgesmith.runtime.library import CTensor, Options, byref, check_isa, isas, library
from edgesmith.types import DType

_FILE_FAULTS = (1, 2, 3, 4)  # EDGE_E_FILE .. EDGE_E_ARGS: the file is at fault, not the call


class Port:
    """An input or output of a session: its name, type and shape, and the memory that holds it.

    ``data`` is a NumPy view of the arena, valid while the session is open.
    """

    __slots__ = ("_extent", "axis", "data", "dtype", "name", "scale", "shape", "zero_point")

    def __init__(self, c: CTensor) -> None:
        self.name: str = c.name.decode("utf-8", "replace")
        self.dtype = DType(c.dtype.decode())
        self.shape: tuple[int, ...] = tuple(c.shape[: c.rank])
        self.scale: float = c.scale
        self.zero_point: int = c.zero_point
        self.data = _view(c.data, c.bytes, self.dtype, self.shape)
        self.axis: int = c.extent_axis
        self._extent = c.extent if c.extent_axis >= 0 else None

    def read(self) -> np.ndarray:
        """A view of what the last run left here, cut to its actual size."""
        if self._extent is None:
            return self.data
        count = self._extent[0]
        if not 0 <= count <= self.shape[self.axis]:
            raise RunError(f"output '{self.name}' claims {count} entries of at most {self.shape[self.axis]}")
        return self.data[(slice(None),) * self.axis + (slice(0, count),)]

    def __repr__(self) -> str:
        return f"Port({self.name!r}, {self.dtype}, {self.shape})"


def _view(address: int, nbytes: int, dtype: DType, shape: tuple[int, ...]) -> np.ndarray:
    if nbytes == 0:
        return np.zeros(shape, dtype.numpy)
    raw = (ctypes.c_uint8 * nbytes).from_address(address)
    view: np.ndarray = np.ndarray(shape, dtype.numpy, buffer=raw)  # type: ignore[arg-type]  # ctypes arrays are buffers
    return view


class Session:
    """Runs a program.

    Args:
        source: a path to a ``.edge`` file (mapped into memory), or its bytes.
        threads: how many threads share the work; "auto" measures it for a second, once for a file and a machine.
        isa: force an instruction set, such as "scalar"; None takes the best.
        variant: which program of the file, where it holds several.

    Raises:
        FileNotFoundError: no such file.
        ModelError: the file is damaged or does not fit this runtime.
        UsageError: an impossible wish.
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | bytes | bytearray | memoryview,
        *,
        threads: int | Literal["auto"] = 1,
        isa: str | None = None,
        variant: int = 0,
        max_bytes: int = 0,
        max_work: float = 0,
    ) -> None:
        self._model = ctypes.c_void_p()
        if threads != "auto" and (not isinstance(threads, int) or not 1 <= threads <= 64):
            raise UsageError(f"threads is {threads!r}, expected 1 to 64 or 'auto'")
        self._lib = library()
        wanted = check_isa(isa)
        self._bytes = _aligned(source)
        if threads == "auto":
            threads = self._measure_threads(wanted, variant, max_bytes, max_work)
        self.threads: int = threads
        message = ctypes.create_string_buffer(256)
        options = Options(threads=threads, variant=variant, max_bytes=max_bytes, max_work=max_work)
        options.isa = wanted.encode() if wanted else None
        options.message = ctypes.cast(message, ctypes.c_char_p)
        options.message_bytes = len(message)
        options.mapped = isinstance(source, (str, os.PathLike))
        address = self._bytes.ctypes.data
        status = self._lib.edge_load(address, self._bytes.nbytes, byref(options), byref(self._model))
        if status != 0:
            name = f"{source}: " if isinstance(source, (str, os.PathLike)) else ""
            text = name + message.value.decode("utf-8", "replace")
            raise ModelError(text) if status in _FILE_FAULTS else RunError(text, status)
        self.inputs = [self._port(self._lib.edge_input, i) for i in range(self._lib.edge_input_count(self._model))]
        self.outputs = [self._port(self._lib.edge_output, i) for i in range(self._lib.edge_output_count(self._model))]
        self._run = self._lib.edge_run

    def _measure_threads(self, isa: str | None, variant: int, max_bytes: int, max_work: float) -> int:
        data = self._bytes.data

        def make(threads: int) -> Session:
            return Session(data, threads=threads, isa=isa, variant=variant, max_bytes=max_bytes, max_work=max_work)

        settings = f"{self._lib.edge_version().decode()}|{isa or isas()[-1]}|{variant}"
        return threads_for(data, settings, make)

    def _port(self, get: object, index: int) -> Port:
        tensor = CTensor()
        get(self._model, index, byref(tensor))  # type: ignore[operator]
        return Port(tensor)

    # -- running ------------------------------------------------------------------------------------------------

    def run(
        self,
        *arrays: np.ndarray,
        out: Sequence[np.ndarray] | None = None,
        copy: bool = True,
    ) -> list[np.ndarray]:
        """Run once on arrays in the order of ``inputs``; returns arrays in the order of ``outputs``.

        ``out`` takes arrays to write to instead of new ones. ``copy=False`` returns views of the session's own memory,
        which the next run overwrites.

        Raises:
            UsageError: a count, shape or type that does not fit; nothing is cast silently.
            RunError: an index in the data lies outside its tensor, with the step's layer.
        """
        self._open()
        if len(arrays) != len(self.inputs):
            raise UsageError(
                f"the model has {len(self.inputs)} inputs ({self._names()}), {len(arrays)} arrays were given"
            )
        for port, array in zip(self.inputs, arrays, strict=True):
            _fill(port, array)
        self._check(self._run(self._model))
        if out is None:
            return [port.read().copy() if copy else port.read() for port in self.outputs]
        if len(out) != len(self.outputs):
            raise UsageError(f"the model has {len(self.outputs)} outputs, {len(out)} arrays to write to were given")
        for port, array in zip(self.outputs, out, strict=True):
            result = port.read()
            if array.shape != result.shape or array.dtype != result.dtype:
                raise UsageError(
                    f"output '{port.name}' is {result.dtype}{result.shape}, its array is {array.dtype}{array.shape}"
                )
            array[...] = result
        return list(out)

    def run_named(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Like ``run``, with inputs and outputs by name.

        Raises:
            UsageError: a name that is unknown or missing.
        """
        known = [port.name for port in self.inputs]
        for name in feeds:
            if name not in known:
                raise UsageError(f"there is no input '{name}'.{nearest(name, known)} Inputs: {self._names()}")
        missing = [name for name in known if name not in feeds]
        if missing:
            raise UsageError(f"input '{missing[0]}' was not given. Inputs: {self._names()}")
        results = self.run(*(feeds[name] for name in known))
        return {port.name: array for port, array in zip(self.outputs, results, strict=True)}

    def fill(self, index: int, array: np.ndarray) -> None:
        """Copy an array into input ``index``.

        Raises:
            UsageError: a shape or type that does not fit.
        """
        self._open()
        _fill(self.inputs[index], array)

    def invoke(self) -> None:
        """Run on what the inputs' memory (``inputs[i].data``) holds."""
        self._open()
        self._check(self._run(self._model))

    def run_steps(self, first: int, count: int) -> None:
        """Run only some steps, for debuggers."""
        self._open()
        self._check(self._lib.edge_run_steps(self._model, first, count))

    def run_timed(self, runs: int = 1) -> np.ndarray:
        """Nanoseconds of each step, one row a run, on what the inputs hold."""
        self._open()
        times = np.zeros((runs, self.step_count), np.uint64)
        for row in times:
            self._check(self._lib.edge_run_timed(self._model, row.ctypes.data))
        return times

    def reset(self) -> None:
        """Set every state (recurrent memory) back to its initial value."""
        self._open()
        self._lib.edge_reset(self._model)

    # -- facts --------------------------------------------------------------------------------------------------

    @property
    def isa(self) -> str:
        """The instruction set that the kernels of this session use."""
        self._open()
        return str(self._lib.edge_isa(self._model).decode())

    @property
    def step_count(self) -> int:
        self._open()
        return int(self._lib.edge_step_count(self._model))

    @property
    def memory(self) -> dict[str, int]:
        """Bytes that the C side holds: ``arena``, ``scratch`` per thread, ``packed`` weights, and ``total``."""
        self._open()
        lib, model = self._lib, self._model
        return {
            "arena": lib.edge_arena_bytes(model),
            "scratch": lib.edge_scratch_bytes(model),
            "packed": lib.edge_packed_bytes(model),
            "total": lib.edge_total_bytes(model),
        }

    def arena(self) -> np.ndarray:
        """The arena as bytes, for debuggers that look at values between steps."""
        self._open()
        size = self._lib.edge_arena_bytes(self._model)
        return _view(self._lib.edge_arena(self._model), size, DType.U8, (size,))

    # -- closing ------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Free the model. Views of its memory must not be used afterwards."""
        if self._model:
            self._lib.edge_free(self._model)
            self._model = ctypes.c_void_p()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_model", None):
            self.close()

    def _open(self) -> None:
        if not self._model:
            raise UsageError("this session is closed; make a new one")

    def _check(self, status: int) -> None:
        if status != 0:
            raise RunError(self._lib.edge_error(self._model).decode("utf-8", "replace"), status)

    def _names(self) -> str:
        return ", ".join(f"'{port.name}' {port.dtype}{list(port.shape)}" for port in self.inputs) or "none"


def _fill(port: Port, array: np.ndarray) -> None:
    given = np.asarray(array)
    if given.shape != port.shape:
        raise UsageError(f"input '{port.name}' has shape {port.shape}, the array given has shape {given.shape}")
    if given.dtype != port.data.dtype:
        raise UsageError(
            f"input '{port.name}' is {port.data.dtype}, the array given is {given.dtype}; "
            f"convert it yourself, e.g. array.astype('{port.data.dtype}')"
        )
    port.data[...] = given


def _aligned(source: str | os.PathLike[str] | bytes | bytearray | memoryview) -> np.ndarray:
    """The file's bytes at a 64-byte aligned address: a map of the file, or a copy of bytes that are not aligned."""
    if isinstance(source, (str, os.PathLike)):
        try:
            file = open(source, "rb", buffering=0)  # noqa: SIM115 (closed below)
        except FileNotFoundError:
            raise FileNotFoundError(f"{source}: no such file") from None
        with file:
            if os.fstat(file.fileno()).st_size == 0:
                raise ModelError(f"{source}: the file is empty")
            return np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)
    data = np.frombuffer(source, np.uint8)
    if data.ctypes.data % 64 == 0:
        return data
    room = np.empty(data.size + 64, np.uint8)
    start = -room.ctypes.data % 64
    room[start : start + data.size] = data
    return room[start : start + data.size]


__all__ = ["Port", "Session"]
