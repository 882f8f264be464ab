"""The trained recogniser as an ONNX file, and the proof that ONNX Runtime and PyTorch hear the same in it."""

from __future__ import annotations

import io
import json
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from model import HIGHEST, LENGTH, LOWEST, RATE, Recogniser
from synthesise import DIGITS

OPSET = 17
MOST_BYTES = 200_000


def export(recogniser: Recogniser, path: Path) -> None:
    """Write ``path``: input "samples" (1, 8000), output "probabilities" (1, 10), labels and sample rate as metadata."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the older exporter writes the plainer graph
        torch.onnx.export(
            recogniser.eval(),
            (torch.zeros(1, LENGTH),),
            buffer,
            input_names=["samples"],
            output_names=["probabilities"],
            opset_version=OPSET,
            dynamo=False,
        )
    model = onnx.load_from_string(buffer.getvalue())
    model.graph.name = "spoken_digits"
    _rename(model.graph)
    model.doc_string = (
        "Spoken digits: one second of 8 kHz samples in [-1, 1] -> probabilities. Made by examples/digits/train.py."
    )
    facts = {"labels": json.dumps(DIGITS), "sample_rate": str(RATE), "spectrogram_hertz": json.dumps([LOWEST, HIGHEST])}
    onnx.helper.set_model_props(model, facts)
    onnx.checker.check_model(model, full_check=True)
    data = model.SerializeToString(deterministic=True)
    if len(data) >= MOST_BYTES:
        raise SystemExit(f"{path}: {len(data):,} bytes; the file must stay below {MOST_BYTES:,}")
    path.write_bytes(data)


def _rename(graph: onnx.GraphProto) -> None:
    """Call the level of the mel bands "spectrogram", and folded weights after their layer rather than by a number."""
    names = {}
    for node in graph.node:
        if node.op_type == "Unsqueeze":  # the step from the front end to the network
            names[node.input[0]] = "spectrogram"
        if node.op_type == "Conv" and node.input[1].startswith("onnx::"):
            layer = node.name.removesuffix("/conv/Conv").strip("/").replace("/", ".")
            names |= dict(zip(node.input[1:], (f"{layer}.weight", f"{layer}.bias"), strict=True))
    for tensor in graph.initializer:
        tensor.name = names.get(tensor.name, tensor.name)
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]


def compare(recogniser: Recogniser, path: Path, waves: np.ndarray) -> tuple[np.ndarray, float]:
    """Probabilities by ONNX Runtime for waves (N, 8000), and their largest difference from PyTorch's."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found = np.concatenate([session.run(None, {"samples": wave[None]})[0] for wave in waves])
    with torch.no_grad():
        wanted = np.concatenate([recogniser(torch.from_numpy(wave[None])).numpy() for wave in waves])
    return found, float(np.abs(found - wanted).max())
