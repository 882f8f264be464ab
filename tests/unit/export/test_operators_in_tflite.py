"""Every case of every operator as a .tflite file: LiteRT computes what the operator means, or the writer refuses."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from litert import LiteRT
from ops.harness import fill

from edgesmith import UnsupportedError
from edgesmith.export import tflite_file
from edgesmith.ir import Graph
from edgesmith.ops import Builder, Case, Operator, interpret, load_all

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
    acos acosh asin asinh atan atanh attention bitwise_and bitwise_not bitwise_or compress conv3d cumprod expm1 fmod
    gather_elements grid_sample gru isinf log1p lstm lstm_q max_unpool non_max_suppression nonzero rnn roi_align
    scatter_elements scatter_nd shift_left shift_right sinh svdf svdf_q unique
"""
REFUSED = frozenset(_REFUSED.split())


@pytest.fixture(scope="module")
def litert() -> Iterator[LiteRT]:
    pytest.importorskip("ai_edge_litert", reason="LiteRT is not installed: pip install 'edgesmith[test]'")
    with LiteRT("default") as peer:
        yield peer


def prepared(op: Operator, case: Case) -> tuple[Graph, list[np.ndarray]]:
    """A case as a graph of one node, and what to feed it."""
    rng = np.random.default_rng(zlib.crc32(f"{op.name}{case.id}".encode()))
    builder, feeds, inputs = Builder(op.name), list[np.ndarray](), []
    for place, arg in enumerate(case.args):
        array = None if arg is None else fill(arg, "random", rng)
        if arg is None or array is None:
            inputs.append(None)
        elif arg.constant:
            inputs.append(builder.constant(array, arg.dtype, arg.quant))
        else:
            inputs.append(builder.input(f"x{place}", array.shape, arg.dtype, arg.quant))
            feeds.append(array)
    for place, value in enumerate(builder.add_multi(op.name, inputs, case.quant, attrs=case.attrs)):
        builder.output(value, f"y{place}")
    return builder.graph, feeds


def is_plain(graph: Graph, feeds: list[np.ndarray]) -> bool:
    """Finite numbers, no empty tensors, and no weights with a zero point, for which the whole file turns unsigned."""
    values = [*graph.inputs, *graph.outputs]
    if not graph.nodes or any(0 in value.shape for value in values):
        return False
    weights = graph.nodes[0].optional(1)
    shifted = weights is not None and weights.is_constant and weights.quant is not None
    if shifted and weights is not None and weights.quant is not None and weights.quant.zero_point.any():
        return False
    return all(array.dtype.kind != "f" or bool(np.isfinite(array).all()) for array in feeds)


def agree(got: np.ndarray, want: np.ndarray, where: str) -> None:
    """Floats within 1e-4 of the largest; integers within one step, since halves are rounded in other ways."""
    assert (got.shape, got.dtype) == (want.shape, want.dtype), where
    if got.dtype.kind == "f":
        size = max(1e-6, float(np.abs(want).max()))
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5 * size, err_msg=where)
    elif got.dtype.kind == "b":
        np.testing.assert_array_equal(got, want, err_msg=where)
    else:
        assert np.abs(got.astype(np.int64) - want.astype(np.int64)).max() <= 1, where


def is_open(op: str, case: Case) -> bool:
    return case.id.startswith(OPEN.get(op, ("?",))) and not (op == "cast" and case.id.endswith(("f32", "f64", "bool")))


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
            agree(a, np.asarray(b), f"{name} {case.id}")
    assert (written == 0) == (name in REFUSED), f"{written} cases written, {refused} refused"
