"""Integer constants of which each element keeps its own scale, while what moves them leaves the scales no axis.

Weights of transposed convolutions in groups come so in ONNX files: their channels are an axis only after a reshape, a
transpose and another reshape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from edgesmith.types import Quantization


@dataclass(frozen=True, slots=True)
class Scattered:
    """Integers, with scales and zero points of the same shape."""

    data: np.ndarray
    scale: np.ndarray
    zero: np.ndarray

    @classmethod
    def of(cls, data: np.ndarray, quant: Quantization) -> Scattered:
        """A constant with a scale for each index of an axis."""
        spread = [-1 if axis == quant.axis else 1 for axis in range(data.ndim)]
        scale, zero = (np.broadcast_to(part.reshape(spread), data.shape) for part in (quant.scale, quant.zero_point))
        return cls(data, scale, zero)

    def moved(self, op: str, attrs: dict[str, Any]) -> Scattered:
        """After a ``transpose`` or ``reshape``."""

        def move(part: np.ndarray) -> np.ndarray:
            return np.ascontiguousarray(
                part.transpose(attrs["perm"]) if op == "transpose" else part.reshape(attrs["shape"])
            )

        return Scattered(move(self.data), move(self.scale), move(self.zero))

    def quant(self) -> Quantization | None:
        """The quantization along one axis, where there is such an axis."""
        for axis in range(self.data.ndim):
            scale, zero = (
                np.moveaxis(part, axis, 0).reshape(self.data.shape[axis], -1) for part in (self.scale, self.zero)
            )
            if (scale == scale[:, :1]).all() and (zero == zero[:, :1]).all():
                return Quantization.make(scale[:, 0], zero[:, 0], axis)
        return None

    def real(self) -> np.ndarray:
        """The numbers that the integers mean."""
        return np.asarray(self.scale * (self.data.astype(np.float32) - self.zero), np.float32)
