"""Weights that share one scale among channels of different size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edgesmith.doctor.case import Case, Finding
from edgesmith.ops.quantized import dequantize_array, quantize_array
from edgesmith.quantization.weights import OUT_AXIS
from edgesmith.types import DType, Quantization
from edgesmith.verify.layout import arrange
from edgesmith.verify.outputs import decibels

APART = 8.0
COARSE, FEW = 4.0, 0.1  # a channel of fewer steps has lost its digits; that share of channels is worth a word


def per_tensor_weights(case: Case) -> Iterator[Finding]:
    """Convolutions whose channels differ by three bits or more and share one scale."""
    mates = {row.other: row.value for row in case.found.rows} if case.found is not None else {}
    for layer in case.layers:
        node = case.node(layer)
        if node is None or node.op not in OUT_AXIS or len(node.inputs) < 2:
            continue
        weights = node.input(1)
        if weights.data is None or weights.quant is None or np.ptp(weights.quant.scale):  # or the same for all
            continue
        axis = OUT_AXIS[node.op]
        whole, floats = (
            dequantize_array(weights.data, weights.quant),
            _source_weights(case, mates.get(layer.value), weights.shape),
        )
        reach = _reach(whole if floats is None else floats, axis)  # in integers the least channels may be all zeros
        if not (reach > 0).any():
            continue
        coarse = np.mean(reach[reach > 0] < COARSE * weights.quant.scale[0]) if floats is not None else 0
        if reach.max() < APART * np.median(reach[reach > 0]) and coarse < FEW:
            continue
        before = after = None
        if floats is not None:
            before, after = _worst(floats, whole, axis), _worst(floats, per_channel(floats, axis), axis)
        depthwise = "depthwise " if node.op == "depthwise_conv2d" else ""
        yield Finding(
            "per-tensor weights", layer.label, "bad" if depthwise else "warning",
            f"its {depthwise}channels reach from {reach[reach > 0].min():.3g} to {reach.max():.3g} and share one "
            f"scale: half of them use less than {255 * np.median(reach[reach > 0]) / reach.max():.0f} of 255 steps",
            "quantize the float model with one scale a channel, or equalize the channels first"
            + ("" if floats is not None else "; the small channels' digits are gone from this file for good"),
            before, after, "dB in the median channel",
        )  # fmt: skip


def per_channel(weights: np.ndarray, axis: int) -> np.ndarray:
    """Weights rounded with one scale a channel."""
    scale = np.maximum(_reach(weights, axis), 1e-30) / 127
    quant = Quantization.make(scale, 0, axis)
    return dequantize_array(quantize_array(weights.astype(np.float32), quant, DType.I8), quant)


def _reach(weights: np.ndarray, axis: int) -> np.ndarray:
    rows = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    return np.asarray(np.abs(rows).max(1), np.float64)


def _worst(wanted: np.ndarray, found: np.ndarray, axis: int) -> float:
    """dB of the median channel."""
    a, b = (np.moveaxis(x, axis, 0).reshape(x.shape[axis], -1).astype(np.float64) for x in (wanted, found))
    power, noise = (a * a).sum(1), ((a - b) ** 2).sum(1)
    return float(np.median([decibels(p, n) for p, n in zip(power, noise, strict=True) if p > 0 and n > 0] or [200.0]))


def _source_weights(case: Case, value: str | None, shape: tuple[int, ...]) -> np.ndarray | None:
    if case.source is None or not case.source_given or value is None:
        return None
    node = case.source.subject.nodes.get(value)
    weights = node.inputs[1] if node is not None and len(node.inputs) > 1 else None
    if weights is None or weights.data is None or weights.data.dtype.kind != "f" or weights.size != int(np.prod(shape)):
        return None
    return arrange(weights.data, shape)
