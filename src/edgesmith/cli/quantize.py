"""``edgesmith quantize``: a float model computed with integers, with scales from data."""

from __future__ import annotations

import csv
import re
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import click

from edgesmith.cli.common import (
    given_numbers,
    json_option,
    parse_shapes,
    shape_option,
    show,
    wanted_pixels,
    weights_option,
)

FOLDERS = "folders"  # --labels: the folder that a file lies in names its class


@click.command("quantize", short_help="Compute a float model with integers, with scales from data.")
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path),
    help="A folder or .tar of pictures, recordings or arrays, or a .npz or .npy file of samples.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help=".edge, .tflite or .onnx; MODEL.int8.edge by default."
)
@click.option(
    "--scheme", default="int8", show_default=True, help="int8, int16x8, weights8, weights4, dynamic, f16, bf16."
)
@click.option(
    "--method", default="auto", show_default=True, help="Ranges by minmax, percentile, mse, kl; auto measures."
)
@click.option("--per-tensor", is_flag=True, help="One scale for all weights of a layer, instead of one a channel.")
@click.option("--equalize/--no-equalize", default=None, help="Share ranges among neighbours' channels, or measure it.")
@click.option(
    "--correct-bias/--no-correct-bias", default=None, help="Take weights' mean error from biases, or measure."
)
@click.option("--rounding", help="Of weights: nearest, gptq or adaround; gptq for four bits by default.")
@click.option(
    "--lift", metavar="25%", help="Leave what blurs boxes or pictures in floats, up to so much work; 25% at most."
)
@click.option("--max-drop", metavar="0.5%", help="Lift layers until --metric drops by no more than this.")
@click.option("--metric", default="top1", show_default=True, help="top1, top5 or cosine.")
@click.option("--labels", metavar="FILE", help="What is right: a .csv of name,class or a class a line; or 'folders'.")
@click.option("--label-offset", default=0, help="Added to every label, such as 1 where class 0 is background.")
@click.option(
    "--plan", "plan_file", type=click.Path(path_type=Path), help="Decide as this file says (see --save-plan)."
)
@click.option("--save-plan", type=click.Path(path_type=Path), help="Write what was decided, layer by layer, to edit.")
@click.option("--fastest", is_flag=True, help="Leave layers in floats where the whole is measured faster so.")
@click.option("--target", metavar="NAME", help="Judge speed on a chip, such as cortex-m4, by counted instructions.")
@click.option("--limit", type=click.IntRange(1), help="Use only so many samples.")
@click.option("--mean", default=None, help="Pixel mean, one number or three: 127.5 or 124,117,104.")
@click.option("--std", default=None, help="Pixel deviation, likewise.")
@shape_option
@weights_option
@json_option
def command(
    model: Path,
    data: Path,
    output: Path | None,
    scheme: str,
    method: str,
    per_tensor: bool,
    equalize: bool | None,
    correct_bias: bool | None,
    rounding: str | None,
    lift: str | None,
    max_drop: str | None,
    metric: str,
    labels: str | None,
    label_offset: int,
    plan_file: Path | None,
    save_plan: Path | None,
    fastest: bool,
    target: str | None,
    limit: int | None,
    mean: str | None,
    std: str | None,
    shapes: tuple[str, ...],
    as_json: bool,
) -> None:
    """Quantize MODEL (.tflite, .onnx, .param, .prototxt, or zoo:NAME) on --data, choose what loses least, and say why.

    Data are what the model is meant for, a hundred samples or so, prepared as they will be in use. They are read one
    at a time. With --max-drop, layers that cost too much accuracy are lifted to int16 or floats.
    """
    from edgesmith import Plan, UsageError, compile, quantize
    from edgesmith.cli.data import read_named
    from edgesmith.cli.files import load_model
    from edgesmith.exchange import SUFFIXES, described, write
    from edgesmith.model import ZOO

    path = output or Path(str(model).removeprefix(ZOO)).with_suffix(f".{scheme}.edge")
    if path.suffix not in (".edge", *SUFFIXES):
        raise UsageError(f"{path}: quantized models are written as .edge, {' or '.join(SUFFIXES)}")
    for file in (path, save_plan):
        if file is not None and not file.absolute().parent.is_dir():
            raise UsageError(f"{file}: there is no folder {file.parent}; make it first")
    source = load_model(model)
    pixels = wanted_pixels(source.metadata, mean, std)
    given = source.bind(parse_shapes(shapes), None).shapes
    ports = [replace(spec, shape=given[spec.name]) for spec in source.inputs]
    names: list[str] = []

    def samples() -> Iterator[list[Any]]:
        for name, run in islice(read_named(data, ports, pixels), limit):
            names.append(name)
            yield run

    right = _Labels(labels, names, label_offset) if labels else None
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # the report has them
        made = quantize(
            source,
            samples(),
            scheme=scheme,
            method=method,
            per_channel=not per_tensor,
            equalize=equalize,
            correct_bias=correct_bias,
            rounding=rounding,
            lift=None if lift is None else _share(lift, "--lift"),
            recurrence=True if path.suffix == ".tflite" else None,
            max_drop=None if max_drop is None else _share(max_drop, "--max-drop"),
            metric=metric,
            labels=right,
            plan=Plan.read(plan_file) if plan_file else None,
            fastest=fastest,
            target=target,
            progress=_bar,
        )
    click.echo("\r\033[K" if _shown() else "", nl=False, err=True)
    if save_plan:
        made.plan.save(save_plan)
    made.metadata.update(described(source.metadata, None, given_numbers(mean), given_numbers(std)))
    compiled = compile(made)
    written = write(made, path, verify=True) if path.suffix in SUFFIXES else None
    if written is None:
        compiled.save(path)
    islands = compiled.graph.metadata.get("float_islands", [])
    result = {
        "output": str(path),
        "bytes": path.stat().st_size,
        "arena_bytes": compiled.program.arena_bytes,
        "samples": len(names),
        "float_islands": islands,
        "lost_scales": written.to_dict()["lost_scales"] if written else [],
        "plan": str(save_plan) if save_plan else None,
        **made.report.measured,
        **made.report.to_dict(),
    }
    ratios = made.report.measured["signal_to_noise_db"].items()
    lines = [str(written) if written else f"{path}: {result['bytes']:,} bytes"]
    lines += [f"{name}: {ratio:.1f} dB signal to quantization noise" for name, ratio in ratios]
    lines.append(str(made.report))
    if islands:
        lines.append(f"{len(islands)} operators compute with floats: {', '.join(islands[:8])}")
    show(result, "\n".join(lines), as_json)


