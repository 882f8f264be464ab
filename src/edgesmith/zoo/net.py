"""The words that architectures are written in: convolutions with random weights, activations, pools, residuals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from edgesmith.errors import UsageError
from edgesmith.ir import Graph, Value
from edgesmith.ops import Builder
from edgesmith.types import DType

RANGES = {"": (-math.inf, math.inf), "relu": (0.0, math.inf), "relu6": (0.0, 6.0)}
Side = int | tuple[int, int]


def same(size: int, kernel: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """Padding so that an axis has ceil(size / stride) places, the odd one after: TensorFlow's rule."""
    total = max((-(-size // stride) - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def divisible(channels: float, by: int = 8) -> int:
    """Channels rounded to a multiple of eight, never by more than a tenth down (Sandler et al., 2018, footnote)."""
    rounded = max(by, int(channels + by / 2) // by * by)
    return rounded if rounded >= 0.9 * channels else rounded + by


class Net:
    """A graph that grows. Weights are normal with He's variance (He et al., 2015), so that activations keep theirs.

    Values are NHWC float32. ``act`` is "", "relu" or "relu6", which layers clamp by themselves, or another operator's
    name, such as "hard_swish". ``padding`` is "same" or "valid".
    """

    def __init__(self, name: str, seed: int) -> None:
        self.b = Builder(name)
        self.random = np.random.default_rng(seed)

    def input(self, *shape: int, name: str = "input", dtype: DType = DType.F32) -> Value:
        if min(shape) < 1:
            raise UsageError(f"'{self.b.graph.name}' cannot take an input of shape {shape}")
        return self.b.input(name, shape, dtype)

    def done(self, **outputs: Value) -> Graph:
        for name, value in outputs.items():
            self.b.output(value, name)
        return self.b.graph

    def normal(self, shape: Sequence[int], scale: float) -> Value:
        """A constant of normal numbers with that standard deviation."""
        return self.b.constant(self.random.standard_normal(tuple(shape), np.float32) * np.float32(scale))

    # -- layers -------------------------------------------------------------------------------------------------

    def conv(
        self, x: Value, channels: int, kernel: Side = 1, stride: int = 1, act: str = "relu", *, padding: str = "same",
        dilation: int = 1, gain: float = 1.0,
    ) -> Value:  # fmt: skip
        """A convolution with bias; ``gain`` scales its weights."""
        kh, kw = (kernel, kernel) if isinstance(kernel, int) else kernel
        fan = kh * kw * x.shape[3]
        w = self.normal((channels, kh, kw, x.shape[3]), gain * self._he(fan, act))
        window = self._window(x, (kh, kw), stride, padding, dilation)
        return self._layer("conv2d", x, w, channels, act, **window)

    def depthwise(
        self, x: Value, kernel: Side = 3, stride: int = 1, act: str = "relu", *, padding: str = "same",
        dilation: int = 1, multiplier: int = 1,
    ) -> Value:  # fmt: skip
        kh, kw = (kernel, kernel) if isinstance(kernel, int) else kernel
        channels = x.shape[3] * multiplier
        w = self.normal((kh, kw, channels), self._he(kh * kw, act))
        return self._layer(
            "depthwise_conv2d", x, w, channels, act, **self._window(x, (kh, kw), stride, padding, dilation)
        )

    def dense(self, x: Value, channels: int, act: str = "", *, gain: float = 1.0) -> Value:
        w = self.normal((channels, x.shape[-1]), gain * self._he(x.shape[-1], act))
        return self._layer("fully_connected", x, w, channels, act)

    def act(self, x: Value, act: str) -> Value:
        if act in ("relu", "relu6"):
            return self.b.add("relu", x) if act == "relu" else self.b.add("clip", x, lo=0.0, hi=6.0)
        if act == "hard_sigmoid":
            return self.b.add(act, x, alpha=1 / 6, beta=0.5)
        return self.b.add(act, x) if act else x

    def add(self, x: Value, y: Value, act: str = "") -> Value:
        return self.act(self.b.add("add", x, y), act)

    def concat(self, *parts: Value) -> Value:
        return self.b.add("concat", *parts, axis=-1)

    def max_pool(self, x: Value, kernel: int, stride: int, padding: str = "same") -> Value:
        return self._pool("max_pool2d", x, kernel, stride, padding)

    def avg_pool(self, x: Value, kernel: int, stride: int, padding: str = "same") -> Value:
        """The mean of what lies inside the image."""
        return self._pool("avg_pool2d", x, kernel, stride, padding)

    def mean(self, x: Value, keep: bool = False) -> Value:
        """The mean over rows and columns: (N, C), or (N, 1, 1, C)."""
        return self.b.add("reduce_mean", x, axes=(1, 2), keepdims=keep)

    def reshape(self, x: Value, *shape: int) -> Value:
        return self.b.add("reshape", x, shape=shape)

    def softmax(self, x: Value) -> Value:
        return self.b.add("softmax", x, axis=-1)

    # -- inside -------------------------------------------------------------------------------------------------

    @staticmethod
    def _he(fan: int, act: str) -> float:
        return math.sqrt((2.0 if act else 1.0) / fan)

    def _window(
        self, x: Value, kernel: tuple[int, int], stride: int, padding: str, dilation: int = 1
    ) -> dict[str, Any]:
        pads = ((0, 0), (0, 0))
        if padding == "same":
            pads = (same(x.shape[1], kernel[0], stride, dilation), same(x.shape[2], kernel[1], stride, dilation))
        return {"strides": (stride, stride), "dilations": (dilation, dilation), "padding": pads}

    def _pool(self, op: str, x: Value, kernel: int, stride: int, padding: str) -> Value:
        return self.b.add(op, x, kernel=(kernel, kernel), **self._window(x, (kernel, kernel), stride, padding))

    def _layer(self, op: str, x: Value, w: Value, channels: int, act: str, **attrs: Any) -> Value:
        lo, hi = RANGES.get(act, RANGES[""])
        y = self.b.add(op, x, w, self.normal((channels,), 0.1), lo=lo, hi=hi, **attrs)
        return y if act in RANGES else self.act(y, act)
