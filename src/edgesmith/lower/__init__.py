"""Graph to program: kernels chosen by the operators, constants gathered, the arena planned.

May import: ops, ir, program, types, errors, flags.
"""

from edgesmith.lower.lowering import lower

__all__ = ["lower"]
