"""ZIP archives: the one that may follow a .tflite model in its file, and the one that a .keras file is.

An own reader, because it only ever looks: nothing is written to disk, every size is checked against the file before it
is believed, and the total that may unfold is capped. Entries are stored or deflated.

Format: PKWARE APPNOTE.TXT, sections 4.3 and 4.4.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final, NoReturn

from edgesmith.errors import ModelError

MAX_FILES: Final = 1000
MAX_TOTAL_BYTES: Final = 16 << 20
_END: Final = struct.Struct("<4s4H2IH")
_ENTRY: Final = struct.Struct("<4s6H3I5H2I")
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_ENTRY_MAGIC: Final = memoryview(b"PK\1\2")
_ENCRYPTED: Final = 1
_UTF8: Final = 1 << 11


def read_archive(
    data: memoryview, source: str, what: str = "archive behind the model", most: int = MAX_TOTAL_BYTES
) -> dict[str, bytes]:
    """The files of an archive that ends ``data``, by name; empty where there is none. ``most`` bytes unfold in all.

    Raises:
        ModelError: a damaged archive, an unsafe or repeated name, more than 1000 files or ``most`` bytes.
    """

    def fail(reason: str) -> NoReturn:
        raise ModelError(f"{source}: {what}: {reason}")

    end = _find_end(data)
    if end < 0:
        return {}
    _, disk, start_disk, here, count, size, offset, _ = _END.unpack_from(data, end)
    shift = end - size - offset  # offsets count from the archive's start in some writers, from the file's in others
    if count and data[end - size : end - size + 4] != _ENTRY_MAGIC and data[offset : offset + 4] == _ENTRY_MAGIC:
        shift = 0  # records of ZIP64 lie between the directory and its end
    if disk or start_disk or here != count or shift < 0:
        fail("its directory lies outside the file, or it spans several disks")
    if count > MAX_FILES:
        fail(f"it has {count} files; the most is {MAX_FILES}")
    found: dict[str, bytes] = {}
    at, left = shift + offset, most
    for _ in range(count):
        if at + _ENTRY.size > end:
            fail("its directory is cut short")
        (magic, _, _, flags, method, _, _, crc, packed, plain, n_name, n_extra, n_comment, _, _, _, local) = (
            _ENTRY.unpack_from(data, at)
        )
        name_end = at + _ENTRY.size + n_name
        if magic != b"PK\1\2" or name_end > end:
            fail("its directory is damaged")
        name = str(data[at + _ENTRY.size : name_end], "utf-8" if flags & _UTF8 else "cp437", "replace")
        at = name_end + n_extra + n_comment
        if not _safe(name) or name in found:
            fail(f"the name {name!r} is unsafe or used twice")
        if name.endswith("/"):
            continue
        if plain > left:
            fail(f"'{name}' brings the total above {most} bytes")
        if flags & _ENCRYPTED or method not in (zlib.DEFLATED, 0):
            fail(f"'{name}' is encrypted or uses method {method}; expected stored (0) or deflated (8)")
        content = _content(data, shift + local, end, packed, plain, method)
        if content is None or zlib.crc32(content) != crc:
            fail(f"'{name}' lies outside the file, or its sizes or checksum are wrong")
        found[name] = content
        left -= plain
    return found


def _find_end(data: memoryview) -> int:
    """Where the end record starts: the last place whose comment reaches exactly the end of the file; else -1."""
    first = max(0, len(data) - _END.size - 0xFFFF)
    tail = bytes(data[first:])
    at = tail.rfind(b"PK\5\6")
    while at >= 0:
        if at + _END.size <= len(tail) and at + _END.size + _END.unpack_from(tail, at)[-1] == len(tail):
            return first + at
        at = tail.rfind(b"PK\5\6", 0, at + 3)
    return -1


def _safe(name: str) -> bool:
    """A relative name that stays below its folder (nothing is extracted here, but others may use the names)."""
    parts = name.replace("\\", "/").removesuffix("/").split("/")
    return bool(name) and "\0" not in name and ":" not in parts[0] and not {"", ".", ".."} & set(parts)


def _content(data: memoryview, at: int, end: int, packed: int, plain: int, method: int) -> bytes | None:
    if at < 0 or at + _LOCAL.size > end:
        return None
    fields = _LOCAL.unpack_from(data, at)
    start = at + _LOCAL.size + fields[-2] + fields[-1]
    if fields[0] != b"PK\3\4" or start + packed > end:
        return None
    body = data[start : start + packed]
    if method == 0:
        return bytes(body) if packed == plain else None
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = inflate.decompress(body, plain + 1)
    except zlib.error:
        return None
    return content if len(content) == plain and inflate.eof else None
