"""Gives every node with quantized operands a form that computes with integers, or floats around it where none exists.

- Operators that know quantization themselves (convolutions, matrix products, ``*_q``) stay.
- ``add``, ``less``, ``softmax``, ``reduce_mean``, ... become their ``_q`` forms.
- A function of one number becomes a table; a clamp goes into the store of the node before it where it can.
- Operators that only move elements keep their integers; where quantizations differ, a ``requantize`` is inserted.
- Everything else is an island: dequantize, float operator, quantize. ``graph.metadata["float_islands"]`` lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from edgesmith.ir import Graph, Node, Value
from edgesmith.ops import get
from edgesmith.ops.conversion import limits
from edgesmith.ops.lookup import make_table
from edgesmith.ops.quantized import dequantize_array, quantize_array
from edgesmith.ops.resize import has_integers
from edgesmith.types import DType, Quantization

_NARROW = (DType.I8, DType.I16)
# Operators with an integer form of the same name, and those whose integers mean the same without their scale.
_MULTIPLYING = "conv2d depthwise_conv2d conv3d transpose_conv2d fully_connected matmul"
_KNOWING = "quantize dequantize requantize lookup cast argmax argmin fully_connected_dynamic conv2d_dynamic"
_BINARY = """
    add sub mul div minimum maximum squared_difference prelu equal not_equal less less_equal greater greater_equal
"""
_UNARY = """
    abs neg sign floor ceil round trunc sqrt rsqrt reciprocal exp log log1p expm1 sin cos tan asin acos atan sinh
    cosh tanh asinh acosh atanh erf sigmoid relu clip leaky_relu elu selu celu softplus softsign hard_sigmoid
    hard_swish gelu gelu_tanh silu mish thresholded_relu shrink square
"""
_MOVING = """
    reshape transpose slice pad tile expand gather gather_nd gather_elements reverse reverse_sequence topk
    max_pool2d reduce_max reduce_min resize avg_pool2d
