"""Every word of every runtime/simd header equals scalar.h, bit for bit, on all instruction sets this machine can run.

The test program takes the place of `kernels.inc` in a copy of `runtime/isa/<isa>.c`, so that the real target pragmas
are what is tested. Arm runs under qemu-aarch64, WebAssembly under node.
"""

from pathlib import Path

import pytest
import toolchain

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def scalar(tmp_path_factory: pytest.TempPathFactory) -> str:
    return toolchain.run("scalar", HERE / "test_words.c", tmp_path_factory.mktemp("scalar"))


@pytest.mark.parametrize("isa", toolchain.ISAS[1:])
def test_words_equal_scalar(isa: str, scalar: str, tmp_path: Path) -> None:
    toolchain.need(isa)
    theirs = toolchain.run(isa, HERE / "test_words.c", tmp_path).splitlines()
    ours = scalar.splitlines()
    assert len(ours) >= 54, "the scalar program stopped early"
    assert theirs[-1].split() == ["vf_fma", "00000000"]
    assert [line.split()[0] for line in theirs] == [line.split()[0] for line in ours]
    different = [a.split()[0] for a, b in zip(theirs, ours, strict=True) if a != b]
    assert not different, f"{isa}: these words differ from scalar: {different}"


@pytest.mark.parametrize("isa", toolchain.ISAS)
def test_math_stays_within_its_stated_bounds(isa: str, tmp_path: Path) -> None:
    toolchain.need(isa)
    lines = toolchain.run(isa, HERE / "test_math.c", tmp_path).splitlines()
    assert len(lines) == 20, "the program stopped early"
    assert not [line for line in lines if not line.endswith("ok")]
