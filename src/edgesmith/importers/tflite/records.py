"""What a TensorFlow Lite file says, as plain records. Indices are already checked to be in range."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from edgesmith.errors import ModelError

# Bits of one element as stored; types of no fixed size are absent.
BITS = {
    "FLOAT32": 32,
    "FLOAT16": 16,
    "INT32": 32,
    "UINT8": 8,
    "INT64": 64,
    "BOOL": 8,
    "INT16": 16,
    "COMPLEX64": 64,
    "INT8": 8,
    "FLOAT64": 64,
    "COMPLEX128": 128,
    "UINT64": 64,
    "UINT32": 32,
    "UINT16": 16,
    "INT4": 4,
    "BFLOAT16": 16,
    "INT2": 2,
    "UINT4": 4,
    "FLOAT8_E4M3FN": 8,
    "FLOAT8_E5M2": 8,
}
_NUMPY = {
    "FLOAT32": "<f4",
    "FLOAT16": "<f2",
    "FLOAT64": "<f8",
    "INT8": "i1",
    "INT16": "<i2",
    "INT32": "<i4",
    "INT64": "<i8",
    "UINT8": "u1",
    "UINT16": "<u2",
    "UINT32": "<u4",
    "UINT64": "<u8",
    "BOOL": "u1",
    "BFLOAT16": "<u2",
    "COMPLEX64": "<c8",
    "COMPLEX128": "<c16",
}


@dataclass(frozen=True, slots=True, eq=False)
class Quant:
    """``real = scale * (q - zero_point)``: one pair, or one per position of dimension ``axis``."""

    scale: NDArray[np.float32]
    zero_point: NDArray[np.int64]
    axis: int = 0
    details: str = ""  # "" is the above; else the name of a form with more tables than that (BlockwiseQuantization...)
    detail_fields: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """A tensor; ``data`` holds its bytes as stored where it is constant, else None."""

    index: int
    name: str
    dtype: str  # as in schema.TENSOR_TYPES
    shape: tuple[int, ...]
    signature: tuple[int, ...]  # the shape with -1 for dimensions that a caller may choose
    has_rank: bool  # an empty shape is a scalar where True or constant, and may be unknown where False
    buffer: int
    data: memoryview | NDArray[np.uint8] | None = field(repr=False)
    quant: Quant | None = None
    is_variable: bool = False
    was_sparse: bool = False  # data was written out dense

    def array(self) -> NDArray[np.generic]:
        """The constant, shaped: a read-only view of the file where the layout allows.

        INT4 and INT2 (signed) and UINT4 become one int8 or uint8 each, BFLOAT16 its bits in uint16.

        Raises:
            ModelError: not a constant, or of a type that has no NumPy counterpart.
        """
        if self.data is None:
            raise ModelError(f"tensor {self.index} '{self.name}' is not a constant")
        if self.dtype in ("INT4", "UINT4", "INT2"):
            return _unpack(np.frombuffer(self.data, np.uint8), self.dtype, self.shape)
        if self.dtype not in _NUMPY:
            raise ModelError(
                f"tensor {self.index} '{self.name}' is a constant of type {self.dtype}, without arrays here"
            )
        if len(self.data) == 0:
            values: NDArray[np.generic] = np.empty(self.shape, _NUMPY[self.dtype])
        else:
            values = np.frombuffer(self.data, _NUMPY[self.dtype]).reshape(self.shape)
        if self.dtype == "BOOL":
            truth: NDArray[np.bool_] = values != 0
            return truth
        values.flags.writeable = False
        return values


def _unpack(packed: NDArray[np.uint8], dtype: str, shape: tuple[int, ...]) -> NDArray[np.generic]:
    """Elements of 4 or 2 bits, the lowest bits first, sign-extended where signed."""
    bits = BITS[dtype]
    shifts = np.arange(0, 8, bits, dtype=np.uint8)
    fields = (packed[:, None] >> shifts).ravel()[: int(np.prod(shape, dtype=np.int64))].reshape(shape)
    if dtype == "UINT4":
        unsigned: NDArray[np.uint8] = fields & np.uint8(15)
        return unsigned
    signed: NDArray[np.int8] = (fields << np.uint8(8 - bits)).view(np.int8) >> np.int8(8 - bits)
    return signed


@dataclass(frozen=True, slots=True, eq=False)
class Operator:
    """One operator, in execution order."""

    index: int
    name: str  # as in schema.OPERATORS, or "BUILTIN_217" where newer than that
    custom: str  # the custom code where name is "CUSTOM", else ""
    version: int
    options: dict[str, object]  # every field of the operator's table; defaults where the file has none
    inputs: tuple[int | None, ...]  # None is an optional input left out
    outputs: tuple[int, ...]
    intermediates: tuple[int | None, ...]
    custom_options: memoryview = field(repr=False)
    where: str  # for messages: "subgraph 0, operator 3 (CONV_2D)"

    @property
    def kind(self) -> str:
        """The name by which a person knows the operator."""
        return self.custom or self.name


@dataclass(frozen=True, slots=True, eq=False)
class Subgraph:
    index: int
    name: str
    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """A named entry: argument and result names to tensors of one subgraph."""

    key: str
    subgraph: int
    inputs: dict[str, int]
    outputs: dict[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class TFLiteModel:
    """A whole file. ``data`` is all of it, also what follows the FlatBuffer."""

    source: str
    description: str
    subgraphs: tuple[Subgraph, ...]
    signatures: tuple[Signature, ...]
    metadata: dict[str, memoryview]
    data: memoryview = field(repr=False)
