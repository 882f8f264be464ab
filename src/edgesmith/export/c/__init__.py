"""A program as plain C for a microcontroller: the kernels it uses, its constants, its arena and its calls.

``docs/decisions/0020-exported-c.md`` says how the parts fit together. May import: program, types, errors.
"""

from edgesmith.export.c.package import Exported, export_c
from edgesmith.export.c.target import TARGETS, Target

__all__ = ["TARGETS", "Exported", "Target", "export_c"]
