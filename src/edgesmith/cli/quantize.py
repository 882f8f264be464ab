"""``edgesmith quantize``: a float model computed with int8, with scales from data."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from typing import Any

import click

from edgesmith.cli.common import json_option, parse_numbers, show

JUDGED = 16  # runs that the result is compared on


@click.command("quantize", short_help="Compute a float model with int8, with scales from data.")
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path),
    help="A folder of pictures, recordings or arrays, or a .npz or .npy file of samples.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help=".edge, .tflite or .onnx; MODEL.int8.edge by default."
)
@click.option("--limit", type=click.IntRange(1), help="Use only so many samples.")
@click.option("--mean", default=None, help="Pixel mean, one number or three: 127.5 or 124,117,104.")
@click.option("--std", default=None, help="Pixel deviation, likewise.")
@json_option
def command(
    model: Path, data: Path, output: Path | None, limit: int | None, mean: str | None, std: str | None, as_json: bool
) -> None:
    """Quantize MODEL (.tflite, .onnx, or zoo:NAME) on --data, and say how far its outputs move.

    Data are what the model is meant for, a hundred samples or so, prepared as they will be in use. They are read one
    at a time.
    """
    from edgesmith import UsageError, compile, quantize
    from edgesmith.cli.files import EXCHANGE, read_batches, write_exchange
    from edgesmith.model import ZOO, load

    target = output or Path(str(model).removeprefix(ZOO)).with_suffix(".int8.edge")
    if target.suffix not in (".edge", *EXCHANGE):
        raise UsageError(f"{target}: quantized models are written as .edge, {' or '.join(EXCHANGE)}")
    source = load(model)
    known = source.metadata.get("normalization") or {}
    means, stds = parse_numbers(mean, known.get("mean"), (0.0,)), parse_numbers(std, known.get("std"), (255.0,))

    def samples(most: int | None) -> Any:
        return islice(read_batches(data, source.inputs, means, stds), most)

    with click.progressbar(samples(limit), label="observing", file=sys.stderr) as runs:
        made = quantize(source, runs)
    noise = _noise(source, made, samples(min(limit or JUDGED, JUDGED)))
    compiled = compile(made)
    if target.suffix in EXCHANGE:
        write_exchange(made, target)
    else:
        compiled.save(target)
    islands = compiled.graph.metadata.get("float_islands", [])
    result = {
        "output": str(target),
        "bytes": target.stat().st_size,
        "arena_bytes": compiled.program.arena_bytes,
        "signal_to_noise_db": noise,
        "float_islands": islands,
    }
    ratios = "\n".join(f"{name}: {ratio:.1f} dB signal to quantization noise" for name, ratio in noise.items())
    apart = f"\n{len(islands)} operators compute with floats: {', '.join(islands[:8])}" if islands else ""
    show(result, f"{target}: {result['bytes']:,} bytes\n{ratios}{apart}", as_json)


def _noise(source: Any, made: Any, runs: Any) -> dict[str, float]:
    """Signal to noise of every float output, in dB, over the runs."""
    import numpy as np

    sums = {spec.name: np.zeros(2) for spec in source.outputs if spec.dtype.is_float}
    for run in runs:
        before, after = (result if isinstance(result, list) else [result] for result in (source(*run), made(*run)))
        for spec, wanted, got in zip(source.outputs, before, after, strict=True):
            if spec.name in sums:
                error = wanted.astype(np.float64) - got
                sums[spec.name] += np.square(wanted, dtype=np.float64).sum(), np.square(error).sum()
    return {name: float(10 * np.log10(signal / max(noise, 1e-300))) for name, (signal, noise) in sums.items() if signal}
