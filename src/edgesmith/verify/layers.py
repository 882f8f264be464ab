"""Two models on the same input, layer by layer: what has become of each value, and which layer did it.

The whole error of a layer says how far its values are from the source's. Its own error is what it adds when it is given
the source's values: that is what names the layer to blame, whatever came before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import numpy as np

from edgesmith.errors import UsageError
from edgesmith.ir import Graph, Value
from edgesmith.ops.conversion import limits
from edgesmith.ops.widening import evaluate
from edgesmith.types import DType
from edgesmith.verify.layout import arrange, input_order
from edgesmith.verify.outputs import decibels
from edgesmith.verify.pairs import Pair, pair
from edgesmith.verify.subject import Layer, Subject, as_held, as_real

FLOAT_DB, INTEGER_DB = 60.0, 12.0  # what a layer, and an output, must reach
STEPS = 1.5  # an error within so many steps of an integer type is the type's, however small the values are
_INTEGERS = ("i8", "u8", "i16", "u16")


@dataclass(slots=True)
class Row:
    """One pair of layers.

    ``sqnr_db`` is the power of the source's values over that of the difference, ``own_db`` the same where the layer is
    given the source's values (None: not known). ``saturated`` is the share of the source's values beyond the range of
    an integer type, ``spread`` the deviation of the result's values over that of the source's, near 0 where they have
    collapsed.
    """

    layer: str
    path: str
    op: str
    value: str
    other: str
    other_op: str
    dtype: str
    how: str
    sqnr_db: float
    own_db: float | None
    max_error: float
    peak: float
    saturated: float
    spread: float
    bad: bool = False

    @property
    def name(self) -> str:
        """What people look for: the source's name, and the module path where there is one."""
        return f"{self.layer} ({self.path})" if self.path and self.path != self.layer else self.layer


@dataclass(slots=True)
class Comparison:
    """All pairs in order, and how the outputs agree over all samples."""

    first: str
    second: str
    samples: int
    quantized: bool
    rows: list[Row]
    outputs: list[OutputRow]
    unpaired: list[str]
    causes: list[Any] = field(default_factory=list)

    @property
    def first_bad(self) -> Row | None:
        return next((row for row in self.rows if row.bad), None)

    @property
    def ok(self) -> bool:
        return all(row.ok for row in self.outputs)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers for JSON; infinite ratios are None."""
        return {**asdict(self), "ok": self.ok, "first_bad": self.first_bad.name if self.first_bad else None}


@dataclass(slots=True)
class OutputRow:
    """An output over all samples. ``same_top`` is the share of samples whose largest element is the same one."""

    name: str
    shape: tuple[int, ...]
    sqnr_db: float
    max_error: float
    relative_error: float
    same_top: float | None
    collapsed: bool
    ok: bool


class Own(NamedTuple):
    """A layer's own error: ratio in dB, and the largest difference."""

    db: float
    worst: float


class _Sum:
    """Powers and extremes of a pair over the samples."""

    def __init__(self) -> None:
        self.signal = self.noise = self.peak = self.worst = self.ends = self.size = 0.0
        self.moments = np.zeros((2, 2))

    def add(self, a: np.ndarray, b: np.ndarray, layer: Layer | None) -> None:
        difference = np.abs(a - b)
        self.signal += float((a * a).sum())
        self.noise += float((difference * difference).sum())
        self.peak = max(self.peak, float(np.abs(a).max(initial=0)))
        self.worst = max(self.worst, float(difference.max(initial=0)))
        self.size += a.size
        self.moments += [[x.sum(), (x * x).sum()] for x in (a, b)]
        if layer is not None and layer.quant is not None:
            low, high = as_real(np.asarray(limits(DType(layer.dtype)), np.float64), layer.quant)
            step = float(layer.quant.scale0)
            self.ends += float(((a > high + step) | (a < low - step)).sum())

    @property
    def spread(self) -> float:
        mean = self.moments / max(self.size, 1)
        deviation = np.sqrt(np.maximum(mean[:, 1] - mean[:, 0] ** 2, 0))
        return float(deviation[1] / deviation[0]) if deviation[0] else 1.0


