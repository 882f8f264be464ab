"""The C runtime builds alone: strictly, by every compiler here, by the documented command, and under old C++."""

from __future__ import annotations

import ctypes
import pathlib
import re
import time
from collections.abc import Callable

import native
import pytest
from compilers import RUNTIME, command, run

STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


@pytest.mark.parametrize("compiler", ["gcc", "clang", "zig"])
def test_header_stands_alone_in_strict_c11(compiler: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "user.c").write_text('#include "edge.h"\n#include "edge.h"\nint main(void) { return 0; }\n')
    flags = ["-std=c11", *STRICT, "-Wconversion", "-Wstrict-prototypes", "-Wundef"]
    run([*command(compiler), *flags, f"-I{RUNTIME}", "-c", "user.c", "-o", "user.o"], cwd=tmp_path)


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_header_stands_alone_in_cpp17(compiler: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "user.cc").write_text('#include "edge.h"\nauto text = &edge_status_text;\nint main() { return 0; }\n')
    flags = ["-std=c++17", *STRICT, "-Wold-style-cast"]
    run([*command(compiler), *flags, f"-I{RUNTIME}", "-c", "user.cc", "-o", "user.o"], cwd=tmp_path)


def test_strict_build(figure: Callable[[str], None]) -> None:
    command("cc")  # or a skip
    begun = time.perf_counter()
    library = native.build(wish="cc", strict=True)
    figure(f"runtime built by cc: {time.perf_counter() - begun:.1f} s, {library.stat().st_size / 1e6:.2f} MB")
    assert ctypes.CDLL(str(library)).edge_load


def test_another_compiler_finds_nothing_to_warn_of(tmp_path: pathlib.Path) -> None:
    """clang here; zig is as strict in test_cases.py and tests/repo/test_install.py, where it also builds."""
    run([*command("clang"), *native.FLAGS, *native.STRICT, "-fsyntax-only", *native.sources()], cwd=tmp_path)


def test_documented_command_builds_it(tmp_path: pathlib.Path) -> None:
    """One bare command with no flag of ours, as the first lines of edge.h promise, linked with a user's program."""
    (tmp_path / "user.c").write_text(
        "#include \"edge.h\"\nint main(void) { return edge_status_text(EDGE_OK)[0] != 'o'; }\n"
    )
    sources = f"{RUNTIME}/*.c {RUNTIME}/isa/*.c"
    (compiler,) = command("cc")
    run(["sh", "-c", f"{compiler} -I{RUNTIME} user.c {sources} -o user -lm -lpthread"], cwd=tmp_path)
    run([tmp_path / "user"])


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_nothing_is_fused_that_no_kernel_fused(compiler: str, tmp_path: pathlib.Path) -> None:
    """A bare compile has as many fused multiply-adds as one that is told to fuse none by itself."""
    source = RUNTIME / "isa" / "avx2.c"
    counts = []
    for flags in (["-std=gnu11"], ["-std=c11", "-ffp-contract=off"]):
        text = run([*command(compiler), "-O1", "-w", *flags, "-S", source, "-o", "-"], cwd=tmp_path)
        counts.append(len(re.findall(r"\tv?fn?m(?:add|sub)|\tvfn?m(?:add|sub)\w+", text)))
    assert counts[0] == counts[1]


def test_every_status_has_its_own_text() -> None:
    library = ctypes.CDLL(str(native.build(strict=True)))
    library.edge_status_text.restype = ctypes.c_char_p
    header = (RUNTIME / "edge.h").read_text()
    names = re.findall(r"^\s*(EDGE_(?:OK|E_\w+))\b", header, re.MULTILINE)
    texts = [library.edge_status_text(code).decode() for code in range(len(names))]
    assert len(set(texts)) == len(names) > 5
    assert library.edge_status_text(len(names)) == library.edge_status_text(-1) == b"unknown status"


def test_every_isa_is_in_the_makefile_free_build() -> None:
    """A new instruction set is a file in runtime/isa, found by the wildcard of the documented command."""
    table = (RUNTIME / "tables.c").read_text() + (RUNTIME / "cpu.c").read_text()
    for path in (RUNTIME / "isa").glob("*.c"):
        assert path.stem in table, f"{path.name} is compiled but never chosen"
