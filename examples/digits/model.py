"""The spoken-digit network: one second of raw samples in, ten probabilities out, in plain operators only.

Front end. Frames of 256 samples every 128, Hann window, power spectrum, 32 mel bands, logarithm. A 256-point Fourier
transform as one convolution would need 65,000 constants, more than twice what the network itself has to learn. We split
it in two, as Cooley and Tukey do (1965), 256 = 16 * 16: with n = 16 a + b and k = p + 16 q,

    X[k] = sum_b exp(-2 pi i b q / 16)  *  sum_a window[n] x[n] exp(-2 pi i n p / 256)

The inner sum is a strided convolution with one group per b, which also does the framing, the window and the twiddle
factors: 8,192 constants. The outer sum is a product with a 32 x 16 matrix. Bins 0 to 127; the Nyquist bin is not used.

Network. A depthwise separable CNN (Zhang et al., "Hello Edge: Keyword Spotting on Microcontrollers", 2017).
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

RATE, LENGTH = 8000, 8000
FRAME, HOP, RADIX = 256, 128, 16
FRAMES = (LENGTH - FRAME) // HOP + 1  # 61
BINS = FRAME // 2  # 128
BANDS, LOWEST, HIGHEST = 32, 60.0, 3900.0  # mel bands and the frequencies in Hz between which they lie
DECIBELS = 45.0  # what is so far below the loudest band counts as silence
STEM, CHANNELS, BLOCKS = 32, 64, 5

Array = NDArray[np.float64]


def window() -> Array:
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)


def mel_weights() -> Array:
    """Triangles of equal width on the mel scale (O'Shaughnessy, 1987), shape (BINS, BANDS)."""
    mel = lambda hertz: 2595 * np.log10(1 + hertz / 700)  # noqa: E731
    edges = np.linspace(mel(LOWEST), mel(HIGHEST), BANDS + 2)
    bins = mel(np.arange(BINS) * RATE / FRAME)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(rising, falling))


def reference(samples: NDArray[np.float32]) -> Array:
    """What FrontEnd computes, by NumPy's own Fourier transform in float64: (8000,) -> (FRAMES, BANDS)."""
    frames = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64), FRAME)[::HOP]
    power = np.abs(np.fft.rfft(frames * window()))[:, :BINS] ** 2
    mel = power @ mel_weights()
    ratio = np.maximum(mel / max(mel.max(), 1e-12), 10 ** (-DECIBELS / 10))
    return 1 + 10 * np.log10(ratio) / DECIBELS


class FrontEnd(nn.Module):
    """Raw samples (N, 8000) -> levels of the mel bands (N, 1, FRAMES, BANDS), the same for loud and soft recordings."""

    def __init__(self) -> None:
        super().__init__()
        n = np.arange(FRAME).reshape(RADIX, RADIX).T  # [b, a]: sample 16 a + b
        angle = 2 * np.pi * n[:, None, :] * np.arange(RADIX)[:, None] / FRAME  # [b, p, a]
        inner = np.stack([np.cos(angle), -np.sin(angle)], axis=1) * window()[n][:, None, None, :]  # [b, re/im, p, a]
        turn = 2 * np.pi * np.arange(RADIX)[:, None] * np.arange(RADIX // 2) / RADIX  # [b, q]
        cos, sin = np.cos(turn), np.sin(turn)
        outer = np.stack([np.hstack([cos, -sin]), np.hstack([sin, cos])], axis=1)  # [b, re/im, (re/im, q)]
        # rows in the order in which the outer product leaves the spectrum: bin p + 16 q at [p, re/im, q]
        order = np.arange(RADIX)[:, None] + RADIX * np.arange(RADIX // 2)
        mel = np.repeat(mel_weights()[order][:, None], 2, axis=1)  # re^2 and im^2 weigh the same
        self.register_buffer("inner", torch.tensor(inner.reshape(-1, 1, RADIX), dtype=torch.float32))
        self.register_buffer("outer", torch.tensor(outer.reshape(2 * RADIX, RADIX), dtype=torch.float32))
        self.register_buffer("mel", torch.tensor(mel.reshape(-1, BANDS), dtype=torch.float32))

    def power(self, samples: Tensor) -> Tensor:
        """Power in each mel band, (N, 8000) -> (N, FRAMES, BANDS)."""
        rows = samples.reshape(-1, LENGTH // RADIX, RADIX).transpose(1, 2)  # channel b holds the samples 16 a + b
        split = nn.functional.conv1d(rows, self.inner, stride=HOP // RADIX, groups=RADIX)
        split = split.reshape(-1, RADIX * 2, RADIX, FRAMES).permute(0, 3, 2, 1)  # [frame, p, (b, re/im)]
        spectrum = (split @ self.outer).reshape(-1, FRAMES, 2 * BINS)
        return (spectrum * spectrum) @ self.mel

    def level(self, power: Tensor) -> Tensor:
        """Loudness of each band on a scale from silence, 0, to the loudest band of all, 1: gain cancels."""
        loudest = torch.amax(power, dim=(1, 2), keepdim=True).clamp_min(1e-12)
        ratio = torch.clamp_min(power / loudest, 10 ** (-DECIBELS / 10))
        return (1 + torch.log(ratio) * (10 / math.log(10) / DECIBELS)).unsqueeze(1)

    def forward(self, samples: Tensor) -> Tensor:
        return self.level(self.power(samples))


class Convolution(nn.Sequential):
    """Convolution, batch normalisation and ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: tuple[int, int], stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        padding = (kernel[0] // 2, (kernel[1] - 1) // 2)
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU()


class Block(nn.Sequential):
    """A depthwise 3 x 3 and a pointwise convolution."""

    def __init__(self, inputs: int, stride: int) -> None:
        super().__init__()
        self.depthwise = Convolution(inputs, inputs, (3, 3), stride, groups=inputs)
        self.pointwise = Convolution(inputs, CHANNELS, (1, 1))


class Network(nn.Module):
    """Levels (N, 1, FRAMES, BANDS) -> logits (N, 10). About 24,000 weights."""

    def __init__(self, dropout: float = 0.2) -> None:
        super().__init__()
        self.stem = Convolution(1, STEM, (10, 4), stride=2)
        for index in range(BLOCKS):
            self.add_module(f"block{index}", Block(CHANNELS if index else STEM, stride=1 if index else 2))
        self.dropout = nn.Dropout(dropout)
        self.classify = nn.Linear(CHANNELS, 10)

    def forward(self, level: Tensor) -> Tensor:
        maps = self.stem(level)
        for index in range(BLOCKS):
            maps = self.get_submodule(f"block{index}")(maps)
        return self.classify(self.dropout(maps.mean(dim=(2, 3))))


class Recogniser(nn.Module):
    """The whole of it: raw samples (N, 8000) -> probabilities of "zero" to "nine" (N, 10)."""

    def __init__(self, front: FrontEnd, network: Network) -> None:
        super().__init__()
        self.front = front
        self.network = network

    def forward(self, samples: Tensor) -> Tensor:
        return torch.softmax(self.network(self.front(samples)), dim=1)