def sqnr(a: np.ndarray, b: np.ndarray) -> float:
    """Signal to noise of ``b`` as a stand-in for ``a``, in dB."""
    return decibels(float((a * a).sum()), float(((a - b) ** 2).sum()))


def compare(
    first: Subject, second: Subject, samples: Iterable[Sequence[np.ndarray]], tolerance: float = 1e-4
) -> Comparison:
    """Run both on the same real numbers.

    Args:
        first: the source, which is right by definition.
        samples: for each run one array of real numbers an input, in the first model's order and shapes.
        tolerance: for a result that computes in floats, the largest error of an output over its largest magnitude. One
            with integers is held to a signal to noise ratio of 12 dB and to outputs that have not collapsed.

    Raises:
        UsageError: no samples, or models whose inputs or outputs cannot stand for each other.
    """
    pairs = pair(first.layers, second.layers)
    second.called = {link.second.value: link.first.value for link in pairs}
    quantized = any(layer.dtype in _INTEGERS and layer.quant is not None for layer in second.layers)
    orders = input_order(first, second)
    ends = _outputs(first, second)
    sums = [_Sum() for _ in pairs]
    tops: list[list[bool]] = [[] for _ in ends]
    totals = [_Sum() for _ in ends]
    own: list[Own | None] = [None] * len(pairs)
    count = 0
    for count, sample in enumerate(samples, 1):
        a = first.run(sample)
        b = second.run([np.ascontiguousarray(sample[index].transpose(order)) for index, order in orders])
        for total, link in zip(sums, pairs, strict=True):
            x, y = a[link.first.value], b[link.second.value]
            total.add(arrange(x, y.shape), y, link.second)
        for total, found, (x, y) in zip(totals, tops, output_pairs(first, second), strict=True):
            total.add(x, y, None)
            found.append(bool(x.size and np.argmax(x) == np.argmax(y)))
        if count == 1 and second.graph is not None:
            own = _own_errors(pairs, second, second.graph, a, orders, first)
    if count == 0:
        raise UsageError("comparing two models needs at least one sample; none was given")
    rows = [
        _row(link, total, alone, quantized, _step(second, link.second.value))
        for link, total, alone in zip(pairs, sums, own, strict=True)
    ]
    outputs = [
        _output(first, second, place, total, top, quantized, tolerance)
        for place, total, top in zip(ends, totals, tops, strict=True)
    ]
    met = {link.second.value for link in pairs}
    left = [layer.label for layer in second.layers if layer.macs and layer.value not in met]
    return Comparison(first.name, second.name, count, quantized, rows, outputs, left)


def _outputs(first: Subject, second: Subject) -> list[tuple[int, int]]:
    """Places of outputs that stand for each other: by name where all names are the same, else in order."""
    a, b = first.program.outputs, second.program.outputs
    if len(a) != len(b):
        raise UsageError(f"{first.name} has {len(a)} outputs, {second.name} has {len(b)}; they cannot be compared")
    places = {tensor.name: place for place, tensor in enumerate(b)}
    named = {tensor.name for tensor in a} == set(places)
    return [(place, places[tensor.name] if named else place) for place, tensor in enumerate(a)]


def _row(link: Pair, total: _Sum, own: Own | None, quantized: bool, step: float) -> Row:
    a, b = link.first, link.second
    whole = decibels(total.signal, total.noise)
    ratio, worst = (whole, total.worst) if own is None else (own.db, own.worst)
    need = INTEGER_DB if quantized else FLOAT_DB
    small = STEPS * step if step else 1e-7 * max(total.peak, 1.0)
    return Row(
        a.label, a.path, a.op, a.value, b.value, b.op, b.dtype, link.how, whole, own.db if own else None, total.worst,
        total.peak, total.ends / max(total.size, 1), total.spread, bad=ratio < need and worst > small,
    )  # fmt: skip


