"""Ships a model to a microcontroller: compile within the memory there is, run on the desk, write C."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from edgesmith.compiler import Compiled, compile_model
from edgesmith.errors import ModelError
from edgesmith.export.c import Exported, export_c
from edgesmith.export.c.cost import by_layer, cost
from edgesmith.export.c.flash import flash
from edgesmith.export.c.overlay import overlays
from edgesmith.export.c.package import Golden
from edgesmith.export.c.plain import plain
from edgesmith.export.c.target import find
from edgesmith.importers.source import GraphSource
from edgesmith.ir import Graph
from edgesmith.lower import fit, lower
from edgesmith.lower.lowering import Weights
from edgesmith.model import Model, load
from edgesmith.program.program import Tensor
from edgesmith.runtime.session import Session
from edgesmith.types import byte_count
from edgesmith.verify import random_array

LARGEST = 5  # layers and kernels that a refusal names
ATTEMPTS = 8  # arenas tried until scratch fits beside them
# Of noise for the self-test; that whose answers differ most among themselves is kept.
AMPLITUDES = (1.0, 0.3, 0.1, 0.03)
QUICK = 50e6  # multiply-adds of a model that all of them are tried on


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
        inputs: runs of the self-test. Where none are given it has noise, of the amplitude that leaves most different
            numbers in the answers: it shows that a chip computes alike, not that a model answers well.
        runs: how many of noise.

    Raises:
        ModelError: the model does not fit, with the numbers; or has steps without a kernel for chips.
    """
    source = model if isinstance(model, Model) else load(model)
    compiled, exported = _exported(source, target, name, memory_limit, optimize)
    if flash_limit is not None:
        _check_flash(exported, byte_count(flash_limit))
    exported.golden = _golden(compiled, inputs, runs)
    exported.provenance, exported.desk = _provenance(model, source, target), compiled.program
    exported.golden_said = f"{len(exported.golden)} runs, " + ("of inputs that were given" if inputs else "of noise")
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
    _, exported = _exported(source, target, None, memory_limit, optimize)
    found = flash(exported)
    return {
        "target": target,
        "kernels": found.kernels,
        "libraries": found.libraries,
        "arguments_and_calls": found.arguments + found.program,
        "constants": exported.constant_bytes,
        "code": found.code,
        "flash": found.total,
        "memory": exported.arena_bytes,
        "stack": found.stack,
        "layers": found.layers,
        "unmeasured": list(found.unmeasured),
        "fitted": list(found.fitted),
        **spent(exported),
    }


def spent(exported: Exported) -> dict[str, Any]:
    """Instructions of an inference, and beside them all that a limit, or code for size, changes.

    Returns:
        ``instructions`` and the kernels that are ``uncounted`` in it; ``plain`` has instructions, memory and code of
        the same model without a limit and for speed, None where that is what was exported.
    """
    found, other = cost(exported), exported.plain
    beside = other and {
        "instructions": cost(other).instructions,
        "memory": other.arena_bytes,
        "code": flash(other).code,
    }
    return {"instructions": found.instructions, "uncounted": list(found.uncounted), "plain": beside}


def instructions(graph: Graph, target: str) -> dict[str, float]:
    """Instructions of each layer on a target, of those whose kernels were measured there.

    Raises:
        ModelError: steps without a kernel for chips.
        UsageError: no such target.
    """
    _, exported = _exported(Model(GraphSource(graph.copy(), graph.name)), target, None, None, "speed")
    return by_layer(exported)


def _exported(
    source: Model, target: str, name: str | None, memory_limit: int | str | None, optimize: str
) -> tuple[Compiled, Exported]:
    """The desk's program, and the chip's."""
    limit = None if memory_limit is None else byte_count(memory_limit)
    compiled, called = compile_model(source), name or Path(source.name).stem
    exported = _fitted(compiled, target, called, limit, optimize)
    if limit is not None or optimize != "speed":
        exported.plain = _fitted(compiled, target, called, None, "speed")
    return compiled, exported


def _fitted(compiled: Compiled, target: str, called: str, limit: int | None, optimize: str) -> Exported:
    """Layers in place, and less and less arena until scratch fits beside it."""
    aim, in_place, graph = limit, overlays(find(target)), plain(compiled.graph)
    for _ in range(ATTEMPTS):
        if aim is None:
            program = lower(graph, in_place=in_place)
        else:
            program = fit(graph, Weights(), aim, in_place)
        exported = export_c(program, target, name=called, room=limit, optimize=optimize)
        if limit is None or aim is None or exported.arena_bytes <= limit:
            return exported
        aim -= max(exported.arena_bytes - limit, 64)
    raise ModelError(
        f"{called} does not fit into {limit:,} bytes on {target}: the smallest found has "
        f"{exported.arena_bytes:,}, {program.arena_bytes:,} of them for values, the rest for scratch"
    )


