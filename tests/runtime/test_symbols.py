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


def undefined(path: pathlib.Path) -> set[str]:
    """The names that an object needs from elsewhere."""
    return {line.split()[-1].split("@")[0] for line in run(["nm", "-u", path]).splitlines() if line.strip()}


def test_nothing_prints_aborts_or_touches_the_system(objects: list[pathlib.Path]) -> None:
    faults = {path.name: sorted(undefined(path) & FORBIDDEN) for path in objects}
    assert not {name: found for name, found in faults.items() if found}


def test_only_load_allocates(objects: list[pathlib.Path]) -> None:
    faults = {path.name: sorted(undefined(path) & ALLOCATORS) for path in objects if path.name not in MAY_ALLOCATE}
    assert not {name: found for name, found in faults.items() if found}


def test_kernels_need_nothing_but_arithmetic_and_memory_copies(objects: list[pathlib.Path]) -> None:
    for path in objects:
        if path.name.startswith("isa_"):
            strange = {name for name in undefined(path) if not ALLOWED_IN_KERNELS.fullmatch(name)}
            assert not strange, f"{path.name} needs {sorted(strange)}"


def test_external_names_carry_the_prefix(objects: list[pathlib.Path]) -> None:
    for path in objects:
        for line in run(["nm", "-g", "--defined-only", path]).splitlines():
            assert line.split()[-1].startswith("edge_"), f"{path.name} shows {line.split()[-1]}"


def test_library_shows_the_header_and_nothing_else() -> None:
    shown = {line.split()[-1] for line in run(["nm", "-D", "--defined-only", native.build(strict=True)]).splitlines()}
    declared = set(re.findall(r"^EDGE_API[^;]*?\b(edge_\w+)\(", (RUNTIME / "edge.h").read_text(), re.MULTILINE))
    assert declared
    assert shown == declared


def test_no_writable_globals(objects: list[pathlib.Path]) -> None:
    """Models share no state, so that any number of them can run at once."""
    for path in objects:
        rows = [line.split() for line in run(["objdump", "-t", path]).splitlines() if " O " in line]
        found = [row[-1] for row in rows if {".data", ".bss", "*COM*"} & set(row)]
        assert not found, f"{path.name} has writable globals {found}"
