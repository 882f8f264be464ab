"""What the worker may use and do, whatever the file brings it to: the last of the walls, inside the process itself."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path
from typing import Any, Final

SECONDS: Final = 600
BYTES: Final = 8 << 30
BYTES_PER_BYTE: Final = 16  # of the file: weights are read, converted, transposed and written
_REFUSED: Final = (
    "socket.connect",
    "socket.bind",
    "socket.sendto",
    "socket.getaddrinfo",
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "os.forkpty",
    "ctypes.dlopen",
)
_CHANGES: Final = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod")
_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Refused(Exception):
    """Something that reading a model never needs."""


def limit(file_bytes: int) -> None:
    """Bound the memory and the processor time of this process, and leave no core file."""
    most = BYTES + BYTES_PER_BYTE * file_bytes
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (2 * SECONDS, 2 * SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def close_doors(folder: Path) -> None:
    """From now on this process starts no other, reaches no network, and writes only below ``folder``."""
    inside = os.path.realpath(folder) + os.sep

    def outside(path: Any) -> bool:
        if not isinstance(path, (str, bytes, os.PathLike)):
            return False
        real = os.path.realpath(os.fsdecode(path))
        return not (real + os.sep).startswith((inside, "/dev/null/"))

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _REFUSED:
            raise Refused(f"the model brought Keras to {event}")
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES and outside(arguments[0]):
            raise Refused(f"the model brought Keras to write {arguments[0]!r}")
        if event in _CHANGES and any(map(outside, arguments)):
            raise Refused(f"the model brought Keras to {event} {arguments[0]!r}")

    sys.addaudithook(watch)
