"""The pictures of the demo page as inline SVG. Shapes stretch with the page; words stay at their size."""

from __future__ import annotations

import base64
import html
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_PALETTE = ((16, 20, 34), (33, 49, 94), (67, 74, 140), (139, 90, 147), (209, 110, 118), (240, 162, 97), (252, 234, 176))
_COLUMNS = 600  # a waveform is drawn as this many vertical strokes at most
_LABEL_HEIGHT, _LABEL_WIDTH = 5.5, 5.0  # per cent of the map below which a buffer bears no name


@dataclass(frozen=True, slots=True)
class Buffer:
    """One tensor in the arena: bytes [start, end), alive from step ``first`` to step ``last``, both included."""

    name: str
    start: int
    end: int
    first: int
    last: int


def waveform(samples: NDArray[np.float32]) -> str:
    """Samples (n,) as the envelope between the lowest and the highest in each column, scaled to the loudest."""
    flat = np.nan_to_num(np.asarray(samples, np.float64).ravel(), posinf=0, neginf=0)
    flat = flat if flat.size else np.zeros(1)
    columns = np.array_split(flat, min(_COLUMNS, flat.size))
    scale = 49 / max(float(np.abs(flat).max()), 1e-9)
    high = [50 - scale * float(column.max()) - 0.4 for column in columns]
    low = [50 - scale * float(column.min()) + 0.4 for column in columns]
    forth = " ".join(f"{x},{y:.1f}" for x, y in enumerate(high))
    back = " ".join(f"{x},{y:.1f}" for x, y in reversed(list(enumerate(low))))
    return (
        f'<svg role="img" aria-label="Waveform" viewBox="0 0 {max(len(columns) - 1, 1)} 100" height="96" '
        f'preserveAspectRatio="none"><polygon points="{forth} {back}" fill="var(--wave)"/></svg>'
    )


def spectrogram(mel: NDArray[np.float32]) -> str:
    """Levels (frames, bands) as a picture, time to the right and frequency upwards."""
    levels = np.nan_to_num(np.asarray(mel, np.float64), posinf=0, neginf=0).T[::-1]
    low, high = (float(levels.min()), float(levels.max())) if levels.size else (0.0, 0.0)
    pixels = np.round((levels - low) / max(high - low, 1e-9) * 255).astype(np.uint8)
    height, width = pixels.shape
    picture = base64.b64encode(png(pixels, _palette())).decode()
    return (
        f'<svg role="img" aria-label="Mel spectrogram" viewBox="0 0 {max(width, 1)} {max(height, 1)}" height="176" '
        f'preserveAspectRatio="none"><image href="data:image/png;base64,{picture}" width="{width}" height="{height}" '
        'preserveAspectRatio="none"/></svg>'
    )


def memory_map(buffers: Sequence[Buffer], steps: int, arena_bytes: int) -> str:
    """Buffers as rectangles: x is the step during which they live, y the address, 0 at the bottom."""
    across, up = 100 / max(steps, 1), 100 / max(arena_bytes, 1)
    live = live_bytes(buffers, steps)
    drawn = ['<g class="grid">']
    if live:
        fullest = live.index(max(live))
        drawn.append(f'<rect x="{fullest * across:.3f}%" width="{across:.3f}%" height="100%"/>')
    drawn += [
        f'<line x1="0" x2="100%" y1="{100 - tick * up:.3f}%" y2="{100 - tick * up:.3f}%"/>'
        for tick in ticks(arena_bytes)
    ]
    drawn.append("</g>")
    for index, buffer in enumerate(buffers):
        x, width = buffer.first * across, (buffer.last - buffer.first + 1) * across
        y, height = 100 - buffer.end * up, (buffer.end - buffer.start) * up
        name = html.escape(buffer.name)
        short = html.escape(buffer.name.rpartition("/")[2] or buffer.name)
        label = f'<text x="5" y="50%" dy="4">{short}</text>' if height > _LABEL_HEIGHT and width > _LABEL_WIDTH else ""
        drawn.append(
            f'<svg class="tone tone{index % 6}" x="{x:.3f}%" y="{y:.3f}%" width="{width:.3f}%" height="{height:.3f}%">'
            f"<title>{name}: {buffer.end - buffer.start:,} bytes at {buffer.start:,}, "
            f'steps {buffer.first} to {buffer.last}</title><rect width="100%" height="100%"/>{label}</svg>'
        )
    return f'<svg class="map" role="img" aria-label="Memory map">{"".join(drawn)}</svg>'


def live_bytes(buffers: Sequence[Buffer], steps: int) -> list[int]:
    """Bytes of the buffers that are alive at each step."""
    return [sum(b.end - b.start for b in buffers if b.first <= step <= b.last) for step in range(steps)]


def ticks(arena_bytes: int) -> list[int]:
    """Three to six round addresses for the scale of a memory map, beginning with 0: multiples of a power of two."""
    step = 1
    while arena_bytes // step >= 6:
        step *= 2
    return list(range(0, arena_bytes + 1, step))


def png(pixels: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """Indices (height, width) into a palette (256, 3) as a PNG file (W3C, "Portable Network Graphics", 2003)."""

    def chunk(tag: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))

    height, width = pixels.shape
    rows = np.zeros((height, width + 1), np.uint8)  # each row begins with filter 0, none
    rows[:, 1:] = pixels
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"PLTE", palette.tobytes())
        + chunk(b"IDAT", zlib.compress(rows.tobytes(), 9))
        + chunk(b"IEND", b"")
    )


def _palette() -> NDArray[np.uint8]:
    stops = np.array(_PALETTE, np.float64)
    at = np.linspace(0, len(stops) - 1, 256)
    channels = [np.interp(at, np.arange(len(stops)), stops[:, channel]) for channel in range(3)]
    return np.round(np.stack(channels, axis=1)).astype(np.uint8)
