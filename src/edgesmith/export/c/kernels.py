"""Which text of the runtime the calls of a program need."""

from __future__ import annotations

from collections.abc import Sequence

from edgesmith.export.c.call import Call
from edgesmith.export.c.source import Source, runtime_root
from edgesmith.export.c.target import Target


def kernel_source(calls: Sequence[Call], target: Target) -> Source:
    """The files of all kernels that are called, the desk's own with the words of one lane."""
    source = Source(target.macros, target.swaps, skip=("kernel.h", "compiler.h"))
    common = [call for call in calls if call.common]
    if common:
        source.read("simd/scalar.h")
    for call in common:
        source.read(f"generated/args/{call.file.split('/')[-1].removesuffix('.c')}.h")
    for call in [*common, *(call for call in calls if not call.common)]:
        source.read(call.file)
    return source


def wanted(calls: Sequence[Call], source: Source) -> set[str]:
    """Names to begin with. Of a kernel whose name a macro makes up, everything in its file, and all words."""
    names = {call.struct for call in calls}
    known = {name for piece in source.pieces for name in piece.defines}
    for call in calls:
        if call.function in known:
            names.add(call.function)
            continue
        file = call.file.split("/")[-1]
        for piece in source.pieces:
            if piece.file in (file, file.removesuffix(".c") + ".h", "scalar.h"):
                names |= piece.defines
    return names


def every_kernel(target: Target) -> tuple[str, dict[str, str]]:
    """All kernels for a target in one text, and the text of each function; for measuring them."""
    helium = ("conv_i8", "fully_connected_i8", "depthwise_helium", "add_helium")
    dual = ("conv_i8", "fully_connected_i8", "depthwise_i8", "add_i8")
    source = Source(target.macros, target.swaps, skip=("compiler.h",))
    every = ("average_pool_i8", "softmax_i8", "clamp_i8", "copy_bytes", "conv_i16")
    for name in (*(helium if target.vectors else dual), *every):
        source.read(f"chip/{name}.c")
    text = "\n".join([*source.system, verbatim("chip/compiler.h"), *(piece.text for piece in source.pieces)])
    functions = {name: p.text for p in source.pieces for name in p.defines if p.text.rstrip().endswith("}")}
    return text + "\n", functions


def verbatim(name: str) -> str:
    """A header of the runtime as it is, but for its guard."""
    lines = (runtime_root() / name).read_text(encoding="utf-8").rstrip().splitlines()
    guard = next(i for i, line in enumerate(lines) if line.startswith("#ifndef EDGE_"))
    return "\n".join([*lines[:guard], *lines[guard + 2 : -1]])


__all__ = ["every_kernel", "kernel_source", "verbatim", "wanted"]