def output_pairs(first: Subject, second: Subject) -> list[tuple[np.ndarray, np.ndarray]]:
    """The outputs of the last runs, the first model's in the second's layout.

    Raises:
        UsageError: outputs of different sizes.
    """
    a, b, places = first.outputs(), second.outputs(), _outputs(first, second)
    for i, j in places:
        if a[i].size != b[j].size:
            names = f"'{first.program.outputs[i].name}' is {a[i].shape} in {first.name}"
            raise UsageError(f"output {names} and {b[j].shape} in {second.name}; they cannot be compared")
    return [(arrange(a[i], b[j].shape), b[j]) for i, j in places]


def _output(
    first: Subject,
    second: Subject,
    place: tuple[int, int],
    total: _Sum,
    top: list[bool],
    quantized: bool,
    tolerance: float,
) -> OutputRow:
    relative = total.worst / total.peak if total.peak else total.worst
    db = decibels(total.signal, total.noise)
    tensor = second.program.outputs[place[1]]
    step = float(tensor.quant.scale0) if tensor.quant is not None and tensor.quant.per_tensor else 0.0
    if second.graph is not None and not step:
        step = _step(second, second.graph.outputs[place[1]].name)
    collapsed = total.spread < 0.05 and total.worst > STEPS * step
    ok = not collapsed and (db >= INTEGER_DB or total.worst <= STEPS * step if quantized else relative <= tolerance)
    chosen = float(np.mean(top)) if max(tensor.shape, default=1) == int(np.prod(tensor.shape)) > 1 else None
    name = first.program.outputs[place[0]].name
    return OutputRow(name, tensor.shape, db, total.worst, relative, chosen, collapsed, ok)


def _step(second: Subject, name: str) -> float:
    """The step of the integers that a value is made of, 0 for floats; a dequantization's is that of its input."""
    node = second.nodes.get(name)
    quant = next((layer.quant for layer in second.layers if layer.value == name), None)
    if quant is None and node is not None and node.op == "dequantize":
        quant = node.input(0).quant
    return float(quant.scale0) if quant is not None and quant.per_tensor else 0.0


def _own_errors(
    pairs: Sequence[Pair],
    second: Subject,
    graph: Graph,
    source: Mapping[str, np.ndarray],
    orders: Sequence[tuple[int, tuple[int, ...]]],
    first: Subject,
) -> list[Own | None]:
    """Each layer of the second graph by its NumPy meaning on the source's values, against the source's result."""
    given: dict[str, np.ndarray] = {}
    for link in pairs:
        name = link.second.value
        factors = second.factors(name)
        given[name] = arrange(source[link.first.value], link.second.shape) * (1.0 if factors is None else factors)
    for value, (index, order) in zip(graph.inputs, orders, strict=True):
        given[value.name] = source[first.inputs[index].name].transpose(order)
    values = {value.name: value for node in graph.nodes for value in node.outputs}
    meaning = _Meaning(graph, given)
    found: list[Own | None] = []
    for link in pairs:
        made = values.get(link.second.value)
        if made is None:
            found.append(None)
            continue
        wanted = given[link.second.value]
        got = as_real(meaning.of(made), made.quant)
        fits = got.shape == wanted.shape
        if fits:
            wanted, got = second.own(link.second.value, wanted), second.own(link.second.value, got)
        found.append(Own(sqnr(wanted, got), float(np.abs(wanted - got).max(initial=0))) if fits else None)
    return found


class _Meaning:
    """Evaluates values of a graph by the operators' meanings, from values that are given as real numbers."""

    def __init__(self, graph: Graph, given: Mapping[str, np.ndarray]) -> None:
        self.given = given
        self.states = {state.value: state.initial for state in graph.states}
        self.known: dict[Value, np.ndarray] = {}

    def of(self, value: Value) -> np.ndarray:
        """A value computed by its own node, whether it is given or not."""
        node = value.producer
        assert node is not None
        results = evaluate(node, [None if v is None else self._operand(v) for v in node.inputs])
        return results[next(place for place, made in enumerate(node.outputs) if made is value)]

    def _operand(self, value: Value) -> np.ndarray:
        if value.data is not None:
            return value.data
        if value in self.states:
            return self.states[value]
        if value not in self.known:
            real = self.given.get(value.name)
            if real is None or real.shape != value.shape:
                self.known[value] = self.of(value)
            else:
                self.known[value] = as_held(real, value.dtype, value.quant)
        return self.known[value]
