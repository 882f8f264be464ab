"""What an operator is: its types, its NumPy meaning, its lowering to kernels, and the cases it is tested on.

An operator is a class with a name, registered by ``@operator``; one file each, or one per family whose members differ
by a formula. See ARCHITECTURE.md for the recipe.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np

from edgesmith.errors import ModelError, nearest
from edgesmith.ir import Node, Value
from edgesmith.types import DType, Quantization

Attrs = dict[str, Any]
Arrays = Sequence[np.ndarray | None]
Content = bytes  # by another name, since members below are called bytes


@dataclass(frozen=True, slots=True)
class TensorType:
    """What ``infer`` says of one output."""

    shape: tuple[int, ...]
    dtype: DType
    quant: Quantization | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """How far a float kernel may be from the NumPy meaning in float64: ``atol + rtol * |expected|``.

    Where large products cancel, no order of summing in float32 stays within that. Operators that sum products add
    ``products`` times the sum of the products' magnitudes (Higham, "Accuracy and Stability of Numerical Algorithms",
    3.1, has n * 2**-24 for the worst case of n products; what is stated here does not grow with n).
    """

    rtol: float = 1e-5
    atol: float = 1e-6
    products: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Arg:
    """An input of a test case: random in [low, high], or ``data`` itself. ``constant`` puts it into the weights."""

    shape: tuple[int, ...] = ()
    dtype: DType = DType.F32
    quant: Quantization | None = None
    constant: bool = False
    low: float = -4.0
    high: float = 4.0
    data: np.ndarray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One shape of use: what tests, benchmarks and documentation run. ``quant`` is that of the outputs.

    Where ``rectified`` is set, the first operand comes out of a ReLU, behind which kernels may differ.
    """

    args: Sequence[Arg | None]
    attrs: Attrs = field(default_factory=dict)
    quant: Sequence[Quantization | None] = ()
    id: str = ""
    rectified: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows of an input an output row needs; rows are axis 1 of (1, H, W, C).

    Row ``p`` needs rows ``p * stride - pad`` to ``p * stride - pad + size - 1``; those outside the input are padding.
    """

    size: int = 1
    stride: int = 1
    pad: int = 0


@dataclass(frozen=True, slots=True)
class Buffer:
    """A region of memory that the planner places: an arena block, or constant bytes where ``data`` is set."""

    id: int
    bytes: int
    data: Content | None = None


@dataclass(frozen=True, slots=True)
class Ref:
    """A part of a buffer, in bytes."""

    buffer: Buffer
    offset: int
    bytes: int

    def at(self, offset: int, nbytes: int | None = None) -> Ref:
        """The part that starts ``offset`` bytes further on."""
        size = self.bytes - offset if nbytes is None else nbytes
        assert offset >= 0
        assert offset + size <= self.bytes
        return Ref(self.buffer, self.offset + offset, size)


class Lowering(Protocol):
    """What an operator's ``lower`` may ask of the program being built."""

    def ref(self, value: Value) -> Ref:
        """Where a value lies; constants lie in the weights."""

    def constant(self, array: np.ndarray) -> Ref:
        """Put an array into the weights (equal arrays are shared)."""

    def temporary(self, nbytes: int) -> Ref:
        """Arena space for this node only."""

    def alias(self, out: Value, of: Ref) -> None:
        """Let ``out`` share memory that already exists: no step, no copy."""

    def emit(self, kernel: str, **args: Any) -> None:
        """Add a step. Pointer fields take a Value, Ref, array (constant) or None; arrays of numbers take sequences."""


def _magnitudes(array: np.ndarray, dtype: DType) -> np.ndarray:
    return array & np.uint16(0x7FFF) if dtype is DType.BF16 else np.abs(array)  # bfloat16 is held as its bits


