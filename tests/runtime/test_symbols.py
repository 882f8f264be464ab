"""What the runtime asks of libc, and what it shows to the program it is linked into."""

from __future__ import annotations

import pathlib
import re
import shutil

import native
import pytest
from compilers import RUNTIME, run

# The library never prints, ends the process, reads the environment or the disk, or takes hidden randomness or time.
FORBIDDEN = {
    *("abort", "exit", "_exit", "raise", "signal", "__assert_fail", "__stack_chk_fail", "longjmp", "setjmp"),
    *("printf", "fprintf", "sprintf", "snprintf", "puts", "putchar", "perror", "fputs", "fwrite", "write"),
    *("fopen", "open", "read", "mmap", "getenv", "system", "popen", "socket", "dlopen", "rand", "random", "time"),
    *("strcpy", "strcat", "sprintf", "gets", "alloca", "strtok"),
}
ALLOCATORS = {"malloc", "calloc", "realloc", "free", "aligned_alloc", "posix_memalign"}
ALLOWED_IN_KERNELS = re.compile(
    r"edge_\w+|_GLOBAL_OFFSET_TABLE_|mem(cpy|set|move|cmp)"
    r"|(a?(sin|cos|tan)h?|atan2|exp(2|m1)?|log(2|10|1p|b)?|pow|sqrt|cbrt|erfc?|[lt]gamma|fmod|remainder|hypot|fma"
    r"|floor|ceil|trunc|rint|nearbyint|l?l?r(int|ound)|round|roundeven|fabs|fmin|fmax|copysign|ldexp|frexp|scalbn)f?"
)
MAY_ALLOCATE = {"load.o"}


@pytest.fixture(scope="module")
def objects() -> list[pathlib.Path]:
    """The runtime's objects, ``load.o`` and ``isa_avx2.o`` among them."""
    if not shutil.which("nm"):
        pytest.skip("nm is not installed")
    compiler = native.find_compiler("cc")
    assert compiler
    native.build(wish="cc", strict=True)
    folder = native.BUILD / f"{compiler.name}-strict"
    return [folder / name for source in native.sources() for name, _ in native.parts(source, split=True)]


@pytest.fixture(scope="module")
def needs(objects: list[pathlib.Path]) -> dict[str, set[str]]:
    """Object -> the names that it needs from elsewhere."""
    found: dict[str, set[str]] = {path.name: set() for path in objects}
    for line in run(["nm", "-u", "-A", *objects]).splitlines():
        path, name = line.rsplit(":", 1)[0], line.split()[-1]
        found[pathlib.Path(path).name].add(name.split("@")[0])
    assert "memcpy" in set().union(*found.values())
    return found


def test_nothing_prints_aborts_or_touches_the_system(needs: dict[str, set[str]]) -> None:
    assert not {name: sorted(names & FORBIDDEN) for name, names in needs.items() if names & FORBIDDEN}


def test_only_load_allocates(needs: dict[str, set[str]]) -> None:
    guilty = {name for name, names in needs.items() if names & ALLOCATORS}
    assert guilty == MAY_ALLOCATE


def test_kernels_need_nothing_but_arithmetic_and_memory_copies(needs: dict[str, set[str]]) -> None:
    for name, names in needs.items():
        if name.startswith("isa_"):
            strange = {need for need in names if not ALLOWED_IN_KERNELS.fullmatch(need)}
            assert not strange, f"{name} needs {sorted(strange)}"


def test_external_names_carry_the_prefix(objects: list[pathlib.Path]) -> None:
    lines = run(["nm", "-A", "-g", "--defined-only", *objects]).splitlines()
    assert lines
    assert not [line for line in lines if not line.split()[-1].startswith("edge_")]


def test_library_shows_the_header_and_nothing_else() -> None:
    shown = {line.split()[-1] for line in run(["nm", "-D", "--defined-only", native.build(strict=True)]).splitlines()}
    declared = set(re.findall(r"^EDGE_API[^;]*?\b(edge_\w+)\(", (RUNTIME / "edge.h").read_text(), re.MULTILINE))
    assert declared
    assert shown == declared


def test_no_writable_globals(objects: list[pathlib.Path]) -> None:
    """Models share no state, so that any number of them can run at once."""
    rows = [line.split() for line in run(["objdump", "-t", *objects]).splitlines() if " O " in line]
    assert rows
    assert not [row[-1] for row in rows if {".data", ".bss", "*COM*"} & set(row)]
