"""Network families, exported by both of PyTorch's exporters, answer as in ONNX Runtime within 1e-5."""

from __future__ import annotations

import io
import logging
import warnings

import numpy as np
import pytest
from small_zoo import listed

import edgesmith as es
from edgesmith.export import onnx_file, tflite_file
from edgesmith.verify import check_operators

torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")
ort = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
pytest.importorskip("onnxscript", reason="the extra [torch] is not installed")

from families import FAMILIES  # noqa: E402 - needs torch


def exported(name: str, exporter: str) -> tuple[bytes, np.ndarray]:
    torch.manual_seed(len(name))
    make, example = FAMILIES[name]
    module, x = make().eval(), example()
    for label, buffer in module.named_buffers():
        if label.endswith("running_var"):
            buffer.uniform_(0.5, 2)
        elif label.endswith("running_mean"):
            buffer.uniform_(-0.5, 0.5)
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if exporter == "export":
                traced = torch.onnx.export(module, (x,), dynamo=True, verbose=False)
                assert traced is not None
                return traced.model_proto.SerializeToString(), x.numpy()
            file = io.BytesIO()
            torch.onnx.export(module, (x,), file, dynamo=False, opset_version=17)
            return file.getvalue(), x.numpy()
    finally:
        logging.disable(logging.NOTSET)


@pytest.mark.parametrize("exporter", ["export", "script"])
@pytest.mark.parametrize("name", FAMILIES)
def test_family_answers_as_onnx_runtime_does(name: str, exporter: str) -> None:
    data, x = exported(name, exporter)
    reference = ort.InferenceSession(data)
    wanted = reference.run(None, {reference.get_inputs()[0].name: x})
    model = es.load(data)
    result = model(x)
    for got, want in zip(result if isinstance(result, list) else [result], wanted, strict=True):
        assert got.shape == want.shape
        assert np.abs(got - want).max() <= 1e-5 * np.abs(want).max()
    compiled = es.compile(model, shapes={model.inputs[0].name: x.shape})
    for threads in (1, 3):
        report = check_operators(compiled, [x], threads=threads)
        assert report.ok, str(report)


SPELLED = ("sound", "volume", "recurrent")  # with operators that are several in TensorFlow Lite, which round more often


@pytest.mark.parametrize("name", FAMILIES)
def test_a_written_family_answers_as_the_model_does(name: str) -> None:
    pytest.importorskip("ai_edge_litert", reason="LiteRT is not installed: pip install 'edgesmith[test]'")
    from litert import LiteRT

    data, x = exported(name, "script")
    model = es.load(data)
    graph = model.graph({model.inputs[0].name: x.shape})
    wanted = listed(model(x))
    with LiteRT("default") as peer:
        for write in (onnx_file.write, tflite_file.write):
            written = write(graph)
            if write is onnx_file.write:
                session = ort.InferenceSession(written)
                theirs = session.run(None, {session.get_inputs()[0].name: x})
            else:
                theirs = peer.run(written, [x])
            for got, again, want in zip(theirs, listed(es.load(written)(x)), wanted, strict=True):
                assert np.abs(got - want).max() <= 1e-5 * np.abs(want).max()
                if name in SPELLED:
                    assert np.abs(again - want).max() <= 1e-5 * np.abs(want).max()
                else:
                    np.testing.assert_array_equal(again, want)
