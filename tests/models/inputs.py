"""Real input for every model of ../shared: photographs, and spectra of recorded speech, in each model's own form."""

from __future__ import annotations

import pathlib
import wave
from collections.abc import Iterator
from functools import cache

import numpy as np
from PIL import Image

from edgesmith.model import TensorSpec
from edgesmith.types import DType

# Models that take ImageNet's normalization instead of bytes or [-1, 1].
_MEAN, _STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


@cache
def photographs(shared: pathlib.Path) -> list[tuple[pathlib.Path, int]]:
    """The 250 photographs with their ImageNet class (0..999)."""
    rows = (shared / "images/imagenet/labels.csv").read_text().splitlines()[1:]
    return [(shared / "images/imagenet" / row.split(",")[0], int(row.split(",")[1])) for row in rows]


def picture(path: pathlib.Path, height: int, width: int, channels: int = 3) -> np.ndarray:
    """Bytes (1, height, width, channels): the middle square, scaled."""
    image = Image.open(path).convert("RGB" if channels == 3 else "L")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    image = image.crop((left, top, left + side, top + side)).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(image, np.uint8).reshape(1, height, width, channels)


def fit(pixels: np.ndarray, spec: TensorSpec) -> np.ndarray:
    """A picture's bytes as an input: bytes as they are, shifted for int8 of full range, [0, 1] for floats."""
    if spec.dtype is DType.U8:
        return pixels
    assert spec.shape is not None
    if spec.shape[1] == 3 and spec.quant is not None:  # channels first
        real = ((pixels / 255.0 - _MEAN) / _STD).transpose(0, 3, 1, 2)
        return np.clip(np.rint(real / spec.quant.scale0) + spec.quant.zero0, -128, 127).astype(np.int8)
    if spec.dtype is DType.I8:
        return (pixels.astype(np.int16) - 128).astype(np.int8)
    return (pixels / np.float32(255)).astype(np.float32)


def speech(path: pathlib.Path) -> np.ndarray:
    """Samples in [-1, 1]."""
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768


def spectrum(samples: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Logarithm of the energy in ``columns`` bands over ``rows`` moments, scaled to [0, 1]."""
    length = 256
    padded = np.pad(samples, (0, max(0, length + rows - len(samples))))
    starts = np.linspace(0, len(padded) - length, rows).astype(int)
    frames = np.stack([padded[start : start + length] for start in starts]) * np.hanning(length)
    energy = np.log10(np.abs(np.fft.rfft(frames, 2 * columns)[:, :columns]) + 1e-4)
    return np.asarray((energy - energy.min()) / max(float(np.ptp(energy)), 1e-6), np.float32)


def spread(unit: np.ndarray, spec: TensorSpec) -> np.ndarray:
    """Numbers in [0, 1] over the range that an input's type holds."""
    if spec.dtype.is_float:
        return unit.astype(np.float32)
    info = np.iinfo(spec.dtype.numpy)
    return np.rint(info.min + unit.astype(np.float64) * (float(info.max) - info.min)).astype(spec.dtype.numpy)


def real_inputs(name: str, specs: list[TensorSpec], shared: pathlib.Path, count: int) -> Iterator[list[np.ndarray]]:
    """``count`` sets of arrays for a model: pictures for what takes pictures, spectra for the rest."""
    photos = [path for path, _ in photographs(shared)][:: max(1, 250 // count)]
    speakers = sorted((shared / "audio/digits").glob("*_1.wav"))[:: max(1, 50 // count)]
    for number in range(count):
        arrays = []
        for spec in specs:
            assert spec.shape is not None
            shape = tuple(dim if isinstance(dim, int) else 1 for dim in spec.shape)
            if (len(shape) == 4 and 3 in (shape[1], shape[3])) or name.startswith(("person", "split")):
                height, width = shape[2:] if shape[1] == 3 else shape[1:3]
                pixels = picture(photos[number % len(photos)], height, width, 1 if shape[3] == 1 else 3)
                arrays.append(fit(pixels[..., : shape[3]] if shape[1] != 3 else pixels, spec))
            elif shape[-2:] == (28, 28):
                arrays.append(spread(picture(photos[number % len(photos)], 28, 28, 1).reshape(shape) / 255, spec))
            else:
                size = int(np.prod(shape))
                columns = {1960: 40, 490: 10, 1200: 40, 640: 128}.get(size, size)
                samples = speech(speakers[number % len(speakers)])
                arrays.append(spread(spectrum(samples, size // columns, columns).reshape(shape), spec))
        yield arrays
