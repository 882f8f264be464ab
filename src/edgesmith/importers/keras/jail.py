"""The parent's end of the worker: Keras builds a stranger's model in a process of its own, within bounds.

Even an honest architecture can ask for a terabyte or for ever, and Keras, HDF5 and TensorFlow are large programs.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from edgesmith.errors import MissingExtraError, ModelError, Unsupported, UnsupportedError
from edgesmith.importers.keras.guard import SECONDS

REPLY: Final = "reply.json"
BACKENDS: Final = {"tensorflow": ("tensorflow", "tf2onnx"), "torch": ("torch", "onnxscript")}
_TAIL: Final = 2000


def backends() -> list[str]:
    """The backends that are installed with what they need to export, the better one first."""
    return [name for name, parts in BACKENDS.items() if all(map(find_spec, parts))]


def backend(need: str) -> str:
    """The Keras backend to export with: the one that KERAS_BACKEND names, else TensorFlow, else PyTorch.

    Raises:
        MissingExtraError: Keras is absent, or no backend that can export.
    """
    found = backends()
    if not found or not find_spec("keras") or not find_spec("h5py"):
        raise MissingExtraError(need, "keras")
    wanted = os.environ.get("KERAS_BACKEND", "")
    return wanted if wanted in found else found[0]


def ask(folder: Path, request: dict[str, Any], label: str) -> dict[str, Any]:
    """One request to a worker that may write in ``folder`` only, and its answer.

    Raises:
        ModelError: the worker refused, crashed, or took too much time or memory.
    """
    source = str(Path(__file__).parents[3])
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH")])),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(folder),
        "KERAS_HOME": str(folder),
        "TMPDIR": str(folder),
        "HDF5_PLUGIN_PRELOAD": "::",  # no filter plugins
        "CUDA_VISIBLE_DEVICES": "",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
    }
    if "backend" in request:
        environment["KERAS_BACKEND"] = request["backend"]
    with (folder / "said").open("w+b") as said:
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-m", "edgesmith.importers.keras.worker"],
                input=json.dumps(request).encode(),
                stdout=subprocess.DEVNULL,
                stderr=said,
                cwd=folder,
                env=environment,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ModelError(f"{label}: reading it took longer than {SECONDS} seconds; it was stopped") from None
        reply = folder / REPLY
        if not reply.is_file():
            raise ModelError(f"{label}: reading it ended {_how(done.returncode)}. {_last_words(said)}")
    answer: dict[str, Any] = json.loads(reply.read_bytes())
    reply.unlink()
    if "unsupported" in answer:
        raise UnsupportedError(label, [Unsupported(*item) for item in answer["unsupported"]])
    if "error" in answer:
        raise ModelError(f"{label}: {answer['error']}")
    return answer


def _how(code: int) -> str:
    if code >= 0:
        return f"with exit code {code}"
    return f"by {signal.Signals(-code).name} (it may have asked for more memory or time than it was allowed)"


def _last_words(said: Any) -> str:
    said.seek(0, os.SEEK_END)
    said.seek(max(0, said.tell() - _TAIL))
    lines = said.read().decode("utf-8", "replace").strip().splitlines()
    return f"Its last words: {lines[-1][:300]}" if lines else ""
