"""Every case of every operator as a .tflite file: LiteRT computes what the operator means, or the writer refuses."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from litert import LiteRT
from written import agree, is_plain, prepared

from edgesmith import UnsupportedError
from edgesmith.export import tflite_file
from edgesmith.export.prepare import split_functions
from edgesmith.ir import Graph
from edgesmith.ops import Case, interpret, load_all

OPERATORS = load_all()
# Cases whose numbers LiteRT leaves open: floats cast to integers that do not hold them, windows of nothing but
# border, divisions by zero, powers with negative exponents, and scales beyond what a multiplier holds.
OPEN = {
    "cast": ("f16-", "f32-", "f64-"), "div": ("i32",), "floor_div": ("i32", "i64"),
    "mod": ("i32", "i64"), "max_pool2d": ("f32-border-only",), "pow": ("i32",),
    "quantize": ("i8-odd", "i8-scale", "u8-odd", "i16-odd"), "requantize": ("infinite", "i16-"),
}  # fmt: skip
# What has no form in the format, or none that is exact enough: refused by name. Kernels' own forms (add_q, ...) are
# not listed; no importer makes them.
_REFUSED = """
    acos acosh asin asinh atan atanh attention bitwise_and bitwise_not bitwise_or compress cumprod expm1 fmod
    gather_elements grid_sample isinf log1p lstm_q max_unpool non_max_suppression nonzero roi_align
    scatter_elements scatter_nd shift_left shift_right sinh svdf svdf_q unique
"""
PARTS = frozenset({"quantize_rows", "fully_connected_dynamic", "conv2d_dynamic"})  # written together alone
REFUSED = frozenset(_REFUSED.split()) | PARTS


@pytest.fixture(scope="module")
def litert() -> Iterator[LiteRT]:
    pytest.importorskip("ai_edge_litert", reason="LiteRT is not installed: pip install 'edgesmith[test]'")
    with LiteRT("default") as peer:
        yield peer


def is_open(op: str, case: Case) -> bool:
    return case.id.startswith(OPEN.get(op, ("?",))) and not (op == "cast" and case.id.endswith(("f32", "f64", "bool")))


def rounding_before(graph: Graph) -> float:
    """Half a step of what a function is computed from there, in steps of its result; here its sums are not rounded."""
    split = graph.copy()
    split_functions(split)
    if len(split.nodes) == len(graph.nodes):
        return 0
    sums, result = (node.outputs[0].quant for node in split.nodes)
    assert sums is not None
    assert result is not None
    return float(sums.scale0 / result.scale0) / 2


@pytest.mark.parametrize("name", sorted(name for name in OPERATORS if not name.endswith("_q") or name == "softmax_q"))
def test_litert_computes_what_the_operator_means(name: str, litert: LiteRT) -> None:
    op, written, refused = OPERATORS[name], 0, 0
    for case in op.cases():
        graph, feeds = prepared(op, case)
        if not is_plain(graph, feeds) or is_open(name, case):
            continue
        want = interpret(graph, feeds)
        try:
            data = tflite_file.write(graph)
        except UnsupportedError:
            refused += 1
            continue
        written += 1
        for a, b in zip(litert.run(data, feeds), want, strict=True):
            agree(a, np.asarray(b), f"{name} {case.id}", 1 + rounding_before(graph))
    assert (written == 0) == (name in REFUSED), f"{written} cases written, {refused} refused"
