"""Operators that are missing here, run by ONNX Runtime on a host: off by default, partitioned, never silent.

``edgesmith.load("model.onnx", compat=True)`` and ``edgesmith run --compat``.
"""

from edgesmith.compat.model import CompatModel, open_compat

__all__ = ["CompatModel", "open_compat"]
