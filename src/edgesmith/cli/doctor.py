"""``edgesmith doctor``: what is wrong with a quantized model, and what its cure would gain."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import click

from edgesmith.cli.common import json_option, show, wanted_pixels, weights_option

MOST = 12  # findings that the text shows


@click.command("doctor", short_help="Find what makes an int8 model fail, and what the cure gains.")
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--source", type=click.Path(path_type=Path), help="The float model that an int8 MODEL was made from.")
@click.option(
    "--data", type=click.Path(path_type=Path), help="A folder of pictures or recordings, or .npz with samples."
)
@click.option("--samples", default=32, show_default=True, type=click.IntRange(1), help="How many of --data to take.")
@click.option("--mean", default=None, help="Pixel mean for float inputs, one number or three: 127.5 or 124,117,104.")
@click.option("--std", default=None, help="Pixel deviation for float inputs, likewise.")
@weights_option
@json_option
def command(
    model: Path,
    source: Path | None,
    data: Path | None,
    samples: int,
    mean: str | None,
    std: str | None,
    as_json: bool,
) -> None:
    """Examine MODEL: an int8 model, or a float one, which is quantized plainly first to see what would go wrong.

    Each finding names the layer, the reason, the cure, and where it can be tried what the cure gains. Without --data
    random numbers are used, which cannot tell wrong preparation or wrong calibration. Exit code 1 where a finding is
    bad; a model whose output has collapsed is never blessed.
    """
    from edgesmith import load
    from edgesmith.cli.data import read_batches
    from edgesmith.cli.files import load_model
    from edgesmith.doctor import examine

    opened = load(str(model)) if source else load_model(model)  # of the two, the source is the one with two files
    given = load_model(source) if source else None
    arrays: Iterable[Any] | None = None
    if data:
        pixels = wanted_pixels(opened.metadata, mean, std)
        arrays = islice(read_batches(data, (given or opened).inputs, pixels), samples)
    found = examine(opened, arrays, source=given)
    show(found.to_dict(), lambda: _text(found), as_json)
    raise SystemExit(0 if found.blessed else 1)


def _text(found: Any) -> str:
    lines = []
    for finding in found.findings[:MOST]:
        where = f" '{finding.layer}'" if finding.layer else ""
        lines.append(f"{finding.level.upper()}: {finding.kind}{where}: {finding.text}.")
        gain = (
            "" if finding.after is None else f" Measured: {finding.before:.3g} to {finding.after:.3g} {finding.unit}."
        )
        lines.append(f"    Cure: {finding.cure}.{gain}")
    if len(found.findings) > MOST:
        lines.append(f"and {len(found.findings) - MOST} more; --json has all")
    if found.remedies:
        lines.append("Quantized anew, on half of what was kept of this data, measured on the other half:")
        lines.extend(f"    {remedy}" for remedy in found.remedies)
    what = f"{found.model}, quantized plainly" if found.quantized_here else found.model
    data = f"{found.samples} random samples" if found.random else f"{found.samples} samples of data"
    close = "" if found.output_db is None else f", output {found.output_db:.1f} dB like floats"
    verdict = (
        "its output has collapsed: do not ship it" if found.collapsed
        else "fit to ship" if found.blessed else "needs care before it ships"
    )  # fmt: skip
    lines.append(f"{what}: {verdict} ({data}{close})")
    return "\n".join(lines)
