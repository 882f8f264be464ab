"""``edgesmith inspect``: the program as a table, or the graph as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edgesmith.cli.common import (
    json_option,
    limit_option,
    memory_notes,
    parse_shapes,
    shape_option,
    show,
    weights_option,
)


@click.command("inspect", short_help="Show the compiled program as a table, or the graph.")
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--graph", "as_graph", is_flag=True, help="Show the graph after all passes instead of the program.")
@click.option("--source", "as_source", is_flag=True, help="Show the graph as imported, before any pass.")
@click.option(
    "--memory-curve",
    type=click.Path(path_type=Path),
    metavar="FILE.svg",
    help="Measure the model in ever less memory, and draw time against bytes of arena.",
)
@click.option("--target", metavar="NAME", help="Say what the model takes on a microcontroller, as flash-size does.")
@limit_option
@shape_option
@weights_option
@json_option
def command(
    model: Path,
    as_graph: bool,
    as_source: bool,
    memory_curve: Path | None,
    target: str | None,
    memory_limit: str | None,
    shapes: tuple[str, ...],
    as_json: bool,
) -> None:
    """Show the program of MODEL: every step with its layer, shape, kernel, MACs, weight bytes and place in the arena.

    MODEL is a .tflite, .onnx, .param, .prototxt or .edge file.
    """
    from edgesmith import UsageError
    from edgesmith.cli.files import is_edge, model_or_path
    from edgesmith.program import listing

    if target:
        from edgesmith.chips import sizes
        from edgesmith.cli import flash_size

        found = sizes(model_or_path(model), target, memory_limit=memory_limit)
        show(found, flash_size.text(found), as_json)
        return
    if is_edge(model):
        if as_graph or as_source or memory_curve or memory_limit:
            raise UsageError(
                f"{model}: a .edge file holds a planned program, no graph; inspect the model it was made from"
            )
        from edgesmith.cli.files import read_edge
        from edgesmith.program.four_bits import stored_bytes

        programs, _ = read_edge(model)
        stored = stored_bytes(programs)
        texts = [listing.text(program) for program in programs]
        if stored < len(programs[0].weights):
            texts.append(f"weights take {stored:,} bytes in the file: some in four bits\n")
        described = {"programs": [_described(program) for program in programs], "stored_weight_bytes": stored}
        show(described, "\n".join(texts), as_json)
        return
    from edgesmith.cli.files import load_model
    from edgesmith.compiler import compile_model
    from edgesmith.ir import text

    source = load_model(model)
    if memory_curve:
        _draw(source, parse_shapes(shapes), memory_curve, as_json)
        return
    if as_source:
        graph = source.graph(parse_shapes(shapes))
        show({"graph": text(graph)}, text(graph), as_json)
        return
    compiled = compile_model(source, shapes=parse_shapes(shapes), memory_limit=memory_limit)
    if as_graph:
        show({"graph": text(compiled.graph)}, text(compiled.graph), as_json)
    else:
        notes = "\n".join(memory_notes(compiled.program))
        show({"programs": [_described(compiled.program)]}, lambda: listing.text(compiled.program) + notes, as_json)


def _described(program: Any) -> dict[str, Any]:
    from edgesmith.program import listing

    return {
        "name": program.name,
        "steps": listing.rows(program),
        "macs": program.macs,
        "weight_bytes": len(program.weights),
        "arena_bytes": program.arena_bytes,
        "memory_limit": program.metadata.get("memory_limit"),
        "scratch_bytes": program.scratch_bytes,
    }


def _draw(source: Any, shapes: Any, target: Path, as_json: bool) -> None:
    from dataclasses import asdict

    from edgesmith.measure import memory_picture
    from edgesmith.tuning import memory_curve

    rows = [asdict(point) for point in memory_curve(source, shapes=shapes)]
    note = "each dot is a schedule: layers whole on the right, in strips of rows to the left; least of 40 runs"
    target.write_text(memory_picture.draw(source.name, rows, note), encoding="utf-8")
    lines = [
        f"  arena {row['arena_bytes']:>12,} bytes  {row['best_ms']:8.3f} ms  {row['steps']:>5} steps, "
        f"{row['layers_in_strips']} layers in strips, {row['moved_bytes']:,} bytes moved"
        for row in rows
    ]
    show({"output": str(target), "points": rows}, "\n".join([f"{target}: {len(rows)} schedules", *lines]), as_json)
