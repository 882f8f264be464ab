"""Why two models differ, in words: each suspicion is tried, and only named where its cure was measured to help."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np

from edgesmith.ir import Graph, Node
from edgesmith.model import Model
from edgesmith.ops import interpret
from edgesmith.ops.quantized import dequantize_array
from edgesmith.verify.layers import FLOAT_DB, INTEGER_DB, Comparison, Row, output_pairs, sqnr
from edgesmith.verify.layout import arrange, input_order, orders
from edgesmith.verify.outputs import random_inputs
from edgesmith.verify.pairs import pair
from edgesmith.verify.subject import Subject

ROUNDING_DB = 100.0
BETTER_DB = 10.0  # a cure must gain so much to be named
WEIGHTS_DB = 20.0  # integer weights that are less like the source's are a cause of their own
AS_THEY_ARE = "as they are"
_MEAN, _STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
_UNIT, _SIGNED, _BYTES, _NORMAL = (0.0, 1.0), (-1.0, 1.0), (0.0, 255.0), (-2.2, 2.7)
# What is done to numbers, and the numbers that it is done to.
_RANGES: dict[str, tuple[tuple[float, float], Callable[[np.ndarray], np.ndarray]]] = {
    AS_THEY_ARE: ((-np.inf, np.inf), lambda x: x),
    "multiplied by 255": (_UNIT, lambda x: x * 255),
    "divided by 255": (_BYTES, lambda x: x / 255),
    "moved from -1..1 to 0..1": (_SIGNED, lambda x: (x + 1) / 2),
    "moved from 0..1 to -1..1": (_UNIT, lambda x: x * 2 - 1),
    "moved from -1..1 to 0..255": (_SIGNED, lambda x: (x + 1) * 127.5),
    "moved from 0..255 to -1..1": (_BYTES, lambda x: x / 127.5 - 1),
    "normalized from 0..1 by ImageNet's mean and deviation": (_UNIT, lambda x: (x - _MEAN) / _STD),
    "normalized from 0..255 by ImageNet's mean and deviation": (_BYTES, lambda x: (x / 255 - _MEAN) / _STD),
    "brought from ImageNet's mean and deviation to 0..1": (_NORMAL, lambda x: x * _STD + _MEAN),
    "brought from ImageNet's mean and deviation to 0..255": (_NORMAL, lambda x: (x * _STD + _MEAN) * 255),
    "brought from ImageNet's mean and deviation to -1..1": (_NORMAL, lambda x: (x * _STD + _MEAN) * 2 - 1),
}


@dataclass(frozen=True, slots=True)
class Cause:
    """``kind`` is preprocessing, layout, weights, operator, fusion or precision; ``layer`` is empty for inputs."""

    kind: str
    layer: str
    text: str
    db_before: float | None = None
    db_after: float | None = None


def find_causes(
    first: Subject,
    second: Subject,
    found: Comparison,
    sample: Sequence[np.ndarray],
    source: Model | None = None,
    result: Model | None = None,
) -> list[Cause]:
    """What explains a comparison that is not ok, or layers that are bad; nothing where all is well.

    ``sample`` is one of the comparison's; ``source`` and ``result`` are the models before any pass, for telling a wrong
    rewrite from a wrong file.
    """
    bad = [row for row in found.rows if row.bad]
    if found.ok and not bad:
        return []
    if not bad and not found.quantized:  # rarely wrong: the first that differs by more than the rounding of floats
        bad = [row for row in found.rows if row.sqnr_db < ROUNDING_DB][:1]
    causes = _preprocessing(first, second, found, sample)
    if causes:
        return causes
    a, b = first.run(sample), second.run(_ordered(first, second, sample))
    layout = [cause for row in bad for cause in _layout(row, a[row.value], b[row.other])]
    causes += layout
    told = {cause.layer for cause in layout}
    for side, model, subject in (("source", source, first), ("result", result, second)):
        causes += _fusion(side, model, subject)
    for row in bad:
        if row.name not in told:
            met = {other.value for other in found.rows}, {other.other for other in found.rows}
            turned = _flattened(row, first, second, a, b) or _turned(row, first, second, met)
            other = None if found.quantized else _operator(row, first, second)
            causes.append(turned or _weights(row, first, second) or other or _precision(row))
    return causes


def _ordered(first: Subject, second: Subject, sample: Sequence[np.ndarray]) -> list[np.ndarray]:
    return [sample[index].transpose(order) for index, order in input_order(first, second)]


def _preprocessing(first: Subject, second: Subject, found: Comparison, sample: Sequence[np.ndarray]) -> list[Cause]:
    """Whether the result agrees once its input is changed in one of the ways that pipelines differ in."""
    causes: list[Cause] = []
    need = INTEGER_DB if found.quantized else FLOAT_DB
    before = _agreement(first, second, sample, sample)
    for index, tensor in enumerate(first.inputs):
        best = (before, "")
        for words, change in changes(tensor.shape):
            db = _agreement(first, second, sample, [*sample[:index], change(sample[index]), *sample[index + 1 :]])
            best = max(best, (db, words))
        if best[1] and best[0] >= max(need, before + BETTER_DB):
            text = f"input '{tensor.name}': the models expect different numbers; the result agrees where {best[1]}"
            causes.append(Cause("preprocessing", "", text, before, best[0]))
    return causes


def changes(
    shape: tuple[int, ...], given: tuple[float, float] | None = None
) -> Iterator[tuple[str, Callable[[np.ndarray], np.ndarray]]]:
    """The ways in which pipelines prepare pictures differently, in words, for inputs that are pictures.

    Where the least and the greatest number that are ``given`` are known, those ways alone that start from such numbers.
    """
    if len(shape) != 4 or not {shape[1], shape[3]} & {1, 3}:
        return
    axis = 3 if shape[3] in (1, 3) else 1
    for (name, (reach, change)), turned in product(_RANGES.items(), (False, True)):
        if (name == AS_THEY_ARE and not turned) or (shape[axis] == 1 and (turned or "ImageNet" in name)):
            continue
        if given is not None and name != AS_THEY_ARE and not _starts(given, reach):
            continue
        words = ([] if name == AS_THEY_ARE else [f"its numbers are {name}"]) + ["its channels are reversed"] * turned
        yield " and ".join(words), partial(_changed, change, axis, turned)


def _starts(given: tuple[float, float], reach: tuple[float, float]) -> bool:
    """Whether numbers lie within a usual range, and use some of it."""
    slack = 1e-2 * (reach[1] - reach[0])
    inside = reach[0] - slack <= given[0] and given[1] <= reach[1] + slack
    return inside and given[1] - given[0] >= 0.3 * (reach[1] - reach[0])


def _changed(change: Callable[[np.ndarray], np.ndarray], axis: int, turned: bool, array: np.ndarray) -> np.ndarray:
    moved = np.moveaxis(change(np.moveaxis(array, axis, -1)), -1, axis)
    return np.flip(moved, axis) if turned else moved


def _agreement(first: Subject, second: Subject, sample: Sequence[np.ndarray], changed: Sequence[np.ndarray]) -> float:
    """The least agreement of the first layer that multiplies and of the outputs, with a changed input."""
    a, b = first.run(sample), second.run(_ordered(first, second, changed))
    layer = next((link for link in pair(first.layers, second.layers) if link.first.macs), None)
    ends = output_pairs(first, second)
    if layer is not None:
        y = b[layer.second.value]
        ends.append((arrange(a[layer.first.value], y.shape), y))
    return min(sqnr(x, y) for x, y in ends)


def _layout(row: Row, a: np.ndarray, b: np.ndarray) -> list[Cause]:
    """Whether the numbers are right and stand in another order."""
    before = sqnr(arrange(a, b.shape), b)
    squeezed = a.reshape([dim for dim in a.shape if dim != 1] or [1])
    turned = [(order, squeezed.transpose(order)) for order in _all_orders(squeezed.ndim)]
    db, order = max((sqnr(t.reshape(b.shape), b), order) for order, t in turned)
    if db < max(before + BETTER_DB, INTEGER_DB) or before == db:
        return []
    text = (
        f"layer '{row.name}' holds the right numbers with its axes in the order {list(order)} (those of one left out)"
    )
    return [Cause("layout", row.name, text, before, db)]


def _flattened(
    row: Row, first: Subject, second: Subject, a: Mapping[str, np.ndarray], b: Mapping[str, np.ndarray]
) -> Cause | None:
    """Whether both reshape the same numbers, which lie in another order of axes."""
    one, two = first.nodes.get(row.value), second.nodes.get(row.other)
    if one is None or two is None or {one.op, two.op} != {"reshape"}:
        return None
    x, y = one.input(0), two.input(0)
    if x.shape == y.shape or x.name not in a or sorted(x.shape) != sorted(y.shape):
        return None
    wanted = b[row.other]
    db = sqnr(arrange(a[x.name], y.shape).reshape(wanted.shape), wanted)
    if db < INTEGER_DB:
        return None
    text = f"layer '{row.name}' has the source's numbers as {list(x.shape)}, the result's as {list(y.shape)}, when it "
    return Cause("layout", row.name, f"{text}reshapes them to {list(wanted.shape)}", row.own_db, db)


def _turned(row: Row, first: Subject, second: Subject, met: tuple[set[str], set[str]]) -> Cause | None:
    """Whether one model turns axes before the layer and the other does not."""
    ways = [
        sorted(str(list(node.attrs["perm"])) for node in _between(subject, value, known) if node.op == "transpose")
        for subject, value, known in zip((first, second), (row.value, row.other), met, strict=True)
    ]
    if ways[0] == ways[1]:
        return None
    said = [f"by {', '.join(way)}" if way else "none" for way in ways]
    text = f"before layer '{row.name}' the source turns axes {said[0]}, the result {said[1]}"
    return Cause("layout", row.name, text, row.own_db)


def _between(subject: Subject, value: str, known: set[str]) -> list[Node]:
    """The nodes that lead from values which have a counterpart to this one, without its own."""
    start = subject.nodes.get(value)
    pending = [v for v in start.inputs if v is not None] if start is not None else []
    found: dict[int, Node] = {}
    while pending:
        operand = pending.pop()
        node = operand.producer
        if node is None or operand.name in known or id(node) in found:
            continue
        found[id(node)] = node
        pending += [v for v in node.inputs if v is not None]
    return list(found.values())


def _all_orders(rank: int) -> list[tuple[int, ...]]:
    dims = tuple(2 for _ in range(min(rank, 4)))
    return [(*order, *range(4, rank)) for order in orders(dims, dims)]


def _fusion(side: str, model: Model | None, subject: Subject) -> list[Cause]:
    """Whether our own rewrites or kernels are wrong: the compiled program against the graph before any pass."""
    if model is None or subject.graph is None:
        return []
    graph: Graph = model.graph({tensor.name: tensor.shape for tensor in subject.inputs})
    if graph.is_quantized:
        return []  # integers are held to their meaning bit for bit, by check_operators
    feeds = random_inputs(graph)
    with_passes = subject.session.run(*feeds)
    plain = interpret(graph, feeds, {})
    db = min(sqnr(x.astype(np.float64), y.astype(np.float64)) for x, y in zip(plain, with_passes, strict=True))
    if db >= FLOAT_DB:
        return []
    text = (
        f"the {side} computes other numbers once compiled than its graph means: a rewrite or kernel of Edgesmith is "
        "wrong. Please report it with the model"
    )
    return [Cause("fusion", "", text, db)]


def _weights(row: Row, first: Subject, second: Subject) -> Cause | None:
    """Whether the layer's constants themselves differ by more than their number of bits explains."""
    one, two = first.nodes.get(row.value), second.nodes.get(row.other)
    if one is None or two is None or len(one.inputs) < 2 or len(two.inputs) < 2:
        return None
    if any(value is not None and second.factors(value.name) is not None for value in (*two.inputs, *two.outputs)):
        return None  # multiplied on purpose
    a, b = one.inputs[1], two.inputs[1]
    if a is None or b is None or a.data is None or b.data is None or a.size != b.size or a.data.dtype.kind != "f":
        return None
    real = b.data if b.quant is None else dequantize_array(b.data, b.quant)
    given = a.data.astype(np.float64)
    db = sqnr(arrange(given, b.shape), real.astype(np.float64))
    if db >= (FLOAT_DB if b.quant is None else WEIGHTS_DB):
        return None
    coarse = b.quant is not None and b.quant.per_tensor and a.rank > 1
    why = (
        "one scale for all channels leaves the small ones no steps; quantize per channel"
        if coarse
        else (
            "they were changed on the way, or quantized too coarsely"
            if b.quant is not None
            else "they are other numbers"
        )
    )
    return Cause("weights", row.name, f"the weights of '{row.name}' are only {db:.1f} dB like the source's: {why}", db)


