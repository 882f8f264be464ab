"""A wav file of any rate and kind -> the (1, 8000) float32 second that the digit model listens to.

A recording comes from a stranger: every size is checked before it is used, and whatever is wrong with it ends in a
UsageError that names the file. Limits: 64 MiB, 60 seconds, 192 kHz, 32 channels.
"""

from __future__ import annotations

import math
import os
import stat
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgesmith.errors import UsageError

RATE = 8000  # samples per second that the model expects
LENGTH = 8000  # samples that the model expects: one second

MAX_BYTES = 64 * 2**20
MAX_SECONDS = 60
MIN_RATE, MAX_RATE = 1000, 192_000
MAX_CHANNELS = 32

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_STREAMED = 0x7FFFF000  # writers that cannot seek back leave this size, or one above, before the sound

_ZEROS = 24  # zero crossings of the sinc on each side
_BETA = 9.0  # Kaiser window: about 90 dB of stop band
_CUTOFF = 0.94  # of the lower Nyquist frequency; the rest is the transition band
_BLOCK = 2048  # output samples per step, which bounds the memory of resampling

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Format:
    """What the 'fmt ' chunk of a wav file says."""

    kind: int
    channels: int
    rate: int
    bits: int

    @property
    def frame_bytes(self) -> int:
        return self.channels * self.bits // 8


def load(path: str | os.PathLike[str]) -> Samples:
    """The second of a recording in which something is said, shape (1, 8000), float32 in [-1, 1].

    Raises:
        UsageError: no such file, not a wav file, an unsupported kind, truncated, empty or over a limit.
    """
    samples, rate = read_wav(path)
    return fit(resample(samples, rate, RATE))[None, :]


