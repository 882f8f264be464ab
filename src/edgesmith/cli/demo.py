"""``edgesmith demo``: the main job, end to end, on the model and the recordings that ship with the package."""

from __future__ import annotations

from pathlib import Path

import click

from edgesmith.cli.common import count, json_option, show, threads_option


@click.command("demo", short_help="Recognise spoken digits, the whole way from ONNX file to answer.")
@click.argument("recordings", nargs=-1, type=click.Path(path_type=Path))
@click.option("-o", "--output", default="edgesmith-demo", show_default=True, type=click.Path(path_type=Path))
@threads_option
@json_option
def command(recordings: tuple[Path, ...], output: Path, threads: int, as_json: bool) -> None:
    """Recognise the digit (zero to nine, in English) in RECORDINGS, .wav files; without any, in those that ship here.

    Imports the digit model (ONNX), compiles it, verifies every operator against its NumPy meaning, saves it as .edge,
    runs it in the C runtime, and writes a page with pictures to the --output folder.
    """
    from edgesmith.demo.recognise import Recogniser, shipped_clips

    recogniser = Recogniser(output, threads)
    heard = [recogniser.hear(path) for path in recordings or shipped_clips()]
    whole, steps = recogniser.measure()
    page = output / "report.html"
    page.write_text(recogniser.page(heard[-1], whole, steps.tolist()), encoding="utf-8")
    result = {
        **recogniser.to_dict(whole),
        "page": str(page),
        "recordings": [item.to_dict() for item in heard],
    }
    facts = recogniser.facts(whole)
    lines = [f"{'recording':<24} heard"]
    for item in heard:
        (word, chance), (second, less) = item.ranked[0], item.ranked[1]
        lines.append(f"{item.clip:<24} {word:<6} {chance:6.1%}   (then {second} {less:.1%})")
    lines += [
        "",
        f"model    {facts.model_bytes:,} bytes of ONNX, {recogniser.path.stat().st_size:,} bytes as {recogniser.path}",
        f"memory   {facts.arena_bytes:,} bytes of arena, exactly",
        f"work     {count(facts.macs)} MACs in {len(steps)} steps",
        f"latency  median {facts.median_us:.0f} us, 95 % under {facts.p95_us:.0f} us, of {facts.runs} runs "
        f"({facts.isa}, {threads} thread{'s' if threads > 1 else ''})",
        f"verified {recogniser.verified}",
        f"page     {page}",
    ]
    show(result, "\n".join(lines), as_json)
