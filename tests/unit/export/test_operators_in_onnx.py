"""Every case of every operator as an ONNX file: ONNX Runtime computes what it means, or the writer refuses."""

from __future__ import annotations

import numpy as np
import pytest
from written import agree, is_plain, prepared

from edgesmith import UnsupportedError
from edgesmith.export import onnx_file
from edgesmith.ops import interpret, load_all

ort = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed: pip install 'edgesmith[test]'")

OPERATORS = load_all()
# Cases whose numbers the standard leaves open, or that ONNX Runtime computes in another way or not at all.
OPEN = {
    "conv2d": ("i16-",), "cast": ("f16-", "f32-", "f64-", "many"), "div": ("i", "u"), "floor_div": ("i", "u"),
    "fmod": ("i", "u"), "mod": ("i", "u"), "pow": ("i",), "reduce_prod": ("i", "u"),
    "grid_sample": ("cubic-border", "cubic-reflection"),
    "pad": ("reflect-twice",), "resize": ("cubic", "i16-"),
    # Rows of length 0, whose states are zeros to ONNX Runtime.
    "lstm": ("lengths",), "gru": ("before-3-3-33", "after-3-3-33"), "rnn": ("lengths", "reverse-lengths"),
}  # fmt: skip
_REFUSED = """
    atan2 attention bitcast compress cumprod detection_postprocess expm1 isinf log1p max_unpool
    non_max_suppression nonzero roi_align shift_left shift_right svdf svdf_q unique
"""
PARTS = frozenset({"quantize_rows", "fully_connected_dynamic", "conv2d_dynamic"})  # written together alone
REFUSED = frozenset(_REFUSED.split()) | PARTS


@pytest.mark.parametrize("name", sorted(name for name in OPERATORS if not name.endswith("_q") or name == "softmax_q"))
def test_onnx_runtime_computes_what_the_operator_means(name: str) -> None:
    op, written, missing = OPERATORS[name], 0, 0
    options = ort.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 4, 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL  # what the file means, node by node
    for case in op.cases():
        graph, feeds = prepared(op, case)
        if not is_plain(graph, feeds) or case.id.startswith(OPEN.get(name, ("?",))):
            continue
        want = interpret(graph, feeds)
        try:
            data = onnx_file.write(graph)
        except UnsupportedError:
            continue
        written += 1
        try:
            session = ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            if "NOT_IMPLEMENTED" not in str(error) and "Exception during initialization" not in str(error):
                raise
            missing += 1  # a sound file, of a type or form that ONNX Runtime has no kernel for
            continue
        names = [port.name for port in session.get_inputs()]
        for a, b in zip(session.run(None, dict(zip(names, feeds, strict=True))), want, strict=True):
            agree(a, np.asarray(b), f"{name} {case.id}")
    assert (written == 0) == (name in REFUSED), f"{written} cases written"
    assert not written or missing < written
