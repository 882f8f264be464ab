"""The .edge file: what is written is read back, and damage anywhere is found by the C loader."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

from edgesmith.compiler import compile_graph
from edgesmith.errors import ModelError, UsageError
from edgesmith.lower.lowering import Weights
from edgesmith.ops import Builder
from edgesmith.program import file
from edgesmith.program.listing import text
from edgesmith.program.program import Program
from edgesmith.runtime.session import Session
from edgesmith.types import DType, Quantization


def program(batch: int = 2, weights: Weights | None = None) -> Program:
    b = Builder("tiny")
    x = b.add("dequantize", b.input("x", (batch, 3), DType.I8, Quantization.make(0.5, 3)))
    y = b.add("add", b.add("mul", x, b.constant(np.float32([1, 2, 3]))), b.constant(np.float32(1)))
    b.output(b.add("transpose", y, perm=(1, 0)), "y")
    return compile_graph(b.graph, weights)


def test_what_is_written_is_read_back() -> None:
    made = program()
    (back,), metadata = file.read(file.write([made], {"labels": ["a"]}))
    assert metadata == {"labels": ["a"]}
    assert text(back) == text(made)
    assert [s.args for s in back.steps] == [s.args for s in made.steps]
    assert back.inputs[0].quant is not None
    assert back.inputs[0].quant.zero0 == 3


def test_variants_share_their_weights() -> None:
    weights = Weights()
    programs = [program(2, weights), program(5, weights)]
    data = file.write(programs)
    x = np.arange(15, dtype=np.int8).reshape(5, 3)
    want = (np.float32(0.5) * (x.astype(np.float32) - 3) * np.float32([1, 2, 3]) + 1).T
    np.testing.assert_array_equal(Session(data, variant=1).run(x)[0], want)
    np.testing.assert_array_equal(Session(data, variant=0).run(x[:2])[0], want[:, :2])
    with pytest.raises(Exception, match="no such variant"):
        Session(data, variant=2)
    assert len(data) < len(file.write(programs[:1])) + 1500


def test_every_cut_and_every_flipped_byte_is_found() -> None:
    data = file.write([program()])
    for size in range(len(data)):
        with pytest.raises(ModelError):
            Session(data[:size] or b"x")
    sections = [(o, n) for _, _, o, n, _ in file._ENTRY.iter_unpack(data[64 : 64 + 32 * data[12]])]
    covered = {i for offset, size in sections for i in range(offset, offset + size)} | set(range(64 + 32 * data[12]))
    for index in sorted(covered):
        damaged = bytearray(data)
        damaged[index] ^= 0x40
        with pytest.raises((ModelError, UsageError)):
            Session(bytes(damaged))


def test_the_python_reader_fails_only_by_model_error() -> None:
    data = file.write([program()])
    rng = np.random.default_rng(5)
    for _ in range(500):
        damaged = bytearray(data)
        for index in rng.integers(0, len(data), 3):
            damaged[index] = rng.integers(0, 256)
        with contextlib.suppress(ModelError):
            file.read(bytes(damaged))