class Operator:
    """Base of all operators.

    ``attributes`` gives every attribute with its default; ``...`` marks one that must be given. ``native`` are the
    element types that kernels exist for: others are widened by casts around the node, unless ``widens`` is False
    (operators that handle every type themselves, or whose operands have types by position).
    """

    name: ClassVar[str]
    attributes: ClassVar[Attrs] = {}
    native: ClassVar[frozenset[DType]] = frozenset(DType)
    widens: ClassVar[bool] = True
    bound: ClassVar[Bound] = Bound()

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        """Shapes and types of the outputs.

        Raises:
            ModelError: inputs that do not fit the operator, with expected against found.
        """
        raise NotImplementedError

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        """The NumPy meaning: the oracle that every kernel is held to."""
        raise NotImplementedError

    def allowed(self, node: Node, inputs: Arrays, wanted: Sequence[np.ndarray]) -> list[np.ndarray]:
        """``bound`` for each element of the outputs ``wanted``, which ``compute`` gave for these inputs."""
        limits = [self.bound.atol + self.bound.rtol * np.abs(np.asarray(want, np.float64)) for want in wanted]
        if self.bound.products:
            open_ended = {name: value for name, value in (("lo", -np.inf), ("hi", np.inf)) if name in node.attrs}
            twin = Node(node.op, node.inputs, [], {**node.attrs, **open_ended})
            twin.outputs = node.outputs
            pairs = zip(node.inputs, inputs, strict=True)
            sizes = self.compute(twin, [None if a is None or v is None else _magnitudes(a, v.dtype) for v, a in pairs])
            limits = [limit + self.bound.products * size for limit, size in zip(limits, sizes, strict=True)]
        return limits

    def lower(self, node: Node, lw: Lowering) -> None:
        """Emit the steps that compute the node."""
        raise NotImplementedError

    def windows(self, node: Node) -> dict[int, Window]:
        """How to compute some rows of the only output by themselves: input index -> the rows of it that they need.

        Inputs that are not named are needed whole. Empty where it cannot be done.
        """
        return {}

    def strip(self, node: Node, rows: int, top: int, bottom: int) -> Attrs:
        """Attributes of the node that computes ``rows`` rows, where the window of the first input reaches over its
        borders by ``top`` and ``bottom`` rows."""
        return node.attrs

    def in_place(self, node: Node) -> tuple[int, ...]:
        """Inputs whose memory the output may take: the kernel reads their element ``i`` before it writes its own, and
        never afterwards."""
        return ()

    def macs(self, node: Node) -> int:
        """Multiply-accumulates of the node; 0 for operators that are not counted in them."""
        return 0

    def cases(self) -> Iterator[Case]:
        """A handful of shapes, odd ones included."""
        raise NotImplementedError


REGISTRY: dict[str, Operator] = {}


def operator(cls: type[Operator]) -> type[Operator]:
    """Register an operator class under its name."""
    register(cls())
    return cls


def register(op: Operator) -> None:
    """Register an operator object; families use it in a loop."""
    assert op.name not in REGISTRY, f"operator '{op.name}' is defined twice"
    REGISTRY[op.name] = op


_loaded = False


def load_all() -> dict[str, Operator]:
    """Import every operator file once; returns name -> operator."""
    global _loaded
    if not _loaded:
        package = importlib.import_module("edgesmith.ops")
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"edgesmith.ops.{module.name}")
        _loaded = True
    return REGISTRY


def get(name: str) -> Operator:
    """The operator of that name.

    Raises:
        ModelError: no such operator; the nearest name is suggested.
    """
    found = load_all().get(name)
    if found is None:
        raise ModelError(f"there is no operator '{name}'.{nearest(name, REGISTRY)}")
    return found


def check_attrs(op: Operator, attrs: Attrs) -> Attrs:
    """Attributes completed by defaults.

    Raises:
        ModelError: an unknown attribute, or a required one that is missing.
    """
    for name in attrs:
        if name not in op.attributes:
            raise ModelError(f"operator '{op.name}' has no attribute '{name}'.{nearest(name, op.attributes)}")
    complete = {**op.attributes, **attrs}
    missing = [name for name, item in complete.items() if item is ...]
    if missing:
        raise ModelError(f"operator '{op.name}' needs attribute '{missing[0]}'")
    return complete


Compute = Callable[[Node, Arrays], list[np.ndarray]]
