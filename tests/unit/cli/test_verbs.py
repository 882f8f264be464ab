"""The verbs as a user types them: what they print, what they write, and their exit codes."""

from __future__ import annotations

import json
import tarfile
import wave
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from command import run
from tflite_builder import TFLiteBuilder

from edgesmith import UsageError
from edgesmith.cli import VERBS
from edgesmith.types import DType

CLASSES = 6


@pytest.fixture
def classifier(tmp_path: Path) -> Path:
    """A picture classifier that answers with the class whose colour is brightest."""
    rng = np.random.default_rng(3)
    b = TFLiteBuilder()
    x = b.tensor("image", (1, 4, 4, 3), "FLOAT32")
    w = b.const("w", rng.standard_normal((CLASSES, 48)).astype(np.float32))
    y = b.tensor("scores", (1, CLASSES), "FLOAT32")
    z = b.tensor("chances", (1, CLASSES), "FLOAT32")
    b.op("FULLY_CONNECTED", [x, w, None], [y], {})
    b.op("SOFTMAX", [y], [z], {"beta": 1.0})
    b.inputs(x)
    b.outputs(z)
    path = tmp_path / "classifier.tflite"
    path.write_bytes(b.build())
    return path


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    image = pytest.importorskip("PIL.Image", reason="the extra [vision] is not installed")
    path = tmp_path / "cat.bmp"
    image.fromarray(np.random.default_rng(1).integers(0, 256, (9, 7, 3), np.uint8).astype(np.uint8)).save(path)
    return path


