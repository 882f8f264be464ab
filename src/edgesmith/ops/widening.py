"""Which type stands in for one that has no kernels, and what a node means in spite of it.

Half floats are computed in float32 and rounded once; narrow integers in wider ones, wrapping when cast back. The pass
``widen_types`` puts the casts into the graph; ``evaluate`` gives the NumPy meaning of the same computation.
"""

from __future__ import annotations

import numpy as np

from edgesmith.ir import Node, Value
from edgesmith.ops.contract import Arrays, Operator, get
from edgesmith.ops.conversion import convert
from edgesmith.types import DType

WIDER: dict[DType, tuple[DType, ...]] = {
    DType.F16: (DType.F32, DType.F64),
    DType.BF16: (DType.F32, DType.F64),
    DType.F32: (DType.F64,),
    DType.I8: (DType.I16, DType.I32, DType.I64),
    DType.I16: (DType.I32, DType.I64),
    DType.I32: (DType.I64,),
    DType.U8: (DType.U16, DType.I16, DType.I32, DType.I64, DType.U64),
    DType.U16: (DType.I32, DType.I64, DType.U64),
    DType.U32: (DType.I64, DType.U64),
    DType.BOOL: (DType.U8, DType.I32),
}


def wider_types(op: Operator, node: Node) -> dict[DType, DType | None]:
    """Input types of a node without kernels -> the type to compute in, or None where there is none."""
    kinds = {value.dtype for value in node.inputs if value is not None} if op.widens else set()
    return {kind: next((w for w in WIDER.get(kind, ()) if w in op.native), None) for kind in kinds - op.native}


def evaluate(node: Node, arrays: Arrays) -> list[np.ndarray]:
    """The node's NumPy meaning in its own types; bf16 goes in and out as its bits."""
    op = get(node.op)
    wide = {kind: target for kind, target in wider_types(op, node).items() if target is not None}
    if not wide:
        return op.compute(node, arrays)

    def twin(value: Value | None) -> Value | None:
        if value is None or value.dtype not in wide:
            return value
        return Value(value.name, value.shape, wide[value.dtype], value.quant)

    stand_in = Node(node.op, [twin(value) for value in node.inputs], [], node.attrs, node.source, node.path)
    stand_in.outputs = [value for value in map(twin, node.outputs) if value is not None]
    operands = [
        array if array is None or value is None else convert(array, value.dtype, wide.get(value.dtype, value.dtype))
        for value, array in zip(node.inputs, arrays, strict=True)
    ]
    results = op.compute(stand_in, operands)
    return [
        convert(array, wide.get(value.dtype, value.dtype), value.dtype)
        for value, array in zip(node.outputs, results, strict=True)
    ]
