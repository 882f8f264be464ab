"""``edgesmith flash-size``: what a model takes on a microcontroller, before anything is compiled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edgesmith.cli.common import json_option, show, weights_option
from edgesmith.cli.export import cost_text


@click.command("flash-size", short_help="Say what a model takes of a chip's flash, memory and stack.")
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--target", required=True, metavar="NAME", help="cortex-m0+, -m4, -m7, -m33, -m55 or rv32imc.")
@click.option("--memory-limit", metavar="BYTES", help="As for export.")
@click.option("--optimize", type=click.Choice(["speed", "size"]), default="speed", show_default=True)
@weights_option
@json_option
def command(model: Path, target: str, memory_limit: str | None, optimize: str, as_json: bool) -> None:
    """Say how many bytes MODEL takes on a target: code by kernel, constants, memory, and the deepest stack.

    Kernels, and the functions of C's and GCC's libraries that they call, were measured with GCC 12; everything else is
    counted.
    """
    from edgesmith.chips import sizes
    from edgesmith.cli.files import model_or_path

    found = sizes(model_or_path(model), target, memory_limit=memory_limit, optimize=optimize)
    show(found, text(found), as_json)


def text(found: dict[str, Any]) -> str:
    """The figures for people."""
    rows = [f"{size:>10,}  {name}" for name, size in (found["kernels"] | found["libraries"]).items()]
    rows += [f"{found['arguments_and_calls']:>10,}  arguments and calls", f"{found['constants']:>10,}  constants"]
    unmeasured = found["unmeasured"]
    lines = [
        *rows,
        f"{found['flash']:>10,}  bytes of flash{' at most' * bool(found['fitted'])}, {found['code']:,} of them code",
        f"{found['memory']:>10,}  bytes of memory",
        f"{found['stack']:>10,}  bytes of stack at most",
    ]
    if found["fitted"]:
        lines.append(f"Kernels that GCC makes smaller, as far as this model allows: {', '.join(found['fitted'])}")
    if unmeasured:
        lines.append(
            f"Not measured, so that their code comes on top and their stack may be deeper: {', '.join(unmeasured)}"
        )
    return "\n".join([*lines, cost_text(found)])
