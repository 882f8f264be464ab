"""The spoken-digit recogniser as a firmware for a Cortex-M4, by the example's own words: recordings in, digits out."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from boards import board

from edgesmith.demo.recognise import shipped_clips


@pytest.fixture(scope="module")
def example(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("digits_firmware", root / "examples/firmware/digits.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_it_hears_every_clip_in_a_fraction_of_real_time(
    example: ModuleType, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    board("cortex-m4")
    clips = shipped_clips()
    found = example.hear(example.quantized(), clips, "cortex-m4", tmp_path)
    right = sum(int(chances.argmax()) == int(path.name[0]) for path, chances in zip(clips, found.board, strict=True))
    figure(
        f"digits on cortex-m4: {right} of {len(clips)} heard right, {found.instructions:,} instructions a second of "
        f"audio, {found.share:.1%} of a core at 64 MHz, {found.memory:,} bytes of memory, {found.flash:,} of flash"
    )
    assert "self-test: every run is as on the desk" in found.said
    assert right == len(clips)
    # The network's integers are the desk's. Floats of the spectrum are summed in another order, which may move a level
    # by a step: on these clips it moves none.
    np.testing.assert_allclose(found.board, found.desk, rtol=1e-5, atol=1e-6)
    assert found.share < 0.3


def test_the_script_hears_the_recording_it_is_given(root: Path, tmp_path: Path) -> None:
    board("cortex-m4")
    clip = next(path for path in shipped_clips() if path.name.startswith("7"))
    words = [sys.executable, root / "examples/firmware/digits.py", clip, "-o", tmp_path / "out"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.match(rf"{re.escape(clip.name)}: seven, \d+\.\d%\n", done.stdout)
    assert "of a core at 64 MHz" in done.stdout
    (tmp_path / "none.wav").write_bytes(b"nothing")
    words[2] = tmp_path / "none.wav"
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "not a wav file" in done.stderr
    assert "Traceback" not in done.stderr
