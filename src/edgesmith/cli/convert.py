"""``edgesmith convert``: a source model to a .edge file, verified on the way."""

from __future__ import annotations

from pathlib import Path

import click

from edgesmith.cli.common import (
    count,
    given_numbers,
    json_option,
    limit_option,
    memory_notes,
    parse_shapes,
    shape_option,
    show,
    stored_weights_option,
)


@click.command("convert", short_help="Compile a model to a .edge file, verified before it is written.")
@click.argument("model", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write; MODEL.edge by default.")
@click.option("--labels", type=click.Path(path_type=Path), help="Put the names of the classes into the file.")
@click.option("--mean", default=None, help="Put the pixels' mean into the file: 127.5 or 124,117,104.")
@click.option("--std", default=None, help="And their deviation: inputs are (pixel - mean) / std.")
@click.option("--verify/--no-verify", default=True, show_default=True, help="Hold every operator to its NumPy meaning.")
@stored_weights_option
@limit_option
@shape_option
@json_option
def command(
    model: Path,
    output: Path | None,
    labels: Path | None,
    mean: str | None,
    std: str | None,
    verify: bool,
    weights: str | None,
    memory_limit: str | None,
    shapes: tuple[str, ...],
    as_json: bool,
) -> None:
    """Compile MODEL to a .edge file, or write it as .onnx or .tflite, by suffix.

    MODEL is a .tflite, .onnx, .param (ncnn) or .prototxt (Caffe) file, or zoo:NAME.
    A .edge file is written only after the C runtime has loaded it, every operator has agreed with its NumPy meaning,
    and the outputs of a float model have agreed with the graph as imported; another file once its layers, read again,
    have agreed with the source's. Quantized tensors whose scale did not come along are listed. Labels, mean and
    deviation are those of the source's file where they are not given.
    """
    from edgesmith import CheckFailed, UsageError
    from edgesmith.cli.files import load_model
    from edgesmith.compiler import compile_model
    from edgesmith.exchange import SUFFIXES, described, write
    from edgesmith.media.labels import read_labels
    from edgesmith.model import ZOO

    target = output or Path(str(model).removeprefix(ZOO)).with_suffix(".edge")
    if target.resolve() == model.resolve():
        raise UsageError(f"{target} is the model itself; give another --output")
    source = load_model(model)
    classes = read_labels(labels) if labels else None
    means, stds = given_numbers(mean), given_numbers(std)
    if target.suffix in SUFFIXES:
        if memory_limit or weights:
            raise UsageError(f"--memory-limit and --weights are for .edge files, not for {target}")
        written = write(
            source, target, labels=classes, mean=means, std=stds, shapes=parse_shapes(shapes), verify=verify
        )
        show(written.to_dict(), str(written), as_json)
        return
    compiled = compile_model(source, shapes=parse_shapes(shapes), memory_limit=memory_limit, weights=weights)
    compiled.metadata.update(described(compiled.metadata, classes, means, stds))
    checked, apart = None, 0.0
    if verify:
        from edgesmith.verify import check_operators, check_source

        checked = check_operators(compiled)
        if not checked.ok:
            raise CheckFailed(f"{checked}. Nothing was written.")
        if weights:  # what rounding costs is for the user to judge; the rest of the way is held to the source
            check_source(source, compile_model(source, shapes=parse_shapes(shapes)), parse_shapes(shapes))
        apart = check_source(source, compiled, parse_shapes(shapes), float("inf") if weights else 1e-4)
    compiled.save(target)
    program = compiled.program
    result = {
        "output": str(target),
        "bytes": target.stat().st_size,
        "steps": len(program.steps),
        "macs": program.macs,
        "arena_bytes": program.arena_bytes,
        "scratch_bytes": program.scratch_bytes,
        "memory_limit": program.metadata.get("memory_limit"),
        "weights": weights,
        "difference": apart if verify else None,
        "verified": checked.to_dict() if checked else None,
    }
    text = (
        f"{target}: {result['bytes']:,} bytes, {len(program.steps)} steps, {count(program.macs)} MACs, "
        f"arena {program.arena_bytes:,} bytes\n{checked or 'not verified (--no-verify)'}"
    )
    if weights and verify:
        text += f"\nweights rounded to {weights}: outputs differ by at most {apart:.2g} of the largest value"
    show(result, "\n".join([text, *memory_notes(program)]), as_json)
