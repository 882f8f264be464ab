"""No verb reaches the network, starts another program (bench: its workers), or writes outside its folder.

Every verb runs under an audit hook that Python itself calls before it opens a socket, starts a process or opens a file.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import edgesmith
from edgesmith.cli import VERBS

GUARD = """
import os, sys
HERE = os.path.realpath(os.environ["EDGESMITH_TEST_FOLDER"])
STARTS = ("subprocess.Popen",) if os.environ.get("EDGESMITH_TEST_STARTS") else ()
FORBIDDEN = ("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname",
             "urllib.Request", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
def watch(event, arguments):
    if event in FORBIDDEN and not (event in STARTS and arguments[0] in (sys.executable, "git")):
        os.write(2, f"FORBIDDEN {event} {arguments!r}\\n".encode())
        os._exit(77)
    if event == "open" and isinstance(arguments[0], (str, bytes)) and isinstance(arguments[2], int):
        path = os.path.realpath(os.fsdecode(arguments[0]))
        if arguments[2] & WRITES and not f"{path}/".startswith((HERE + os.sep, "/dev/", "/proc/self/")):
            os.write(2, f"FORBIDDEN write to {path}\\n".encode())
            os._exit(77)
sys.addaudithook(watch)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A place with a small model, an input for it, and the guard that every Python started there loads first."""
    onnx = pytest.importorskip("onnx", reason="the onnx package is not installed")
    here = tmp_path_factory.mktemp("offline")
    (here / "guard").mkdir()
    (here / "guard" / "sitecustomize.py").write_text(GUARD)
    weight = onnx.numpy_helper.from_array(np.arange(12, dtype=np.float32).reshape(4, 3) / 12, "w")
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("MatMul", ["x", "w"], ["h"]), onnx.helper.make_node("Relu", ["h"], ["y"])],
        "small",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 4])],
        [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1, 3])],
        [weight],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    (here / "small.onnx").write_bytes(model.SerializeToString())
    np.save(here / "x.npy", np.ones((1, 4), np.float32))
    return here


LINES = {
    "demo": [["--json"]],
    "convert": [["small.onnx", "-o", "small.edge"]],
    "export": [["small.onnx", "--target", "c99", "-o", "out"]],
    "flash-size": [["small.onnx", "--target", "cortex-m4"]],
    "quantize": [["small.onnx", "--data", "x.npy", "-o", "small.tflite"]],
    "run": [["small.onnx", "--input", "x.npy"], ["small.edge", "--input", "x.npy", "--json"]],
    "inspect": [["small.onnx"], ["small.onnx", "--graph"], ["small.edge", "--json"]],
    "profile": [["small.onnx", "--runs", "2"]],
    "tune": [["small.onnx", "-o", "tuned.edge", "--rounds", "2"]],
    "trace": [["small.onnx", "--target", "c99", "--step", "0"]],
    "verify": [["small.onnx"], ["small.onnx", "small.edge"]],
    "doctor": [["small.onnx", "--data", "x.npy"]],
    "info": [["small.onnx"], ["small.edge", "--json"]],
    "bench": [["small.onnx", "--against", "", "--rounds", "1", "--seconds", "0"]],
}


def test_every_verb_is_listed_here() -> None:
    assert set(LINES) == set(VERBS), "a new verb needs a line above that shows it at work without a network"


def start(folder: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in the folder, with the guard in place and a home that it may not write to."""
    source = str(pathlib.Path(edgesmith.__file__).parents[1])
    variables = {
        "PYTHONPATH": os.pathsep.join([str(folder / "guard"), source]),
        "EDGESMITH_TEST_FOLDER": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(folder),
        "http_proxy": "http://127.0.0.1:9",
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize(
    "line",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import os; os.system('true')",
        "open('/etc/x', 'w')",
    ],
)
def test_the_guard_guards(folder: pathlib.Path, line: str) -> None:
    done = start(folder, "-c", line)
    assert done.returncode == 77, done.stderr
    assert "FORBIDDEN" in done.stderr


@pytest.mark.parametrize("verb", LINES)
def test_verb_works_alone(folder: pathlib.Path, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if verb != "convert" and not (folder / "small.edge").exists():
        made = start(folder, "-m", "edgesmith", "convert", *LINES["convert"][0])
        assert made.returncode == 0, made.stderr
    # A benchmark's engines run in processes of their own, under the same guard.
    monkeypatch.setenv("EDGESMITH_TEST_STARTS", "1" if verb == "bench" else "")
    for line in LINES[verb]:
        done = start(folder, "-m", "edgesmith", verb, *line)
        assert done.returncode == 0, f"edgesmith {verb} {' '.join(line)}\n{done.stdout}\n{done.stderr}"
        assert done.stdout.strip(), "it says nothing"
