"""Loads ``libedge`` with ctypes and declares its functions, as ``runtime/edge.h`` has them."""

from __future__ import annotations

import ctypes
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    byref,
    c_char_p,
    c_double,
    c_float,
    c_int32,
    c_int64,
    c_size_t,
    c_void_p,
)
from functools import cache
from pathlib import Path

from edgesmith import flags
from edgesmith.errors import RunError, UsageError, nearest


class Options(Structure):
    """``edge_options``."""

    _fields_ = [
        ("threads", c_int32),
        ("variant", c_int32),
        ("isa", c_char_p),
        ("arena", c_void_p),
        ("arena_bytes", c_size_t),
        ("max_bytes", c_size_t),
        ("max_work", c_double),
        ("allocate", CFUNCTYPE(c_void_p, c_void_p, c_size_t)),
        ("release", CFUNCTYPE(None, c_void_p, c_void_p)),
        ("user", c_void_p),
        ("message", c_char_p),
        ("message_bytes", c_size_t),
        ("mapped", c_int32),
    ]


class CTensor(Structure):
    """``edge_tensor``."""

    _fields_ = [
        ("name", c_char_p),
        ("dtype", c_char_p),
        ("rank", c_int32),
        ("shape", c_int32 * 8),
        ("scale", c_float),
        ("zero_point", c_int32),
        ("data", c_void_p),
        ("bytes", c_size_t),
        ("extent_axis", c_int32),
        ("extent", POINTER(c_int64)),
    ]


_FUNCTIONS: dict[str, tuple[object, list[object]]] = {
    "edge_load": (c_int32, [c_void_p, c_size_t, POINTER(Options), POINTER(c_void_p)]),
    "edge_free": (None, [c_void_p]),
    "edge_run": (c_int32, [c_void_p]),
    "edge_run_steps": (c_int32, [c_void_p, c_int32, c_int32]),
    "edge_run_timed": (c_int32, [c_void_p, c_void_p]),
    "edge_reset": (None, [c_void_p]),
    "edge_input_count": (c_int32, [c_void_p]),
    "edge_output_count": (c_int32, [c_void_p]),
    "edge_input": (c_int32, [c_void_p, c_int32, POINTER(CTensor)]),
    "edge_output": (c_int32, [c_void_p, c_int32, POINTER(CTensor)]),
    "edge_step_count": (c_int32, [c_void_p]),
    "edge_step_layer": (c_char_p, [c_void_p, c_int32]),
    "edge_step_kernel": (c_char_p, [c_void_p, c_int32]),
    "edge_arena_bytes": (c_size_t, [c_void_p]),
    "edge_scratch_bytes": (c_size_t, [c_void_p]),
    "edge_packed_bytes": (c_size_t, [c_void_p]),
    "edge_total_bytes": (c_size_t, [c_void_p]),
    "edge_arena": (c_void_p, [c_void_p]),
    "edge_error": (c_char_p, [c_void_p]),
    "edge_status_text": (c_char_p, [c_int32]),
    "edge_isa": (c_char_p, [c_void_p]),
    "edge_isa_name": (c_char_p, [c_int32]),
    "edge_isa_supported": (c_int32, [c_char_p]),
    "edge_kernel_count": (c_int32, []),
    "edge_version": (c_char_p, []),
}


@cache
def library() -> ctypes.CDLL:
    """The C runtime that was built at installation, or the one that ``EDGE_LIBRARY`` names.

    Raises:
        RunError: there is none, or it cannot be loaded.
    """
    path = Path(flags.library() or Path(__file__).parent.parent / "_native" / "libedge.so")
    if not path.exists():
        raise RunError(f"the C runtime is not built: {path} is missing. Run: scripts/build_native (or pip install .)")
    try:
        lib = ctypes.CDLL(str(path))
    except OSError as error:
        raise RunError(f"the C runtime cannot be loaded: {error}") from None
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(lib, name)
        function.restype = result
        function.argtypes = arguments
    return lib


def isas(supported_only: bool = True) -> list[str]:
    """Instruction sets compiled into the runtime, from plain to best; by default those that this CPU has."""
    lib = library()
    names: list[bytes] = []
    while name := lib.edge_isa_name(len(names)):
        names.append(name)
    return [name.decode() for name in names if not supported_only or lib.edge_isa_supported(name)]


def check_isa(name: str | None) -> str | None:
    """The name itself, or what ``EDGE_ISA`` says, or None for the best.

    Raises:
        UsageError: unknown, or not in this CPU.
    """
    wanted = name or flags.isa()
    if wanted is not None and wanted not in isas():
        known = isas(supported_only=False)
        if wanted in known:
            raise UsageError(f"this CPU has no {wanted}; it has {', '.join(isas())}")
        raise UsageError(f"there is no instruction set '{wanted}'.{nearest(wanted, known)} Known: {', '.join(known)}")
    return wanted


__all__ = ["CTensor", "Options", "byref", "check_isa", "isas", "library"]
