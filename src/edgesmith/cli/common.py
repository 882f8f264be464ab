"""Options and output that verbs share."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgesmith.errors import UsageError

if TYPE_CHECKING:
    from edgesmith.media.images import Pixels

WEIGHTS = "edgesmith.weights"  # where the path of a model's second file waits for whoever opens the first
STORED = ("f16", "bf16")

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
shape_option = click.option(
    "--shape",
    "shapes",
    multiple=True,
    metavar="NAME=1x3x224x224",
    help="Shape of an input whose file leaves dimensions open (otherwise 1).",
)
limit_option = click.option(
    "--memory-limit",
    metavar="BYTES",
    help="Fit the arena into so much memory, such as 65536, 400K or 1.5M (K is 1,024), by computing in strips of rows.",
)


def _keep_weights(context: click.Context, _: click.Parameter, path: Path | None) -> None:
    if path is not None:
        context.meta[WEIGHTS] = path


def _stored_or_kept(context: click.Context, _: click.Parameter, words: tuple[str, ...]) -> str | None:
    """Which 16 bits weights are stored in; any other word is a file's path, and is kept."""
    stored = None
    for word in words:
        if word in STORED:
            stored = word
        elif Path(word).is_file():
            context.meta[WEIGHTS] = Path(word)
        else:
            raise UsageError(f"--weights {word}: neither {' nor '.join(STORED)}, nor a file")
    return stored


_SECOND = "second file of a model that has two (ncnn, Caffe), where it is not beside the first."
weights_option = click.option(
    "--weights",
    type=click.Path(path_type=Path),
    metavar="FILE",
    callback=_keep_weights,
    expose_value=False,
    help=f"The {_SECOND}",
)
stored_weights_option = click.option(
    "--weights",
    multiple=True,
    metavar="f16|bf16|FILE",
    callback=_stored_or_kept,
    help=f"Store the weights of float layers in 16 bits, computed in float32. Or the {_SECOND}",
)
isa_option = click.option("--isa", metavar="NAME", help="Force an instruction set, such as scalar or avx2.")


class _Threads(click.ParamType):  # type: ignore[type-arg]  # generic in newer releases only
    name = "1..64|auto"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        if value == "auto":
            return "auto"
        return click.IntRange(1, 64).convert(value, param, ctx)


auto_threads_option = click.option(
    "--threads", type=_Threads(), default=1, show_default=True, help="1 to 64; auto measures what is fastest, once."
)
threads_option = click.option("--threads", type=click.IntRange(1, 64), default=1, show_default=True)


def parse_shapes(texts: Sequence[str]) -> dict[str, tuple[int, ...]] | None:
    """``("x=1x3x224x224",)`` as a mapping.

    Raises:
        UsageError: a text of another form.
    """
    shapes = {}
    for text in texts:
        name, _, dims = text.rpartition("=")
        try:
            shapes[name] = tuple(int(dim) for dim in dims.split("x")) if dims else ()
        except ValueError:
            name = ""
        if not name:
            raise UsageError(f"--shape {text}: expected NAME=1x3x224x224")
    return shapes or None


def given_numbers(text: str | None) -> list[float] | None:
    """``"124,117,104"`` as numbers; None where no text is given.

    Raises:
        UsageError: neither one number nor three.
    """
    if text is None:
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise UsageError(f"'{text}' is not one number, nor three with commas") from None
    if len(numbers) not in (1, 3):
        raise UsageError(f"'{text}' has {len(numbers)} numbers; expected 1 or 3")
    return numbers


def wanted_pixels(metadata: Mapping[str, Any], mean: str | None, std: str | None) -> Pixels:
    """What float inputs take of pixels: what is wished for, else what the file says, else pixel / 255."""
    from edgesmith.media.images import Pixels

    for numbers, option in ((given_numbers(mean), "--mean"), (given_numbers(std), "--std")):
        if not all(isfinite(number) and (number or option == "--mean") for number in numbers or ()):
            raise UsageError(f"{option} is {numbers}; expected finite numbers, std not 0")
    known = metadata.get("normalization") or {}
    return Pixels(
        given_numbers(mean) or known.get("mean") or (0.0,),
        given_numbers(std) or known.get("std") or (255.0,),
        metadata.get("channel_order") == "bgr",
        metadata.get("preprocessing", "") if mean is None and std is None else "",
    )


def show(result: dict[str, Any], text: str | Callable[[], str], as_json: bool) -> None:
    """Print a result as JSON, or as the text for people."""
    if as_json:
        click.echo(json.dumps(result, indent=2, default=_plain))
    else:
        click.echo(text if isinstance(text, str) else text())


def _plain(item: Any) -> Any:
    if hasattr(item, "tolist"):
        return item.tolist()
    return str(item)


def count(number: float) -> str:
    """``2.66 M``, ``12.5 k``: numbers that people compare."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(number) >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number:g}"


def memory_notes(program: Any) -> list[str]:
    """What a memory limit made of a program, in words; nothing where none was given."""
    done = program.metadata.get("memory_limit")
    if not done:
        return []
    plain = f"{done['plain_arena_bytes']:,} bytes computed whole"
    if not done["strips"]:
        return [f"arena {program.arena_bytes:,} of {done['bytes']:,} bytes allowed: {plain}, no strips are needed"]
    runs = [
        f"  {run['layers']} layers '{run['first']}' to '{run['last']}': {run['strips']} strips of {run['rows']} rows"
        for run in done["strips"]
    ]
    cost = (
        f"{len(program.steps)} steps instead of {done['plain_steps']}, {done['moved_bytes']:,} bytes moved between "
        "strips, no row computed twice"
    )
    return [f"arena {program.arena_bytes:,} of {done['bytes']:,} bytes allowed, {plain}; {cost}", *runs]
