"""Weights in four bits: the same numbers as half floats hold, in a quarter of the bytes, and damage is refused."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edgesmith.compiler import compile_graph
from edgesmith.errors import ModelError, RunError
from edgesmith.ops import Builder
from edgesmith.program import file, four_bits
from edgesmith.program.program import Program
from edgesmith.quantization.light import Grouped, short
from edgesmith.runtime.library import isas
from edgesmith.runtime.session import Session
from edgesmith.types import DType

RNG = np.random.default_rng(12)


def grouped(outputs: int, length: int, low: float = 1e-3) -> NDArray[np.float32]:
    """What ``weights4`` makes: multiples, up to 7, of a step for each 32 of an output, some of them zeros."""
    steps = short(RNG.uniform(low, 8 * low, (outputs, -(-length // 32))), 8).astype(np.float32)
    whole = RNG.integers(-7, 8, (outputs, length)).astype(np.int8)
    whole[1, :32] = 0
    return Grouped(whole, steps, 32).real


def network() -> Program:
    """Every kernel that reads half floats, with odd counts of channels: pointwise, 3x3 windows of both kinds,
    in groups, and a fully connected layer that reads its weights where they lie."""
    b = Builder("odd")
    x = b.input("x", (1, 9, 7, 37), DType.F32)
    a = b.add("conv2d", x, b.constant(grouped(65, 37).reshape(65, 1, 1, 37)), b.constant(np.ones(65, np.float32)))
    c = b.add("conv2d", a, b.constant(grouped(33, 585).reshape(33, 3, 3, 65)), padding=((1, 1), (1, 1)))
    d = b.add("conv2d", c, b.constant(grouped(64, 297).reshape(64, 3, 3, 33)), padding=((1, 1), (1, 1)), strides=(2, 2))
    e = b.add("conv2d", d, b.constant(grouped(70, 32).reshape(70, 1, 1, 32)), groups=2)
    f = b.add("reshape", e, shape=(1, 5 * 4 * 70))
    b.output(b.add("fully_connected", f, b.constant(grouped(7, 1400))), "y")
    return compile_graph(b.graph)


def whole_file(program: Program, monkeypatch: pytest.MonkeyPatch) -> bytes:
    with monkeypatch.context() as patch:
        patch.setattr(four_bits, "shorten", lambda programs: None)
        return file.write([program])


def test_answers_are_those_of_half_floats_on_every_instruction_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = network()
    halves, short_file = whole_file(program, monkeypatch), file.write([program])
    assert len(short_file) - len(halves) < -0.7 * len(program.weights)
    path = tmp_path / "short.edge"
    path.write_bytes(short_file)
    x = RNG.standard_normal((1, 9, 7, 37)).astype(np.float32)
    for isa in isas():
        with Session(halves, isa=isa) as first, Session(short_file, isa=isa) as second, Session(path, isa=isa) as third:
            for _ in range(2):  # weights that were packed are gone by then
                want = first.run(x)[0]
                assert np.isfinite(want).all()
                np.testing.assert_array_equal(second.run(x)[0], want)
                np.testing.assert_array_equal(third.run(x)[0], want)
    (back,), _ = file.read(short_file)
    assert bytes(back.weights) == bytes(program.weights)


@pytest.mark.parametrize(
    ("change", "fits"),
    [(lambda w: w, True), (lambda w: w * np.float32(2.0**-10), True), (lambda w: w * 128, True),
     (lambda w: np.where(w == w.max(), w * np.float32(1.01), w).astype(np.float16), False)],
    ids=["plain", "subnormal", "large", "one is no multiple"],
)  # fmt: skip
def test_only_what_four_bits_hold_exactly_is_stored_so(change: object, fits: bool) -> None:
    weights = change(grouped(40, 45, 2.0**-6)).astype(np.float16)  # type: ignore[operator]
    coded = four_bits._encode(weights.view(np.uint16))
    assert (coded is not None) == fits
    if coded is not None:
        assert four_bits._decode(memoryview(coded), 40, 45) == weights.tobytes()


def test_halves_that_are_no_multiples_are_stored_as_they_are() -> None:
    for odd in (np.float16(-0.0), np.float16(np.inf), np.float16(np.nan)):
        weights = grouped(2, 64).astype(np.float16)
        weights[1, 5] = odd
        assert four_bits._encode(weights.view(np.uint16)) is None
    b = Builder("plain")
    x = b.input("x", (1, 40), DType.F32)
    b.output(
        b.add("fully_connected", x, b.constant(RNG.standard_normal((40, 40)).astype(np.float16).astype("f4"))), "y"
    )
    assert four_bits.shorten([compile_graph(b.graph)]) is None


def _with_section(data: bytes, section: bytes) -> bytes:
    """The file with another section of weights; all checksums are right."""
    entries = [(tag, v, data[o : o + n]) for tag, v, o, n, _ in file._ENTRY.iter_unpack(data[64 : 64 + 32 * data[12]])]
    return file._assemble([(tag, v, section if tag == b"WGH4" else body) for tag, v, body in entries])


def test_a_section_that_contradicts_itself_is_refused() -> None:
    program = network()
    data, section = file.write([program]), four_bits.shorten([program])
    assert section is not None
    Session(_with_section(data, section)).close()
    length, count = struct.unpack_from("<QQ", section)
    offset, rows, columns = struct.unpack_from("<QII", section, 16)
    most = 2**64 - 1
    heads = [
        (most, count),
        (length + 2, count),
        (length - 2, count),
        (length, most),
        (length, 2**60),
        (length, count + 1),
    ]
    records = [
        (offset + 1, rows, columns), (most - 63, rows, columns), (offset + length, rows, columns),
        (offset, rows, 0), (offset, 2**32 - 1, columns), (offset, rows, 2**32 - 1), (offset, 2**32 - 1, 2**32 - 1),
        (offset, rows + 1, columns), (offset, 0, columns),
    ]  # fmt: skip
    broken = [struct.pack("<QQ", *head) + section[16:] for head in heads]
    broken += [section[:16] + struct.pack("<QII", *record) + section[32:] for record in records]
    broken += [section[:size] for size in (0, 15, 16, 40, len(section) - 1)] + [section + b"x"]
    for index, damaged in enumerate(broken):
        with pytest.raises(ModelError, match="four bits contradict"):
            Session(_with_section(data, damaged))
        if index != 6:  # an offset that is not aligned is no matter to listings
            with pytest.raises(ModelError):
                file.read(_with_section(data, damaged))
    with pytest.raises(RunError, match="max_bytes"):
        Session(data, max_bytes=len(program.weights))
