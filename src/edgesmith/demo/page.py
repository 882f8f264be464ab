"""What the demo heard and what it cost, as one HTML page that needs nothing else: no script, no font, no network.

Everything that comes from files (clip names, layers, kernels, labels) is text from strangers and is escaped.
"""

from __future__ import annotations

import html
import re
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from edgesmith.demo.charts import Buffer, live_bytes, memory_map, spectrogram, ticks, waveform

__all__ = ["Buffer", "Facts", "Report", "Step", "render"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the model costs. Bytes and multiply-accumulates are exact, microseconds are measured over ``runs`` runs."""

    model_bytes: int
    arena_bytes: int
    macs: int
    median_us: float
    p95_us: float
    runs: int
    threads: int
    isa: str  # instruction set of the kernels, such as "avx2"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the program, in its order; ``shape`` is that of its output."""

    layer: str
    kernel: str
    shape: tuple[int, ...]
    macs: int
    microseconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """All that the page shows.

    ``samples`` (n,) in [-1, 1]; ``mel`` (frames, bands), any unit, and the range of its frequencies in Hz;
    ``heard`` pairs of label and probability; ``checks`` are sentences about what was verified, shown with a tick.
    """

    clip: str
    samples: NDArray[np.float32]
    rate: int
    mel: NDArray[np.float32]
    hertz: tuple[float, float]
    heard: Sequence[tuple[str, float]]
    facts: Facts
    steps: Sequence[Step]
    buffers: Sequence[Buffer]
    checks: Sequence[str] = field(default=())
    version: str = ""


def render(report: Report) -> str:
    """The page, a complete HTML document."""
    facts = report.facts
    word, probability = max(report.heard, key=lambda pair: pair[1], default=("nothing", 0.0))
    template = resources.files("edgesmith.demo").joinpath("page.html").read_text(encoding="utf-8")
    return string.Template(template).substitute(
        title=html.escape(f"Edgesmith heard {word} in {report.clip}"),
        clip=html.escape(report.clip),
        word=html.escape(word),
        sure=_sure(report.heard),
        chances="\n".join(_chance(label, p, label == word and p == probability) for label, p in report.heard),
        sound=_sound(report),
        conditions=html.escape(
            f"Measured on this machine: {facts.runs:,} runs on {_count(facts.threads, 'thread')}, {facts.isa} kernels."
        ),
        facts=_facts(facts),
        time_lead=_time_lead(report.steps),
        steps="\n".join(_rows(report.steps)),
        memory_lead=_memory_lead(report),
        memory=_memory(report),
        notes=_checks(report.checks),
        footer=html.escape(f"Made by Edgesmith {report.version}".rstrip() + ". This page is complete in itself."),
    )


def _sure(heard: Sequence[tuple[str, float]]) -> str:
    ranked = sorted(heard, key=lambda pair: -pair[1])
    if not ranked:
        return "The model gave no answer."
    text = f"with <b>{_percent(ranked[0][1])}</b> confidence"
    if len(ranked) > 1:
        text += f"; next comes <i>{html.escape(ranked[1][0])}</i> with {_percent(ranked[1][1])}"
    return text + "."


def _chance(label: str, probability: float, best: bool) -> str:
    width = 100 * min(max(probability, 0), 1)
    name = html.escape(label)
    return (
        f'<li{" class=best" if best else ""}><span class="name">{name}</span>'
        f'<span class="bar"><i style="width:{width:.2f}%"></i></span>'
        f'<span class="num">{_percent(probability)}</span></li>'
    )


def _sound(report: Report) -> str:
    seconds = report.samples.size / report.rate
    low, high = report.hertz
    times = "".join(f"<span>{seconds * part / 4:.2f}{' s' if part == 4 else ''}</span>" for part in range(5))
    return (
        f'<div class="ends"><span></span><span>sound</span><span></span></div>{waveform(report.samples)}'
        f'<div class="ends"><span>{_hertz(high)}</span><span>{_hertz(low)}</span></div>'
        f'<div class="shape">{spectrogram(report.mel)}</div><div class="axis">{times}</div>'
    )


def _facts(facts: Facts) -> str:
    rows = [
        (_duration(facts.median_us), "median, for a second of sound"),
        (_duration(facts.p95_us), "95th percentile"),
        (f"{facts.model_bytes:,}", "bytes of model"),
        (f"{facts.arena_bytes:,}", "bytes of arena, exactly"),
        (f"{facts.macs:,}", "multiply-accumulates"),
    ]
    return "\n".join(f"<div><dt>{what}</dt><dd>{value}</dd></div>" for value, what in rows)


def _time_lead(steps: Sequence[Step]) -> str:
    total = sum(step.microseconds for step in steps)
    if not steps or total <= 0:
        return "No step was timed."
    slowest = max(steps, key=lambda step: step.microseconds)
    return (
        f"{_count(len(steps), 'step')} in program order, {_duration(total)} together. "
        f"The longest is {html.escape(slowest.layer)} with {_percent(slowest.microseconds / total)} of it."
    )


def _rows(steps: Sequence[Step]) -> list[str]:
    longest = max((step.microseconds for step in steps), default=0) or 1.0
    return [
        f'<tr><td class="wide soft">{index}</td>'
        f'<td class="layer">{_breakable(step.layer)}<code>{_breakable(step.kernel)}</code></td>'
        f'<td class="wide"><code>{" &times; ".join(map(str, step.shape)) or "1"}</code></td>'
        f'<td class="num wide">{format(step.macs, ",") if step.macs else "<span class=soft>&ndash;</span>"}</td>'
        f'<td class="time"><div class="bar"><i{" class=hot" if step.macs else ""} '
        f'style="width:{100 * max(step.microseconds, 0) / longest:.2f}%"></i></div></td>'
        f'<td class="num">{step.microseconds:,.1f}</td></tr>'
        for index, step in enumerate(steps)
    ]


def _memory_lead(report: Report) -> str:
    live = live_bytes(report.buffers, len(report.steps))
    if not any(live):
        return "The program keeps nothing in the arena."
    peak = max(live)
    return (
        "Each rectangle is a tensor: how long it lives, and which addresses it holds meanwhile. "
        f"The most is alive at step {live.index(peak)} (shaded), {peak:,} bytes; "
        f"the plan needs {report.facts.arena_bytes:,} in all."
    )


def _memory(report: Report) -> str:
    arena, steps = report.facts.arena_bytes, len(report.steps)
    marks = "".join(
        f'<span style="bottom:{100 * tick / max(arena, 1):.3f}%">{_kilobytes(tick)}</span>' for tick in ticks(arena)
    )
    return (
        f'<div class="scale">{marks}</div>{memory_map(report.buffers, steps, arena)}'
        f'<div class="axis"><span>step 0</span><span>step {max(steps - 1, 0)}</span></div>'
    )


def _checks(checks: Sequence[str]) -> str:
    if not checks:
        return ""
    items = "\n".join(f"<li>{html.escape(check)}</li>" for check in checks)
    return f'\n<section>\n<h2>What was checked</h2>\n<ul class="notes">\n{items}\n</ul>\n</section>'


def _breakable(name: str) -> str:
    """A long name that may be broken where its parts meet."""
    return re.sub(r"([/._])(?=\w)", r"\1<wbr>", html.escape(name))


def _percent(part: float) -> str:
    return f"{100 * part:.1f}&thinsp;%"


def _duration(microseconds: float) -> str:
    if microseconds < 1000:
        return f"{microseconds:.0f}&thinsp;<small>&micro;s</small>"
    return f"{microseconds / 1000:.2f}&thinsp;<small>ms</small>"


def _kilobytes(count: int) -> str:
    return f"{count / 1024:,.0f}&thinsp;KB" if count % 1024 == 0 else f"{count:,}&thinsp;B"


def _hertz(hertz: float) -> str:
    return f"{hertz / 1000:.1f}&thinsp;kHz" if hertz >= 1000 else f"{hertz:.0f}&thinsp;Hz"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
