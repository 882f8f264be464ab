"""What the converter of one operator sees: its operands as values of our graph, its options, and ways to add nodes.

Tensors of type UINT8 with a quantization are held as int8: `real = s * (q - z) = s * ((q - 128) - (z - 128))`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.tflite.records import Operator, Tensor
from edgesmith.ir import Value
from edgesmith.ops.contract import load_all
from edgesmith.types import DType, Quantization

if TYPE_CHECKING:
    from edgesmith.importers.tflite.convert import Frame

DTYPES: Final = {
    "FLOAT32": DType.F32,
    "FLOAT16": DType.F16,
    "FLOAT64": DType.F64,
    "BFLOAT16": DType.BF16,
    "INT8": DType.I8,
    "INT16": DType.I16,
    "INT32": DType.I32,
    "INT64": DType.I64,
    "UINT8": DType.U8,
    "UINT16": DType.U16,
    "UINT32": DType.U32,
    "UINT64": DType.U64,
    "BOOL": DType.BOOL,
    "INT4": DType.I8,
    "INT2": DType.I8,
    "UINT4": DType.U8,
}
_NARROW: Final = ("INT8", "INT16", "UINT8", "INT4", "INT2", "UINT4")


class RefusedError(Exception):
    """This operator cannot be converted; the converter goes on to find everything else that cannot."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


def refuse(reason: str, hint: str = "") -> NoReturn:
    """Say that an operator, or this form of it, is missing here."""
    raise RefusedError(reason, hint)


def stored_quant(tensor: Tensor) -> Quantization | None:
    """The quantization as the file gives it, or None where the type is not a quantized one.

    Raises:
        RefusedError: a form with more tables than scale and zero point.
    """
    quant = tensor.quant
    if quant is None:
        return None
    if quant.details:
        refuse(f"tensor '{tensor.name}' has quantization of kind {quant.details}")
    if not (quant.scale > 0).all():
        return None  # only biases: their scale follows from those of their operands
    return Quantization.make(quant.scale, quant.zero_point, quant.axis)


def held_as(tensor: Tensor) -> tuple[DType, Quantization | None]:
    """Element type and quantization of the value that stands for a tensor."""
    dtype = DTYPES.get(tensor.dtype)
    if dtype is None:
        refuse(f"tensor '{tensor.name}' has type {tensor.dtype}")
    quant = stored_quant(tensor) if tensor.dtype in _NARROW else None
    if dtype is DType.U8 and quant is not None:
        return DType.I8, Quantization(quant.scale, quant.zero_point - np.int32(128), quant.axis)
    return dtype, quant


def held_array(tensor: Tensor) -> np.ndarray:
    """A constant in the form that `held_as` tells."""
    array = np.ascontiguousarray(tensor.array()).reshape(tensor.shape)
    if DTYPES.get(tensor.dtype) is DType.U8 and tensor.quant is not None:
        return (array ^ np.uint8(0x80)).view(np.int8)
    return array


IMAGE = range(4, 5)  # the rank of (N, H, W, C)


