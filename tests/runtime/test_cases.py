"""Every operator case in C alone: sanitized, at unmapped pages, starved of memory, on other machines through qemu.

``cases.c`` says what each command does. The NumPy meaning is the judge, as in ``tests/ops``.
"""

from __future__ import annotations

import pathlib
import shutil
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import native
import numpy as np
import pytest
from compilers import command, run
from harness import PATTERNS, Prepared, compare, distinct, prepare

from edgesmith.ops import Operator, load_all

PROGRAM = pathlib.Path(__file__).with_name("cases.c")
pytestmark = pytest.mark.slow
EMULATED = {"aarch64-linux-musl": "qemu-aarch64-static", "arm-linux-musleabihf": "qemu-arm-static"}


@dataclass
class Bundle:
    """The cases in the order in which they lie in the file."""

    path: pathlib.Path
    cases: list[tuple[str, Operator, Prepared]]


def padded(data: bytes) -> bytes:
    """A block of a bundle: its size, its bytes, both filled up to 64."""
    return struct.pack("<Q56x", len(data)) + data + bytes(-len(data) % 64)


def write(path: pathlib.Path, cases: Sequence[tuple[str, Operator, Prepared]]) -> Bundle:
    """The bundle that ``cases.c`` reads."""
    with path.open("wb") as file:
        file.write(b"CASES1".ljust(64, b"\0"))
        for name, _, prepared in cases:
            file.write(padded(name.encode()) + padded(prepared.data) + struct.pack("<Q56x", len(prepared.feeds)))
            for feed in prepared.feeds:
                file.write(padded(np.ascontiguousarray(feed).tobytes()))
    return Bundle(path, list(cases))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Every case with every pattern of input."""
    cases = [
        (f"{name}/{case.id or index} {pattern}", op, prepare(op, case, pattern))
        for name, op in sorted(load_all().items())
        for index, case in enumerate(op.cases())
        for pattern in PATTERNS
    ]
    return write(tmp_path_factory.mktemp("cases") / "all", cases)


@pytest.fixture(scope="module")
def random(bundle: Bundle) -> Bundle:
    """Every case with random input."""
    return write(bundle.path.with_name("random"), [case for case in bundle.cases if case[0].endswith(" random")])


@pytest.fixture(scope="module")
def first(random: Bundle) -> Bundle:
    """The first case of each operator."""
    cases = {op.name: (name, op, prepared) for name, op, prepared in reversed(random.cases)}
    return write(random.path.with_name("first"), list(cases.values()))


def outputs(
    bundle: Bundle, path: pathlib.Path
) -> Iterator[tuple[str, Operator, np.ndarray, np.ndarray, np.ndarray | None]]:
    """What the program wrote, beside what was expected, and how far from it may be."""
    data, at = path.read_bytes(), 0
    for name, op, prepared in bundle.cases:
        for index, want in enumerate(prepared.expected):
            axis, extent, size = struct.unpack_from("<qqQ", data, at)
            value = prepared.graph.outputs[index]
            got = np.frombuffer(data, value.dtype.numpy, size // value.dtype.numpy.itemsize, at + 24)
            at += 24 + size
            got = got.reshape(value.shape)
            cut = (slice(None),) * axis + (slice(0, extent),) if axis >= 0 else ()
            allowed = prepared.allowed[index] if prepared.allowed else None
            yield f"{name} output={index}", op, got[cut], want, allowed
    assert at == len(data)


def judge(bundle: Bundle, program: list[str | pathlib.Path], isa: str, threads: int, folder: pathlib.Path) -> None:
    """Run all cases and compare each output."""
    out = folder / f"out-{isa}-{threads}"
    run([*program, bundle.path, "run", isa, threads, out])
    for where, op, got, want, allowed in outputs(bundle, out):
        compare(op, got, want, f"{where} isa={isa} threads={threads}", allowed)
    out.unlink()


def isas_of(bundle: Bundle, program: list[str | pathlib.Path]) -> list[str]:
    """The instruction sets that the program finds here, from plain to best, but for those that later ones contain."""
    return distinct(run([*program, bundle.path, "isas"]).split())


def test_sanitized(random: Bundle, first: Bundle, tmp_path: pathlib.Path) -> None:
    """No address, leak or undefined-behaviour report on any instruction set; the results are still right."""
    command("cc")
    program = native.build(program=PROGRAM, strict=True, sanitize="address,undefined")
    for isa in isas_of(random, [program]):
        judge(random, [program], isa, 1, tmp_path)
    judge(first, [program], isa, 3, tmp_path)
    run([program, first.path, "starve"])


def test_threads_do_not_race(first: Bundle, tmp_path: pathlib.Path) -> None:
    command("cc")
    program = native.build(program=PROGRAM, strict=True, sanitize="thread")
    # The thread sanitizer of older compilers cannot live with much address randomisation.
    plainly = ["setarch", "-R", program] if shutil.which("setarch") else [program]
    judge(first, plainly, isas_of(first, plainly)[-1], 3, tmp_path)


def test_every_failing_allocation_is_an_error_and_leaves_nothing(first: Bundle) -> None:
    run([native.build(program=PROGRAM, strict=True), first.path, "starve"])


def test_no_kernel_leaves_its_buffers(bundle: Bundle) -> None:
    """Each buffer is as small as the kernel's check allows and touches an unmapped page, first behind, then before."""
    program = native.build(program=PROGRAM, strict=True)
    for isa in isas_of(bundle, [program]):
        run([program, bundle.path, "guard", isa])


@pytest.mark.parametrize("target", EMULATED)
def test_emulated(
    bundle: Bundle, random: Bundle, target: str, tmp_path: pathlib.Path, figure: Callable[[str], None]
) -> None:
    """NEON, and a machine with 32-bit addresses: equal for integers, within the stated bound for floats."""
    command("zig")
    emulator = shutil.which(EMULATED[target]) or pytest.skip(f"{EMULATED[target]} is not installed")
    program = [emulator, native.build(program=PROGRAM, strict=True, target=target)]
    isas = isas_of(bundle, program)
    assert isas == {"aarch64-linux-musl": ["scalar", "neon", "neon_dot", "neon_i8mm"]}.get(target, ["scalar"])
    for isa in isas[1:] or isas:
        # Sets that only add byte products differ from plain NEON in a few kernels: random input is enough for them.
        judge(random if "_" in isa else bundle, program, isa, 1, tmp_path)
        run([*program, random.path, "guard", isa])
    judge(random, program, isas[-1], 3, tmp_path)
    figure(f"{target}: {len(bundle.cases)} operator cases on {', '.join(isas[1:] or isas)}")