def read_wav(path: str | os.PathLike[str]) -> tuple[Samples, int]:
    """A wav file as mono samples in [-1, 1], shape (n,), and its sample rate in Hz. Channels are averaged.

    Raises:
        UsageError: see load.
    """
    name = os.fspath(path)
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):  # a pipe or a device might never end
            raise UsageError(f"{name}: not a regular file; give a wav file")
        if status.st_size > MAX_BYTES:
            raise UsageError(f"{name}: {status.st_size:,} bytes; the most for a recording is {MAX_BYTES:,}")
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES)
    except (OSError, ValueError) as error:
        if isinstance(error, UsageError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{name}: cannot be read: {reason}") from error
    return decode_wav(data, name)


def decode_wav(data: bytes, name: str = "recording") -> tuple[Samples, int]:
    """The bytes of a wav file as mono samples in [-1, 1], shape (n,), and its sample rate in Hz.

    Reads 8, 16, 24 and 32-bit PCM and 32 and 64-bit float, plain or WAVE_FORMAT_EXTENSIBLE (Microsoft, "Multiple
    channel audio data and WAVE files", 2007).

    Raises:
        UsageError: see load. ``name`` begins its message.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise UsageError(f"{name}: not a wav file: expected it to begin with RIFF....WAVE, found {data[:12]!r}")
    form: Format | None = None
    at = 12
    while at + 8 <= len(data):
        tag, size = struct.unpack_from("<4sI", data, at)
        at += 8
        if tag == b"data":
            if form is None:
                raise UsageError(f"{name}: the 'data' chunk comes before the 'fmt ' chunk that describes it")
            if size >= _STREAMED:
                size = (len(data) - at) // form.frame_bytes * form.frame_bytes
            if size > len(data) - at:
                raise UsageError(
                    f"{name}: truncated: its header promises {size:,} bytes of sound, {len(data) - at:,} are there"
                )
            return _mono(data[at : at + size], form, name), form.rate
        if size > len(data) - at:
            raise UsageError(
                f"{name}: truncated inside its {tag!r} chunk: {size:,} bytes promised, {len(data) - at:,} left"
            )
        if tag == b"fmt ":
            form = _format(data[at : at + size], name)
        at += size + size % 2  # chunks are padded to an even size
    raise UsageError(f"{name}: a wav file without a 'data' chunk; there is no sound in it")


def _format(chunk: bytes, name: str) -> Format:
    if len(chunk) < 16:
        raise UsageError(f"{name}: the 'fmt ' chunk has {len(chunk)} bytes, at least 16 are needed")
    kind, channels, rate, _, align, bits = struct.unpack_from("<HHIIHH", chunk)
    if kind == _EXTENSIBLE and len(chunk) >= 26:
        kind = int.from_bytes(chunk[24:26], "little")  # the first two bytes of the sub-format's GUID are the kind
    if (kind, bits) not in {(_PCM, 8), (_PCM, 16), (_PCM, 24), (_PCM, 32), (_FLOAT, 32), (_FLOAT, 64)}:
        raise UsageError(
            f"{name}: {bits}-bit sound of kind {kind} cannot be read; "
            "save it as 16-bit PCM (for example: ffmpeg -i in.wav -c:a pcm_s16le out.wav)"
        )
    if not 1 <= channels <= MAX_CHANNELS:
        raise UsageError(f"{name}: {channels} channels; expected 1 to {MAX_CHANNELS}")
    if not MIN_RATE <= rate <= MAX_RATE:
        raise UsageError(f"{name}: {rate} samples per second; expected {MIN_RATE} to {MAX_RATE}")
    form = Format(kind, channels, rate, bits)
    if align != form.frame_bytes:
        raise UsageError(f"{name}: its header says {align} bytes per sample frame, its format has {form.frame_bytes}")
    return form


def _mono(sound: bytes, form: Format, name: str) -> Samples:
    frames, rest = divmod(len(sound), form.frame_bytes)
    if rest:
        raise UsageError(f"{name}: truncated: the sound ends {rest} bytes into a sample frame of {form.frame_bytes}")
    if frames == 0:
        raise UsageError(f"{name}: there is no sound in it (0 samples)")
    if frames > MAX_SECONDS * form.rate:
        raise UsageError(
            f"{name}: {frames / form.rate:.1f} s long; the most is {MAX_SECONDS} s. Cut out one spoken digit"
        )
    values = _scaled(sound, form)
    if not np.isfinite(values).all():
        raise UsageError(f"{name}: holds samples that are not numbers (infinite or NaN)")
    mono = np.clip(values, -1, 1).reshape(frames, form.channels).mean(axis=1, dtype=np.float32)
    return np.ascontiguousarray(mono, np.float32)


def _scaled(sound: bytes, form: Format) -> Samples:
    if form.kind == _FLOAT:
        with np.errstate(over="ignore"):  # a double beyond float32 becomes infinite and is refused
            return np.frombuffer(sound, f"<f{form.bits // 8}").astype(np.float32)
    if form.bits == 8:  # the only unsigned one
        return (np.frombuffer(sound, np.uint8).astype(np.float32) - np.float32(128)) / np.float32(128)
    if form.bits == 24:
        wide = np.zeros((len(sound) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(sound, np.uint8).reshape(-1, 3)
        return wide.view(np.dtype("<i4")).ravel().astype(np.float32) / np.float32(2**31)
    whole = np.frombuffer(sound, np.dtype(f"<i{form.bits // 8}"))
    return whole.astype(np.float32) / np.float32(2 ** (form.bits - 1))


def resample(samples: Samples, rate: int, wanted: int) -> Samples:
    """Change the sample rate from ``rate`` to ``wanted`` Hz, shape (n,) -> (ceil(n * wanted / rate),), float32.

    Band-limited interpolation with a Kaiser-windowed sinc (J. O. Smith, "Digital Audio Resampling", CCRMA): the output
    at time t is the sum of the input around t, weighted by the sinc of the lower of the two Nyquist frequencies.
    """
    if rate == wanted or samples.size == 0:
        return samples.astype(np.float32)
    common = math.gcd(rate, wanted)
    step, phases = rate // common, wanted // common  # output i is at input time i * step / phases
    half = math.ceil(_ZEROS * max(1.0, rate / wanted))
    kernels = _kernels(phases, half, _CUTOFF * min(1.0, wanted / rate))
    padded = np.concatenate([np.zeros(half - 1, np.float32), samples, np.zeros(half + 1, np.float32)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half)
    count = -(-samples.size * wanted // rate)
    out = np.empty(count, np.float32)
    for start in range(0, count, _BLOCK):
        time = np.arange(start, min(start + _BLOCK, count), dtype=np.int64) * step
        out[start : start + _BLOCK] = np.einsum("nt,nt->n", windows[time // phases], kernels[time % phases])
    return out


def _kernels(phases: int, half: int, cutoff: float) -> Samples:
    """The interpolation weights for each fraction p / phases of an input sample, shape (phases, 2 * half)."""
    taps = np.arange(1 - half, half + 1)
    kernels = np.empty((phases, 2 * half), np.float32)
    for phase in range(phases):
        distance = taps - phase / phases
        window = np.i0(_BETA * np.sqrt(np.maximum(0, 1 - (distance / half) ** 2)))
        weights = window * np.sinc(cutoff * distance)
        kernels[phase] = weights / weights.sum()  # a constant stays exactly that constant
    return kernels


def fit(samples: Samples, length: int = LENGTH) -> Samples:
    """The ``length`` samples to listen to, shape (n,) -> (length,), clipped to [-1, 1].

    A shorter recording gets equal silence on both sides. Of a longer one we take the loudest stretch of ``length``
    samples, moved so that its centre of energy is in its middle, but not over the ends of the recording.
    """
    size = samples.size
    if size <= length:
        before = (length - size) // 2
        kept = np.pad(samples, (before, length - size - before))
    else:
        energy = np.square(samples - samples.mean(), dtype=np.float64)
        total = np.concatenate([[0.0], np.cumsum(energy)])
        start = int(np.argmax(total[length:] - total[:-length]))
        loudest = energy[start : start + length]
        if loudest.sum() > 0:
            centre = start + int(np.average(np.arange(length), weights=loudest))
            start = min(max(centre - length // 2, 0), size - length)
        kept = samples[start : start + length]
    return np.clip(kept, -1, 1).astype(np.float32)
