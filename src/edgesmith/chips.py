"""Ships a model to a microcontroller: compile within the memory there is, run on the desk, write C."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgesmith.compiler import Compiled, compile_model
from edgesmith.errors import ModelError
from edgesmith.export.c import Exported, export_c
from edgesmith.export.c.flash import flash
from edgesmith.export.c.overlay import overlays
from edgesmith.export.c.package import Golden
from edgesmith.export.c.target import find
from edgesmith.lower import fit, lower
from edgesmith.lower.lowering import Weights
from edgesmith.model import Model, load
from edgesmith.runtime.session import Session
from edgesmith.types import byte_count
from edgesmith.verify import random_array

ATTEMPTS = 8  # arenas tried until scratch fits beside them


def export_model(
    model: Model | str | os.PathLike[str],
    target: str,
    *,
    name: str | None = None,
    memory_limit: int | str | None = None,
    flash_limit: int | str | None = None,
    optimize: str = "speed",
    inputs: Sequence[Sequence[np.ndarray]] = (),
    runs: int = 2,
) -> Exported:
    """A model as C for a target, with the desk's answers for its self-test.

    Args:
        target: a name in ``edgesmith.export.c.TARGETS``.
        name: what files and functions are called; the model's file name by default.
        memory_limit: bytes that arena and scratch together must fit, such as 65536 or "64K" (K is 1,024).
        flash_limit: bytes that code and constants may take.
        optimize: "speed" or "size".
        inputs: runs of the self-test; random ones where none are given.
        runs: how many random ones.

    Raises:
        ModelError: the model does not fit, with the numbers; or has steps without a kernel for chips.
    """
    source = model if isinstance(model, Model) else load(model)
    limit = None if memory_limit is None else byte_count(memory_limit)
    compiled, exported = _fitted(source, target, name, limit, optimize)
    _check_flash(exported, None if flash_limit is None else byte_count(flash_limit))
    exported.golden = _golden(compiled, inputs, runs)
    exported.provenance, exported.desk = _provenance(model, source, target), compiled.program
    return exported


def sizes(
    model: Model | str | os.PathLike[str],
    target: str,
    *,
    memory_limit: int | str | None = None,
    optimize: str = "speed",
) -> dict[str, Any]:
    """Bytes of flash, memory and stack of an export, before anything is compiled.

    Raises:
        ModelError: as ``export_model``.
    """
    source = model if isinstance(model, Model) else load(model)
    limit = None if memory_limit is None else byte_count(memory_limit)
    _, exported = _fitted(source, target, None, limit, optimize)
    found = flash(exported)
    return {
        "target": target,
        "kernels": found.kernels,
        "arguments_and_calls": found.arguments + found.program,
        "constants": exported.constant_bytes,
        "code": found.code,
        "flash": found.total,
        "memory": exported.arena_bytes,
        "stack": found.stack,
        "layers": found.layers,
        "unmeasured": list(found.unmeasured),
    }


def _fitted(
    source: Model, target: str, name: str | None, limit: int | None, optimize: str
) -> tuple[Compiled, Exported]:
    """The desk's program, and the chip's: layers in place, and less and less arena until its scratch fits beside it."""
    compiled, in_place = compile_model(source), overlays(find(target))
    aim, called = limit, name or Path(source.name).stem
    for _ in range(ATTEMPTS):
        if aim is None:
            program = lower(compiled.graph, in_place=in_place)
        else:
            program = fit(compiled.graph, Weights(), aim, in_place)
        exported = export_c(program, target, name=called, room=limit, optimize=optimize)
        if limit is None or aim is None or exported.arena_bytes <= limit:
            return compiled, exported
        aim -= max(exported.arena_bytes - limit, 64)
    raise ModelError(
        f"{source.name} does not fit into {limit:,} bytes on {target}: the smallest found has "
        f"{exported.arena_bytes:,}, {program.arena_bytes:,} of them for values, the rest for scratch"
    )


def _check_flash(exported: Exported, limit: int | None) -> None:
    need = flash(exported)
    if limit is not None and need.total > limit:
        raise ModelError(
            f"{exported.name} needs {need.total:,} bytes of flash on {exported.target.name}, {need.code:,} of code and "
            f"{exported.constant_bytes:,} of constants, {need.total - limit:,} more than the limit of {limit:,}; prune "
            "the model, or allow more"
        )


def _golden(compiled: Compiled, inputs: Sequence[Sequence[np.ndarray]], runs: int) -> list[Golden]:
    if not inputs:
        wanted = compiled.program.inputs
        inputs = [
            [random_array(t.shape, t.dtype, t.quant is not None, seed * len(wanted) + i) for i, t in enumerate(wanted)]
            for seed in range(runs)
        ]
    # One lane a vector, as on the chip: sums of floats are taken in the same order, and round alike.
    with Session(compiled.to_bytes(), isa="scalar") as session:
        return [(list(arrays), session.run(*arrays)) for arrays in inputs]


def _provenance(model: Model | str | os.PathLike[str], source: Model, target: str) -> dict[str, str]:
    said = {"model": source.name, "target": target}
    if not isinstance(model, Model) and Path(model).is_file():
        said["sha256"] = hashlib.sha256(Path(model).read_bytes()).hexdigest()
    return said


__all__ = ["export_model", "sizes"]
