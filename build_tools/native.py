"""Builds the C runtime into the shared library that the Python package loads.

One implementation for the two who need it: ``backend.py`` when somebody installs Edgesmith, and
``scripts/build_native`` while developing it. Only the standard library is imported, because an installer runs this
before anything is installed.

The compiler is ``$CC`` where it is set, else the first of ``cc``, ``gcc`` and ``clang`` that builds a trial library
which this Python can load, else the one inside the ``ziglang`` package, which needs nothing from the system.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import pathlib
import platform
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parent.parent
RUNTIME = ROOT / "runtime"
BUILD = ROOT / "build" / "native"
LIBRARY = ROOT / "src" / "edgesmith" / "_native" / "libedge.so"

# gcc would otherwise fuse a*b+c outside ISO mode, and clang inside one expression; no result may depend on that.
FLAGS = ("-std=c11", "-O2", "-fPIC", "-fvisibility=hidden", "-ffp-contract=off")
# A vocabulary is whole whether or not today's kernels use every word of it, hence the one warning less.
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wno-unused-function")
LIBRARIES = ("-lm", "-lpthread", "-lc")
LINK_PART = ("-shared",)
LINK_WHOLE = ("-shared", "-Wl,-z,defs")  # a missing function is found here and not by the user

# What the runtime asks of a compiler: C11 atomics, threads, and per-file instruction sets by pragma.
TRIAL = """
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma,avxvnni,avx512vnni,avx512vbmi"))), apply_to = function)
#else
#pragma GCC target("avx2,fma,avxvnni,avx512vnni,avx512vbmi")
#endif
int trial_simd(void) { return _mm512_reduce_add_epi32(_mm512_set1_epi32(1)); }
#if defined(__clang__)
#pragma clang attribute pop
#endif
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif
static atomic_int trial_count;
static void *trial_thread(void *unused) { atomic_fetch_add(&trial_count, 1); return unused; }
__attribute__((visibility("default"))) int edge_trial(double x) {
    pthread_t thread;
    if (pthread_create(&thread, 0, trial_thread, 0)) return 0;
    pthread_join(thread, 0);
    return atomic_load(&trial_count) > 0 && isfinite(sqrt(x));
}
"""


class BuildError(Exception):
    """The runtime cannot be built; the message says which command failed and what it printed."""


@dataclass(frozen=True, slots=True)
class Compiler:
    """A C compiler: a name that is fit for a folder, the command that compiles and links with it, and link flags."""

    name: str
    command: tuple[str, ...]
    link: tuple[str, ...] = ()


def find_compiler(wish: str | None = None) -> Compiler | None:
    """The compiler to build with, or None where only ``ziglang`` would do and is not installed yet.

    A wish (``wish`` or ``$CC``; ``zig`` means the ``ziglang`` package) that does not work is an error, never replaced.
    """
    wish = wish or os.environ.get("CC")
    if wish and wish != "zig":
        first, *rest = shlex.split(wish)
        # The whole path, as below: "cc" wished for and "cc" found share their objects.
        chosen = Compiler(pathlib.Path(first).name, (shutil.which(first) or first, *rest))
        if reason := _fault(chosen):
            raise BuildError(f"the compiler {wish!r} cannot build the runtime: {reason}. Unset CC to let one be found.")
        return chosen
    if not wish:
        for name in ("cc", "gcc", "clang"):
            if (path := shutil.which(name)) and not _fault(candidate := Compiler(name, (path,))):
                return candidate
    if importlib.util.find_spec("ziglang") is None:
        return None
    zig = _zig()
    if reason := _fault(zig):
        raise BuildError(f"the compiler in the 'ziglang' package cannot build the runtime: {reason}")
    return zig


def _zig(target: str = "") -> Compiler:
    """The compiler in the ``ziglang`` package, for this machine or for another one.

    Without -nostdlib it first spends 20 s on a support library of which a shared library of the runtime needs nothing.
    """
    command = (sys.executable, "-m", "ziglang", "cc", "-target", target or zig_target(), "-mcpu=baseline")
    return Compiler(f"zig-{target}", command) if target else Compiler("zig", command, ("-nostdlib",))


def requirements() -> list[str]:
    """What an installer must fetch before the runtime can be built: nothing, where this machine has a compiler."""
    return [] if os.environ.get("CC") != "zig" and find_compiler() else ["ziglang>=0.13"]


def zig_target() -> str:
    """The machine to compile for, with the oldest glibc that today's Python wheels run on."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    if sys.platform == "darwin":
        return f"{machine}-macos"
    return f"{machine}-linux-gnu.2.17" if platform.libc_ver()[0] == "glibc" else f"{machine}-linux-musl"


