"""Ships a model to a microcontroller: compile within the memory there is, run on the desk, write C."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edgesmith.compiler import Compiled, compile_model
from edgesmith.errors import ModelError
from edgesmith.export.c import Exported, export_c
from edgesmith.export.c.package import Golden
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
    inputs: Sequence[Sequence[np.ndarray]] = (),
    runs: int = 2,
) -> Exported:
    """A model as C for a target, with the desk's answers for its self-test.

    Args:
        target: a name in ``edgesmith.export.c.TARGETS``.
        name: what files and functions are called; the model's file name by default.
        memory_limit: bytes that arena and scratch together must fit, such as 65536 or "64K" (K is 1,024).
        flash_limit: bytes that constants may take.
        inputs: runs of the self-test; random ones where none are given.
        runs: how many random ones.

    Raises:
        ModelError: the model does not fit, with the numbers; or has steps without a kernel for chips.
    """
    source = model if isinstance(model, Model) else load(model)
    limit = None if memory_limit is None else byte_count(memory_limit)
    compiled, exported = _fitted(source, target, name, limit)
    _check_flash(exported, None if flash_limit is None else byte_count(flash_limit))
    exported.golden = _golden(compiled, inputs, runs)
    exported.provenance = _provenance(model, source, target)
    return exported


def _fitted(source: Model, target: str, name: str | None, limit: int | None) -> tuple[Compiled, Exported]:
    """Compile for less and less arena until its scratch fits beside it."""
    aim, called = limit, name or Path(source.name).stem
    for _ in range(ATTEMPTS):
        compiled = compile_model(source, memory_limit=aim)
        exported = export_c(compiled.program, target, name=called, room=limit)
        if limit is None or aim is None or exported.arena_bytes <= limit:
            return compiled, exported
        aim -= max(exported.arena_bytes - limit, 64)
    raise ModelError(
        f"{source.name} does not fit into {limit:,} bytes on {target}: the smallest found has "
        f"{exported.arena_bytes:,}, {compiled.program.arena_bytes:,} of them for values, the rest for scratch"
    )


def _check_flash(exported: Exported, limit: int | None) -> None:
    if limit is not None and exported.constant_bytes > limit:
        raise ModelError(
            f"{exported.name} has {exported.constant_bytes:,} bytes of constants for {exported.target.name}, "
            f"{exported.constant_bytes - limit:,} more than the flash limit of {limit:,}; prune or quantize the model "
            "further, or allow more"
        )


def _golden(compiled: Compiled, inputs: Sequence[Sequence[np.ndarray]], runs: int) -> list[Golden]:
    if not inputs:
        wanted = compiled.program.inputs
        inputs = [
            [random_array(t.shape, t.dtype, t.quant is not None, seed * len(wanted) + i) for i, t in enumerate(wanted)]
            for seed in range(runs)
        ]
    with Session(compiled.to_bytes()) as session:
        return [(list(arrays), session.run(*arrays)) for arrays in inputs]


def _provenance(model: Model | str | os.PathLike[str], source: Model, target: str) -> dict[str, str]:
    said = {"model": source.name, "target": target}
    if not isinstance(model, Model) and Path(model).is_file():
        said["sha256"] = hashlib.sha256(Path(model).read_bytes()).hexdigest()
    return said


__all__ = ["export_model"]
