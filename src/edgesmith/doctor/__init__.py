"""The known killers of quantized models, found by measuring, with what their cure would gain.

``edgesmith.examine(model, samples)`` and ``edgesmith doctor MODEL --data photos/``.
"""

from edgesmith.doctor.case import Finding
from edgesmith.doctor.diagnose import Diagnosis, examine

__all__ = ["Diagnosis", "Finding", "examine"]