def _operator(row: Row, first: Subject, second: Subject) -> Cause | None:
    """Whether the layer of floats does something else: another clamp, stride, epsilon, ..."""
    one, two = first.nodes.get(row.value), second.nodes.get(row.other)
    if one is None or two is None:
        return None
    if one.op != two.op:
        return Cause("operator", row.name, f"layer '{row.name}' is {one.op} in the source, {two.op} in the result")
    ways = [(key, one.attrs[key], two.attrs.get(key)) for key in one.attrs if one.attrs[key] != two.attrs.get(key)]
    if not ways:
        return None
    said = ", ".join(f"{key} {a} in the source and {b} in the result" for key, a, b in ways)
    return Cause("operator", row.name, f"layer '{row.name}' ({row.op}) has {said}", row.own_db)


def _precision(row: Row) -> Cause:
    """What the row itself shows: values cut off, values collapsed, or steps too coarse."""
    if row.spread < 0.05:
        what = "its values have collapsed: they hardly vary any more"
    elif row.saturated > 0.001:
        what = f"{row.saturated:.1%} of its values are cut off by the range of its type; calibrate on data like yours"
    elif row.dtype == "f32":
        what = "it computes other numbers than the source from the same inputs"
    else:
        what = "its range is far wider than most of its values need, so that few steps are left for them"
    return Cause("precision", row.name, f"layer '{row.name}' ({row.op}): {what}", row.own_db or row.sqnr_db)


__all__ = ["Cause", "changes", "find_causes"]
