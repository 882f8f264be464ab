"""Cases of operators as graphs of one node, for tests of writers, and when another engine agrees with their meaning."""

from __future__ import annotations

import zlib

import numpy as np
from ops.harness import fill

from edgesmith.ir import Graph
from edgesmith.ops import Builder, Case, Operator


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


def agree(got: np.ndarray, want: np.ndarray, where: str, steps: float = 1) -> None:
    """Floats within 1e-4 of the largest; integers within one step, since halves are rounded in other ways."""
    assert (got.shape, got.dtype) == (want.shape, want.dtype), where
    if got.dtype.kind == "f":
        size = max(1e-6, float(np.abs(want).max()))
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5 * size, err_msg=where)
    elif got.dtype.kind == "b":
        np.testing.assert_array_equal(got, want, err_msg=where)
    else:
        assert np.abs(got.astype(np.int64) - want.astype(np.int64)).max() <= steps, where