def _check_flash(exported: Exported, limit: int) -> None:
    """Refuse what is larger, with what takes most and what would help."""
    need = flash(exported)
    if need.unmeasured:
        raise ModelError(
            f"what {exported.name} takes of flash on {exported.target.name} is not known, since kernels were not "
            f"measured there: {', '.join(need.unmeasured)}; export without --flash-limit and ask the linker"
        )
    if need.total <= limit:
        return
    largest = sorted(need.layers, key=lambda layer: -layer["constants"])[:LARGEST]
    layers = ", ".join(f"'{layer['layer']}' {layer['constants']:,}" for layer in largest)
    kernels = sorted(need.kernels.items(), key=lambda item: -item[1])[:LARGEST]
    raise ModelError(
        f"{exported.name} needs {'up to ' * bool(need.fitted)}{need.total:,} bytes of flash on "
        f"{exported.target.name}, {need.total - limit:,} more than the limit of {limit:,}\n"
        f"  constants {exported.constant_bytes:,}, by layer: {layers}{', ...' if len(need.layers) > LARGEST else ''}\n"
        f"  code {need.code:,}, by kernel: {', '.join(f'{name} {size:,}' for name, size in kernels)}"
        f"{', ...' if len(need.kernels) > LARGEST else ''}\n"
        f"  {_advice(exported, need.total - limit)}"
    )


def _advice(exported: Exported, over: int) -> str:
    """What would make it smaller, and by how much, as far as that is known."""
    found = []
    if exported.optimize != "size":
        saved = flash(exported).code - flash(replace(exported, optimize="size")).code
        found.append(f"--optimize size takes {saved:,} bytes off{', which is enough' if saved >= over else ''}")
    wide = sum(a.nbytes for a in exported.constants.values() if a.dtype == np.float32)
    if wide > exported.constant_bytes // 2:
        found.append(f"edgesmith quantize makes about a quarter of {wide:,} bytes of floats")
    found.append("weights are stored as they are, neither shared nor coded; fewer channels or layers take fewer")
    return "; ".join(found)


def _golden(compiled: Compiled, inputs: Sequence[Sequence[np.ndarray]], runs: int) -> list[Golden]:
    # One lane a vector, as on the chip: sums of floats are taken in the same order, and round alike.
    with Session(compiled.to_bytes(), isa="scalar") as session:
        if inputs:
            return [(list(arrays), _anew(session, arrays)) for arrays in inputs]
        amplitudes = AMPLITUDES if compiled.program.macs < QUICK else AMPLITUDES[:1]
        wanted = compiled.program.inputs
        tried: list[Golden] = []
        for turn in range(runs * len(amplitudes)):
            share = amplitudes[turn % len(amplitudes)]
            arrays = [_noise(tensor, share, turn * len(wanted) + i) for i, tensor in enumerate(wanted)]
            tried.append((arrays, _anew(session, arrays)))
    return sorted(tried, key=lambda run: -sum(len(np.unique(output)) for output in run[1]))[:runs]


def _anew(session: Session, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
    """A run that remembers nothing."""
    session.reset()
    return session.run(*arrays)


def _noise(tensor: Tensor, share: float, seed: int) -> np.ndarray:
    """Noise of a share of the full range, around zero."""
    noise = random_array(tensor.shape, tensor.dtype, tensor.quant is not None, seed)
    if tensor.dtype.is_float:
        return (noise * share).astype(noise.dtype)
    if tensor.quant is None or not tensor.quant.per_tensor:
        return noise
    zero = tensor.quant.zero0
    return np.rint((noise.astype(np.float64) - zero) * share + zero).astype(noise.dtype)


def _provenance(model: Model | str | os.PathLike[str], source: Model, target: str) -> dict[str, str]:
    said = {"model": source.name, "target": target}
    if not isinstance(model, Model) and Path(model).is_file():
        said["sha256"] = hashlib.sha256(Path(model).read_bytes()).hexdigest()
    return said


__all__ = ["export_model", "instructions", "sizes", "spent"]
