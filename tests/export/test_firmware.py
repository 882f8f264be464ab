"""The bare-metal package by the commands that its page names: what it says, what it finds, and what is refused."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from boards import board

import edgesmith as es
from edgesmith.chips import export_model
from edgesmith.cli import main
from edgesmith.export.c import Exported
from edgesmith.export.c.bundles import save, texts
from edgesmith.ops import Builder
from edgesmith.tracing import compare_trace
from edgesmith.types import DType


def exported(target: str = "cortex-m4", name: str = "mean", length: int = 8) -> Exported:
    b = Builder("mean")
    x = b.input("x", (1, length), DType.F32)
    b.output(b.add("reduce_mean", b.add("mul", x, x), axes=(1,), keepdims=True), "y")
    return export_model(es.load(b.graph), target, name=name)


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "-s", *words], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize("target", ["cortex-m4", "rv32imc"])
def test_one_command_builds_and_runs(target: str, tmp_path: Path) -> None:
    board(target)
    save(texts(exported(target), "firmware"), tmp_path)
    values = np.arange(24, dtype=np.float32).reshape(3, 8)
    values.tofile(tmp_path / "inputs.bin")
    done = make(tmp_path, "run")
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout + done.stderr
    assert "self-test: every run is as on the desk" in said
    assert re.search(r"inputs.bin: 3 runs, \d+ instructions at most", said)
    got = np.fromfile(tmp_path / "outputs.bin", np.float32)
    np.testing.assert_allclose(got, (values**2).mean(axis=1), rtol=1e-6)
    assert "make run" in (tmp_path / "README.md").read_text()


def test_trace_and_profile_name_the_steps(tmp_path: Path) -> None:
    board("cortex-m4")
    made = exported()
    save(texts(made, "firmware"), tmp_path)
    done = make(tmp_path, "trace")
    assert [run.ok for run in compare_trace(made, done.stdout + done.stderr)] == [True] * len(made.golden)
    done = make(tmp_path, "profile")
    assert len(re.findall(r"^step \d+: \d+$", done.stdout + done.stderr, re.M)) == len(made.calls)


@pytest.mark.parametrize("target", ["cortex-m4", "rv32imc"])
def test_another_answer_and_a_write_into_flash_are_found(target: str, tmp_path: Path) -> None:
    board(target)
    save(texts(exported(target), "firmware"), tmp_path)
    golden, source = tmp_path / "mean_golden.h", tmp_path / "mean.c"
    right, text = golden.read_text(), source.read_text()
    head, outputs = right.split("golden_out_0", 1)
    golden.write_text(head + "golden_out_0" + re.sub(r"-?\d+,", "64,", outputs))
    done = make(tmp_path, "run")
    assert done.returncode != 0
    assert "self-test: run 1 differs from the desk" in done.stdout + done.stderr
    golden.write_text(right)
    spoil = "extern uint32_t flash_high[]; *(volatile uint32_t *)(flash_high - 1) ^= 1;"
    source.write_text(re.sub(r"(int32_t mean_run\(void\) \{)", rf"\1 {spoil}", text))
    done = make(tmp_path, "run")
    assert done.returncode != 0
    assert "constants: changed" in done.stdout + done.stderr


def test_large_models_get_other_memory_and_their_vectors_stay() -> None:
    made = exported(length=1_060_000)
    made.golden = made.golden[:1]
    script = texts(made, "firmware")["link.ld"]
    assert "first (rx) : ORIGIN = 0x00000000" in script
    assert "flash (rx) : ORIGIN = 0x21000000" in script
    assert "ram (rwx) : ORIGIN = 0x21800000" in script


def test_what_has_no_machine_or_no_room_is_one_sentence() -> None:
    with pytest.raises(es.UsageError, match="target 'c99' has no machine of QEMU; targets with one: cortex-m0"):
        texts(exported("c99"), "firmware")
    with pytest.raises(es.UsageError, match="give the model another name"):
        texts(exported(name="main"), "firmware")
    with pytest.raises(es.ModelError, match=r"bytes of RAM with its self-test; mps3-an547 has 524,288|of flash"):
        texts(exported("cortex-m55", length=200_000), "firmware")


def test_the_verb_writes_it(tmp_path: Path) -> None:
    words = ["export", "zoo:ds_cnn_kws", "--target", "cortex-m7", "--package", "firmware", "-o", str(tmp_path)]
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 0
    assert {"Makefile", "link.ld", "main.c", "board.h", "cortex_m.c", "README.md"} <= {
        p.name for p in tmp_path.iterdir()
    }
