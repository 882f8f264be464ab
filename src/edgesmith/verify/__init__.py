"""Holds the C runtime to the NumPy meaning, operator by operator, and two models to each other."""

from edgesmith.verify.layers import Comparison
from edgesmith.verify.models import compare
from edgesmith.verify.operators import OperatorCheck, VerifyReport, check_operators, check_source
from edgesmith.verify.outputs import OutputComparison, agreement, compare_outputs, random_array, random_inputs

__all__ = [
    "Comparison",
    "OperatorCheck",
    "OutputComparison",
    "VerifyReport",
    "agreement",
    "check_operators",
    "check_source",
    "compare",
    "compare_outputs",
    "random_array",
    "random_inputs",
]
