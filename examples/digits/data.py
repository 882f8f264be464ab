"""Recordings as mel-band powers, computed once, and the distortions that stand in for voices and rooms never heard.

The front end is fixed, so training starts from its powers. Every distortion acts on them: a warp of both axes is
another tempo and another vocal tract, a sum is noise, a smear along time is a room, a curve along frequency is a
microphone.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from model import BANDS, FRAMES, FrontEnd
from synthesise import training_clips
from torch import Tensor

from edgesmith.demo.audio import RATE, Samples, fit, read_wav, resample

SPEEDS = (0.85, 1.0, 1.15, 1.3)  # each recording is also kept slower or faster, which moves its pitch
UNCHANGED = SPEEDS.index(1.0)
SYNTHETIC = "synthetic"


@dataclass(frozen=True, slots=True)
class Recordings:
    """``power`` (N, len(SPEEDS), FRAMES, BANDS), ``digit`` (N,), and for each recording who speaks and the take."""

    power: Tensor
    digit: Tensor
    speaker: np.ndarray
    take: np.ndarray

    def where(self, mask: np.ndarray) -> Recordings:
        index = torch.from_numpy(np.flatnonzero(mask))
        return Recordings(self.power[index], self.digit[index], self.speaker[mask], self.take[mask])


def gather(folder: Path, voices: int, front: FrontEnd) -> Recordings:
    """All recordings ``{digit}_{speaker}_{take}.wav`` of a folder, and the ten digits in synthetic ``voices``."""
    clips: list[tuple[Samples, int, str, int]] = []
    for path in sorted(folder.glob("*_*_*.wav")):
        digit, speaker, take = path.stem.split("_")
        clips.append((resample(*read_wav(path), RATE), int(digit), speaker, int(take)))
    clips += [(samples, digit, SYNTHETIC, index) for index, (samples, digit) in enumerate(training_clips(voices))]
    powers = []
    with torch.no_grad():
        for samples, *_ in clips:
            waves = [fit(resample(samples, round(RATE * speed), RATE)) for speed in SPEEDS]
            powers.append(front.power(torch.from_numpy(np.stack(waves))))
    digits = torch.tensor([clip[1] for clip in clips])
    return Recordings(
        torch.stack(powers), digits, np.array([clip[2] for clip in clips]), np.array([clip[3] for clip in clips])
    )


def distort(power: Tensor, front: FrontEnd) -> Tensor:
    """Random distortions of powers (N, FRAMES, BANDS), as levels (N, 1, FRAMES, BANDS)."""
    count = power.shape[0]
    uniform = lambda low, high, *shape: torch.rand(count, *shape) * (high - low) + low  # noqa: E731
    power = power / torch.amax(power, dim=(1, 2), keepdim=True).clamp_min(1e-12)
    power = _warp(power, tempo=uniform(0.75, 1.3), shift=uniform(-0.3, 0.3), tract=uniform(0.85, 1.18))
    power = _room(power, uniform(0.0, 0.5, 1, 1))
    bands = torch.linspace(-1, 1, BANDS)
    tilt, bow, wave = uniform(-1.5, 1.5, 1, 1), uniform(-1, 1, 1, 1), uniform(-0.5, 0.5, 1, 1)
    power = power * torch.exp(tilt * bands + bow * bands**2 + wave * torch.sin(4 * bands + uniform(0, 6.3, 1, 1)))
    # noise from -70 to -20 dB of the loudest band, with a slope of its own and the flutter of real noise
    flutter = -torch.log(torch.rand(count, FRAMES, BANDS).clamp_min(1e-6))
    noise = 10 ** uniform(-7.0, -2.0, 1, 1) * torch.exp(uniform(-2, 0.5, 1, 1) * bands)
    power = power / torch.amax(power, dim=(1, 2), keepdim=True) + noise * flutter
    return _mask(front.level(power))


def _warp(power: Tensor, tempo: Tensor, shift: Tensor, tract: Tensor) -> Tensor:
    """Stretch and move along time, and scale along frequency, in the logarithm."""
    zero = torch.zeros_like(tempo)
    affine = torch.stack([torch.stack([tract, zero, tract - 1], 1), torch.stack([zero, tempo, shift], 1)], 1)
    grid = torch.nn.functional.affine_grid(affine, [power.shape[0], 1, FRAMES, BANDS], align_corners=False)
    level = torch.log(power + 1e-6)[:, None]
    moved = torch.nn.functional.grid_sample(level, grid, padding_mode="border", align_corners=False)
    return torch.exp(moved[:, 0])


def _room(power: Tensor, decay: Tensor) -> Tensor:
    """Each frame keeps sounding in those after it, weaker by ``decay``; half of the recordings stay dry."""
    decay = decay * (torch.rand_like(decay) < 0.5)
    wet = power
    for _ in range(3):
        wet = power + decay * torch.nn.functional.pad(wet, (0, 0, 1, 0))[:, :FRAMES]
    return wet


def _mask(level: Tensor) -> Tensor:
    """Hide one stretch of time and one of frequency (SpecAugment, Park et al., 2019)."""
    for axis, size, widest in ((2, FRAMES, 8), (3, BANDS, 6)):
        start = torch.rand(level.shape[0], 1, 1, 1) * size
        width = torch.rand(level.shape[0], 1, 1, 1) * widest
        place = torch.arange(size).reshape([-1 if axis == dim else 1 for dim in range(4)])
        level = torch.where((place >= start) & (place < start + width), torch.zeros(()), level)
    return level
