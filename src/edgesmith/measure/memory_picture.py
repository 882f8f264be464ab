"""The picture of time against memory: one dot for each schedule of a model, as an SVG that needs nothing else."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from math import floor, log10
from typing import Any

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 76, 28, 76, 64
STYLE = """
  :root { color-scheme: light dark }
  svg { background: #fff; font: 13px system-ui, sans-serif }
  text { fill: #1d2433 } .quiet { fill: #667085; font-size: 12px } .title { font-size: 17px; font-weight: 600 }
  .grid { stroke: #e4e7ec } .line { stroke: #2f6fed; stroke-width: 2; fill: none } .dot { fill: #2f6fed }
  .whole { fill: #d9480f }
  @media (prefers-color-scheme: dark) {
    svg { background: #14181f } text { fill: #e6e9ef } .quiet { fill: #98a2b3 } .grid { stroke: #2a303b }
    .line { stroke: #6ea8ff } .dot { fill: #6ea8ff } .whole { fill: #ff9d6c }
  }
"""


def size(count: float) -> str:
    """``390 KB``, ``1.5 MB``: thousands of bytes."""
    if count >= 1e6:
        return f"{count / 1e6:.3g} MB"
    return f"{count / 1e3:.3g} KB" if count >= 1000 else f"{count:.0f} B"


def step(most: float, marks: int) -> float:
    """A round distance (1, 2 or 5 times a power of ten) at which at most ``marks`` marks reach ``most``."""
    rough = max(most, 1e-12) / marks
    power = 10.0 ** floor(log10(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)


def draw(name: str, points: Sequence[Mapping[str, Any]], note: str = "") -> str:
    """An SVG of rows with the keys arena_bytes, best_ms, steps and layers_in_strips."""
    widest, slowest = (1.08 * max(float(p[key]) for p in points) for key in ("arena_bytes", "best_ms"))

    def x(count: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * count / widest

    def y(ms: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * ms / slowest

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="Time against memory"><style>{STYLE}</style>',
        f'<text class="title" x="{LEFT}" y="30">{html.escape(name)}: time against memory</text>',
        f'<text class="quiet" x="{LEFT}" y="52">{html.escape(note)}</text>',
    ]
    for axis, most in ((x, widest), (y, slowest)):
        gap = step(most, 6)
        for index in range(int(most / gap) + 1):
            at = axis(index * gap)
            if axis is x:
                out.append(f'<path class="grid" d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}"/>')
                label = f'x="{at:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{size(index * gap)}'
            else:
                out.append(f'<path class="grid" d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}"/>')
                label = f'x="{LEFT - 10}" y="{at + 4:.1f}" text-anchor="end">{index * gap:.4g} ms'
            out.append(f'<text class="quiet" {label}</text>')
    ordered = sorted(points, key=lambda point: point["arena_bytes"])
    path = " ".join(f"{x(p['arena_bytes']):.1f},{y(p['best_ms']):.1f}" for p in ordered)
    out.append(f'<polyline class="line" points="{path}"/>')
    for point in ordered:
        cx, cy = x(point["arena_bytes"]), y(point["best_ms"])
        kind = "dot" if point["layers_in_strips"] else "whole"
        told = f"{size(point['arena_bytes'])}, {point['best_ms']:.3f} ms, {point['steps']} steps"
        out.append(f'<circle class="{kind}" cx="{cx:.1f}" cy="{cy:.1f}" r="5"><title>{told}</title></circle>')
    ends = {ordered[0]["arena_bytes"]: "smallest", ordered[-1]["arena_bytes"]: "whole"}
    for point in (ordered[0], ordered[-1]) if len(ordered) > 1 else ordered:
        cx, cy = x(point["arena_bytes"]), y(point["best_ms"])
        anchor = "start" if cx < WIDTH / 2 else "end"
        words = f"{ends[point['arena_bytes']]}: {size(point['arena_bytes'])}, {point['best_ms']:.2f} ms"
        out.append(f'<text x="{cx:.1f}" y="{cy - 14:.1f}" text-anchor="{anchor}">{words}</text>')
    out.append(
        f'<text class="quiet" x="{WIDTH - RIGHT}" y="{HEIGHT - 14}" text-anchor="end">bytes of arena</text></svg>'
    )
    return "\n".join(out) + "\n"


__all__ = ["draw"]
