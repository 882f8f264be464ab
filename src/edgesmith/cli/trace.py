"""``edgesmith trace``: what a device said of its steps, beside the desk."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from edgesmith.cli.common import json_option, show, weights_option


@click.command("trace", short_help="Find the first step at which a microcontroller differs from the desk.")
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("log", type=click.Path(path_type=Path), required=False)
@click.option("--target", required=True, metavar="NAME", help="What the model was exported for.")
@click.option("--memory-limit", metavar="BYTES", help="As it was given to export.")
@click.option(
    "--golden", type=click.Path(path_type=Path), multiple=True, metavar="FILE.npz", help="As given to export."
)
@click.option("--step", type=int, help="Name the layer of a call, such as the one that a crash handler found at work.")
@weights_option
@json_option
def command(
    model: Path,
    log: Path | None,
    target: str,
    memory_limit: str | None,
    golden: tuple[Path, ...],
    step: int | None,
    as_json: bool,
) -> None:
    """Compare LOG, in which a device running the export of MODEL said a line a step, with the desk.

    The exported header has the function that says the lines, where MODEL_TRACE is defined. Whatever else is in the log
    is left aside. Exit code 1 where a step differs; with --step, no log is needed.
    """
    from edgesmith import UsageError
    from edgesmith.chips import export_model
    from edgesmith.cli.files import model_or_path, read_array
    from edgesmith.tracing import compare_trace, describe

    if (log is None) == (step is None):
        raise UsageError("give a LOG to compare, or --step with the number of a call")
    inputs = [read_array(path) for path in golden]
    exported = export_model(model_or_path(model), target, memory_limit=memory_limit, inputs=inputs)
    if log is None:
        assert step is not None
        said = describe(exported, step)
        show({"call": step, "said": said}, said, as_json)
        return
    found = compare_trace(exported, log.read_text(encoding="utf-8", errors="replace"))
    ok = all(run.ok for run in found)
    show({"ok": ok, "runs": [asdict(run) for run in found]}, "\n".join(run.said for run in found), as_json)
    raise SystemExit(0 if ok else 1)
