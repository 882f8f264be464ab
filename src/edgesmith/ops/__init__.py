"""The operators: one file each, with types, NumPy meaning, kernels, lowering and test cases; ``interpret`` runs graphs.

May import: ir, program, types, errors, flags.
"""

from edgesmith.ops.builder import Builder
from edgesmith.ops.contract import (
    REGISTRY,
    Arg,
    Bound,
    Case,
    Operator,
    Ref,
    TensorType,
    get,
    load_all,
    operator,
    register,
)
from edgesmith.ops.interpret import interpret

__all__ = [
    "REGISTRY",
    "Arg",
    "Bound",
    "Builder",
    "Case",
    "Operator",
    "Ref",
    "TensorType",
    "get",
    "interpret",
    "load_all",
    "operator",
    "register",
]
