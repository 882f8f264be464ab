"""The demo's spoken-digit recogniser on an emulated Cortex-M4: recordings in, digits out, the front end included."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np
from boards import measure

import edgesmith as es
from edgesmith.chips import export_model
from edgesmith.demo.audio import read_wav

CLOCK = 64e6  # hertz of the core that it is judged against


def recordings() -> list[tuple[int, np.ndarray]]:
    """The digits that ship with the package: what was said, and one second of it at 8 kHz."""
    found = []
    for path in sorted(Path(str(files("edgesmith.demo") / "clips")).glob("*.wav")):
        samples, _ = read_wav(path)
        second = np.zeros((1, 8000), np.float32)
        second[0, : min(8000, samples.size)] = samples[:8000]
        found.append((int(path.name[0]), second))
    return found


def test_it_hears_digits_in_a_fraction_of_real_time(tmp_path: Path, figure: Callable[[str], None]) -> None:
    heard = recordings()
    model = es.quantize(
        Path(str(files("edgesmith.demo") / "digits.onnx")), [[second] for _, second in heard], measure_speed=False
    )
    right = sum(int(np.argmax(model(second))) == digit for digit, second in heard)
    exported = export_model(model, "cortex-m4", name="digits", inputs=[[second] for _, second in heard[:2]])
    found = measure(exported, tmp_path)
    figure(
        f"digits on cortex-m4: {right} of {len(heard)} heard right, {found.instructions:,} instructions a second of "
        f"audio, {found.instructions / CLOCK:.1%} of a core at 64 MHz, {found.memory:,} bytes of memory, "
        f"{found.text:,} of flash"
    )
    assert found.failed == 0, "the board does not hear what the desk hears"
    assert right == len(heard)
    assert found.instructions < CLOCK / 2
