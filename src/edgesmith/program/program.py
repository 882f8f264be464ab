"""A program: steps, tensors at the border, states, and the bytes that they need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from edgesmith.errors import ModelError
from edgesmith.program.kernel import ELEMENT_BYTES, REGISTRY
from edgesmith.types import DType, Quantization

ARENA, WEIGHTS = 1, 2
ALIGN = 64


@dataclass(frozen=True, slots=True)
class Pointer:
    """A place: ``space`` is ARENA or WEIGHTS, ``offset`` and ``bytes`` what may be touched there."""

    space: int
    offset: int
    bytes: int


@dataclass(slots=True)
class Step:
    """One kernel call. ``layer`` is the node's name in the source model, for listings and errors.

    ``rows`` are the first row and one past the last where the step computes only a strip of its layer's output.
    """

    kernel: str
    args: dict[str, Any]
    layer: str = ""
    op: str = ""
    shape: tuple[int, ...] = ()
    macs: int = 0
    packed: bool = False
    rows: tuple[int, int] | None = None


@dataclass(slots=True)
class Tensor:
    """An input or output of the program, and where it lies in the arena.

    ``extent`` is (axis, arena offset of an i64 count) for an output whose size is known only after a run.
    """

    name: str
    dtype: DType
    shape: tuple[int, ...]
    offset: int
    bytes: int
    quant: Quantization | None = None
    extent: tuple[int, int] | None = None


@dataclass(slots=True)
class StateSlot:
    """A region of the arena that survives between runs; ``initial`` is a weights offset, or -1 for zeros."""

    name: str
    offset: int
    bytes: int
    initial: int = -1


@dataclass(frozen=True, slots=True)
class Probe:
    """After step ``step``, the value of that name lies at ``place``. Step -1 is before all.
    For debuggers, on the desk and in the field.

    A value computed in strips has a probe for each, of the rows from ``row`` on; ``shape`` is that of the strip.
    """

    step: int
    name: str
    dtype: DType
    shape: tuple[int, ...]
    place: Pointer
    row: int = 0
    quant: Quantization | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """A buffer of the arena and the steps, both included, between which its bytes must stay; for pictures of memory."""

    name: str
    offset: int
    bytes: int
    first: int
    last: int


@dataclass(slots=True)
class Program:
    """What the C runtime executes. ``weights`` is shared by all programs of one file.

    ``peak_bytes`` is the most that is alive at once: the arena cannot be smaller, and seldom is larger.
    """

    name: str
    steps: list[Step] = field(default_factory=list)
    inputs: list[Tensor] = field(default_factory=list)
    outputs: list[Tensor] = field(default_factory=list)
    states: list[StateSlot] = field(default_factory=list)
    arena_bytes: int = 0
    weights: bytes | bytearray | memoryview = b""
    probes: list[Probe] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    peak_bytes: int = 0

    @property
    def macs(self) -> int:
        return sum(step.macs for step in self.steps)

    @property
    def scratch_bytes(self) -> int:
        """Scratch that each thread needs beside the arena, in bytes."""
        need = [REGISTRY[s.kernel].evaluate(REGISTRY[s.kernel].scratch, s.args) for s in self.steps]
        return -(-max(need, default=0) // ALIGN) * ALIGN


def verify(program: Program) -> None:
    """Check every step against its kernel's declaration, and every region against arena and weights.

    Raises:
        ModelError: the first rule that does not hold, with the step.
    """
    size = {ARENA: program.arena_bytes, WEIGHTS: len(program.weights)}
    for index, step in enumerate(program.steps):
        where = f"step {index} '{step.layer}'"
        kernel = REGISTRY.get(step.kernel)
        if kernel is None:
            raise ModelError(f"{where}: kernel '{step.kernel}' is unknown; {len(REGISTRY)} are known")
        extents = {}
        for item in kernel.fields:
            pointer = step.args.get(item.name)
            if item.is_pointer and pointer is not None:
                if pointer.offset < 0 or pointer.offset + pointer.bytes > size[pointer.space]:
                    raise ModelError(f"{where}: '{item.name}' lies outside its space: {pointer}")
                if item.kind in ("out", "inout") and pointer.space != ARENA:
                    raise ModelError(f"{where}: '{item.name}' would write to the weights")
                extents[item.name] = pointer.bytes // ELEMENT_BYTES[item.type]
        try:
            kernel.check(step.args, extents)
        except ModelError as error:
            raise ModelError(f"{where}: {error}") from None
    border: list[Tensor | StateSlot] = [*program.inputs, *program.outputs, *program.states]
    for tensor in border:
        if tensor.offset < 0 or tensor.offset + tensor.bytes > program.arena_bytes:
            raise ModelError(f"'{tensor.name}' lies outside the arena of {program.arena_bytes} bytes")
