"""Every TensorFlow Lite model of ../shared: the C runtime is the NumPy meaning, and both are as near LiteRT as it gets.

Integer models: bit for bit on every instruction set of this CPU and for 1, 2 and 3 threads. Against LiteRT's reference
kernels the outputs differ no more than LiteRT's own default path does, on the same input.
"""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator

import numpy as np
import pytest

pytest.importorskip("PIL", reason="Pillow is not installed: pip install 'edgesmith[test]'")

from models.inputs import real_inputs
from PIL import Image

from edgesmith.compiler import Compiled, compile_graph
from edgesmith.ir import Graph
from edgesmith.model import Model, load
from edgesmith.ops.interpret import interpret
from edgesmith.runtime.library import isas
from edgesmith.runtime.session import Session

_NAMES = """
    ad01_fp32 ad01_int8 deeplabv3_mnv2_dm05_pascal_quant dtln_noise_suppression hello_world_float hello_world_int8
    keras_lstm_mnist_ptq keyword_scrambled keyword_scrambled_8bit kws_ref_model kws_ref_model_float32
    micro_speech_quantized mobilenet_v1_0.25_128_quant mobilenet_v1_0.5_160_quant mobilenet_v2_quantized_1x3x224x224
    movenet_single_pose_lightning_ptq person_detect pretrainedResnet pretrainedResnet_quant split_concat
    str_ww_ref_model tf2_mobilenet_v2_1.0_224_ptq trained_lstm trained_lstm_int8 vww_96_float vww_96_int8
"""
MODELS = _NAMES.split()
# LiteRT 2.3 corrupts its heap on the one and refuses the other.
WITHOUT_PEER = ("keyword_scrambled_8bit", "person_detect")
# LiteRT quantizes the input of its hybrid layers on the way; we compute with the weights' real numbers.
HYBRID = ("kws_ref_model_float32",)
RUNS = 2  # states live between runs


def _compiled(shared: pathlib.Path, name: str) -> tuple[bytes, Model, Graph, bytes]:
    data = (shared / f"models/tflite/{name}.tflite").read_bytes()
    model = load(data, name=name)
    graph = model.graph()
    return data, model, graph, Compiled([compile_graph(graph)], [graph]).to_bytes()


@pytest.mark.parametrize("name", MODELS)
def test_c_is_the_meaning(name: str, shared: pathlib.Path) -> None:
    _, model, graph, file = _compiled(shared, name)
    feeds = next(real_inputs(name, model.inputs, shared, 1))
    states: dict[object, np.ndarray] = {}
    for _ in range(RUNS):
        meant = interpret(graph, feeds, states)  # type: ignore[arg-type]
    for isa in isas():
        for threads in (1, 2, 3):
            with Session(file, threads=threads, isa=isa) as session:
                for _ in range(RUNS):
                    found = session.run(*feeds)
                for place, (have, want) in enumerate(zip(found, meant, strict=True)):
                    where = f"output {place} on {isa} with {threads} threads"
                    assert have.shape == want.shape
                    if have.dtype.kind == "f":
                        np.testing.assert_allclose(have, want, rtol=1e-4, atol=1e-5, err_msg=where)
                    else:
                        np.testing.assert_array_equal(have, want, err_msg=where)


@pytest.fixture(scope="module")
def peers() -> Iterator[tuple[object, object]]:
    pytest.importorskip("ai_edge_litert", reason="LiteRT is not installed: pip install 'edgesmith[test]'")
    from litert import LiteRT

    with LiteRT("ref") as reference, LiteRT("default") as default:
        yield reference, default


@pytest.mark.parametrize("name", [name for name in MODELS if name not in WITHOUT_PEER])
def test_no_farther_from_the_reference_than_litert(
    name: str, shared: pathlib.Path, peers: tuple[object, object], figure: Callable[[str], None]
) -> None:
    reference, default = peers
    data, model, _, file = _compiled(shared, name)
    worst, theirs = 0.0, 0.0
    for feeds in real_inputs(name, model.inputs, shared, 4):
        want = reference.run(data, feeds, RUNS)  # type: ignore[attr-defined]
        other = default.run(data, feeds, RUNS)  # type: ignore[attr-defined]
        with Session(file) as session:
            for _ in range(RUNS):
                found = session.run(*feeds)
            for have, ref, lite in zip(found, want, other, strict=True):
                ours, lites = (np.abs(a.astype(np.float64) - ref.astype(np.float64)) for a in (have, lite))
                if have.dtype.kind != "f" or name.startswith("movenet"):
                    assert ours.max() <= lites.max() * (1 + 1e-6)
                    assert ours.sum() <= lites.sum() * (1 + 1e-6)
                elif name not in HYBRID:
                    largest = max(float(np.abs(ref).max()), 0.1)
                    assert ours.max() <= 1e-5 * largest, f"{ours.max() / largest:.2g} of the largest number"
                worst, theirs = max(worst, float(ours.max())), max(theirs, float(lites.max()))
    figure(f"{name}: {worst:.3g} from BUILTIN_REF at most, LiteRT's default path {theirs:.3g}")


@pytest.mark.parametrize(("picture", "person"), [("person", True), ("no_person", False)])
def test_person_detect_tells_who_is_there(picture: str, person: bool, shared: pathlib.Path) -> None:
    _, _, _, file = _compiled(shared, "person_detect")
    pixels = np.asarray(Image.open(shared / f"images/other/{picture}.bmp")).reshape(1, 96, 96, 1)
    with Session(file) as session:
        (scores,) = session.run(pixels.view(np.int8))  # these pictures hold signed bytes
    assert (scores[0, 1] > scores[0, 0]) == person
