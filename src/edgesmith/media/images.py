"""Pictures as model inputs. Decoding is Pillow's (extra ``[vision]``)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgesmith.errors import MissingExtraError, ModelError, UsageError
from edgesmith.types import DType, Quantization

SUFFIXES = frozenset({".bmp", ".jpg", ".jpeg", ".png", ".gif", ".webp", ".ppm", ".pgm", ".tif", ".tiff"})
MAX_PIXELS = 100_000_000
PLAIN: tuple[tuple[float], tuple[float]] = ((0.0,), (255.0,))  # mean and deviation where none are known


@dataclass(frozen=True, slots=True)
class Pixels:
    """What a float input takes of a pixel: ``(pixel - mean) / std``, perhaps in the order blue, green, red.

    Mean and deviation are one number or one a channel, in the order of the input's channels.
    """

    mean: Sequence[float] = PLAIN[0]
    std: Sequence[float] = PLAIN[1]
    bgr: bool = False
    unsaid: str = ""  # what somebody who gives pictures ought to know, where mean and deviation are guesses


def read_image(path: str | os.PathLike[str]) -> np.ndarray:
    """A picture as uint8 [height, width, 3], upright as its EXIF says.

    Raises:
        FileNotFoundError: no such file.
        MissingExtraError: Pillow is not installed.
        ModelError: not a picture, damaged, or above 100 million pixels.
    """
    try:
        from PIL import Image, ImageOps, UnidentifiedImageError
    except ImportError:
        raise MissingExtraError(f"reading {Path(path).name}", "vision") from None
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        with Image.open(path) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ModelError(f"{path}: {image.width}x{image.height} pixels; the most is {MAX_PIXELS}")
            return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"{path}: not a sound picture: {error}") from None


def resize(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize uint8 [h, w, 3] with Pillow's anti-aliased bilinear filter."""
    from PIL import Image

    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))


def to_tensor(
    image: np.ndarray,
    shape: Sequence[int],
    dtype: DType,
    quant: Quantization | None,
    wanted: Pixels = Pixels(),
) -> np.ndarray:
    """A picture as an input of the given shape: [1, h, w, c] or [1, c, h, w], c being 1 or 3.

    Float inputs get what ``wanted`` says. Quantized inputs get the pixel itself (int8: pixel - 128), since their
    scale already says what a pixel means; where a mean or deviation is known, they get ``(pixel - mean) / std`` in
    their quantization.

    Raises:
        UsageError: a shape that is no picture's.
    """
    if len(shape) not in (3, 4) or (len(shape) == 4 and shape[0] != 1):
        raise UsageError(f"an input of shape {tuple(shape)} takes no picture; expected [1, h, w, c] or [1, c, h, w]")
    dims = tuple(shape[-3:])
    if sorted(dims)[1] <= 1:
        raise UsageError(
            f"an input of shape {tuple(shape)} has room for one pixel; where the file leaves height and width open, "
            "say them: --shape NAME=1x3x224x224"
        )
    first = dims[2] not in (1, 3)
    channels, height, width = dims if first else (dims[2], dims[0], dims[1])
    if channels not in (1, 3):
        raise UsageError(f"an input of shape {tuple(shape)} takes no picture: it has neither 1 nor 3 channels")
    pixels = resize(image, height, width)
    if channels == 1:
        weights = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601, as Pillow's "L"
        pixels = np.rint(pixels @ weights).astype(np.uint8)[..., None]
    elif wanted.bgr:
        pixels = pixels[..., ::-1]
    mean, std = np.asarray(wanted.mean, np.float32), np.asarray(wanted.std, np.float32)
    known = (tuple(wanted.mean), tuple(wanted.std)) != PLAIN
    if dtype.is_float or (known and quant is not None and dtype in (DType.I8, DType.U8)):
        real = (pixels.astype(np.float32) - mean) / std
        if quant is not None and not dtype.is_float:
            least = -128 if dtype is DType.I8 else 0
            real = np.clip(np.rint(real / quant.scale) + quant.zero_point, least, least + 255)
        array = real.astype(dtype.numpy)
    elif dtype is DType.U8:
        array = pixels
    elif dtype is DType.I8:
        array = (pixels.astype(np.int16) - 128).astype(np.int8)
    else:
        raise UsageError(f"an input of type {dtype} takes no picture; expected f32, u8 or i8")
    if quant is None and dtype is DType.I8:
        raise UsageError("an int8 input without quantization takes no picture: what a pixel means is not known")
    if first:
        array = array.transpose(2, 0, 1)
    return np.ascontiguousarray(array.reshape(tuple(shape)))
