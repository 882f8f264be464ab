"""The picture of a profile: a bar for each step, coloured by class, with the least time that its limit allows."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from edgesmith.measure.bench_classes import layer_class

COLOURS = ("#2f6fed", "#d9480f", "#2b8a3e", "#9c36b5", "#c99700", "#0b7285", "#c2255c", "#5c7cfa", "#868e96")
LABEL, BARS, HIGH = 330, 560, 17
STYLE = """
  body { font: 14px system-ui, sans-serif; color: #1d2433; margin: 2rem auto; max-width: 1100px; padding: 0 1rem }
  h1 { font-size: 1.3rem; margin: 0 0 .3rem } p { color: #667085; margin: .2rem 0 1.2rem }
  svg { width: 100%; height: auto; font: 11px system-ui, sans-serif } text { fill: #1d2433 } .quiet { fill: #667085 }
  table { border-collapse: collapse; margin: 0 0 1.5rem } td, th { padding: .2rem .9rem .2rem 0; text-align: right }
  td:first-child, th:first-child { text-align: left }
  i { display: inline-block; width: .8em; height: .8em; margin-right: .5em }
  .limit { stroke: #1d2433; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    body { background: #14181f; color: #e6e9ef } text { fill: #e6e9ef } p, .quiet { color: #98a2b3; fill: #98a2b3 }
    .limit { stroke: #e6e9ef }
  }
"""


def draw(found: Any, groups: Sequence[Mapping[str, Any]]) -> str:
    """One self-contained page of a ``profiling.Profile`` and its classes (``bench_classes.classes``)."""
    colour = {group["class"]: COLOURS[min(index, len(COLOURS) - 1)] for index, group in enumerate(groups)}
    longest = max((row.us for row in found.rows), default=1.0) or 1.0
    bars = [_bar(index, row, colour, found.steps[index], longest) for index, row in enumerate(found.rows)]
    high = HIGH * len(bars) + 8
    total = sum(group["ms"] for group in groups) or 1.0
    table = [
        f'<tr><td><i style="background:{colour[g["class"]]}"></i>{html.escape(g["class"])}</td><td>{g["steps"]}</td>'
        f"<td>{g['ms']:.4f}</td><td>{100 * g['ms'] / total:.1f} %</td>"
        f"<td>{g['gmacs']:.1f}</td></tr>"
        for g in groups
    ]
    limits = found.limits
    return "\n".join(
        [
            '<!doctype html><html lang="en"><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Profile of {html.escape(found.name)}</title><style>{STYLE}</style>",
            f"<h1>{html.escape(found.name)}: {found.whole_us / 1e3:.3f} ms a run</h1>",
            f"<p>{html.escape(found.isa)}, {found.threads} thread(s), medians of {found.runs} runs. Measured on this "
            f"machine: {limits.f32_gmacs:.0f} GMAC/s in float32, {limits.i8_gmacs:.0f} in int8, "
            f"{limits.gigabytes:.1f} GB/s. The upright line in each bar is the least time that these allow; "
            "a layer whose data lie in a nearer cache than most can pass it.</p>",
            "<table><tr><th>class of layer</th><th>steps</th><th>ms</th><th>share</th><th>GMAC/s</th></tr>",
            *table,
            f'</table><svg viewBox="0 0 {LABEL + BARS + 210} {high}" role="img" aria-label="Time of each step">',
            *bars,
            "</svg></html>",
        ]
    )


def _bar(index: int, row: Any, colour: Mapping[str, str], step: Any, longest: float) -> str:
    top = HIGH * index + 3
    width = max(BARS * row.us / longest, 1.0)
    limit = LABEL + min(BARS * row.least_us / longest, BARS + 0.0)
    name = f"{row.step}  {row.layer}"
    shown = name if len(name) <= 52 else f"{name[:12]}...{name[-37:]}"
    rate = f"{row.us:.1f} us, {row.gmacs:.0f} GMAC/s" if row.macs else f"{row.us:.1f} us, {row.gigabytes:.1f} GB/s"
    peak = "" if row.percent_of_peak is None else f", {row.percent_of_peak:.0f} %"
    mark = " !" if row.far else ""
    told = html.escape(f"{name}: {row.kernel}, {row.us:.2f} us, limit {row.least_us:.2f} us ({row.bound})")
    return (
        f'<g><title>{told}</title><text x="{LABEL - 8}" y="{top + 10}" text-anchor="end">{html.escape(shown)}</text>'
        f'<rect x="{LABEL}" y="{top}" width="{width:.1f}" height="{HIGH - 4}" '
        f'fill="{colour[layer_class(step.kernel, step.args)]}"/>'
        f'<path class="limit" d="M{limit:.1f} {top - 1}v{HIGH - 2}"/>'
        f'<text class="quiet" x="{max(LABEL + width, limit) + 8:.1f}" y="{top + 10}">{rate}{peak}{mark}</text></g>'
    )


__all__ = ["draw"]
