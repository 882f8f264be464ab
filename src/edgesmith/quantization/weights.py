"""Weights of layers as integers: which scale, and which integer for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgesmith.errors import ModelError
from edgesmith.ir import Node
from edgesmith.ops.quantized import dequantize_array, quantize_array
from edgesmith.types import DType, Quantization

# The output channels' axis of a layer's weights, and the axis of the input channels that each of them reads.
OUT_AXIS = {"conv2d": 0, "depthwise_conv2d": 2, "fully_connected": 0, "transpose_conv2d": 0}


@dataclass(frozen=True, slots=True)
class Rounded:
    """A layer's weights as int8, never the most negative number, and what they mean."""

    whole: NDArray[np.int8]
    quant: Quantization

    @property
    def real(self) -> np.ndarray:
        """The float32 weights that the integers stand for."""
        return dequantize_array(self.whole, self.quant)


def is_layer(node: Node) -> bool:
    """Whether a node multiplies float32 by constant weights that integer kernels take."""
    bias = node.optional(2)
    return node.op in OUT_AXIS and node.input(1).is_constant and (bias is None or bias.is_constant)


def array_of(node: Node) -> np.ndarray:
    """The weights of a layer.

    Raises:
        ModelError: some are not finite.
    """
    data = node.input(1).data
    assert data is not None
    if not np.isfinite(data).all():
        raise ModelError(f"{node.op} '{node.label}': some weights are not finite")
    return data


def channelwise(node: Node, numbers: np.ndarray) -> np.ndarray:
    """One number an output channel, shaped so that it broadcasts over the weights."""
    shape = [1] * node.input(1).rank
    shape[OUT_AXIS[node.op]] = numbers.size
    return numbers.reshape(shape)


def scale_of(node: Node, per_channel: bool = True, levels: int = 127) -> NDArray[np.float64]:
    """The step of each output channel, symmetric around zero; that of the others for a channel of zeros."""
    data, axis = np.abs(array_of(node)), OUT_AXIS[node.op]
    most = data.max(axis=tuple(place for place in range(data.ndim) if place != axis), initial=0).astype(np.float64)
    scale = (most if per_channel else np.full_like(most, most.max(initial=0))) / levels
    usual = float(np.median(scale[scale > 0])) if (scale > 0).any() else 1 / levels
    return np.where(scale > np.finfo(np.float32).tiny, scale, usual)


def nearest(node: Node, scale: NDArray[np.float64], levels: int = 127) -> Rounded:
    """Every weight as the nearest integer."""
    quant = Quantization.make(scale, 0, OUT_AXIS[node.op])
    whole = np.clip(quantize_array(array_of(node), quant, DType.I8), -levels, levels)
    return Rounded(whole.astype(np.int8), quant)
