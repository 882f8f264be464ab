"""``edgesmith verify``: one model operator by operator, or a result beside its source."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import click

from edgesmith.cli.common import (
    isa_option,
    json_option,
    parse_shapes,
    shape_option,
    show,
    threads_option,
    wanted_pixels,
    weights_option,
)

MOST = 6  # causes that the text shows


@click.command("verify", short_help="Compare a model with its NumPy meaning, or a result with its source.")
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("other", type=click.Path(path_type=Path), required=False)
@click.option(
    "--input", "inputs", multiple=True, type=click.Path(path_type=Path), help="A picture, .npy, .npz or .wav."
)
@click.option(
    "--data", type=click.Path(path_type=Path), help="A folder of pictures or recordings, or .npz with samples."
)
@click.option("--samples", default=16, show_default=True, type=click.IntRange(1), help="How many of --data to take.")
@click.option("--mean", default=None, help="Pixel mean for float inputs, one number or three: 127.5 or 124,117,104.")
@click.option("--std", default=None, help="Pixel deviation for float inputs, likewise.")
@click.option(
    "--tolerance", default=1e-4, show_default=True, help="Largest error over largest magnitude, for float results."
)
@click.option("--html", "page", type=click.Path(path_type=Path), help="Draw both models side by side as one page.")
@click.option("--model-explorer", "explorer", type=click.Path(path_type=Path), help="Write node data for that viewer.")
@click.option("--netron", type=click.Path(path_type=Path), help="Write OTHER as .onnx with each node's error in it.")
@shape_option
@threads_option
@isa_option
@weights_option
@json_option
def command(
    model: Path,
    other: Path | None,
    inputs: tuple[Path, ...],
    data: Path | None,
    samples: int,
    mean: str | None,
    std: str | None,
    tolerance: float,
    page: Path | None,
    explorer: Path | None,
    netron: Path | None,
    shapes: tuple[str, ...],
    threads: int,
    isa: str | None,
    as_json: bool,
) -> None:
    """With one MODEL: run it step by step in C, and hold every operator to its NumPy meaning.

    With two, the source and what was made of it: run both on the same data (random where neither --data nor --input is
    given), compare every layer in real numbers, and name the first bad one and the cause. Exit code 1 where they
    disagree.
    """
    from edgesmith import UsageError

    if inputs and data:
        raise UsageError("give either --input, once for each input, or --data with several samples")
    if other is None:
        if page or explorer or netron or data:
            raise UsageError("--data, --html, --model-explorer and --netron need two models; give the result as well")
        _alone(model, inputs, shapes, threads, isa, as_json)
    else:
        _two(model, other, inputs, data, samples, (mean, std), tolerance, (page, explorer, netron), shapes, as_json)


def _alone(model: Path, inputs: tuple[Path, ...], shapes: Any, threads: int, isa: str | None, as_json: bool) -> None:
    from edgesmith.cli.files import load_model
    from edgesmith.compiler import compile_model
    from edgesmith.media.images import Pixels
    from edgesmith.verify import check_operators

    compiled = compile_model(load_model(model), shapes=parse_shapes(shapes))
    feeds = _feeds(inputs, compiled.program.inputs, Pixels()) if inputs else None
    report = check_operators(compiled, feeds, threads=threads, isa=isa)
    show(report.to_dict(), lambda: _operators(report), as_json)
    raise SystemExit(0 if report.ok else 1)


def _two(
    model: Path,
    other: Path,
    inputs: tuple[Path, ...],
    data: Path | None,
    samples: int,
    pixels: tuple[str | None, str | None],
    tolerance: float,
    targets: tuple[Path | None, Path | None, Path | None],
    shapes: Any,
    as_json: bool,
) -> None:
    from edgesmith.cli.data import read_batches
    from edgesmith.cli.files import model_or_path
    from edgesmith.measure.verify_page import draw
    from edgesmith.verify.models import Side, compare_sides

    page, explorer, netron = targets
    wanted = parse_shapes(shapes)
    first, second = Side.open(model_or_path(model), wanted), Side.open(other, wanted)
    with first.subject, second.subject:
        ports = first.inputs
        prepared = wanted_pixels(first.model.metadata if first.model else {}, *pixels)
        arrays: Iterable[Any] | None = [_feeds(inputs, ports, prepared)] if inputs else None
        if data:
            arrays = islice(read_batches(data, ports, prepared), samples)
        found = compare_sides(first, second, arrays, tolerance)
        if page:
            times = first.subject.times(), second.subject.times()
            page.write_text(draw(found, found.causes, first.subject, second.subject, times), encoding="utf-8")
    if explorer:
        from edgesmith.measure.model_explorer import node_data

        explorer.write_text(node_data(found), encoding="utf-8")
    if netron:
        _netron(second.model, found, netron)
    show(found.to_dict(), lambda: _text(found, page), as_json)
    raise SystemExit(0 if found.ok else 1)


def _netron(model: Any, found: Any, target: Path) -> None:
    from edgesmith import UsageError
    from edgesmith.export import onnx_file
    from edgesmith.measure.netron import annotate

    if model is None:
        raise UsageError(f"{found.second} is compiled; --netron needs a result that is a model")
    target.write_bytes(annotate(onnx_file.write(model), found)[0])


def _feeds(paths: tuple[Path, ...], ports: list[Any], pixels: Any) -> list[Any]:
    from edgesmith import UsageError
    from edgesmith.cli.files import read_input

    if len(paths) != len(ports):
        raise UsageError(f"the model has {len(ports)} inputs; {len(paths)} --input were given")
    return [read_input(p, t.shape, t.dtype, t.quant, pixels) for p, t in zip(paths, ports, strict=True)]


def _operators(report: Any) -> str:
    lines = []
    for check in report.checks:
        verdict = "equal bit for bit" if check.exact else f"error {check.error:.3g}, allowed {check.allowed:.3g}"
        lines.append(f"{'ok ' if check.ok else 'BAD'}  {check.op:<20} {check.layer[-44:]:<44}  {verdict}")
    return "\n".join([*lines, str(report)])


def _text(found: Any, page: Path | None) -> str:
    lines = [f"     {'layer':<44} {'operator':<18} {'SQNR':>9} {'alone':>9}  largest error"]
    for row in found.rows:
        lines.append(
            f"{'BAD' if row.bad else 'ok ':<4} {row.name[-44:]:<44} {row.op:<18} {_db(row.sqnr_db):>9} "
            f"{_db(row.own_db):>9}  {row.max_error:.3g}"
        )
    lines.append("")
    for row in found.outputs:
        top = "" if row.same_top is None else f", the same largest element in {row.same_top:.1%}"
        error = "equal" if row.max_error == 0 else f"{_db(row.sqnr_db)}, largest error {row.max_error:.3g}"
        lines.append(f"{'ok ' if row.ok else 'BAD'} output {row.name} {list(row.shape)}: {error}{top}")
    if found.first_bad is not None:
        lines.append(f"first bad layer: {found.first_bad.op} '{found.first_bad.name}'")
    for cause in found.causes[:MOST]:
        gain = f" ({_db(cause.db_before)} to {_db(cause.db_after)})" if cause.db_after is not None else ""
        lines.append(f"{cause.kind}: {cause.text}{gain}")
    if len(found.causes) > MOST:
        lines.append(f"and {len(found.causes) - MOST} more; --json and --html have all")
    if found.unpaired:
        lines.append(f"without a counterpart in the source: {', '.join(found.unpaired[:8])}")
    verdict = "agrees with" if found.ok else "does not agree with"
    lines.append(f"{found.second} {verdict} {found.first} on {found.samples} sample(s)")
    if page:
        lines.append(f"both models side by side: {page}")
    return "\n".join(lines)


def _db(ratio: float | None) -> str:
    return "-" if ratio is None else "equal" if ratio == float("inf") else f"{ratio:.1f} dB"
