"""The models of ../shared, read and written again: LiteRT gives the same answers, and so do we."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from litert import LiteRT

pytest.importorskip("PIL", reason="Pillow is not installed: pip install 'edgesmith[test]'")

from models.inputs import real_inputs

from edgesmith import UnsupportedError, load
from edgesmith.export import onnx_file, tflite_file
from edgesmith.ir import Value

_NAMES = """
    ad01_fp32 ad01_int8 deeplabv3_mnv2_dm05_pascal_quant hello_world_float hello_world_int8 kws_ref_model
    kws_ref_model_float32 micro_speech_quantized mobilenet_v1_0.25_128_quant mobilenet_v1_0.5_160_quant
    mobilenet_v2_quantized_1x3x224x224 movenet_single_pose_lightning_ptq person_detect pretrainedResnet
    pretrainedResnet_quant split_concat str_ww_ref_model tf2_mobilenet_v2_1.0_224_ptq vww_96_float vww_96_int8
"""
WITH_STATES = """
    dtln_noise_suppression keras_lstm_mnist_ptq keyword_scrambled keyword_scrambled_8bit trained_lstm trained_lstm_int8
"""
MODELS = [*_NAMES.split(), *WITH_STATES.split()]
WITHOUT_PEER = {"person_detect", "keyword_scrambled_8bit"}  # LiteRT refuses the one and overruns itself on the other


@pytest.fixture(scope="module")
def litert() -> Iterator[LiteRT]:
    pytest.importorskip("ai_edge_litert", reason="LiteRT is not installed: pip install 'edgesmith[test]'")
    with LiteRT("default") as peer:
        yield peer


@pytest.mark.parametrize("name", MODELS)
def test_a_written_model_is_the_model(
    name: str, shared: pathlib.Path, litert: LiteRT, figure: Callable[[str], None]
) -> None:
    data = (shared / f"models/tflite/{name}.tflite").read_bytes()
    model = load(data, name=name)
    written = tflite_file.write(model)
    feeds = next(real_inputs(name, model.inputs, shared, 1))
    ours, again = (
        result if isinstance(result, list) else [result] for result in (model(*feeds), load(written)(*feeds))
    )
    for a, b in zip(ours, again, strict=True):
        np.testing.assert_array_equal(a, b)
    if name in WITHOUT_PEER:
        return
    before, after = litert.run(data, feeds), litert.run(written, feeds)
    most = max(float(np.abs(a.astype(np.float64) - b).max()) for a, b in zip(before, after, strict=True))
    figure(f"{name}: LiteRT on our file differs from LiteRT on the original by {most:.3g}")
    for a, b in zip(before, after, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", WITH_STATES.split())
def test_variables_are_refused_in_onnx_with_all_that_needs_them(name: str, shared: pathlib.Path) -> None:
    with pytest.raises(UnsupportedError) as caught:
        onnx_file.write(load((shared / f"models/tflite/{name}.tflite").read_bytes(), name=name))
    found = {item.operator for item in caught.value.items}
    assert "state" in found
    assert found & {"lstm", "lstm_q", "svdf_q"}


def test_weights_that_lose_their_integers_are_named(shared: pathlib.Path) -> None:
    model = load(shared / "models/tflite/kws_ref_model_float32.tflite")
    lost: list[str] = []
    tflite_file.write(model, lost)
    assert lost == []
    graph = model.graph()
    for node in graph.nodes:
        w = node.optional(1)
        if node.op == "conv2d" and w is not None and w.data is not None:
            node.inputs[1] = Value("tripled", w.shape, w.dtype, None, w.data * np.float32(3))
    tflite_file.write(graph, lost)
    assert len(lost) == 5
