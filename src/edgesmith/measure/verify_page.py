"""The page of a comparison: two models side by side, layer by layer, with error, time and memory."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

STYLE = """
  body { font: 14px system-ui, sans-serif; color: #1d2433; background: #fff; margin: 2rem auto; max-width: 1340px;
         padding: 0 1rem }
  h1 { font-size: 1.3rem; margin: 0 0 .3rem } h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem }
  p, .quiet { color: #667085; fill: #667085; margin: .2rem 0 1rem }
  svg { width: 100%; height: auto; font: 11px system-ui, sans-serif } text { fill: #1d2433 }
  svg .quiet { fill: #667085 }
  table { border-collapse: collapse } td, th { padding: .2rem 1.2rem .2rem 0; text-align: right; font-weight: normal }
  th { color: #667085 } td:first-child, th:first-child { text-align: left } li { margin: .3rem 0 }
  .badge { border-radius: 4px; padding: .1rem .5rem; color: #fff; margin-right: .6rem } .good { background: #2b8a3e }
  .poor { background: #c92a2a } .line { fill: none; stroke: #98a2b3 } .dot { fill: #667085 } .mark { fill: #c92a2a1c }
  .track { fill: #eef1f5 }
  @media (prefers-color-scheme: dark) {
    body { background: #14181f; color: #e6e9ef } text { fill: #e6e9ef } p, .quiet, th, svg .quiet { color: #98a2b3;
    fill: #98a2b3 } .track { fill: #232a36 } .mark { fill: #c92a2a40 }
  }
"""
ROW = 19
GUTTER, NAME, BARS, ERROR, OTHER, TIME, BYTES = 8, 74, 396, 560, 718, 1000, 1160  # left edges
WIDE = 1320
GOOD, FAIR, POOR, FIRST, SECOND = "#2b8a3e", "#c99700", "#c92a2a", "#2f6fed", "#d9480f"
BEST_DB = 70.0  # a full bar


def draw(
    found: Any, causes: Sequence[Any], first: Any, second: Any, times: tuple[Mapping[str, float], Mapping[str, float]]
) -> str:
    """One self-contained page.

    Args:
        found: a ``verify.Comparison`` of ``first`` and ``second``, both ``verify.Subject``.
        causes: what ``find_causes`` named.
        times: microseconds by the name of a value, for each model (``Subject.times``).
    """
    verdict = "agrees with" if found.ok else "does not agree with"
    badge = f'<span class="badge {"good" if found.ok else "poor"}">{"ok" if found.ok else "differs"}</span>'
    limit = (
        "12 dB, or 1.5 steps of their type, and must not have collapsed"
        if found.quantized
        else "the tolerance for floats"
    )
    return "\n".join(
        [
            '<!doctype html><html lang="en"><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{_e(second.name)} beside {_e(first.name)}</title><style>{STYLE}</style>",
            f"<h1>{badge}{_e(second.name)} {verdict} {_e(first.name)}</h1>",
            f"<p>{found.samples} sample(s) of data, every layer of both compared in real numbers; outputs are held to "
            f"{limit}.</p>",
            *_causes(found, causes),
            "<h2>Outputs</h2>",
            *_outputs(found),
            "<h2>Both models</h2>",
            *_models(first, second, times),
            "<h2>Layers</h2>",
            f"<p>The bar is the signal to noise ratio of all that came before and of the layer itself, up to "
            f"{BEST_DB:.0f} dB; the dot in it is the layer alone, given the source's values: a dot far left names the "
            "culprit. Upper bars and first figures are the source's, lower ones the result's; times are medians "
            "measured here, memory is that of the layer's values.</p>",
            _layers(found, first, second, times),
            "</html>",
        ]
    )


def _e(text: str) -> str:
    return html.escape(text)


def _causes(found: Any, causes: Sequence[Any]) -> Iterator[str]:
    bad = found.first_bad
    if bad is not None:
        own = "" if bad.own_db is None else f", {_db(bad.own_db)} alone"
        yield f"<h2>First bad layer</h2><p>'{_e(bad.name)}' ({_e(bad.op)}): {_db(bad.sqnr_db)}{own}</p>"
    if causes:
        yield "<h2>Why</h2><ul>"
        for cause in causes:
            gain = f" ({_db(cause.db_before)} to {_db(cause.db_after)})" if cause.db_after is not None else ""
            yield f"<li><b>{_e(cause.kind)}</b>: {_e(cause.text)}{gain}</li>"
        yield "</ul>"


def _db(ratio: float | None) -> str:
    return "-" if ratio is None else "equal" if math.isinf(ratio) else f"{ratio:.1f} dB"


def _outputs(found: Any) -> Iterator[str]:
    heads = ("output", "shape", "SQNR", "largest error", "same largest element")
    yield f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>"
    for row in found.outputs:
        same = "-" if row.same_top is None else f"{row.same_top:.1%}"
        note = " (collapsed)" if row.collapsed else ""
        yield (
            f"<tr><td>{_e(row.name)}{note}</td><td>{'x'.join(map(str, row.shape))}</td><td>{_db(row.sqnr_db)}</td>"
            f"<td>{row.max_error:.4g}</td><td>{same}</td></tr>"
        )
    yield "</table>"


def _models(first: Any, second: Any, times: tuple[Mapping[str, float], Mapping[str, float]]) -> Iterator[str]:
    yield "<table><tr><th></th><th>layers</th><th>steps</th><th>file</th><th>arena</th><th>time in layers</th></tr>"
    for role, subject, taken in (("source", first, times[0]), ("result", second, times[1])):
        yield (
            f"<tr><td>{role} {_e(subject.name)}</td><td>{len(subject.layers)}</td><td>{len(subject.program.steps)}</td>"
            f"<td>{len(subject.file):,} bytes</td><td>{subject.program.arena_bytes:,} bytes</td>"
            f"<td>{sum(taken.values()) / 1e3:.3f} ms</td></tr>"
        )
    yield "</table>"


def _layers(found: Any, first: Any, second: Any, times: tuple[Mapping[str, float], Mapping[str, float]]) -> str:
    rows = {row.value: row for row in found.rows}
    mates = {row.value: row.other for row in found.rows}
    lines = _merged(first.layers, second.layers, mates)
    slowest = max([*times[0].values(), *times[1].values()], default=1.0) or 1.0
    largest = max([layer.bytes for pair in lines for layer in pair if layer], default=1) or 1
    high = ROW * (len(lines) + 1) + 8
    heads = (
        (NAME, "source layer"), (BARS, "error"), (OTHER, "result layer"), (TIME, "time, us"), (BYTES, "values, bytes")
    )  # fmt: skip
    drawn = [f'<text class="quiet" x="{x}" y="12">{text}</text>' for x, text in heads]
    drawn += _edges(first, [a.value if a else None for a, _ in lines])
    for index, (a, b) in enumerate(lines):
        drawn.append(_line(index + 1, a, b, rows.get(a.value) if a else None, times, slowest, largest))
    return (
        f'<svg viewBox="0 0 {WIDE} {high}" role="img" aria-label="Layers of both models">' + "\n".join(drawn) + "</svg>"
    )


def _merged(first: Sequence[Any], second: Sequence[Any], mates: Mapping[str, str]) -> list[tuple[Any, Any]]:
    """Layers of both in order, those that stand for each other on one line."""
    places = {layer.value: place for place, layer in enumerate(second)}
    lines: list[tuple[Any, Any]] = []
    done = 0
    for layer in first:
        mate = places.get(mates.get(layer.value, ""))
        if mate is None:
            lines.append((layer, None))
            continue
        lines += [(None, other) for other in second[done:mate]]
        lines.append((layer, second[mate]))
        done = mate + 1
    return lines + [(None, other) for other in second[done:]]


def _edges(first: Any, order: Sequence[str | None]) -> Iterator[str]:
    """Curves from each layer of the source to those that read it; the next line is joined by a short one."""
    places = {value: place for place, value in enumerate(order) if value}
    for value, place in places.items():
        node = first.nodes.get(value)
        for operand in {v.name for v in node.inputs if v is not None} if node else ():
            start = places.get(operand)
            if start is None:
                continue
            y0, y1 = (ROW * (at + 1) + 12 for at in (start, place))
            bend = min(6 + 5 * math.log2(1 + place - start), NAME - GUTTER - 14) if place - start > 1 else 0
            x = NAME - 12
            yield f'<path class="line" d="M{x} {y0}C{x - bend} {y0} {x - bend} {y1} {x} {y1}"/>'


def _line(
    index: int,
    a: Any,
    b: Any,
    row: Any,
    times: tuple[Mapping[str, float], Mapping[str, float]],
    slowest: float,
    largest: int,
) -> str:
    top = ROW * index
    said = []
    if row is not None and row.bad:
        said.append(f'<rect class="mark" x="0" y="{top}" width="{WIDE}" height="{ROW}"/>')
    if a is not None:
        said.append(f'<circle class="dot" cx="{NAME - 12}" cy="{top + 12}" r="3"/>')
        said.append(_text(NAME, top, a.label, 32) + _text(NAME + 200, top, a.op, 19, "quiet"))
    if b is not None:
        said.append(_text(OTHER, top, b.label, 24) + _text(OTHER + 150, top, f"{b.op} {b.dtype}", 21, "quiet"))
    if row is not None:
        colour = POOR if row.bad else GOOD if row.sqnr_db >= 20 else FAIR
        length = ERROR - BARS
        share = length * min(max(row.sqnr_db, 0) / BEST_DB, 1)
        said.append(f'<rect class="track" x="{BARS}" y="{top + 5}" width="{length}" height="9"/>')
        said.append(f'<rect x="{BARS}" y="{top + 5}" width="{share:.1f}" height="9" fill="{colour}"/>')
        if row.own_db is not None:
            at = BARS + length * min(max(row.own_db, 0) / BEST_DB, 1)
            said.append(f'<circle cx="{at:.1f}" cy="{top + 9.5}" r="3" fill="{POOR if row.bad else "#1d2433"}"/>')
        said.append(
            f'<text class="quiet" x="{ERROR + 8}" y="{top + 14}">{_db(row.sqnr_db)}, alone {_db(row.own_db)}</text>'
        )
    for place, (layer, taken) in enumerate(((a, times[0]), (b, times[1]))):
        if layer is not None:
            said += _bars(layer, taken, top + 4 + 6 * place, (FIRST, SECOND)[place], slowest, largest)
    said += _figures(a, b, times, top)
    path = f" ({row.path})" if row is not None and row.path else ""
    about = f"<title>{_e((a or b).label + path)}: {_e((a or b).op)} {'x'.join(map(str, (a or b).shape))}</title>"
    return f"<g>{about}{''.join(said)}</g>"


def _text(x: float, top: int, text: str, most: int, kind: str = "") -> str:
    short = text if len(text) <= most else f"...{text[3 - most :]}"
    return f'<text class="{kind}" x="{x}" y="{top + 14}">{_e(short)}</text>'


def _bars(layer: Any, taken: Mapping[str, float], y: float, colour: str, slowest: float, largest: int) -> Iterator[str]:
    for x, share in ((TIME, taken.get(layer.value, 0) / slowest), (BYTES, layer.bytes / largest)):
        yield f'<rect x="{x}" y="{y}" width="{max(60 * share, 0.5):.1f}" height="5" fill="{colour}"/>'


def _figures(a: Any, b: Any, times: tuple[Mapping[str, float], Mapping[str, float]], top: int) -> Iterator[str]:
    taken = [f"{t.get(layer.value, 0):.1f}" if layer else "-" for layer, t in zip((a, b), times, strict=True)]
    held = [f"{layer.bytes:,}" if layer else "-" for layer in (a, b)]
    yield f'<text class="quiet" x="{TIME + 66}" y="{top + 14}">{taken[0]} | {taken[1]}</text>'
    yield f'<text class="quiet" x="{WIDE}" y="{top + 14}" text-anchor="end" font-size="9">{held[0]} | {held[1]}</text>'


__all__ = ["draw"]
