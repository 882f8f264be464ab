"""What all forms say alike: the page for people, the program of the self-test, the model in a sentence."""

from __future__ import annotations

from edgesmith.export.c.package import Exported
from edgesmith.export.c.text import comment


def sentence(e: Exported) -> str:
    """The model in one line of plain letters."""
    said = comment(e.program.name).encode("ascii", "replace").decode()
    return f"The network {said} as plain C for {e.target.core}"


def facts(e: Exported) -> list[str]:
    """What it takes, in lines of Markdown."""
    ports = [
        f"- {kind} {index}: `{comment(t.name)}`, {t.dtype}[{'x'.join(map(str, t.shape)) or 'scalar'}]"
        + (f", real = {float(t.quant.scale0):g} * (q {-t.quant.zero0:+d})" if t.quant and t.quant.per_tensor else "")
        for kind, tensors in (("input", e.program.inputs), ("output", e.program.outputs))
        for index, t in enumerate(tensors)
    ]
    return [
        f"- memory beside the stack: {e.arena_bytes:,} bytes, static; no heap, no set-up",
        f"- constants: {e.constant_bytes:,} bytes",
        f"- work: {e.program.macs:,} multiply-adds in {len(e.calls)} steps",
        *([f"- compile with `{e.target.flags}`"] if e.target.flags else []),
        *ports,
    ]


def readme(e: Exported, how: list[str]) -> str:
    """The page of a package: what it is, what it takes, how it is used here."""
    big = e.name.upper()
    lines = [
        f"# {e.name}",
        "",
        f"{sentence(e)}.",
        "",
        *facts(e),
        "",
        "Write the input, run, read the output:",
        "",
        "```c",
        f'#include "{e.name}.h"',
        "",
        f"memcpy({e.name}_input(0), samples, {big}_INPUT_0_BYTES);",
        f"if ({e.name}_run() == 0) use({e.name}_output(0));",
        "```",
        "",
        *(
            [f"The model remembers: call `{e.name}_reset()` first, and where another sequence begins.", ""]
            if e.program.states
            else []
        ),
        f"With `{big}_GOLDEN` defined, `{e.name}_selftest()` runs stored inputs and returns 0 where the board computes "
        "what the desk did.",
        f"With `{big}_TRACE` defined, `{e.name}_trace` is called after every step.",
        "",
        *how,
    ]
    return "\n".join(lines).rstrip() + "\n"


def selftest_main(e: Exported, before: str = "", entry: str = "int main(void)", end: str = "return failed;") -> str:
    """A C program that runs the self-test and says the outcome through ``printf``."""
    n = e.name
    return f"""\
{before}#include <stdio.h>
#include "{n}.h"

{entry} {{
    int failed = (int){n}_selftest();
    if (failed) printf("{n}: run %d differs from the desk\\n", failed);
    else printf("{n}: every run is as on the desk\\n");
    {end}
}}
"""


def with_golden(e: Exported) -> dict[str, str]:
    """The files, with the self-test always compiled in: the linker drops it where nothing calls it."""
    files = e.files()
    source = f"{e.name}.c"
    files[source] = (
        f"#define {e.name.upper()}_GOLDEN /* dropped by the linker where nothing calls it */\n{files[source]}"
    )
    return files
