"""A device that computes other numbers, stops, or runs another export is found out, with the layer's name."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import edgesmith as es
from edgesmith.chips import export_model
from edgesmith.cli import main
from edgesmith.export.c import Exported
from edgesmith.tracing import compare_trace, describe

pytestmark = pytest.mark.skipif(not shutil.which("cc"), reason="a C compiler is not installed")
MAIN = """
#include <stdio.h>
#include "kws.h"
static void put(const char *line) { fputs(line, stdout); }
void kws_trace(int32_t step, const void *bytes, uint32_t count) {
    if (step == STOP) fflush(stdout), __builtin_trap();
    kws_trace_line(step, bytes, count, put);
}
int main(void) { puts("hello"); return kws_selftest() != 0; }
"""


@pytest.fixture(scope="module")
def model() -> es.Model:
    import numpy as np

    rng = np.random.default_rng(0)
    batches = [[rng.standard_normal((1, 49, 10, 1)).astype(np.float32)] for _ in range(2)]
    return es.quantize("zoo:ds_cnn_kws", batches)


@pytest.fixture(scope="module")
def exported(model: es.Model) -> Exported:
    return export_model(model, "c99", name="kws")


def log(exported: Exported, folder: Path, stop: int = -1) -> str:
    exported.save(folder)
    (folder / "main.c").write_text(MAIN)
    words = ["cc", "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-DKWS_GOLDEN", "-DKWS_TRACE", f"-DSTOP={stop}"]
    built = subprocess.run([*words, "main.c", "kws.c", "-o", "device"], cwd=folder, capture_output=True, check=False)
    assert built.returncode == 0, built.stderr.decode()
    return subprocess.run([folder / "device"], capture_output=True, text=True, check=False).stdout


def test_every_step_is_as_on_the_desk(exported: Exported, tmp_path: Path) -> None:
    found = compare_trace(exported, log(exported, tmp_path))
    assert [run.ok for run in found] == [True, True]
    assert [run.calls for run in found] == [len(exported.calls)] * 2


def test_the_first_step_that_differs_is_named(exported: Exported, tmp_path: Path) -> None:
    text = log(exported, tmp_path)
    lines = text.splitlines()
    third = next(place for place, line in enumerate(lines) if line.startswith("EDGE 0003"))
    lines[third] = lines[third][:-1] + ("0" if lines[third][-1] != "0" else "1")
    found = compare_trace(exported, "\n".join(lines))
    assert found[0].first == 3
    step = exported.calls[3].step
    assert step is not None
    assert f"layer '{step.layer}'" in found[0].said
    assert found[1].ok


def test_a_wrong_weight_on_the_device_is_found_in_its_layer(exported: Exported, tmp_path: Path) -> None:
    log(exported, tmp_path)
    constants = tmp_path / "kws_weights.h"
    text = constants.read_text()
    name = next(name for name in exported.constants if name.endswith("_4"))
    start = text.index(f" {name}[")
    text = text[:start] + re.sub(r"0x[0-9a-f]{8}", "0x12345678", text[start:], count=4)
    exported_files = exported.files()
    for file, content in exported_files.items():
        (tmp_path / file).write_text(text if file == constants.name else content)
    words = ["cc", "-std=c11", "-O1", "-DKWS_GOLDEN", "-DKWS_TRACE", "-DSTOP=-1", "main.c", "kws.c", "-o", "device"]
    subprocess.run(words, cwd=tmp_path, check=True)
    said = subprocess.run([tmp_path / "device"], capture_output=True, text=True, check=False).stdout
    first = compare_trace(exported, said)[0].first
    assert first is not None
    assert exported.calls[first].index == 4


def test_a_crash_names_the_step_at_work(exported: Exported, tmp_path: Path) -> None:
    found = compare_trace(exported, log(exported, tmp_path, stop=5))
    assert len(found) == 1
    assert found[0].first == 5
    assert "until it stops in call 5" in found[0].said
    with pytest.raises(es.UsageError, match="there is no call 99"):
        describe(exported, 99)


def test_other_texts_are_refused_with_a_reason(exported: Exported) -> None:
    with pytest.raises(es.UsageError, match="is the trace switched on"):
        compare_trace(exported, "hello\n")
    with pytest.raises(es.CheckFailed, match="another export"):
        compare_trace(exported, "EDGE 0000 00000003 00000000\n")


def test_the_verb(model: es.Model, exported: Exported, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("onnx")
    from edgesmith.export import tflite_file

    path, said = tmp_path / "kws.tflite", tmp_path / "serial.txt"
    path.write_bytes(tflite_file.write(model))
    again = export_model(path, "c99")
    (tmp_path / "c").mkdir()
    said.write_text(log(again, tmp_path / "c"))
    for words, code, text in (
        ([str(path), str(said)], 0, "are as on the desk"),
        ([str(path), "--step", "1"], 0, "layer 'conv2d'"),
        ([str(path)], 2, "give a LOG"),
    ):
        with pytest.raises(SystemExit) as stop:
            main(["trace", *words, "--target", "c99"])
        assert stop.value.code == code
        shown = capsys.readouterr()
        assert text in shown.out + shown.err
