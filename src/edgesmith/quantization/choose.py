"""Scales from ranges, under the rules of TensorFlow Lite's int8 scheme.

- Some functions have results of a known range, and with it a fixed scale.
- What only moves or selects numbers keeps their scale; parts of a concatenation share one.
- What only clamps gives its scale to the sum or product before it, which then clamps by saturating.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from edgesmith.errors import UsageError, nearest
from edgesmith.ir import Graph, Node, Value
from edgesmith.ops import get
from edgesmith.passes.legalize_quantized import UNARY
from edgesmith.quantization.observe import Spread, Spreads
from edgesmith.quantization.ranges import METHODS, Function, mse
from edgesmith.types import DType, Quantization

FIXED = {
    "softmax": Quantization.make(1 / 256, -128),
    "sigmoid": Quantization.make(1 / 256, -128),
    "tanh": Quantization.make(1 / 128, 0),
    "log_softmax": Quantization.make(16 / 256, 127),
    "l2_norm": Quantization.make(1 / 128, 0),
}
FIXED_16 = {name: Quantization.make(1 / 32768) for name in ("softmax", "sigmoid", "tanh", "l2_norm")}
# The result has the scale of the first input.
_MOVING = "reshape transpose slice pad resize gather max_pool2d avg_pool2d reduce_max reduce_min tile expand"
MOVING = frozenset(_MOVING.split())
CLAMPS = frozenset({"relu", "clip"})
CLAMPED = frozenset({"add", "sub", "mul"})

Scales = dict[Value, Quantization]


def choose(
    graph: Graph, spreads: Spreads, method: str = "minmax", dtype: DType = DType.I8, apart: Collection[Node] = ()
) -> Scales:
    """A quantization for every value with a spread, and for the constants that share one with them.

    Parts of the concatenations in ``apart`` keep a scale each.

    ``method`` is a name in ``ranges.METHODS``. int16 always takes the whole range: it has steps enough.

    Raises:
        UsageError: an unknown method.
    """
    if method not in METHODS:
        raise UsageError(f"there is no range method '{method}'.{nearest(method, METHODS)} Known: {', '.join(METHODS)}")
    return _Chooser(graph, spreads, method, dtype, apart).scales()


def from_range(low: float, high: float, dtype: DType = DType.I8) -> Quantization:
    """int8 over a range, which is widened to hold 0 exactly; int16 symmetric around 0."""
    low, high = min(low, 0.0), max(high, 0.0)
    narrow = dtype is DType.I8
    scale = np.float32((high - low) / 255 if narrow else max(high, -low) / 32767)
    if not scale >= np.finfo(np.float32).tiny:
        return Quantization.make(1.0, 0)  # nothing but zeros
    zero = np.clip(np.rint(-128 - low / float(scale)), -128, 127) if narrow else 0
    return Quantization.make(scale, int(zero))


def _meaning(node: Node) -> Function:
    return lambda numbers: np.asarray(get(node.op).compute(node, [numbers.astype(np.float32)])[0], np.float64)


class _Chooser:
    """Values that must share a scale are one set; ``parent`` leads to its representative."""

    def __init__(self, graph: Graph, spreads: Spreads, method: str, dtype: DType, apart: Collection[Node]) -> None:
        self.graph = graph
        self.spreads = spreads
        self.method = METHODS[method if dtype is DType.I8 else "minmax"]
        self.dtype = dtype
        self.apart = apart
        self.parent: dict[Value, Value] = {}
        self.fixed: dict[Value, Quantization] = {}
        self.clamped: set[Value] = set()  # values whose range does not count, since a clamp follows
        self.uses = graph.uses()
        self.roots = set(graph.roots())

    def scales(self) -> Scales:
        known = FIXED if self.dtype is DType.I8 else FIXED_16
        for node in self.graph.nodes:
            if node.op in known:
                self.fixed[node.outputs[0]] = known[node.op]
        for node in self.graph.nodes:
            if node.op in MOVING:
                self._join(node.input(0), node.outputs[0])
            elif self._clamps_alone(node):
                self.clamped.add(node.input(0))
                self._join(node.input(0), node.outputs[0])
        for node in self.graph.nodes:
            if node.op == "concat" and node not in self.apart:
                self._concat(node)
        sets: dict[Value, Spread] = {}
        for value in (*self.spreads, *(v for v in self.parent if v.is_constant)):
            seen = self.spreads.get(value)
            if seen is None:
                assert value.data is not None
                seen = Spread.of(value.data, f"constant '{value.name}'")
            if value not in self.clamped:
                sets.setdefault(self._find(value), Spread(seen.lows.size)).join(seen)
        # Pixels lie on a grid of 256 steps, which their whole range hits exactly and any part of it does not.
        given = {self._find(value) for value in self.graph.inputs}
        behind = self._functions()
        found = {
            top: self.fixed.get(top) or self._chosen(seen, top in given, behind.get(top)) for top, seen in sets.items()
        }
        return {
            value: found[self._find(value)] for value in (*self.spreads, *self.parent) if self._find(value) in found
        }

    def _chosen(self, seen: Spread, whole: bool, behind: Node | None) -> Quantization:
        if not seen.reach:
            return from_range(0.0, 0.0, self.dtype)
        if behind is not None and not whole and self.method is not METHODS["minmax"]:
            return from_range(*mse(seen, _meaning(behind)), self.dtype)
        return from_range(*(METHODS["minmax"] if whole else self.method)(seen), self.dtype)

    def _functions(self) -> dict[Value, Node]:
        """Sets of values that one function of one number alone reads, computed by a table."""
        readers: dict[Value, list[Node | None]] = {}
        for value, read in self.uses.items():
            for node, _ in read:
                if node.op not in MOVING:
                    readers.setdefault(self._find(value), []).append(node)
        for value in self.roots:
            readers.setdefault(self._find(value), []).append(None)
        return {
            top: found[0]
            for top, found in readers.items()
            if len(found) == 1 and found[0] is not None and found[0].op in UNARY and len(found[0].inputs) == 1
        }

    def _clamps_alone(self, node: Node) -> bool:
        """A clamp of a sum or product that nobody else reads."""
        if node.op not in CLAMPS or len(node.inputs) != 1:
            return False
        x = node.input(0)
        made = x.producer
        return made is not None and made.op in CLAMPED and x not in self.roots and len(self.uses[x]) == 1

    def _concat(self, node: Node) -> None:
        """All parts share the result's scale, except those that have a fixed one: they are requantized."""
        out = node.outputs[0]
        for value in node.inputs:
            if value is not None and self._find(value) not in self.fixed:
                self._join(value, out)

    def _find(self, value: Value) -> Value:
        while self.parent.get(value, value) is not value:
            value = self.parent[value]
        return value

    def _join(self, a: Value, b: Value) -> None:
        if a.dtype is not DType.F32 or b.dtype is not DType.F32:
            return
        top_a, top_b = self._find(a), self._find(b)
        self.parent.setdefault(a, a)
        self.parent.setdefault(b, b)
        if top_a is top_b:
            return
        if top_a in self.fixed:
            top_a, top_b = top_b, top_a
        self.parent[top_a] = top_b
