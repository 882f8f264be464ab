"""The shipped digit model and clips are what the demo promises."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from edgesmith.demo import audio

DEMO = Path(audio.__file__).parent
CLIPS = sorted((DEMO / "clips").glob("*.wav"))
LABELS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def test_every_digit_has_clips_and_all_are_small() -> None:
    assert {clip.name[0] for clip in CLIPS} == set("0123456789")
    assert len(CLIPS) >= 20
    assert sum(clip.stat().st_size for clip in CLIPS) < 250_000
    for clip in CLIPS:
        samples, rate = audio.read_wav(clip)
        assert rate == audio.RATE
        assert 0.2 < samples.size / rate < 1
        assert 0.5 < np.abs(samples).max() < 0.95


def test_model_is_small_and_says_what_it_takes() -> None:
    onnx = pytest.importorskip("onnx", reason="the onnx package is not installed")
    path = DEMO / "digits.onnx"
    assert path.stat().st_size < 200_000
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    facts = {entry.key: entry.value for entry in model.metadata_props}
    assert json.loads(facts["labels"]) == LABELS
    assert int(facts["sample_rate"]) == audio.RATE
    taken, given = model.graph.input[0], model.graph.output[0]
    assert (taken.name, given.name) == ("samples", "probabilities")
    assert [d.dim_value for d in taken.type.tensor_type.shape.dim] == [1, audio.LENGTH]
    assert [d.dim_value for d in given.type.tensor_type.shape.dim] == [1, len(LABELS)]
    assert "spectrogram" in {name for node in model.graph.node for name in node.output}
    assert not {"STFT", "DFT", "MelWeightMatrix"} & {node.op_type for node in model.graph.node}


@pytest.fixture(scope="module")
def session() -> object:
    runtime = pytest.importorskip("onnxruntime", reason="the onnxruntime package is not installed")
    return runtime.InferenceSession(DEMO / "digits.onnx", providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.stem)
@pytest.mark.parametrize("gain", [1.0, 0.01])
def test_model_hears_the_shipped_clips_loud_and_soft(session: object, clip: Path, gain: float) -> None:
    found = session.run(["probabilities"], {"samples": audio.load(clip) * np.float32(gain)})[0]  # type: ignore[attr-defined]
    assert abs(found.sum() - 1) < 1e-5
    assert LABELS[int(found.argmax())] == LABELS[int(clip.name[0])]


def test_model_bears_silence(session: object) -> None:
    found = session.run(["probabilities"], {"samples": np.zeros((1, 8000), np.float32)})[0]  # type: ignore[attr-defined]
    assert np.isfinite(found).all()