def wheel_platform(compiler: Compiler) -> str | None:
    """The platform tag that a library of this compiler has earned, or None for this machine's own."""
    target = zig_target()
    return f"manylinux_2_17_{target.split('-')[0]}" if compiler.name == "zig" and "gnu.2.17" in target else None


def build(
    output: pathlib.Path | None = None,
    *,
    wish: str | None = None,
    strict: bool = False,
    sanitize: str = "",
    coverage: bool = False,
    program: pathlib.Path | None = None,
    target: str = "",
) -> pathlib.Path:
    """Compiles what changed, links, and returns the path of the library, or of ``program`` with the runtime inside.

    ``strict`` adds warnings as errors. ``sanitize`` is a list for ``-fsanitize=``. ``target`` is another machine in
    zig's words, such as ``aarch64-linux-musl``. ``$CFLAGS`` come last, so that they can overrule ours. Whatever is
    not the plain library goes beside its objects, so that the library that the package loads stays the plain one.
    """
    compiler = _zig(target) if target else find_compiler(wish)
    if compiler is None:
        raise BuildError(
            "no C compiler works here: install gcc or clang (Debian: apt-get install gcc libc6-dev), "
            "or the one that needs no system package: pip install ziglang"
        )
    extra = (
        [f"-fsanitize={sanitize}", "-O1", "-g1", "-fno-omit-frame-pointer", "-fno-sanitize-recover=all"]
        if sanitize
        else []
    )
    extra += ["--coverage"] if coverage else []
    flags = [*FLAGS, *(STRICT if strict else ()), *extra, *shlex.split(os.environ.get("CFLAGS", ""))]
    names = [compiler.name, "strict" * strict, sanitize.replace(",", "-"), "coverage" * coverage]
    work = BUILD / "-".join(name for name in names if name)
    plain = not (extra or program or target)
    output = output or (LIBRARY if plain else work / (program.stem if program else LIBRARY.name))
    work.mkdir(parents=True, exist_ok=True)
    with _lock(BUILD / "lock"), ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 8)) as pool:
        jobs = [
            (source, work / name, part)
            for source in sources()
            for name, part in parts(source, strict and not extra and not target)
        ]
        jobs += [(program, work / f"program_{program.name}.o", [])] if program else []
        objects = list(pool.map(lambda job: _compile(compiler, [*flags, *job[2]], *job[:2]), jobs))
        whole = () if program else LINK_WHOLE if plain and sys.platform != "darwin" else LINK_PART
        command = [*compiler.command, *extra, *map(str, objects), *whole, *compiler.link, *LIBRARIES]
        stamp = BUILD / f"link-{hashlib.sha256(str(output).encode()).hexdigest()[:16]}.cmd"
        if _stale(output, objects, stamp, command):
            _run(command, output, stamp)
    return output


def sources() -> list[pathlib.Path]:
    """The files that ``cc runtime/*.c runtime/isa/*.c`` names."""
    files = sorted([*RUNTIME.glob("*.c"), *(RUNTIME / "isa").glob("*.c")])
    if not files:
        raise BuildError(f"no C source in {RUNTIME}: the runtime's folder is missing from this copy of the project")
    return files


def object_name(source: pathlib.Path) -> str:
    """``isa_avx2.o`` for ``runtime/isa/avx2.c``."""
    return "_".join(source.relative_to(RUNTIME).with_suffix(".o").parts)


