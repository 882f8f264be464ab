"""``edgesmith export``: a model as plain C for a microcontroller."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edgesmith.cli.common import json_option, show, weights_option


@click.command("export", short_help="Write a model as plain C for a microcontroller.")
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--target", required=True, metavar="NAME", help="c99, cortex-m0+, -m4, -m7, -m33, -m55 or rv32imc.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The folder to write into.")
@click.option(
    "--package",
    "form",
    default="plain",
    show_default=True,
    metavar="FORM",
    help="plain, cmake, arduino, zephyr, esp-idf or platformio: the same files in the form that a build system takes; "
    "firmware: a program that runs under QEMU.",
)
@click.option("--package-version", default="1.0.0", show_default=True, help="What package managers are told.")
@click.option("--name", help="What files and functions are called; the model's file name by default.")
@click.option(
    "--memory-limit",
    metavar="BYTES",
    help="Fit all memory but the stack into so much, such as 65536 or 64K (K is 1,024), by strips of rows.",
)
@click.option("--flash-limit", metavar="BYTES", help="Refuse more bytes of code and constants.")
@click.option("--optimize", type=click.Choice(["speed", "size"]), default="speed", show_default=True)
@click.option(
    "--golden",
    "golden",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE.npz",
    help="Inputs for a run of the self-test, in the model's order; again for more runs. Noise by default.",
)
@weights_option
@json_option
def command(
    model: Path,
    target: str,
    output: Path,
    form: str,
    package_version: str,
    name: str | None,
    memory_limit: str | None,
    flash_limit: str | None,
    optimize: str,
    golden: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Write MODEL (.tflite, .onnx, or zoo:NAME) as C: an interface, the kernels and calls, the constants, and inputs
    with the desk's answers for a self-test. It needs no heap, no set-up and no library.
    """
    from edgesmith.chips import export_model, spent
    from edgesmith.cli.files import model_or_path, read_array
    from edgesmith.export.c.bundles import save, texts

    exported = export_model(
        model_or_path(model),
        target,
        name=name,
        memory_limit=memory_limit,
        flash_limit=flash_limit,
        optimize=optimize,
        inputs=[read_array(path) for path in golden],
    )
    paths = save(texts(exported, form, package_version), output)
    result: dict[str, Any] = {
        "output": str(output),
        "files": [str(path.relative_to(output)) for path in paths],
        "target": target,
        "arena_bytes": exported.arena_bytes,
        "constant_bytes": exported.constant_bytes,
        "steps": len(exported.calls),
        "macs": exported.program.macs,
        "selftest": exported.golden_said,
        **spent(exported),
    }
    text = (
        f"{output}: {', '.join(result['files'])}\n{len(exported.calls)} calls, {exported.program.macs:,} MACs; "
        f"{exported.arena_bytes:,} bytes of memory but the stack, {exported.constant_bytes:,} of constants\n"
        f"{cost_text(result)}\n"
        f"self-test: {exported.golden_said}{'' if golden else '; --golden FILE.npz gives it inputs of your own'}"
    )
    show(result, text, as_json)


def cost_text(found: dict[str, Any]) -> str:
    """Instructions of an inference, and those of the same model without a limit and for speed."""
    if found["uncounted"] and not found["instructions"]:
        return "instructions of an inference are not known: no kernel was measured on this target"
    text = f"about {found['instructions']:,} instructions an inference"
    if found["uncounted"]:
        text += f", without those of {', '.join(found['uncounted'])}, which were not measured"
    if (plain := found["plain"]) and plain["instructions"]:
        more = 100 * (found["instructions"] / plain["instructions"] - 1)
        text += (
            f"; without limit and for speed {plain['instructions']:,} ({more:+.1f} % for this one), in "
            f"{plain['memory']:,} bytes of memory, with {plain['code']:,} of code"
        )
    return text
