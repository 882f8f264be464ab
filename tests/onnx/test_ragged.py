"""Results whose length the data decide: computed at run time where every operator on the way works row by row."""

from __future__ import annotations

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="needs the onnx package")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402
from onnx.reference import ReferenceEvaluator  # noqa: E402

import edgesmith as es  # noqa: E402

RNG = np.random.default_rng(3)
I64 = TensorProto.INT64


def _model(
    nodes: list[onnx.NodeProto], inputs: dict[str, tuple[int, ...]], outputs: dict[str, int], **constants: object
) -> bytes:
    ins = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()]
    outs = [helper.make_tensor_value_info(name, kind, None) for name, kind in outputs.items()]
    tensors = [numpy_helper.from_array(np.asarray(array), name) for name, array in constants.items()]
    graph = helper.make_graph(nodes, "g", ins, outs, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)]).SerializeToString()


def _agrees(data: bytes, *arrays: np.ndarray) -> es.Model:
    model = es.load(data)
    reference = ReferenceEvaluator(onnx.load_from_string(data))
    names = [spec.name for spec in model.inputs]
    for sign in (1, -1):  # the second time other elements are chosen, by the same compiled program
        feeds = [array * np.float32(sign) for array in arrays]
        got = model(*feeds)
        expected = reference.run(None, dict(zip(names, feeds, strict=True)))
        for one, other in zip(got if isinstance(got, list) else [got], expected, strict=True):
            assert one.shape == other.shape
            np.testing.assert_allclose(one, other, rtol=1e-6)
    return model


def _detector() -> bytes:
    nodes = [
        helper.make_node("NonMaxSuppression", ["boxes", "scores", "most", "overlap", "least"], ["rows"]),
        helper.make_node("Gather", ["rows", "two"], ["index"], axis=1),
        helper.make_node("Squeeze", ["boxes", "zero"], ["flat"]),
        helper.make_node("Gather", ["flat", "index"], ["found"], axis=0),
        helper.make_node("Mul", ["found", "size"], ["y"]),
    ]
    constants = {"most": np.array([3]), "overlap": np.float32([0.5]), "least": np.float32([0.1])}
    more = {"two": np.array(2), "zero": np.array([0]), "size": np.float32(10)}
    shapes = {"boxes": (1, 8, 4), "scores": (1, 2, 8)}
    return _model(nodes, shapes, {"rows": I64, "y": TensorProto.FLOAT}, **constants, **more)


def test_a_detector_is_compiled_once() -> None:
    corner = RNG.uniform(0, 5, (1, 8, 2))
    boxes = np.concatenate([corner, corner + RNG.uniform(1, 3, (1, 8, 2))], axis=2).astype(np.float32)
    model = _agrees(_detector(), boxes, RNG.normal(size=(1, 2, 8)).astype(np.float32))
    assert len(model._sessions) == 1


def test_places_that_are_not_zero() -> None:
    nodes = [
        helper.make_node("Relu", ["x"], ["r"]),
        helper.make_node("NonZero", ["r"], ["n"]),
        helper.make_node("Transpose", ["n"], ["t"], perm=[1, 0]),
        helper.make_node("GatherND", ["x", "t"], ["y"]),
    ]
    data = _model(nodes, {"x": (3, 5)}, {"t": I64, "y": TensorProto.FLOAT})
    assert len(_agrees(data, RNG.normal(size=(3, 5)).astype(np.float32))._sessions) == 1


def test_an_operator_that_needs_the_length_sees_the_values() -> None:
    nodes = [
        helper.make_node("Greater", ["x", "zero"], ["c"]),
        helper.make_node("Compress", ["x", "c"], ["k"], axis=0),
        helper.make_node("ReduceSum", ["k"], ["y"], keepdims=0),
        helper.make_node("Shape", ["k"], ["n"]),
    ]
    data = _model(nodes, {"x": (7,)}, {"y": TensorProto.FLOAT, "n": I64}, zero=np.float32(0))
    model = _agrees(data, RNG.normal(size=7).astype(np.float32))
    assert len(model._sessions) == 2
