"""What every writer does first: a simplified graph of its own, and one error for all that the format cannot say."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from edgesmith.errors import Unsupported, UnsupportedError
from edgesmith.ir import Graph, Node, Value, remember
from edgesmith.ops.conversion import convert, limits
from edgesmith.ops.layers import FUNCTION, function_of, has_function
from edgesmith.ops.quantized import dequantize_array
from edgesmith.passes.patterns import OWN, made_by
from edgesmith.passes.pipeline import SIMPLIFYING
from edgesmith.passes.widen_types import HALVES
from edgesmith.types import DType, Quantization

HALF_WEIGHTS = ("conv2d", "fully_connected")  # whose weights may have 16 bits beside activations of 32
DYNAMIC = {"fully_connected_dynamic": "fully_connected", "conv2d_dynamic": "conv2d"}  # and what they are over floats
LARGE = 1024  # elements: fewer are not worth a cast
TRIED = 4096  # elements that tell most weights that are no half floats


class RefusedError(Exception):
    """This node has no form in the format; the writer goes on to find all others that have none."""


def refuse(reason: str) -> NoReturn:
    """Say why the node at hand cannot be written."""
    raise RefusedError(reason)


def as_half(value: Value) -> NDArray[np.float16] | None:
    """A constant of float32 as half floats, where it is large and they hold it exactly; they take half the file."""
    array = value.data
    if array is None or value.dtype is not DType.F32 or array.size < LARGE:
        return None
    with np.errstate(over="ignore"):
        for part in (array.reshape(-1)[:TRIED], array):
            half = part.astype(np.float16)
            if not np.array_equal(half.astype(np.float32), part):
                return None
    return half


def _data(value: Value) -> NDArray[Any]:
    assert value.data is not None, f"{value!r} is computed"
    return value.data


def simplified(model: Any) -> Graph:
    """The graph of a ``Graph`` or ``Model``, copied, with its transposes, pads and activations folded."""
    graph: Graph = model.copy() if isinstance(model, Graph) else model.graph()
    for rewrite in SIMPLIFYING:
        rewrite(graph)
    for node in graph.nodes:  # formats have one type for all that a layer reads; see as_half
        w = node.optional(1)
        if node.op in HALF_WEIGHTS and node.input(0).dtype is DType.F32 and w is not None and w.dtype in HALVES:
            node.inputs[1] = Value(w.name, w.shape, DType.F32, None, convert(_data(w), w.dtype, DType.F32))
    return graph


def hybrid(graph: Graph) -> None:
    """Layers over rows that are quantized as the model runs become layers of floats that remember their integers.

    TensorFlow Lite has them as one operator, which quantizes its input itself.
    """
    for node in graph.nodes:
        rows = node.input(0).producer if node.op in DYNAMIC else None
        if rows is None or rows.op != "quantize_rows" or node.inputs[:3] != list(rows.outputs):
            continue
        w = node.input(3)
        assert w.data is not None
        assert w.quant is not None
        real = Value(w.name, w.shape, DType.F32, None, dequantize_array(w.data, w.quant))
        remember(graph, w, real, dynamic=True, asymmetric=True)
        node.op, node.inputs = DYNAMIC[node.op], [rows.input(0), real, *node.inputs[4:]]
    graph.prune()


def split_functions(graph: Graph) -> None:
    """Layers that compute a function before they round become two operators, the first of which rounds its sums too.

    Those have the range whose results are the layer's: for hard-swish nothing below -3 is told apart.
    """
    nodes: list[Node] = []
    for node in graph.nodes:
        nodes.append(node)
        if not has_function(node):
            continue
        y, name, alpha = node.outputs[0], node.attrs["activation"], node.attrs["alpha"]
        sums = Value(f"{y.name}.sums", y.shape, y.dtype, _before(y, name, alpha))
        node.outputs, sums.producer = [sums], node
        attrs = {"alpha": alpha} if name == "leaky_relu" else {}
        nodes.append(Node(name, [sums], [y], attrs, node.source, node.path))
        node.attrs |= FUNCTION
    graph.nodes = nodes


def join_functions(graph: Graph) -> None:
    """The opposite: an int8 layer and the function that alone reads it become one, which rounds once.

    What is computed changes by that rounding, so this is only for engines that are fast with nothing between the two.
    """
    uses, roots, gone = graph.uses(), set(graph.roots()), set[Node]()
    for node in graph.nodes:
        x, y, own = node.optional(0), node.outputs[0], function_of(node)
        layer = made_by(x, *OWN)
        if own is None or x is None or layer is None or x in roots or len(uses[x]) != 1 or has_function(layer):
            continue
        if x.dtype is y.dtype is DType.I8 and (layer.attrs["lo"], layer.attrs["hi"]) == (-np.inf, np.inf):
            layer.attrs |= own
            layer.outputs, y.producer = [y], layer
            gone.add(node)
    graph.nodes = [node for node in graph.nodes if node not in gone]


def _before(y: Value, function: str, alpha: float) -> Quantization:
    """The quantization of what a function makes the numbers of ``y`` of."""
    assert y.quant is not None
    low, high = dequantize_array(np.asarray(limits(y.dtype), y.dtype.numpy), y.quant).astype(np.float64)
    if function == "leaky_relu":
        low = low / alpha if alpha else 0.0
    else:
        low, high = -3.0, high if high >= 3 else (np.sqrt(9 + 24 * max(high, 0.0)) - 3) / 2
    low, high = min(low, 0.0), max(high, 0.0)
    scale = max(high - low, float(np.finfo(np.float32).tiny)) / 255
    return Quantization.make(scale, int(np.clip(np.rint(-128 - low / scale), -128, 127)))


def insulate(graph: Graph, knows: Callable[[Node], bool]) -> None:
    """Put floats around every node with quantized operands that the format has no integer operator for."""
    nodes: list[Node] = []
    reals: dict[Value, Value] = {}
    for node in graph.nodes:
        if knows(node) or not any(value is not None and value.quant for value in (*node.inputs, *node.outputs)):
            nodes.append(node)
            continue
        for place, value in enumerate(node.inputs):
            if value is not None and value.quant is not None:
                if value not in reals:
                    reals[value] = Value(f"{value.name}.real", value.shape, DType.F32)
                    nodes.append(Node("dequantize", [value], [reals[value]], {}, node.source, node.path))
                node.inputs[place] = reals[value]
        nodes.append(node)
        for place, value in enumerate(node.outputs):
            if value.quant is not None:
                inner = node.outputs[place] = Value(f"{value.name}.real", value.shape, DType.F32)
                inner.producer = node
                nodes.append(Node("quantize", [inner], [value], {"to": value.dtype}, node.source, node.path))
    graph.nodes = nodes


def write_nodes(
    graph: Graph,
    table: Mapping[str, Callable[[Node], None]],
    format: str,
    carried: Collection[Value] = (),
    declare: Callable[[Value], object] = bool,
) -> None:
    """Hand every input to ``declare`` and every node to its operator's writer.

    ``carried`` are the states that operators of the format keep.

    Raises:
        UnsupportedError: every node without a writer, or that its writer refuses, and what else has no form.
    """
    states = [state.value for state in graph.states if state.value not in carried]
    reason = f"no operator of {format} keeps it between runs"
    missing = [Unsupported("state", value.name, reason) for value in states]
    missing += [Unsupported("output", value.name, "its size is known only after a run") for value in graph.extents]
    lost = set(states)  # values that nothing in the file holds
    for value in graph.inputs:
        try:
            declare(value)
        except RefusedError as error:
            missing.append(Unsupported("input", value.name, str(error)))
            lost.add(value)
    for node in graph.nodes:
        try:
            if node.op not in table:
                refuse(f"it has no form in {format} yet")
            if any(value in lost for value in node.inputs):
                lost.update(node.outputs)
            else:
                table[node.op](node)
        except RefusedError as error:
            missing.append(Unsupported(node.op, node.label, str(error)))
            lost.update(node.outputs)
    if missing:
        raise UnsupportedError(graph.name, missing)
