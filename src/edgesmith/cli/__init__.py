"""The verbs of the command line, a file each; no logic lives here.

Every verb takes ``--json``. Exit codes: 0 ok, 1 a check failed, 2 wrong usage, 3 a bad model. A misspelt word gets the
nearest name as a hint, and nothing is guessed. May import: the public names, compiler, model, media, measure, demo.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from edgesmith.errors import CheckFailed, EdgesmithError, MissingExtraError, ModelError, RunError, UsageError, nearest

VERBS = {
    "demo": "Recognise spoken digits: import, compile, verify and run the model that ships with the package.",
    "run": "Run a model on an image, a recording or arrays.",
    "convert": "Compile a model to a .edge file, verified before it is written.",
    "export": "Write a model as plain C for a microcontroller.",
    "flash-size": "Say what a model takes of a chip's flash, memory and stack.",
    "quantize": "Compute a float model with int8, with scales from data.",
    "inspect": "Show the compiled program as a table, or the graph.",
    "verify": "Compare a result with its source layer by layer, or a model with its NumPy meaning.",
    "doctor": "Find what makes an int8 model fail, in words, with what each cure would gain.",
    "trace": "Find the first step at which a microcontroller differs from the desk.",
    "bench": "Time a model beside LiteRT, ONNX Runtime, OpenVINO and ncnn, in turns.",
    "profile": "Time every layer, beside what this machine allows.",
    "tune": "Measure schedules and kernels on this machine, and write the fastest to a .edge file.",
    "info": "Say what a file holds: inputs, outputs, operators, sizes, labels.",
}


class _Verbs(click.Group):
    """Imports a verb when it is used, so that --help stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"edgesmith.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            ctx.fail(f"there is no verb '{args[0]}'.{nearest(args[0], VERBS)} Verbs: {', '.join(VERBS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="edgesmith", prog_name="edgesmith")
def cli() -> None:
    """Take a trained network and make it run well on a small machine, with the same answer everywhere."""


def exit_code(error: BaseException) -> int:
    """The exit code for an exception: 1 failed check, 2 usage, 3 bad model."""
    if isinstance(error, CheckFailed):
        return 1
    if isinstance(error, (UsageError, MissingExtraError, OSError)):
        return 2
    return 3 if isinstance(error, (ModelError, RunError, EdgesmithError)) else 1


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line; errors become one sentence on stderr and an exit code."""
    try:
        cli.main(args=arguments, prog_name="edgesmith")
    except (EdgesmithError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            sys.exit(1)
        click.echo(f"edgesmith: {error}", err=True)
        sys.exit(exit_code(error))
