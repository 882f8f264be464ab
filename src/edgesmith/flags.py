"""Every environment variable that Edgesmith reads, one line each; docs/reference/flags.md is this file in words."""

from __future__ import annotations

import os


def isa() -> str | None:
    """``EDGE_ISA=scalar`` forces an instruction set; one that this CPU lacks is an error."""
    return os.environ.get("EDGE_ISA") or None


def verify_ir() -> bool:
    """``EDGE_VERIFY=1`` checks the graph after import and after every pass."""
    return os.environ.get("EDGE_VERIFY", "") not in ("", "0")


def library() -> str | None:
    """``EDGE_LIBRARY=path`` loads another build of the C runtime (sanitized, emulated)."""
    return os.environ.get("EDGE_LIBRARY") or None
