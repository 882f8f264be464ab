"""The process in which Keras or TensorFlow meets a stranger's model. Its request comes on standard input."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

from edgesmith.errors import EdgesmithError, ModelError, UnsupportedError
from edgesmith.importers.keras import guard
from edgesmith.importers.keras.jail import BACKENDS, REPLY
from edgesmith.importers.quiet import quiet


def main() -> None:
    """Answers in ``reply.json`` beside the model; what is made lies beside it too."""
    request = json.load(sys.stdin)
    folder = Path.cwd()
    guard.limit(int(request["bytes"]))
    try:
        answer = {"keras": keras_model, "saved_model": saved_model}[request["kind"]](request, folder)
    except UnsupportedError as error:
        answer = {"unsupported": [(item.operator, item.node, item.reason, item.hint) for item in error.items]}
    except EdgesmithError as error:
        answer = {"error": str(error)}
    except MemoryError:
        answer = {"error": "asks for more memory than a model of its size may take"}
    (folder / REPLY).write_text(json.dumps(answer))


def keras_model(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Check the weights, build the model, describe it, and export it unless an open dimension needs a number first.

    Raises:
        ModelError: hostile weights, or Keras cannot build or export the model.
    """
    from edgesmith.importers.keras.weights import check_weights, clean_legacy

    model = folder / request["file"]
    weights = folder / request["weights"]
    check_weights(weights, "the file")
    if model.suffix == ".h5":
        clean_legacy(weights)
    _meet("keras", *BACKENDS[request["backend"]])
    from edgesmith.importers.keras.export import LiveModel, first_line

    keras = importlib.import_module("keras")
    guard.close_doors(folder)
    try:
        with quiet():
            made = keras.saving.load_model(model, compile=False, safe_mode=True)
    except MemoryError:
        raise
    except Exception as error:  # every layer raises its own kinds
        raise ModelError(f"Keras cannot build it: {first_line(error)}") from error
    live = LiveModel(made)
    border = live.border()
    shapes = request["shapes"]
    needs_numbers = not border.open and any(None in port.shape[1:] for port in border.inputs)
    written = shapes is not None or not needs_numbers
    if written:
        live.write(folder / "model.onnx", shapes or (None if border.open else border.at_one()))
    return {**border.to_json(), "written": written}


def saved_model(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Convert one signature of a SavedModel whose operators have been checked.

    Raises:
        ModelError: TensorFlow or tf2onnx cannot.
    """
    _meet("tensorflow", "tf2onnx")
    from edgesmith.importers.keras.export import OPSET, first_line

    convert = importlib.import_module("tf2onnx.convert")
    guard.close_doors(folder)
    sys.argv = ["tf2onnx", "--saved-model", str(folder / "model"), "--output", str(folder / "model.onnx")]
    sys.argv += ["--signature_def", request["signature"], "--tag", request["tag"], "--opset", str(OPSET)]
    try:
        with quiet():
            convert.main()
    except (Exception, SystemExit) as error:  # TensorFlow raises dozens of kinds
        raise ModelError(f"TensorFlow cannot convert it: {first_line(error)}") from error
    return {"written": True}


def _meet(*names: str) -> None:
    """Import everything before the doors close: packages open libraries, and ask the machine what it is."""
    extra = {"torch": ("torch.onnx", "torch.export"), "tf2onnx": ("tf2onnx.convert",)}
    for name in names:
        for module in (name, *extra.get(name, ())):
            importlib.import_module(module)


if __name__ == "__main__":
    main()