def test_run_names_the_best_classes(
    classifier: Path, picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("\n".join(f"class {i}" for i in range(CLASSES)))
    code, out, _ = run(capsys, "run", classifier, "--input", picture, "--labels", labels, "--top", 3, "--json")
    assert code == 0
    result = json.loads(out)
    top = result["outputs"][0]["top"]
    assert len(top) == 3
    assert top[0]["score"] >= top[1]["score"] >= top[2]["score"]
    assert top[0]["label"] == f"class {top[0]['index']}"
    assert result["memory"]["arena"] > 0
    code, text, _ = run(capsys, "run", classifier, "--input", picture, "--labels", labels)
    assert code == 0
    assert f"class {top[0]['index']}" in text


@pytest.mark.parametrize("shape", [(1, 3, 1, 1), (1, 1, 1, 3)])
def test_a_picture_of_one_pixel_is_an_open_shape_that_nobody_said(shape: tuple[int, ...]) -> None:
    pytest.importorskip("PIL.Image", reason="the extra [vision] is not installed")
    from edgesmith.media.images import to_tensor

    with pytest.raises(UsageError, match=r"room for one pixel.*--shape"):
        to_tensor(np.zeros((9, 7, 3), np.uint8), shape, DType.F32, None)


@pytest.mark.parametrize("suffix", [".tflite", ".onnx"])
def test_convert_writes_other_formats(suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("onnx", reason="the extra [onnx] is not installed")
    target, again = tmp_path / f"kws{suffix}", tmp_path / "again.edge"
    code, out, _ = run(capsys, "convert", "zoo:ds_cnn_kws", "-o", target, "--json")
    assert (code, json.loads(out)["bytes"]) == (0, target.stat().st_size)
    code, out, _ = run(capsys, "convert", target, "-o", again, "--json")
    assert code == 0
    assert json.loads(out)["macs"] == 2656768


def test_convert_writes_a_file_that_gives_the_same_answer(
    classifier: Path, picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edge = tmp_path / "out.edge"
    code, out, _ = run(capsys, "convert", classifier, "-o", edge, "--json")
    assert code == 0
    assert json.loads(out)["verified"]["ok"] is True
    answers = []
    for model in (classifier, edge):
        code, out, _ = run(capsys, "run", model, "--input", picture, "--json")
        assert code == 0
        answers.append(json.loads(out)["outputs"][0]["top"])
    assert answers[0] == answers[1]
    assert run(capsys, "verify", classifier, edge)[0] == 0


def test_inspect_and_info_say_what_is_inside(
    classifier: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edge = tmp_path / "out.edge"
    run(capsys, "convert", classifier, "-o", edge)
    for model in (classifier, edge):
        code, out, _ = run(capsys, "inspect", model)
        assert code == 0
        assert "fully_connected_f32" in out
        assert "bytes of arena" in out
        code, out, _ = run(capsys, "inspect", model, "--json")
        assert json.loads(out)["programs"][0]["macs"] == 48 * CLASSES
        code, out, _ = run(capsys, "info", model, "--json")
        assert code == 0
        assert json.loads(out)["operators"]["fully_connected"] == 1
    code, out, _ = run(capsys, "inspect", classifier, "--graph")
    assert "fully_connected(" in out
    assert run(capsys, "inspect", edge, "--graph")[0] == 2


def test_verify_holds_every_operator_to_its_meaning(classifier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "verify", classifier, "--json")
    assert code == 0
    checks = json.loads(out)["operators"]
    assert {check["op"] for check in checks} >= {"fully_connected", "softmax"}
    assert all(check["ok"] for check in checks)


def test_verify_finds_two_models_that_differ(
    classifier: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = bytearray(classifier.read_bytes())
    weights = np.random.default_rng(3).standard_normal((CLASSES, 48)).astype(np.float32).tobytes()
    start = bytes(data).index(weights)
    data[start + 3] ^= 0x80  # the sign of the first weight
    other = tmp_path / "other.tflite"
    other.write_bytes(data)
    code, out, _ = run(capsys, "verify", classifier, other)
    assert code == 1
    assert "BAD" in out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["inspekt", "x"], 2, "Did you mean 'inspect'?"),
        (["run", "nowhere.tflite"], 2, "no such file"),
        (["run", "{model}"], 2, "1 inputs"),
        (["run", "{model}", "--input", "{text}"], 2, "inputs are pictures"),
        (["run", "{model}", "--inptu", "x"], 2, "--input"),
        (["run", "{model}", "--isa", "avx3"], 2, "avx2"),
        (["inspect", "{text}"], 3, ""),
        (["inspect", "{empty}"], 3, "empty"),
        (["inspect", "{model}", "--shape", "imag=1x4x4x3"], 2, "Did you mean 'image'?"),
        (["inspect", "{model}", "--shape", "image=axb"], 2, "expected NAME=1x3x224x224"),
        (["convert", "{model}", "-o", "{model}"], 2, "is the model itself"),
    ],
)
def test_wrong_words_get_one_sentence_and_an_exit_code(
    words: list[str], code: int, said: str, classifier: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, empty = tmp_path / "notes.txt", tmp_path / "empty.tflite"
    text.write_text("hello, this is no model")
    empty.write_bytes(b"")
    places = {"{model}": classifier, "{text}": text, "{empty}": empty}
    got, _, err = run(capsys, *(places.get(word, word) for word in words))
    assert got == code, err
    assert said in err
    assert "Traceback" not in err


@pytest.fixture
def image_filter(tmp_path: Path) -> Path:
    """Two 3x3 convolutions over an image of 32 x 32: memory that strips can save."""
    rng = np.random.default_rng(5)
    b = TFLiteBuilder()
    names = [b.tensor(name, (1, 32, 32, 8), "FLOAT32") for name in ("image", "edges", "corners")]
    for index in range(2):
        w = b.const(f"w{index}", rng.standard_normal((8, 3, 3, 8)).astype(np.float32))
        bias = b.const(f"b{index}", np.zeros(8, np.float32))
        options = {"stride_w": 1, "stride_h": 1, "padding": "SAME", "dilation_w_factor": 1, "dilation_h_factor": 1}
        b.op("CONV_2D", [names[index], w, bias], [names[index + 1]], options)
    path = tmp_path / "filter.tflite"
    b.inputs(names[0])
    b.outputs(names[2])
    path.write_bytes(b.build())
    return path


def test_a_memory_limit_is_kept_told_and_refused(
    image_filter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "convert", image_filter, "-o", tmp_path / "f.edge", "--memory-limit", "52K", "--json")
    assert code == 0, err
    result = json.loads(out)
    assert result["arena_bytes"] <= 52 * 1024 < result["memory_limit"]["plain_arena_bytes"]
    assert result["verified"]["ok"]
    code, out, _ = run(capsys, "inspect", tmp_path / "f.edge")
    assert code == 0
    assert "rows 0.." in out
    code, out, _ = run(capsys, "inspect", image_filter, "--memory-limit", "52K")
    assert "no row computed twice" in out
    code, _, err = run(capsys, "convert", image_filter, "-o", tmp_path / "g.edge", "--memory-limit", "1K")
    assert code != 0
    assert "at least" in err
    assert run(capsys, "convert", image_filter, "-o", tmp_path / "g.edge", "--memory-limit", "lots")[0] == 2
    np.save(tmp_path / "x.npy", np.ones((1, 32, 32, 8), np.float32))
    words = ("run", image_filter, "--input", tmp_path / "x.npy", "--memory-limit", "0.05M", "--json")
    code, out, err = run(capsys, *words)
    assert code == 0, err
    assert json.loads(out)["memory"]["arena"] <= 0.05 * (1 << 20)


def test_tune_writes_a_file_and_the_curve_is_a_picture(
    image_filter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "tune", image_filter, "-o", tmp_path / "f.edge", "--rounds", "2", "--json")
    assert code == 0, err
    result = json.loads(out)
    assert {"before_ms", "after_ms", "schedules", "kernels", "isa"} <= set(result)
    assert run(capsys, "inspect", tmp_path / "f.edge")[0] == 0
    assert run(capsys, "tune", tmp_path / "f.edge")[0] == 2
    code, out, err = run(capsys, "inspect", image_filter, "--memory-curve", tmp_path / "curve.svg", "--json")
    assert code == 0, err
    points = json.loads(out)["points"]
    picture = ElementTree.fromstring((tmp_path / "curve.svg").read_text())
    circles = [item for item in picture.iter() if item.tag.endswith("circle")]
    assert len(circles) == len(points) >= 2


def test_every_verb_takes_json_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in VERBS:
        code, out, _ = run(capsys, verb, "--help")
        assert code == 0
        assert "--json" in out


def test_demo_hears_the_shipped_clips_and_writes_its_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("onnx", reason="the extra [onnx] is not installed")
    code, out, _ = run(capsys, "demo", "-o", tmp_path / "demo", "--json")
    assert code == 0
    result = json.loads(out)
    words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    for item in result["recordings"]:
        assert item["heard"][0]["label"] == words[int(item["clip"][0])], item
    assert result["model_bytes"] < 200_000
    assert "<html" in Path(result["page"]).read_text()


def test_demo_takes_a_recording_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("onnx", reason="the extra [onnx] is not installed")
    path = tmp_path / "mine.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44100)
        file.writeframes(np.random.default_rng(0).integers(-3000, 3000, 44100, np.int16).tobytes())
    code, out, _ = run(capsys, "demo", path, "-o", tmp_path / "demo", "--json")
    assert code == 0
    (mine,) = json.loads(out)["recordings"]
    assert sum(entry["probability"] for entry in mine["heard"]) == pytest.approx(1, abs=1e-3)
    assert run(capsys, "demo", tmp_path / "none.wav", "-o", tmp_path / "demo")[0] == 2


def test_quantize_reads_samples_and_says_how_far_outputs_move(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, target = tmp_path / "frames.npz", tmp_path / "kws.tflite"
    np.savez(data, input=np.random.default_rng(2).uniform(-1, 1, (5, 49, 10, 1)).astype(np.float32))
    code, out, _ = run(capsys, "quantize", "zoo:ds_cnn_kws", "--data", data, "-o", target, "--json")
    assert code == 0
    result = json.loads(out)
    assert result["bytes"] == target.stat().st_size
    assert result["float_islands"] == []
    assert result["signal_to_noise_db"]["probabilities"] > 20
    code, out, _ = run(capsys, "quantize", "zoo:ds_cnn_kws", "--data", data, "-o", tmp_path / "kws.edge")
    assert code == 0
    assert "dB signal to quantization noise" in out
    assert (tmp_path / "kws.edge").stat().st_size < 50_000


def test_quantize_reads_a_folder_of_pictures(
    picture: Path, classifier: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    picture.rename(folder / picture.name)
    target = tmp_path / "small.onnx"
    code, _, _ = run(capsys, "quantize", classifier, "--data", folder, "-o", target)
    assert (code, target.is_file()) == (0, True)


@pytest.mark.parametrize(
    ("arrays", "word"),
    [
        ({"x": np.zeros((3, 48, 10, 1), np.float32)}, "is no number of samples"),
        ({"x": np.zeros((3, 49, 10, 1), np.float32), "y": np.zeros(3, np.float32)}, "holds 2 arrays"),
        ({"x": np.zeros((0, 49, 10, 1), np.float32)}, "at least one batch"),
    ],
)
def test_quantize_refuses_data_that_do_not_fit(
    arrays: dict[str, np.ndarray], word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "data.npz", **arrays)  # type: ignore[arg-type]
    target = tmp_path / "out.edge"
    code, _, err = run(capsys, "quantize", "zoo:ds_cnn_kws", "--data", tmp_path / "data.npz", "-o", target)
    assert code == 2
    assert word in err
    assert not target.exists()


def test_quantize_reads_archives_keeps_a_drop_and_takes_its_plan_back(
    classifier: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = pytest.importorskip("PIL.Image", reason="the extra [vision] is not installed")
    rng = np.random.default_rng(8)
    photos, archive, plan = tmp_path / "photos", tmp_path / "photos.tar", tmp_path / "plan.toml"
    for name in ("cat", "dog"):
        (photos / name).mkdir(parents=True)
        for number in range(4):
            pixels = rng.integers(0, 256, (5, 6, 3), np.uint8)
            image.fromarray(pixels.astype(np.uint8)).save(photos / name / f"{number}.png")
    with tarfile.open(archive, "w") as tar:
        tar.add(photos, "photos")
    results = []
    for data in (photos, archive):
        target = tmp_path / f"{data.suffix or 'folder'}.edge"
        words = ["quantize", classifier, "--data", data, "-o", target, "--save-plan", plan, "--json"]
        code, out, err = run(capsys, *words, "--max-drop", "100%", "--labels", "folders", "--method", "minmax")
        assert code == 0, err
        results.append(json.loads(out))
        assert results[-1]["samples"] == 8
        assert results[-1]["budget"]["samples"] == 8
        assert any("no layer is lifted" in reason for reason in results[-1]["reasons"])
    assert (tmp_path / "folder.edge").read_bytes() == (tmp_path / ".tar.edge").read_bytes()
    again = tmp_path / "again.edge"
    code, _, err = run(capsys, "quantize", classifier, "--data", photos, "-o", again, "--plan", plan)
    assert code == 0, err
    assert again.read_bytes() == (tmp_path / "folder.edge").read_bytes()
    labels = tmp_path / "labels.csv"
    labels.write_text("file,class\ncat/0.png,1\n")
    words = ["quantize", classifier, "--data", photos, "-o", again, "--max-drop", "1%", "--labels", labels]
    code, _, err = run(capsys, *words)
    assert (code, "has no label for sample 2" in err) == (2, True), err
    for text, sentence in ((b"\xff\xfe,1\n", "not a text in UTF-8"), ("0\n²\n".encode(), "'²' is no class number")):
        labels.write_bytes(text)
        code, _, err = run(capsys, *words)
        assert (code, sentence in err) == (2, True), err
    for wrong, sentence in (
        (["--max-drop", "much"], "expected a share such as 0.5%"),
        (["--std", "0"], "expected finite numbers, std not 0"),
        (["-o", tmp_path / "nowhere" / "a.edge"], "there is no folder"),
    ):
        code, _, err = run(capsys, "quantize", classifier, "--data", photos, *wrong)
        assert (code, sentence in err) == (2, True), err
    archive.write_bytes(archive.read_bytes()[:700])
    code, _, err = run(capsys, "quantize", classifier, "--data", archive, "-o", again)
    assert (code, err.count("\n")) == (3, 1), err


def test_quantize_reads_samples_row_by_row(
    classifier: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    samples = np.random.default_rng(2).random((6, 4, 4, 3), np.float32)
    plain, packed, turned = tmp_path / "a.npy", tmp_path / "b.npz", tmp_path / "c.npy"
    np.save(plain, np.where(samples == samples[4, 1, 1, 1], np.float32(np.nan), samples))
    for words in (["quantize", classifier], ["doctor", classifier], ["verify", classifier, classifier]):
        code, _, err = run(capsys, *words, "--data", plain)
        assert (code, "sample 5, 'a.npy', holds numbers that are not finite" in err) == (3, True), err
    np.save(plain, samples)
    np.savez_compressed(packed, image=samples)
    np.save(turned, np.asfortranarray(samples))
    files = []
    for data in (plain, packed, turned):
        target = tmp_path / f"{data.stem}.edge"
        code, _, err = run(capsys, "quantize", classifier, "--data", data, "-o", target)
        assert code == 0, err
        files.append(target.read_bytes())
    assert files[0] == files[1] == files[2]
    plain.write_bytes(plain.read_bytes()[:-8])
    code, _, err = run(capsys, "quantize", classifier, "--data", plain, "-o", tmp_path / "d.edge")
    assert (code, "is truncated" in err) == (3, True), err
