"""``edgesmith run``: a model on real input, with the time it took."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from edgesmith.cli.common import (
    auto_threads_option,
    isa_option,
    json_option,
    limit_option,
    parse_shapes,
    shape_option,
    show,
    wanted_pixels,
    weights_option,
)


@click.command("run", short_help="Run a model on an image, a recording or arrays.")
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "--input", "inputs", multiple=True, type=click.Path(path_type=Path), help="A picture, .npy, .npz or .wav."
)
@click.option("--labels", type=click.Path(path_type=Path), help="Names of the classes, one a line.")
@click.option("--top", default=5, show_default=True, type=click.IntRange(1), help="How many classes to print.")
@click.option("--output", type=click.Path(path_type=Path), help="Write all outputs to this .npz file.")
@click.option("--mean", default=None, help="Pixel mean for float inputs, one number or three: 127.5 or 124,117,104.")
@click.option("--std", default=None, help="Pixel deviation for float inputs, likewise.")
@click.option(
    "--compat", is_flag=True, help="Leave operators that are missing here to ONNX Runtime, on this host only."
)
@click.option("--runs", default=1, show_default=True, type=click.IntRange(1), help="Repeat, and give the median time.")
@limit_option
@shape_option
@auto_threads_option
@isa_option
@weights_option
@json_option
def command(
    model: Path,
    inputs: tuple[Path, ...],
    labels: Path | None,
    top: int,
    output: Path | None,
    mean: str | None,
    std: str | None,
    runs: int,
    compat: bool,
    memory_limit: str | None,
    shapes: tuple[str, ...],
    threads: Any,
    isa: str | None,
    as_json: bool,
) -> None:
    """Run MODEL (.tflite, .onnx, .param, .prototxt or .edge) on --input, once for each of its inputs, in their order.

    Pictures are resized (anti-aliased bilinear) to the input's size. Quantized inputs take the pixels themselves; float
    inputs take (pixel - mean) / std, from --mean and --std, else from the file's metadata, else pixel / 255.
    """
    import numpy as np

    from edgesmith import UsageError
    from edgesmith.cli.files import read_input
    from edgesmith.media import labels as naming

    if compat and _compat(model, inputs, output, as_json):
        return
    session, border, metadata = _open(model, parse_shapes(shapes), threads, isa, memory_limit)
    if len(inputs) != len(session.inputs):
        names = ", ".join(f"{port.name} {port.dtype}{list(port.shape)}" for port in session.inputs)
        raise UsageError(f"{model.name} has {len(session.inputs)} inputs ({names}); {len(inputs)} --input were given")
    pixels = wanted_pixels(metadata, mean, std)
    arrays = [
        read_input(path, port.shape, port.dtype, quant, pixels)
        for path, port, quant in zip(inputs, session.inputs, border, strict=True)
    ]
    times, results = [], []
    for _ in range(runs):
        session.reset()
        before = time.perf_counter()
        results = session.run(*arrays)
        times.append(1e3 * (time.perf_counter() - before))
    classes = naming.read_labels(labels) if labels else metadata.get("labels")
    if output:
        np.savez(output, **{port.name.replace("/", "_"): a for port, a in zip(session.outputs, results, strict=True)})
    described = []
    for port, array in zip(session.outputs, results, strict=True):
        entry: dict[str, Any] = {"name": port.name, "dtype": port.dtype.value, "shape": list(array.shape)}
        if array.ndim and array.size == max(array.shape) and array.dtype.kind in "fiu" and array.size > 1:
            usable = classes if classes and len(classes) == array.size else None
            if labels and usable is None:
                raise UsageError(
                    f"{labels} has {len(classes or [])} labels, output '{port.name}' has {array.size} scores"
                )
            entry["top"] = naming.top(_real(array, port.scale, port.zero_point), usable, top)
        elif array.size:
            entry["range"] = [array.min().item(), array.max().item()]
        described.append(entry)
    result = {
        "model": str(model),
        "milliseconds": float(np.median(times)),
        "runs": runs,
        "isa": session.isa,
        "threads": session.threads,
        "memory": session.memory,
        "outputs": described,
    }
    show(result, lambda: _text(result), as_json)


def _compat(model: Path, inputs: tuple[Path, ...], output: Path | None, as_json: bool) -> bool:
    """Run a model with missing operators beside ONNX Runtime; False where it needs no such help."""
    import warnings

    import numpy as np

    from edgesmith import CompatModel, UsageError, open_compat
    from edgesmith.cli.files import read_array

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        opened = open_compat(model)
    if not isinstance(opened, CompatModel):
        return False
    for warning in told:
        click.echo(f"edgesmith: warning: {warning.message}", err=True)
    arrays = [array for path in inputs for array in read_array(path)]
    if len(arrays) != len(opened.inputs):
        raise UsageError(
            f"{model.name} takes {', '.join(opened.inputs)} as .npy or .npz files; {len(arrays)} were given"
        )
    found = opened(*arrays)
    results = dict(zip(opened.outputs, found if isinstance(found, list) else [found], strict=True))
    if output:
        np.savez(output, **{name.replace("/", "_"): array for name, array in results.items()})
    lines = [f"{name} {array.dtype}{list(array.shape)} from {array.min():g} to {array.max():g}"
             for name, array in results.items()]  # fmt: skip
    shares = {
        engine: {"operators": share.operators, "seconds": share.seconds} for engine, share in opened.shares.items()
    }
    result = {"model": str(model), "outputs": list(results), "shares": shares}
    show(result, "\n".join([*lines, opened.cost()]), as_json)
    return True


def _open(
    model: Path, shapes: Any, threads: Any, isa: str | None, memory_limit: str | None = None
) -> tuple[Any, list[Any], dict[str, Any]]:
    """A session, the quantization of its inputs, and the file's metadata."""
    from edgesmith import Session, UsageError
    from edgesmith.cli.files import is_edge, load_model, read_edge
    from edgesmith.compiler import compile_model

    if is_edge(model):
        if memory_limit:
            raise UsageError(
                f"{model}: a .edge file is planned already; give --memory-limit with the model it was made from"
            )
        programs, metadata = read_edge(model)
        return Session(model, threads=threads, isa=isa), [t.quant for t in programs[0].inputs], metadata
    compiled = compile_model(load_model(model), shapes=shapes, memory_limit=memory_limit)
    session = Session(compiled.to_bytes(), threads=threads, isa=isa)
    return session, [t.quant for t in compiled.program.inputs], compiled.metadata


def _real(array: Any, scale: float, zero_point: int) -> Any:
    """Quantized scores as the real numbers they stand for."""
    return array if scale == 0 else (array.astype("float64") - zero_point) * scale


def _text(result: dict[str, Any]) -> str:
    lines = []
    for entry in result["outputs"]:
        lines.append(f"{entry['name']} {entry['dtype']}{entry['shape']}")
        for row in entry.get("top", ()):
            label = f"  {row['label']}" if row["label"] else ""
            lines.append(f"  {row['score']:10.5f}  [{row['index']}]{label}")
        if "range" in entry:
            lines.append(f"  from {entry['range'][0]:g} to {entry['range'][1]:g}")
    times = f"median of {result['runs']}" if result["runs"] > 1 else "one run, cold"
    arena = result["memory"]["arena"]
    lines.append(
        f"{result['milliseconds']:.3f} ms ({times}), {result['threads']} thread(s), {result['isa']}, "
        f"arena {arena:,} bytes"
    )
    return "\n".join(lines)
