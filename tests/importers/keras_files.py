"""Saved Keras models written by hand: the archive, its JSON and its HDF5, hostile where a test wants them so."""

from __future__ import annotations

import io
import json
import os
import zipfile
from typing import Any

import pytest

from edgesmith.importers.keras.jail import backends


def import_keras() -> Any:
    """Keras, with the backend that the importer would choose; without one, the test skips."""
    if not backends():
        pytest.skip("neither extra, [keras] or [tensorflow], is installed")
    os.environ.setdefault("KERAS_BACKEND", backends()[0])
    return pytest.importorskip("keras", reason="neither extra, [keras] or [tensorflow], is installed")


def layer(name: str, class_name: str, before: str | None, **config: Any) -> dict[str, Any]:
    """A layer of a functional model, which reads the output of the layer ``before``."""
    module = config.pop("module", "keras.layers")
    tensor = {"class_name": "__keras_tensor__", "config": {"shape": [None, 4], "dtype": "float32"}}
    tensor["config"] |= {"keras_history": [before, 0, 0]}  # type: ignore[operator]
    return {
        "module": module,
        "class_name": class_name,
        "config": {"name": name, **config},
        "registered_name": None,
        "name": name,
        "inbound_nodes": [{"args": [tensor], "kwargs": {}}] if before else [],
    }


def functional(*layers: dict[str, Any], output: str) -> dict[str, Any]:
    """A model from an input ``x`` of four numbers through the layers given."""
    first = layer("x", "InputLayer", None, batch_shape=[None, 4], dtype="float32")
    config = {"name": "net", "layers": [first, *layers], "input_layers": [["x", 0, 0]]}
    config["output_layers"] = [[output, 0, 0]]
    return {"module": "keras.src.models.functional", "class_name": "Functional", "config": config}


def dense(name: str, before: str, **config: Any) -> dict[str, Any]:
    """A layer of three outputs."""
    return layer(name, "Dense", before, units=3, **config)


def archive(config: Any, weights: bytes = b"", **members: bytes) -> bytes:
    """A ``.keras`` file."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        file.writestr("metadata.json", json.dumps({"keras_version": "3.12.0"}))
        file.writestr("config.json", config if isinstance(config, bytes) else json.dumps(config))
        file.writestr("model.weights.h5", weights)
        for name, content in members.items():
            file.writestr(name, content)
    return held.getvalue()
