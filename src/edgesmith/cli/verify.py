"""``edgesmith verify``: one model operator by operator, or two models output by output."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from edgesmith.cli.common import isa_option, json_option, parse_shapes, shape_option, show, threads_option


@click.command("verify", short_help="Compare a model with its NumPy meaning, or two models with each other.")
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("other", type=click.Path(path_type=Path), required=False)
@click.option(
    "--input", "inputs", multiple=True, type=click.Path(path_type=Path), help="A picture, .npy, .npz or .wav."
)
@click.option(
    "--tolerance", default=1e-4, show_default=True, help="Largest difference over largest magnitude, for two models."
)
@shape_option
@threads_option
@isa_option
@json_option
def command(
    model: Path,
    other: Path | None,
    inputs: tuple[Path, ...],
    tolerance: float,
    shapes: tuple[str, ...],
    threads: int,
    isa: str | None,
    as_json: bool,
) -> None:
    """With one MODEL: run it step by step in C, and hold every operator to its NumPy meaning.

    With two: run both on the same input (random where no --input is given) and compare their outputs. Exit code 1 where
    they differ by more than --tolerance.
    """
    from edgesmith.compiler import compile_model
    from edgesmith.model import load
    from edgesmith.verify import check_operators, compare_outputs

    wanted = parse_shapes(shapes)
    if other is None:
        compiled = compile_model(load(model), shapes=wanted)
        feeds = _feeds(inputs, compiled.program.inputs) if inputs else None
        report = check_operators(compiled, feeds, threads=threads, isa=isa)
        show(report.to_dict(), lambda: _operators(report), as_json)
        raise SystemExit(0 if report.ok else 1)
    from edgesmith.cli.run import _open

    first, quants, _ = _open(model, wanted, threads, isa)
    second, _, _ = _open(other, wanted, threads, isa)
    arrays = (
        _feeds(inputs, [_Port(p, q) for p, q in zip(first.inputs, quants, strict=True)]) if inputs else _random(first)
    )
    rows = compare_outputs([port.name for port in first.outputs], first.run(*arrays), second.run(*arrays), tolerance)
    ok = all(row.ok for row in rows)
    show({"ok": ok, "outputs": [asdict(row) for row in rows]}, lambda: "\n".join(map(str, rows)), as_json)
    raise SystemExit(0 if ok else 1)


class _Port:
    """A session's port with the quantization that its file tells."""

    def __init__(self, port: Any, quant: Any) -> None:
        self.shape, self.dtype, self.quant = port.shape, port.dtype, quant


def _feeds(paths: tuple[Path, ...], ports: list[Any]) -> list[Any]:
    from edgesmith import UsageError
    from edgesmith.cli.files import read_input

    if len(paths) != len(ports):
        raise UsageError(f"the model has {len(ports)} inputs; {len(paths)} --input were given")
    return [read_input(p, t.shape, t.dtype, t.quant, (0.0,), (255.0,)) for p, t in zip(paths, ports, strict=True)]


def _random(session: Any) -> list[Any]:
    from edgesmith.verify import random_array

    return [random_array(port.shape, port.dtype, port.scale != 0, seed) for seed, port in enumerate(session.inputs)]


def _operators(report: Any) -> str:
    lines = []
    for check in report.checks:
        verdict = "equal bit for bit" if check.exact else f"error {check.error:.3g}, allowed {check.allowed:.3g}"
        lines.append(f"{'ok ' if check.ok else 'BAD'}  {check.op:<20} {check.layer[-44:]:<44}  {verdict}")
    return "\n".join([*lines, str(report)])
