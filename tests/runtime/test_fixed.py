"""The vectors of kernels/fixed_point.h equal the NumPy meaning bit for bit: activations for every int16 there is."""

import zlib
from pathlib import Path

import numpy as np
import pytest
import toolchain

from edgesmith.ops import fixed_point as fixed

SCALES = [(2**30, 0), (2**31 - 1, 1), (1518500250, -1), (1234567890, -7), (2000000001, -31), (1100000000, 12), (0, 0)]


@pytest.fixture(scope="module")
def meaning() -> list[str]:
    shorts = np.arange(-32768, 32768)
    lines = [say("sigmoid", 3, fixed.sigmoid(shorts).astype(np.int16))]
    lines += [say("tanh", bits, fixed.tanh(shorts, bits).astype(np.int16)) for bits in range(7)]
    number = np.arange(4096, dtype=np.uint32)
    wide = (number * np.uint32(2654435769) >> number % 32).astype(np.int32)
    wide[:5] = -(2**31), 2**31 - 1, 1 - 2**31, 2**30, -1
    for mantissa, shift in SCALES:
        scaled = fixed.multiply(wide.astype(np.int64), mantissa, shift).astype(np.int32)
        lines += [say(name, shift, scaled) for name in ("scaled", "multiply")]
    return [*lines, say("narrow", 0, np.clip(wide, -32768, 32767).astype(np.int16))]


def say(name: str, number: int, array: np.ndarray) -> str:
    return f"{name} {number} {zlib.crc32(array.tobytes()):08x}"


@pytest.mark.parametrize("isa", toolchain.ISAS)
def test_fixed_point_equals_its_meaning(isa: str, meaning: list[str], tmp_path: Path) -> None:
    toolchain.need(isa)
    program = Path(__file__).parent / "test_fixed.c"
    assert toolchain.run(isa, program, tmp_path).splitlines() == meaning
