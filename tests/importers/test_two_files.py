"""Models of two files on the command line: --weights names the second, and pictures get the order of the channels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from caffe_files import Files, caffemodel
from command import run
from ncnn_files import Files as NcnnFiles


@pytest.fixture
def caffe(tmp_path: Path) -> Path:
    """A network that gives the sum of what is blue, green and red, its weights in another folder."""
    files = Files({"data": (1, 3, 4, 4)})
    files.add("InnerProduct", "data", "sums", "inner_product_param { num_output: 3 bias_term: false }")
    (tmp_path / "elsewhere").mkdir()
    weights = {"sums": [np.kron(np.eye(3), np.ones((1, 16))).astype(np.float32)]}
    (tmp_path / "elsewhere" / "w.caffemodel").write_bytes(caffemodel(weights))
    path = tmp_path / "deploy.prototxt"
    path.write_text(files.text())
    return path


@pytest.mark.parametrize("verb", ["run", "info", "inspect", "convert", "verify", "quantize"])
def test_weights_elsewhere_are_named(verb: str, caffe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given, data = caffe.parent / "elsewhere" / "w.caffemodel", caffe.parent / "x.npy"
    np.save(data, np.random.default_rng(0).uniform(0, 1, (1, 3, 4, 4)).astype(np.float32))
    more = {"run": ["--input", data], "quantize": ["--data", data], "convert": ["--weights", "f16"]}.get(verb, [])
    code, _, told = run(capsys, verb, caffe, *more)
    assert code == 3
    assert "give it as weights= (--weights FILE)" in told
    code, _, told = run(capsys, verb, caffe, "--weights", given, *more)
    assert code == 0, told
    if verb == "convert":
        code, _, told = run(capsys, "run", caffe.with_suffix(".edge"), "--weights", given, "--input", data)
        assert code == 2
        assert "holds its weights itself" in told
        assert run(capsys, "convert", caffe, "--weights", "f8")[0] == 2


def test_ncnn_takes_weights_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = NcnnFiles(["Input in0 0 1 in0 0=5 1=5 2=2", "Convolution c 1 1 in0 out 0=3 1=3 5=1 6=54"], tmp_path)
    away = files.param.with_suffix(".bin").rename(tmp_path / "other.weights")
    code, _, told = run(capsys, "info", files.param)
    assert code == 3
    assert "(--weights FILE)" in told
    code, told, _ = run(capsys, "info", files.param, "--weights", away)
    assert (code, "conv2d x1" in told) == (0, True)


def test_a_picture_is_fed_as_blue_green_red(caffe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = pytest.importorskip("PIL.Image", reason="the extra [vision] is not installed")
    picture, out = caffe.parent / "red.bmp", caffe.parent / "out.npz"
    image.fromarray(np.full((4, 4, 3), [200, 100, 50], np.uint8)).save(picture)
    words = ["run", caffe, "--weights", caffe.parent / "elsewhere" / "w.caffemodel", "--input", picture]
    code, told, warned = run(capsys, *words, "--output", out, "--mean", "10,20,30", "--std", "1")
    assert (code, warned) == (0, "")
    np.testing.assert_allclose(np.load(out)["sums"], [[16 * 40, 16 * 80, 16 * 170]])
    assert "[2]" in told.splitlines()[1]  # red, the last channel, is best
    assert run(capsys, *words)[2].count("Give --mean and --std.") == 1
