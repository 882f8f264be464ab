"""The pipeline: from a source model to a program, one readable line a step."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgesmith import flags
from edgesmith.errors import ModelError, UsageError, reading
from edgesmith.ir import Graph, verify
from edgesmith.lower import fit, lower
from edgesmith.lower.lowering import Weights
from edgesmith.model import Model, load
from edgesmith.ops import load_all
from edgesmith.ops.layers import HALVES
from edgesmith.passes.pipeline import PASSES
from edgesmith.passes.store_halves import store_halves
from edgesmith.program.file import write
from edgesmith.program.program import Program
from edgesmith.types import DType, byte_count


@dataclass(slots=True)
class Compiled:
    """Programs that share one copy of the weights, and the graphs that they were lowered from."""

    programs: list[Program]
    graphs: list[Graph]
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def program(self) -> Program:
        return self.programs[0]

    @property
    def graph(self) -> Graph:
        return self.graphs[0]

    def to_bytes(self) -> bytes:
        """The bytes of the ``.edge`` file."""
        return write(self.programs, self.metadata)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the ``.edge`` file, after the C runtime has loaded its bytes.

        Raises:
            ModelError: the runtime refuses the program; nothing is written.
        """
        from edgesmith.runtime.session import Session

        data = self.to_bytes()
        for variant in range(len(self.programs)):
            Session(data, variant=variant).close()
        target = Path(path)
        partial = target.with_name(target.name + ".partial")
        partial.write_bytes(data)
        partial.replace(target)


def load_kernels() -> None:
    """Declare all kernels, so that a .edge file can be read in Python."""
    load_all()


def compile_graph(
    graph: Graph, weights: Weights | None = None, memory_limit: int | None = None, half: DType | None = None
) -> Program:
    """Rewrite a graph in place by all passes, and lower it, within ``memory_limit`` bytes of arena if that is given.

    Float weights are rounded to ``half`` where it is given, see ``store_halves``.
    """
    if flags.verify_ir():
        verify(graph, "after import")
    for rewrite in PASSES:
        rewrite(graph)
        if flags.verify_ir():
            verify(graph, f"after {rewrite.__name__}")
    store_halves(graph, half)  # last: passes that fold constants want numbers
    return lower(graph, weights) if memory_limit is None else fit(graph, weights or Weights(), memory_limit)


def compile_model(
    model: Model | str | os.PathLike[str] | bytes,
    *,
    shapes: Mapping[str, Sequence[int]] | Sequence[Mapping[str, Sequence[int]]] | None = None,
    values: Mapping[str, Any] | None = None,
    memory_limit: int | str | None = None,
    weights: str | None = None,
) -> Compiled:
    """Compile a model.

    Args:
        model: a ``Model``, or whatever ``load`` takes.
        shapes: input name -> shape, for inputs whose file leaves dimensions open (otherwise 1). A list of such
            mappings gives one file with several variants that share the weights.
        values: arrays of inputs that decide shapes; they become constants.
        memory_limit: bytes of arena to stay within, such as 65536, "400K" or "1.5M" (K is 1,024). Layers are then
            computed in strips of rows as far as that takes. Integer results stay the same bit for bit, float ones
            within their bounds, since fewer rows may be computed by another kernel. The program's metadata says under
            "memory_limit" what was done.
        weights: "f16" or "bf16" rounds the weights of float32 convolutions, fully connected layers and tables to 16
            bits, once; everything is still computed in float32. Half the file, and nearly half the memory. Weights
            that a model brings in 16 bits are kept so anyway.

    Raises:
        UnsupportedError: everything that cannot be converted, at once.
        ModelError: the model cannot run within ``memory_limit``; the smallest possible limit is named.
        UsageError: ``weights`` is no type to store weights in.
    """
    half = _half(weights)
    limit = None if memory_limit is None else byte_count(memory_limit)
    source = model if isinstance(model, Model) else load(model)
    wanted = list(shapes) if isinstance(shapes, Sequence) else [shapes]
    if not wanted:
        raise ModelError("shapes is an empty list; give at least one mapping, or None")
    shared = Weights()
    graphs = [source.graph(variant, values) for variant in wanted]
    with reading(source.name):
        programs = [compile_graph(graph, shared, limit, half) for graph in graphs]
    metadata = {"source": source.name, "format": source.source.format, **source.metadata}
    return Compiled(programs, graphs, metadata if weights is None else {**metadata, "weights": weights})


def _half(weights: str | None) -> DType | None:
    if weights is None:
        return None
    if weights not in HALVES:
        raise UsageError(f"weights cannot be stored as '{weights}'; expected {' or '.join(HALVES)}")
    return DType(weights)
