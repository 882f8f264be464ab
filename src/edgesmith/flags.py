"""Every environment variable that Edgesmith reads, one line each; docs/reference/flags.md is this file in words."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def isa() -> str | None:
    """``EDGE_ISA=scalar`` forces an instruction set; one that this CPU lacks is an error."""
    return os.environ.get("EDGE_ISA") or None


def verify_ir() -> bool:
    """``EDGE_VERIFY=1`` checks the graph after import and after every pass."""
    return os.environ.get("EDGE_VERIFY", "") not in ("", "0")


def library() -> str | None:
    """``EDGE_LIBRARY=path`` loads another build of the C runtime (sanitized, emulated)."""
    return os.environ.get("EDGE_LIBRARY") or None


def cache_folder() -> Path:
    """``XDG_CACHE_HOME=folder`` holds the cache, ``~/.cache`` by default: ``edgesmith`` inside of it."""
    given = os.environ.get("XDG_CACHE_HOME")
    if given and os.path.isabs(given):
        return Path(given) / "edgesmith"
    home = os.path.expanduser("~")
    base = Path(home, ".cache") if os.path.isabs(home) else Path(tempfile.gettempdir())
    return base / "edgesmith"
