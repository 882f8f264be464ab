"""The models of ../shared, read and written again: LiteRT gives the same answers, and so do we."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from litert import LiteRT

pytest.importorskip("PIL", reason="Pillow is not installed: pip install 'edgesmith[test]'")

from models.inputs import real_inputs

import edgesmith
from edgesmith import UnsupportedError, load
from edgesmith.exchange import lost_scales, stated_scales
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
# What TensorFlow Lite Micro refuses in the original: hybrid layers, and operators for types that it lacks.
NOT_IN_MICRO = {
    "deeplabv3_mnv2_dm05_pascal_quant", "kws_ref_model_float32", "mobilenet_v1_0.25_128_quant",
    "mobilenet_v1_0.5_160_quant", "movenet_single_pose_lightning_ptq", "split_concat",
}  # fmt: skip


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


@pytest.mark.parametrize("name", [name for name in MODELS if name not in NOT_IN_MICRO])
def test_microcontrollers_give_the_same_answers_run_after_run(name: str, shared: pathlib.Path) -> None:
    pytest.importorskip("tflite_micro", reason="TensorFlow Lite Micro is not installed: pip install 'edgesmith[test]'")
    from tflm import run

    data = (shared / f"models/tflite/{name}.tflite").read_bytes()
    model = load(data, name=name)
    feeds = [*real_inputs(name, model.inputs, shared, 3)]
    runs = [feeds[place % len(feeds)] for place in range(3)]
    files = data, tflite_file.write(model)
    for before, after in zip(*(run(file, runs, len(model.outputs)) for file in files), strict=True):
        for a, b in zip(before, after, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", MODELS)
def test_every_scale_is_carried_bit_for_bit(name: str, shared: pathlib.Path) -> None:
    model = load(shared / f"models/tflite/{name}.tflite")
    stated = stated_scales(model)
    for reading in (model.graph(), load(tflite_file.write(model))):
        assert [str(each) for each in lost_scales(stated, stated_scales(reading))] == []


@pytest.mark.parametrize("name", WITH_STATES.split())
def test_variables_are_refused_in_onnx(name: str, shared: pathlib.Path) -> None:
    with pytest.raises(UnsupportedError) as caught:
        onnx_file.write(load((shared / f"models/tflite/{name}.tflite").read_bytes(), name=name))
    assert "state" in {item.operator for item in caught.value.items}


def test_weights_that_lose_their_integers_are_named(shared: pathlib.Path, tmp_path: pathlib.Path) -> None:
    model = load(shared / "models/tflite/kws_ref_model_float32.tflite")
    graph = model.graph()
    for node in graph.nodes:
        w = node.optional(1)
        if node.op == "conv2d" and w is not None and w.data is not None:
            node.inputs[1] = Value("tripled", w.shape, w.dtype, None, w.data * np.float32(3))
    written = edgesmith.write(graph, tmp_path / "tripled.tflite")
    assert written.scales == len(written.lost) == 5
    assert "5 of 5 quantized tensors lost their scale" in str(written)
