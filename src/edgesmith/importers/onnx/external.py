"""Opens the files in which a model keeps large tensors, without trusting a word of what the model says about them.

A location must name a regular file inside the model's folder. It is opened one path component at a time relative to
the folder's descriptor, refusing symbolic links at each, so that nothing can be swapped between check and use. A file
with a second hard link is refused too: the other name may lie anywhere.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from edgesmith.errors import ModelError

KEYS = ("location", "offset", "length", "checksum", "basepath")
MAX_TOTAL_BYTES = 16 * 2**30


class ExternalData:
    """The files beside one model; ``folder`` is None for a model in memory, which has none."""

    def __init__(self, folder: Path | None, max_total: int = MAX_TOTAL_BYTES) -> None:
        self.folder = folder
        self.left = max_total

    def read(self, entries: Iterable[Any], where: str) -> bytes:
        """The bytes that a tensor's key-value entries point at.

        Raises:
            ModelError: unknown or doubled key, bad number, a path outside the folder or to something that is not a
                plain file, a range outside the file, or more bytes in all than the cap.
        """
        keys = _keys(entries, where)
        if self.folder is None:
            raise ModelError(
                f"{where}: its data lies in another file, '{keys['location']}', and the model was given as bytes. "
                "Load the model by its path."
            )
        offset, length = _number(keys, "offset", where), _number(keys, "length", where)
        descriptor = self._open(keys["location"], where)
        try:
            return self._read(descriptor, offset or 0, length, where)
        except OSError as error:
            raise ModelError(f"{where}: cannot read '{keys['location']}': {error.strerror}") from None
        finally:
            os.close(descriptor)

    def _read(self, descriptor: int, offset: int, length: int | None, where: str) -> bytes:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ModelError(f"{where}: external data must be a plain file")
        if status.st_nlink != 1:
            raise ModelError(f"{where}: the external data file has {status.st_nlink} hard links; exactly one is safe")
        if length is None:
            length = max(0, status.st_size - offset)
        if offset > status.st_size or length > status.st_size - offset:
            raise ModelError(
                f"{where}: asks for {length} bytes at offset {offset} of an external file of {status.st_size} bytes"
            )
        if length > self.left:
            raise ModelError(f"{where}: {length} bytes of external data exceed what is left of the cap, {self.left}")
        self.left -= length
        parts = []
        while length:
            part = os.pread(descriptor, min(length, 2**30), offset)
            if not part:
                raise ModelError(f"{where}: the external file became shorter while it was read")
            parts.append(part)
            offset += len(part)
            length -= len(part)
        return b"".join(parts)

    def _open(self, location: str, where: str) -> int:
        assert self.folder is not None
        names = _components(location, where)
        folder_flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        # O_NONBLOCK: opening a named pipe must not wait for its other end.
        file_flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        here = -1
        try:
            here = os.open(self.folder, folder_flags)
            for name in names[:-1]:
                inner = os.open(name, folder_flags | os.O_NOFOLLOW, dir_fd=here)
                os.close(here)
                here = inner
            return os.open(names[-1], file_flags, dir_fd=here)
        except OSError as error:
            raise ModelError(
                f"{where}: cannot open external data '{location}' ({error.strerror}); "
                "it must be a plain file inside the model's folder, and no part of its path a symbolic link"
            ) from None
        finally:
            if here >= 0:
                os.close(here)


def _keys(entries: Iterable[Any], where: str) -> dict[str, str]:
    keys: dict[str, str] = {}
    for entry in entries:
        if entry.key not in KEYS:
            raise ModelError(f"{where}: external data has the unknown key {entry.key[:40]!r}")
        if entry.key in keys:
            raise ModelError(f"{where}: external data names '{entry.key}' twice")
        keys[entry.key] = entry.value
    if not keys.get("location"):
        raise ModelError(f"{where}: external data without a location")
    return keys


def _number(keys: dict[str, str], key: str, where: str) -> int | None:
    text = keys.get(key)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ModelError(f"{where}: external data has {key} {text[:40]!r}; expected a whole number, 0 or more")
    return int(text)


def _components(location: str, where: str) -> tuple[str, ...]:
    windows = PureWindowsPath(location)
    names = tuple(name for name in PurePosixPath(location).parts if name != ".")
    absolute = location.startswith("/") or windows.drive or windows.root
    if absolute or not names or ".." in names or ".." in windows.parts or "\0" in location:
        raise ModelError(f"{where}: external data location {location[:80]!r} is not inside the model's folder")
    return names