class Call:
    """One operator at one place of the graph.

    Numbers are positions: ``c.x(0)`` is the first operand, ``c.out(0)`` the first result's record in the file.
    """

    def __init__(self, frame: Frame, op: Operator) -> None:
        self.frame = frame
        self.op = op

    # -- operands and results -----------------------------------------------------------------------------------

    def tensor(self, index: int) -> Tensor | None:
        """The record of an operand, or None where it is left out."""
        number = self.op.inputs[index] if index < len(self.op.inputs) else None
        return None if number is None else self.frame.subgraph.tensors[number]

    def x(self, index: int, rank: range = range(9)) -> Value:
        """A required operand, whose rank must be in the range."""
        value = self.optional(index)
        if value is None:
            raise ModelError(f"{self.op.where}: operand {index} is missing; it has {len(self.op.inputs)}")
        if value.rank not in rank:
            known = " or ".join(map(str, rank)) if len(rank) < 3 else f"at least {rank.start}"
            raise ModelError(f"{self.op.where}: operand {index} has shape {value.shape}, expected rank {known}")
        return value

    def optional(self, index: int) -> Value | None:
        """An operand, or None where it is left out."""
        tensor = self.tensor(index)
        return None if tensor is None else self.frame.read(tensor.index)

    def plain(self, index: int) -> Value:
        """A required operand with its integers as the file has them: unsigned bytes are not shifted."""
        value, tensor = self.x(index), self.tensor(index)
        if tensor is not None and tensor.dtype == "UINT8" and value.dtype is DType.I8:
            return self.frame.unshifted(value, tensor)
        return value

    def out(self, index: int = 0) -> Tensor:
        """The record of a result."""
        if index >= len(self.op.outputs):
            raise ModelError(f"{self.op.where}: result {index} is missing; it has {len(self.op.outputs)}")
        return self.frame.subgraph.tensors[self.op.outputs[index]]

    def out_type(self, index: int = 0) -> DType:
        return held_as(self.out(index))[0]

    def out_quant(self, index: int = 0) -> Quantization | None:
        return held_as(self.out(index))[1]

    def stored_zero(self) -> int:
        """How the result holds a byte (or wider integer) of 0: LiteRT fills with those, whatever the zero point."""
        return -128 if self.out().dtype == "UINT8" and self.out_type() is DType.I8 else 0

    def array(self, index: int, what: str) -> np.ndarray:
        """An operand that must be known now.

        Raises:
            NeedsValue: it depends on graph inputs.
        """
        return self.frame.builder.need_constant(self.plain(index), what)

    def ints(self, index: int, what: str) -> list[int]:
        """A list of integers (or one) that must be known now."""
        array = self.array(index, what).ravel()
        if array.dtype.kind not in "iu":
            raise ModelError(f"{self.op.where}: {what} has elements of type {array.dtype}; expected integers")
        return [int(item) for item in array]

    # -- options ------------------------------------------------------------------------------------------------

    def option(self, name: str) -> Any:
        return self.op.options[name]

    def integer(self, name: str) -> int:
        return int(cast(int, self.op.options[name]))

    def number(self, name: str) -> float:
        return float(cast(float, self.op.options[name]))

    def flag(self, name: str) -> bool:
        return bool(self.op.options[name])

    def text(self, name: str) -> str:
        return str(self.op.options[name])

    # -- nodes --------------------------------------------------------------------------------------------------

    def add(self, op: str, *inputs: Value | None, quant: Quantization | None = None, **attrs: Any) -> Value:
        """Add a node of our own operator ``op`` and return its (first) result."""
        return self.add_multi(op, inputs, (quant,), **attrs)[0]

    def add_multi(
        self, op: str, inputs: Sequence[Value | None], quants: Sequence[Quantization | None] = (), **attrs: Any
    ) -> list[Value]:
        """Add a node and return all its results."""
        if op not in load_all():
            refuse(f"it needs '{op}', which is missing here")
        made = self.frame.builder.add_multi(op, inputs, quants, attrs=attrs)
        self.frame.converter.spend(made)
        return made

    def constant(self, data: Any, dtype: DType | None = None, quant: Quantization | None = None) -> Value:
        return self.frame.builder.constant(data, dtype, quant, name=f"{self.frame.builder.source}.const")

    def like(self, number: Any, value: Value) -> Value:
        """A scalar constant of a value's type."""
        return self.constant(np.asarray(number), value.dtype)

    def elementwise(self, op: str, *inputs: Value, **attrs: Any) -> Value:
        """Add a node that computes with the real numbers that its operands mean, into the result's quantization."""
        quant = self.out_quant()
        if not any(value.quant for value in inputs):
            return self.add(op, *inputs, **attrs)
        if quant is None:
            raise ModelError(f"{self.op.where}: its operands are quantized, its result '{self.out().name}' is not")
        if all(value.is_constant for value in inputs):  # folding would compute with the integers
            reals = [self.dequantized(value) for value in inputs]
            return self.add("quantize", self.add(op, *reals, **attrs), quant=quant, to=self.out_type())
        return self.add(op, *inputs, quant=quant, **attrs)

    def dequantized(self, value: Value) -> Value:
        """The real numbers that a value means, as float32."""
        if value.quant is not None:
            return self.add("dequantize", value)
        return value if value.dtype is DType.F32 else self.cast(value, DType.F32)

    def requantized(self, value: Value, quant: Quantization | None) -> Value:
        """The same real numbers in another quantization of the same type."""
        if quant is None or value.quant is None or value.quant.same(quant):
            return value
        return self.add("requantize", value, quant=quant, to=value.dtype)

    def cast(self, value: Value, to: DType) -> Value:
        return value if value.dtype is to else self.add("cast", value, to=to)

    def reshaped(self, value: Value, shape: Sequence[int], quant: Quantization | None = None) -> Value:
        """The same elements in another shape; ``quant`` where its axis moves."""
        shape = tuple(int(dim) for dim in shape)
        quant = quant or value.quant
        if value.data is not None:
            if value.size != int(np.prod(shape, dtype=np.int64)):
                raise ModelError(f"{self.op.where}: shape {value.shape} does not fit {shape}")
            return self.constant(value.data.reshape(shape), value.dtype, quant)
        return self.add("reshape", value, quant=quant, shape=shape)

    def activated(self, value: Value, kind: str = "") -> Value:
        """The value after the fused activation of the operator's options."""
        kind = kind or self.text("fused_activation_function")
        if kind == "NONE":
            return value
        if kind == "RELU":
            return self.add("relu", value, quant=value.quant)
        if kind in REAL_RANGE:
            low, high = REAL_RANGE[kind]
            return self.add("clip", value, quant=value.quant, lo=low, hi=high)
        if kind == "TANH":
            return self.add("tanh", value, quant=value.quant)
        refuse(f"fused activation {kind}")

    def layer(self, op: str, *inputs: Value | None, **attrs: Any) -> Value:
        """Add an operator that clamps what it stores: the fused activation becomes its range ``lo``..``hi``."""
        if inputs[0] is not None and inputs[0].quant is not None and self.out_quant() is None:
            raise ModelError(f"{self.op.where}: its operand is quantized, its result '{self.out().name}' is not")
        kind = self.text("fused_activation_function")
        low, high = REAL_RANGE.get(kind, (-math.inf, math.inf))
        value = self.add(op, *inputs, quant=self.out_quant(), lo=low, hi=high, **attrs)
        return value if kind in REAL_RANGE else self.activated(value, kind)

    def axis(self, axis: int, rank: int) -> int:
        """An axis counted from the front.

        Raises:
            ModelError: outside the rank.
        """
        if not -rank <= axis < rank:
            raise ModelError(f"{self.op.where}: axis {axis} is outside rank {rank}")
        return axis % rank


REAL_RANGE: Final = {"RELU": (0.0, math.inf), "RELU_N1_TO_1": (-1.0, 1.0), "RELU6": (0.0, 6.0)}
