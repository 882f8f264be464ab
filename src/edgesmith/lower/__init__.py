"""Graph to program: kernels chosen by the operators, constants gathered, the arena planned.

May import: ops, ir, program, types, errors, flags.
"""

from edgesmith.lower.lowering import lower
from edgesmith.lower.schedule import fit

__all__ = ["fit", "lower"]
