"""What sensors give the four networks of MLPerf Tiny: real sound and real pictures, prepared as in training.

Spectra follow the benchmark's rules (C. Banbury et al., "MLPerf Tiny Benchmark", 2021) and its reference code.
"""

from __future__ import annotations

import io
import tarfile
import wave
from pathlib import Path

import numpy as np
from PIL import Image

from edgesmith.types import Quantization


def inputs(name: str, shared: Path, quant: Quantization) -> list[list[np.ndarray]]:
    """Runs for a network: int8 inputs, one array each."""
    made = {"kws": words, "vww": photographs, "ic": small_pictures, "ad": machines}[name](shared)
    if name in ("vww", "ic"):
        return [[(pixels.astype(np.int16) - 128).astype(np.int8)[None]] for pixels in made]
    return [[np.clip(np.rint(real / quant.scale0) + quant.zero0, -128, 127).astype(np.int8)[None]] for real in made]


def words(shared: Path) -> list[np.ndarray]:
    """Coefficients (49, 10, 1) of a second of speech: frames of 30 ms every 20, 40 bands up to 4 kHz."""
    found = []
    for path in sorted((shared / "audio/speech").glob("*.wav"))[:4]:
        samples = np.zeros(16000)
        sound = recording(path)[:16000]
        samples[: len(sound)] = sound
        bands = spectrum(samples, 480, 320, 512) @ bank(40, 512, 20, 4000)
        turn = np.cos(np.pi / 40 * np.outer(np.arange(40) + 0.5, np.arange(10))) * np.sqrt(2 / 40)
        turn[:, 0] /= np.sqrt(2)
        found.append((np.log(bands + 1e-6) @ turn)[..., None])
    return found


def machines(shared: Path) -> list[np.ndarray]:
    """Levels (640,) in decibels of five frames of 64 ms, 128 bands each."""
    samples = np.concatenate([recording(path) for path in sorted((shared / "audio/speech").glob("*.wav"))[:2]])
    power = spectrum(samples, 1024, 512, 1024) ** 2 @ bank(128, 1024, 0, 8000)
    levels = 10 * np.log10(np.maximum(power, 1e-10))
    return [levels[first : first + 5].reshape(640) for first in (0, 7, 20, 40)]


def photographs(shared: Path) -> list[np.ndarray]:
    """Pixels (96, 96, 3)."""
    paths = sorted((shared / "images/imagenet").glob("*.*"))
    pictures = [path for path in paths if path.suffix.lower() in (".jpg", ".jpeg", ".png")][:3]
    return [np.asarray(Image.open(path).convert("RGB").resize((96, 96)), np.uint8) for path in pictures]


def small_pictures(shared: Path) -> list[np.ndarray]:
    """Pixels (32, 32, 3), a picture of each of the first classes."""
    found: dict[str, np.ndarray] = {}
    with tarfile.open(shared / "vision/cifar10_jpeg.tar") as tar:
        for member in tar:
            parts = Path(member.name).parts
            if member.isfile() and parts[-2] not in found and (file := tar.extractfile(member)):
                found[parts[-2]] = np.asarray(Image.open(io.BytesIO(file.read())).convert("RGB"), np.uint8)
                if len(found) == 4:
                    break
    return list(found.values())


def recording(path: Path) -> np.ndarray:
    """Samples in [-1, 1]."""
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16000, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64) / 32768


def spectrum(samples: np.ndarray, length: int, step: int, size: int) -> np.ndarray:
    """Magnitudes (frames, size / 2 + 1)."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, length)[::step]
    return np.abs(np.fft.rfft(frames * np.hanning(length + 1)[:-1], size))


def bank(bands: int, size: int, low: float, high: float) -> np.ndarray:
    """Triangles (size / 2 + 1, bands) that are evenly spaced in mel, at 16 kHz."""
    ends = 2595 * np.log10(1 + np.array([low, high]) / 700)
    edges = 700 * (10 ** (np.linspace(*ends, bands + 2) / 2595) - 1)
    at = np.arange(size // 2 + 1)[:, None] * 16000 / size
    rising = (at - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - at) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(rising, falling))
