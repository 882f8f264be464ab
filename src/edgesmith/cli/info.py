"""``edgesmith info``: what a file holds, without running it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import click

from edgesmith.cli.common import count, json_option, parse_shapes, shape_option, show, weights_option


@click.command("info", short_help="Say what a file holds: inputs, outputs, operators, sizes, labels.")
@click.argument("model", type=click.Path(path_type=Path))
@shape_option
@weights_option
@json_option
def command(model: Path, shapes: tuple[str, ...], as_json: bool) -> None:
    """Say what MODEL (.tflite, .onnx, .keras, .param, .prototxt, .edge or a SavedModel) holds."""
    from edgesmith.cli.files import is_edge

    result = _edge(model) if is_edge(model) else _source(model, parse_shapes(shapes))
    show(result, lambda: _text(result), as_json)


def _source(path: Path, shapes: Any) -> dict[str, Any]:
    from edgesmith.cli.files import load_model, size_of
    from edgesmith.compiler import compile_model

    model = load_model(path)
    compiled = compile_model(model, shapes=shapes)
    return {
        "file": str(path),
        "format": model.source.format,
        "bytes": size_of(path),
        "inputs": [str(spec) for spec in model.inputs],
        "outputs": [str(spec) for spec in model.outputs],
        **_program([compiled.program]),
        "metadata": model.metadata,
    }


def _edge(path: Path) -> dict[str, Any]:
    from edgesmith.cli.files import read_edge

    programs, metadata = read_edge(path)
    return {
        "file": str(path),
        "format": "edge",
        "bytes": path.stat().st_size,
        "variants": len(programs),
        "inputs": [f"{t.name}: {t.dtype}{list(t.shape)}" for t in programs[0].inputs],
        "outputs": [f"{t.name}: {t.dtype}{list(t.shape)}" for t in programs[0].outputs],
        **_program(programs),
        "metadata": metadata,
    }


def _program(programs: Any) -> dict[str, Any]:
    from edgesmith.program.four_bits import stored_bytes

    program = programs[0]
    return {
        "steps": len(program.steps),
        "macs": program.macs,
        "weight_bytes": len(program.weights),
        "stored_weight_bytes": stored_bytes(programs),
        "arena_bytes": program.arena_bytes,
        "scratch_bytes": program.scratch_bytes,
        "operators": dict(Counter(step.op for step in program.steps).most_common()),
    }


def _text(result: dict[str, Any]) -> str:
    lines = [f"{result['file']}: {result['format']}, {result['bytes']:,} bytes"]
    lines += [f"  input   {text}" for text in result["inputs"]]
    lines += [f"  output  {text}" for text in result["outputs"]]
    packed = result["stored_weight_bytes"] < result["weight_bytes"]
    stored = f" ({result['stored_weight_bytes']:,} stored)" if packed else ""
    lines.append(
        f"  {result['steps']} steps, {count(result['macs'])} MACs, weights {result['weight_bytes']:,} bytes{stored}, "
        f"arena {result['arena_bytes']:,} bytes, scratch {result['scratch_bytes']:,} bytes a thread"
    )
    lines.append("  " + ", ".join(f"{op} x{n}" for op, n in result["operators"].items()))
    for key, item in result["metadata"].items():
        text = f"{len(item)} entries, first {item[0]!r}" if isinstance(item, list) and item else str(item)
        if item:
            lines.append(f"  {key}: {text if len(text) < 200 else text[:200] + '...'}")
    return "\n".join(lines)