def parts(source: pathlib.Path, split: bool) -> Iterator[tuple[str, list[str]]]:
    """Object names and flags for one source: whole, or an instruction set's file kernel by kernel.

    Whole is less work in all; by parts, a change of one kernel costs a second instead of a minute.
    """
    whole = object_name(source)
    if not split or source.parent.name != "isa":
        yield whole, []
        return
    lists = re.findall(r'"(byte_\w+_kernels\.inc)"', source.read_text()) or ["vector_kernels.inc"]
    lists += ["portable_kernels.inc"] * (source.stem == "scalar")
    for name in lists:
        for part in re.findall(r"EDGE_PART_\w+", (RUNTIME / "generated" / name).read_text()):
            stem = f"{whole.removesuffix('.o')}.{part.removeprefix('EDGE_PART_')}"
            yield f"{stem}.o", ["-DEDGE_PART", f"-D{part}"]


def _compile(compiler: Compiler, flags: list[str], source: pathlib.Path, target: pathlib.Path) -> pathlib.Path:
    depend, stamp = target.with_suffix(".d"), target.with_suffix(".cmd")
    command = [*compiler.command, *flags, "-MMD", "-MF", str(depend), "-MT", "x", "-c", str(source)]
    if _stale(target, [source, *_headers(depend)], stamp, command):
        _run(command, target, stamp)
    return target


def _headers(depend: pathlib.Path) -> list[pathlib.Path]:
    """The files that a make rule written by ``-MMD`` names."""
    if not depend.exists():
        return []
    return [pathlib.Path(name) for name in shlex.split(depend.read_text().replace("\\\n", " "))[1:]]


def _stale(target: pathlib.Path, inputs: list[pathlib.Path], stamp: pathlib.Path, command: list[str]) -> bool:
    """Whether a target is older than its inputs, or was made by another command."""
    try:
        made = target.stat().st_mtime_ns
        return stamp.read_text() != shlex.join(command) or any(path.stat().st_mtime_ns > made for path in inputs)
    except FileNotFoundError:
        return True


def _run(command: list[str], target: pathlib.Path, stamp: pathlib.Path) -> None:
    """Runs a command whose output takes its place whole or not at all, and notes what made it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    done = subprocess.run([*command, "-o", str(fresh)], capture_output=True, text=True, env=_environment(), check=False)
    if done.returncode:
        fresh.unlink(missing_ok=True)
        raise BuildError(f"{shlex.join(command)}\n{done.stderr or done.stdout}".rstrip())
    if done.stderr:
        sys.stderr.write(done.stderr)
    fresh.replace(target)
    stamp.write_text(shlex.join(command))


def _environment() -> dict[str, str]:
    """zig keeps a cache; it belongs beside the objects, since a home folder may be read-only or somebody else's."""
    zig = {name: str(BUILD / "zig-cache") for name in ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR")}
    return {**zig, **os.environ}


def _fault(compiler: Compiler) -> str:
    """Why a compiler is of no use, or an empty string where its library loads here and does its work."""
    with tempfile.TemporaryDirectory(prefix="edgesmith-") as scratch:
        source, library = pathlib.Path(scratch, "trial.c"), pathlib.Path(scratch, "trial.so")
        source.write_text(TRIAL)
        command = [*compiler.command, *FLAGS, str(source), "-o", str(library), "-shared", *compiler.link, *LIBRARIES]
        try:
            done = subprocess.run(command, capture_output=True, text=True, env=_environment(), check=False, cwd=scratch)
        except OSError as error:
            return str(error)
        if done.returncode:
            return (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}")[:2000]
        try:
            trial = ctypes.CDLL(str(library)).edge_trial
        except OSError as error:
            return f"its library does not load: {error}"
        trial.argtypes, trial.restype = [ctypes.c_double], ctypes.c_int
        return "" if trial(2.0) else "its trial library gives a wrong answer"


@contextlib.contextmanager
def _lock(path: pathlib.Path) -> Iterator[None]:
    """One build at a time; a second process waits and then finds everything fresh."""
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
