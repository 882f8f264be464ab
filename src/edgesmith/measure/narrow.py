"""Narrow vectors for a peer whose own switch reaches only part of its code.

A library may use AVX-512 where the processor has it and the system saves its registers, which it asks by ``xgetbv``.
In this process, which measures one engine and ends, that instruction is made to answer that it does not.
"""

from __future__ import annotations

import ctypes
import mmap
import re
from collections.abc import Iterator
from pathlib import Path

from edgesmith.errors import UsageError

# xor ecx, ecx; xgetbv: which registers are saved, as bits of eax.
_ASKS = re.compile(rb"\x31\xc9\x0f\x01\xd0")
# xor ecx, ecx; mov al, 7; nop: x87, SSE and AVX are, and nothing of AVX-512.
_ANSWERS = b"\x31\xc9\xb0\x07\x90"


def asking(code: bytes) -> list[int]:
    """Offsets in x86-64 machine code of the questions which registers the system saves."""
    return [match.start() for match in _ASKS.finditer(code)]


def hide_avx512(library: Path) -> ctypes.CDLL:
    """Load a library so that it takes this processor for one with AVX2 at most. Call it before it looks.

    Raises:
        UsageError: this is not Linux on x86-64, or the library asks in no way that is known.
    """
    loaded = ctypes.CDLL(str(library))
    changed = 0
    for start, size in _code(library):
        text = (ctypes.c_char * size).from_address(start)
        places = asking(text.raw)
        if places:
            _protect(start, size, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
            for place in places:
                ctypes.memmove(start + place, _ANSWERS, len(_ANSWERS))
            _protect(start, size, mmap.PROT_READ | mmap.PROT_EXEC)
            changed += len(places)
    if not changed:
        raise UsageError(
            f"{library.name} cannot be kept from AVX-512: it never asks by xgetbv which registers it may use"
        )
    return loaded


def _code(library: Path) -> Iterator[tuple[int, int]]:
    """Where the code of a loaded library lies in this process, and how many bytes it has."""
    try:
        lines = Path("/proc/self/maps").read_text().splitlines()
    except OSError:
        raise UsageError(f"{library.name} can be kept from AVX-512 on Linux alone") from None
    for line in lines:
        places, rights, *_, name = line.split(maxsplit=5)
        if "x" in rights and name == str(library.resolve()):
            start, end = (int(place, 16) for place in places.split("-"))
            yield start, end - start


def _protect(start: int, size: int, rights: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mprotect(ctypes.c_void_p(start), ctypes.c_size_t(size), rights) != 0:
        raise UsageError(f"the system does not let code be changed (errno {ctypes.get_errno()})")