"""
_REDUCING = "softmax log_softmax reduce_mean reduce_sum"
MULTIPLYING, KNOWING, BINARY, UNARY, REDUCING = (
    frozenset(names.split()) for names in (_MULTIPLYING, _KNOWING, _BINARY, _UNARY, _REDUCING)
)
# Operators that only move elements: which inputs hold them (None: all).
MOVES: dict[str, tuple[int, ...] | None] = {
    **dict.fromkeys(_MOVING.split(), (0,)),
    "concat": None,
    "select": (1, 2),
    "scatter_nd": (0, 2),
    "scatter_elements": (0, 2),
}
CLAMPED = frozenset(f"{name}_q" for name in ("add", "sub", "mul", "div", "minimum", "maximum", "squared_difference"))


def legalize_quantized(graph: Graph) -> None:
    """Rewrite every node that reads or makes quantized values."""
    if any(value and value.quant for node in graph.nodes for value in _values(node)):
        _Legalizer(graph).run()


class _Legalizer:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes: list[Node] = []
        self.islands: list[str] = []
        self.renamed: dict[Value, Value] = {}
        self.shared: dict[tuple[Value, DType, bytes, bytes], Value] = {}

    def run(self) -> None:
        self.uses = self.graph.uses()
        self.roots = set(self.graph.roots())
        for node in self.graph.nodes:
            node.inputs = [None if value is None else self.renamed.get(value, value) for value in node.inputs]
            self._node(node)
        self.graph.nodes = self.nodes
        self.graph.replace_all(self.renamed)
        if self.islands:
            self.graph.metadata["float_islands"] = self.islands

    def _node(self, node: Node) -> None:
        if not any(value and value.quant for value in _values(node)) or self._knows(node):
            self.nodes.append(node)
        elif node.op in MOVES and self._can_move(node):
            self._move(node, MOVES[node.op])
        elif node.op in REDUCING and self._narrow(node):
            node.op = f"{node.op}_q"
            node.attrs = {**get(node.op).attributes, **node.attrs}
            self.nodes.append(node)
        elif not (node.op in BINARY and self._binary(node)) and not (node.op in UNARY and self._unary(node)):
            self._island(node)

    def _knows(self, node: Node) -> bool:
        if node.op in MULTIPLYING:
            return node.input(0).dtype in get(node.op).native and node.outputs[0].dtype is node.input(0).dtype
        return node.op in KNOWING or node.op.endswith("_q")

    # -- integer forms ------------------------------------------------------------------------------------------

    def _narrow(self, node: Node) -> bool:
        values = [node.input(0), *node.outputs]
        return all(value.dtype in _NARROW and _single(value) for value in values)

    def _binary(self, node: Node) -> bool:
        a, b, y = node.input(0), node.input(1), node.outputs[0]
        if not (_single(a) and _single(b) and a.dtype is b.dtype and a.dtype in _NARROW):
            return False
        if y.dtype is not DType.BOOL and not (y.dtype is a.dtype and _single(y)):
            return False
        node.op = f"{node.op}_q"
        node.attrs = {"lo": None, "hi": None}
        self.nodes.append(node)
        return True

    def _unary(self, node: Node) -> bool:
        x, y = node.input(0), node.outputs[0]
        kinds = (*_NARROW, DType.U8)
        if len(node.inputs) != 1 or not (x.dtype is y.dtype and x.dtype in kinds and _single(x) and _single(y)):
            return False
        assert x.quant is not None
        assert y.quant is not None
        bounds = _clamp(node, y)
        if bounds is not None and x.quant.same(y.quant) and self._clamp_before(x, y, *bounds):
            return True
        table = make_table(_function(node), x.quant, y.quant, x.dtype)
        if x.quant.same(y.quant) and np.array_equal(table, np.arange(*_every(x.dtype)).astype(table.dtype)):
            self._rename(y, x)
            return True
        constant = Value(f"{y.name}.table", table.shape, x.dtype, None, table)
        self.nodes.append(Node("lookup", [x, constant], [y], {}, node.source, node.path))
        return True

    def _clamp_before(self, x: Value, y: Value, lo: int, hi: int) -> bool:
        """Clamp for free: nothing to do, or in the store of the node that makes x for nobody else."""
        if (lo, hi) == limits(x.dtype):
            self._rename(y, x)
            return True
        layer = x.producer
        if layer is None or layer.op not in CLAMPED or x in self.roots or len(self._readers(x)) != 1:
            return False
        old_lo, old_hi = layer.attrs["lo"], layer.attrs["hi"]
        layer.attrs["lo"] = lo if old_lo is None else min(max(lo, old_lo), hi)
        layer.attrs["hi"] = hi if old_hi is None else max(min(hi, old_hi), lo)
        self._rename(y, x)
        return True

    def _readers(self, x: Value) -> list[tuple[Node, int]]:
        aliases = [x, *(old for old, new in self.renamed.items() if new is x)]
        return [use for value in aliases for use in self.uses.get(value, []) if use[0].outputs[0] not in self.renamed]

    def _rename(self, old: Value, new: Value) -> None:
        """Readers of ``old`` read ``new``; a graph output keeps its own name through the list of output names."""
        self.renamed[old] = new
        if old in self.roots:
            self.roots.add(new)

    # -- movement -----------------------------------------------------------------------------------------------

    def _can_move(self, node: Node) -> bool:
        if node.op == "resize" and node.attrs.get("mode") != "nearest":
            return has_integers(node.input(0).dtype, node.attrs)
        return node.attrs.get("reduction", "none") in ("none", "max", "min")

    def _move(self, node: Node, places: tuple[int, ...] | None) -> None:
        y = node.outputs[0]
        indices = range(len(node.inputs)) if places is None else places
        if y.quant is None or not _single(y):
            self.nodes.append(node)
            return
        target = y.quant
        if len(indices) == 1:
            x = node.input(indices[0])
            if x.quant is None or x.quant.same(target) or not _single(x):
                self.nodes.append(node)
                return
            inner = Value(f"{y.name}.moved", y.shape, x.dtype, x.quant)
            node.outputs[0] = inner
            inner.producer = node
            self.nodes += [node, Node("requantize", [inner], [y], {"to": y.dtype}, node.source, node.path)]
            return
        for index in indices:
            x = node.input(index)
            if x.quant is not None and not (x.quant.same(target) and x.dtype is y.dtype):
                node.inputs[index] = self._requantized(x, y.dtype, target, node)
        self.nodes.append(node)

    def _requantized(self, x: Value, dtype: DType, quant: Quantization, near: Node) -> Value:
        assert x.quant is not None
        key = (x, dtype, quant.scale.tobytes(), quant.zero_point.tobytes())
        if key not in self.shared:
            fresh = self.shared[key] = Value(f"{x.name}.requantized", x.shape, dtype, quant)
            step = Node("requantize", [x], [fresh], {"to": dtype}, near.source, near.path)
            if x.data is not None:
                fresh.data, fresh.producer = get("requantize").compute(step, [x.data])[0], None
            else:
                self.nodes.append(step)
        return self.shared[key]

    # -- islands ------------------------------------------------------------------------------------------------

    def _island(self, node: Node) -> None:
        self.islands.append(f"{node.op} '{node.label}'")
        for index, value in enumerate(node.inputs):
            if value is not None and value.quant is not None:
                node.inputs[index] = self._real(value, node)
        after: list[Node] = []
        for index, value in enumerate(node.outputs):
            if value.quant is not None:
                inner = Value(f"{value.name}.real", value.shape, DType.F32)
                node.outputs[index] = inner
                inner.producer = node
                after.append(Node("quantize", [inner], [value], {"to": value.dtype}, node.source, node.path))
        self.nodes += [node, *after]

    def _real(self, x: Value, near: Node) -> Value:
        key = (x, DType.F32, b"", b"")
        if key not in self.shared:
            fresh = self.shared[key] = Value(f"{x.name}.real", x.shape, DType.F32)
            if x.data is not None:
                assert x.quant is not None
                fresh.data = dequantize_array(x.data, x.quant)
            else:
                self.nodes.append(Node("dequantize", [x], [fresh], {}, near.source, near.path))
        return self.shared[key]


def _values(node: Node) -> list[Value | None]:
    return [*node.inputs, *node.outputs]


def _single(value: Value) -> bool:
    return value.quant is not None and value.quant.per_tensor


def _every(dtype: DType) -> tuple[int, int]:
    low, high = limits(dtype)
    return low, high + 1


def _function(node: Node) -> Callable[[np.ndarray], np.ndarray]:
    """The node's own NumPy meaning as a function of an array, evaluated in float64."""
    op, attrs = get(node.op), node.attrs

    def evaluate(x: np.ndarray) -> np.ndarray:
        wide = Value("x", x.shape, DType.F64)
        probe = Node(node.op, [wide], [Value("y", x.shape, DType.F64)], attrs)
        return op.compute(probe, [x.astype(np.float64)])[0]

    return evaluate


def _clamp(node: Node, y: Value) -> tuple[int, int] | None:
    """The range of integers that a clamp leaves, or None for other functions."""
    assert y.quant is not None
    if node.op == "relu":
        real: Sequence[float] = (0.0, np.inf)
    elif node.op == "clip" and "lo" in node.attrs:
        real = (float(node.attrs["lo"]), float(node.attrs["hi"]))
    else:
        return None
    lo, hi = quantize_array(np.asarray(real, np.float32), y.quant, y.dtype)
    return int(lo), int(hi)


__all__ = ["legalize_quantized"]
