"""``edgesmith tune``: measure what compiling leaves open on this machine, and write down what was fastest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edgesmith.cli.common import json_option, parse_shapes, shape_option, show, threads_option, weights_option


@click.command(
    "tune", short_help="Measure schedules and kernels on this machine, and write the fastest to a .edge file."
)
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Where to write; MODEL with suffix .edge by default."
)
@click.option("--rounds", default=60, show_default=True, type=click.IntRange(2), help="Runs of each alternative.")
@shape_option
@threads_option
@weights_option
@json_option
def command(
    model: Path, output: Path | None, rounds: int, shapes: tuple[str, ...], threads: int, as_json: bool
) -> None:
    """Compile MODEL (.tflite, .onnx or zoo:NAME) with what measures fastest here, in --threads threads.

    Layers in strips of rows, which stay in the cache, run against layers computed whole, and kernels against others
    that compute the same. Every operator is verified before the file is written.
    """
    from edgesmith import CheckFailed, UsageError
    from edgesmith.cli.files import is_edge, load_model
    from edgesmith.tuning import tune
    from edgesmith.verify import check_operators

    if model.is_file() and is_edge(model):
        raise UsageError(f"{model}: a .edge file is compiled already; tune the model it was made from")
    source = load_model(model)
    target = output or Path(f"{source.name.replace(':', '_')}.edge" if not model.suffix else model.with_suffix(".edge"))
    if target.resolve() == model.resolve():
        raise UsageError(f"{target} is the model itself; give another --output")
    tuned = tune(source, shapes=parse_shapes(shapes), threads=threads, rounds=rounds)
    checked = check_operators(tuned.compiled, threads=threads)
    if not checked.ok:
        raise CheckFailed(f"{checked}. Nothing was written.")
    tuned.compiled.save(target)
    show({"output": str(target), **tuned.to_dict()}, lambda: _text(target, tuned), as_json)


def _text(target: Path, tuned: Any) -> str:
    lines = [
        f"{target}: {tuned.after_ms:.3f} ms, {tuned.before_ms:.3f} ms before, {tuned.threads} thread(s), {tuned.isa}"
    ]
    lines += [
        f"  arena {row['arena_bytes']:>12,} bytes  {row['steps']:>5} steps  {row['ms']:.3f} ms"
        for row in tuned.schedules
    ]
    lines += [
        f"  {row['layer']}: {row['kernel']} takes {row['us']:.1f} us, {row['instead_of']} {row['us_before']:.1f} us"
        for row in tuned.kernels
    ]
    return "\n".join(lines)