def _shown() -> bool:
    return sys.stderr.isatty()


def _bar(what: str, done: int, whole: int) -> None:
    """One line on a terminal that says how far things are."""
    if _shown():
        click.echo(f"\r\033[K{what} {done}{f' of {whole}' if whole else ''}", nl=False, err=True)


def _share(text: str, option: str) -> float:
    """``0.5%`` or ``0.005`` as a number."""
    from edgesmith import UsageError

    try:
        return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        raise UsageError(f"{option} {text}: expected a share such as 0.5% or 0.005") from None


class _Labels(Sequence[int]):
    """The class of each sample, by the names that the samples turn out to have."""

    def __init__(self, source: str, names: list[str], offset: int) -> None:
        self.source, self.names, self.offset = source, names, offset
        self.rows = [] if source == FOLDERS else _table(Path(source))

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, place: int) -> int:  # type: ignore[override]  # nobody slices
        from edgesmith import UsageError

        name = self.names[place]
        if self.source == FOLDERS:
            classes = sorted({Path(each).parent.name for each in self.names})
            return classes.index(Path(name).parent.name) + self.offset
        known = {key: number for key, number in self.rows if key}
        found = known.get(name, known.get(Path(name).name))
        if found is None and not known and place < len(self.rows):
            found = self.rows[place][1]
        if found is None:
            raise UsageError(f"{self.source} has no label for sample {place + 1}, '{name}'")
        return found + self.offset


def _table(path: Path) -> list[tuple[str, int]]:
    """Rows of (name, class), the name empty where a line has a class alone; a heading is passed over."""
    from edgesmith import UsageError

    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        rows: Iterable[list[str]] = csv.reader(path.read_text(encoding="utf-8").splitlines())
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not a text in UTF-8: {error.reason} at byte {error.start}") from None
    found = []
    for number, row in enumerate((row for row in rows if row), 1):
        cells = [cell.strip() for cell in row]
        place = 1 if len(cells) > 1 else 0
        if re.fullmatch(r"-?[0-9]+", cells[place]):
            found.append((cells[0] if place else "", int(cells[place])))
        elif number > 1:
            raise UsageError(
                f"{path}, row {number}: '{cells[place]}' is no class number; expected name,class or a class"
            )
    return found
