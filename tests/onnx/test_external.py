"""Tensors that lie in files beside the model: what is read, and everything that must not be."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="needs the onnx package")

from onnx import TensorProto, helper  # noqa: E402

from edgesmith.errors import ModelError  # noqa: E402
from edgesmith.importers.onnx.external import ExternalData  # noqa: E402
from edgesmith.importers.onnx.model import OnnxModel  # noqa: E402
from edgesmith.importers.onnx.reader import read  # noqa: E402

DATA = np.arange(16, dtype=np.float32)


def _model(**keys: object) -> onnx.ModelProto:
    tensor = TensorProto(name="w", data_type=1, dims=[4], data_location=TensorProto.EXTERNAL)
    for key, value in keys.items():
        tensor.external_data.add(key=key, value=str(value))
    y = helper.make_tensor_value_info("y", 1, [4])
    x = helper.make_tensor_value_info("x", 1, [4])
    graph = helper.make_graph([helper.make_node("Add", ["x", "w"], ["y"])], "g", [x], [y], [tensor])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "model"
    (inside / "sub").mkdir(parents=True)
    (inside / "w.bin").write_bytes(DATA.tobytes())
    (inside / "sub" / "w.bin").write_bytes(DATA.tobytes())
    (tmp_path / "secret.bin").write_bytes(DATA.tobytes())
    os.symlink(tmp_path / "secret.bin", inside / "link.bin")
    os.symlink(tmp_path, inside / "linked")
    os.link(tmp_path / "secret.bin", inside / "hard.bin")
    os.mkfifo(inside / "pipe")
    return inside


def _read(folder: Path, **keys: object) -> np.ndarray:
    (folder / "m.onnx").write_bytes(_model(**keys).SerializeToString())
    return _open(folder / "m.onnx").graph.constants["w"].array


def test_reads_a_range(folder: Path) -> None:
    np.testing.assert_array_equal(_read(folder, location="w.bin", offset=16, length=16), DATA[4:8])
    np.testing.assert_array_equal(_read(folder, location="./sub/w.bin", offset=48), DATA[12:])


@pytest.mark.parametrize(
    "location",
    [
        "../secret.bin",
        "sub/../../secret.bin",
        "sub\\..\\..\\secret.bin",
        "/dev/zero",
        "C:\\secret.bin",
        "link.bin",
        "linked/secret.bin",
        "hard.bin",
        "pipe",
        "sub",
        ".",
        "",
        "absent.bin",
        "a\0b",
    ],
)
def test_refuses_other_places(folder: Path, location: str) -> None:
    with pytest.raises(ModelError, match=r"external|location"):
        _read(folder, location=location, offset=0, length=16)


def test_refuses_an_absolute_path_to_the_right_file(folder: Path) -> None:
    with pytest.raises(ModelError, match="inside the model's folder"):
        _read(folder, location=folder / "w.bin", offset=0, length=16)


@pytest.mark.parametrize(
    ("offset", "length"),
    [(0, 65), (49, 16), (65, 0), (-1, 16), (0, "1e1"), (2**63, 16), ("9" * 40, 16), (0, 0), (0, 8)],
)
def test_refuses_other_ranges(folder: Path, offset: object, length: object) -> None:
    with pytest.raises(ModelError):
        _read(folder, location="w.bin", offset=offset, length=length)


def test_refuses_unknown_and_double_keys(folder: Path) -> None:
    with pytest.raises(ModelError, match="unknown key"):
        _read(folder, location="w.bin", __class__="x")
    model = _model(location="w.bin", offset=0, length=16)
    model.graph.initializer[0].external_data.add(key="location", value="../secret.bin")
    (folder / "m.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="twice"):
        _open(folder / "m.onnx")


def test_bytes_have_no_files_beside_them() -> None:
    with pytest.raises(ModelError, match="Load the model by its path"):
        read(_model(location="w.bin").SerializeToString())


def test_the_total_is_capped(folder: Path) -> None:
    files = ExternalData(folder, max_total=40)
    entries = _model(location="w.bin", offset=0, length=32).graph.initializer[0].external_data
    assert len(files.read(entries, "w")) == 32
    with pytest.raises(ModelError, match="cap"):
        files.read(entries, "w")


def _open(path: Path) -> OnnxModel:
    return read(path.read_bytes(), path.name, path)
