"""The recipe in one function: simplify, observe, decide by measuring, apply."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np

from edgesmith.errors import ModelError, UsageError, nearest
from edgesmith.importers.source import GraphSource
from edgesmith.ir import Graph, Node
from edgesmith.model import Model, load
from edgesmith.passes.fold_scale_and_shift import fold_scale_and_shift
from edgesmith.passes.fuse_activation import fuse_activation
from edgesmith.passes.pipeline import SIMPLIFYING
from edgesmith.passes.weigh_matmuls import weigh_matmuls
from edgesmith.quantization.choices import Settings, Workshop
from edgesmith.quantization.lift import SHARE
from edgesmith.quantization.metrics import Metric
from edgesmith.quantization.observe import Run, observe
from edgesmith.quantization.plan import Plan
from edgesmith.quantization.ranges import METHODS
from edgesmith.quantization.report import Report
from edgesmith.quantization.rounding import ROUNDINGS
from edgesmith.quantization.samples import Progress, Reservoir
from edgesmith.quantization.speed import MACHINE, chip
from edgesmith.types import DType

JUDGED_RUNS, JUDGED_BYTES = 1000, 256 << 20  # kept for a budget
HELD, JUDGES = 4, 24  # every fourth run judges what is decided on the others, and so many of those are kept
DYNAMIC = "dynamic"  # weights of layers, and their inputs as they run
LIGHT = {"weights8": 8, "weights4": 4}  # weights alone, activations stay floats
HALF = {"f16": DType.F16, "bf16": DType.BF16}
SCHEMES = {"int8": "int8", "int16x8": "int16"}  # what people call it, and what its layers compute with


class Quantized(Model):
    """A quantized model, with the plan that made it and a report of what was measured and decided on the way."""

    def __init__(self, source: GraphSource, plan: Plan, report: Report) -> None:
        super().__init__(source)
        self.plan = plan
        self.report = report


def quantize(
    model: Any,
    batches: Iterable[np.ndarray | Sequence[np.ndarray]],
    *,
    scheme: str = "int8",
    method: str = "auto",
    per_channel: bool = True,
    equalize: bool | None = None,
    correct_bias: bool | None = None,
    rounding: str | None = None,
    smooth: float | None = None,
    float_end: bool = True,
    lift: float | None = None,
    recurrence: bool | None = None,
    max_drop: float | None = None,
    metric: str | Metric = "top1",
    labels: Sequence[Any] | None = None,
    plan: Plan | None = None,
    measure_speed: bool = True,
    fastest: bool = False,
    target: str | None = None,
    progress: Progress | None = None,
) -> Quantized:
    """A float model computed with integers, where an operator has an integer form. Inputs and outputs stay floats.

    Args:
        model: a ``Model`` or whatever ``load`` takes. Open dimensions are those of the first batch.
        batches: what the model is run on: an array, or one for each input. They are read once; a bounded number of
            them is kept, so memory does not grow with the data.
        scheme: "int8"; "int16x8": int16 activations with int8 weights; "weights8" and "weights4": weights of so many
            bits alone, those of four with a step for 32 of them; "dynamic": int8 weights, and inputs of layers that
            become int8 as the model runs, each row with its own range; "f16" and "bf16": weights as half floats.
        method: where ranges of activations end: "minmax", "percentile", "mse" or "kl"; "auto" measures which of them
            moves the outputs least.
        per_channel: one scale for each output channel of weights, or one for all of them.
        equalize: share ranges among the channels of neighbouring layers; None does so for weights with one scale,
            where outputs move less.
        correct_bias: take the mean error of weights from biases; None does so where outputs move less.
        rounding: of weights: "nearest", or "gptq" and "adaround", which round the weights of an output together; None
            is "gptq" for four bits, and for eight where outputs move less. Outputs of more than 2,304 weights are
            always rounded weight by weight.
        smooth: how much of the difficulty of what normalizations give to fully connected layers goes into their
            weights, from 0 to 1; None measures it.
        float_end: leave in floats what only shapes the outputs: probabilities, and joined parts of far ranges.
        lift: where outputs are numbers such as boxes or pictures, leave layers that do up to this share of all
            multiplications in floats, such as 0.25, those that take most of the noise; 0 leaves none. None is 0.25, but
            0 for a chip, which has floats at a far higher price, and where ``max_drop`` says what may be lost.
        max_drop: how much of ``metric`` may be lost, 0.005 for half a percent of all answers. Layers are lifted to
            int16 or floats until that holds on the data that is kept (up to 1,000 runs or 256 MB); Ctrl-C ends the
            search with the best plan so far.
        metric: "top1", "top5", "cosine", or a function of the outputs (a list for each run) and the labels.
        labels: what is right, one for each batch; without them, the answers of the float model are.
        plan: decisions taken before (``Plan.read``, or ``plan`` of a result), which are taken again.
        measure_speed: time both models, and say which layers integers do not pay for.
        fastest: leave layers in floats where integers are slower and the whole gets faster by it.
        target: judge speed on a chip that ``edgesmith export`` knows, such as "cortex-m4", by the instructions that
            are counted there; None is this machine, by its clock.
        progress: called with what is being done, how much of it is done, and how much there is (0 where unknown).

    Raises:
        UsageError: no batches, arrays that do not fit the inputs, or a word that is not known.
        ModelError: a number that is not finite, among activations or weights.
    """
    schemes = (*SCHEMES, DYNAMIC, *LIGHT, *HALF)
    if scheme not in schemes:
        raise UsageError(f"there is no scheme '{scheme}'.{nearest(scheme, schemes)} Known: {', '.join(schemes)}")
    if rounding is not None and rounding not in ROUNDINGS:
        raise UsageError(
            f"there is no rounding '{rounding}'.{nearest(rounding, ROUNDINGS)} Known: {', '.join(ROUNDINGS)}"
        )
    if method not in (*METHODS, "auto"):
        raise UsageError(f"there is no method '{method}'.{nearest(method, METHODS)} Known: auto, {', '.join(METHODS)}")
    chosen = {"fastest": fastest, "max_drop": max_drop is not None, "plan": plan is not None}
    for what in (name for name, given in chosen.items() if given and scheme not in SCHEMES):
        raise UsageError(
            f"scheme '{scheme}' has one form for every layer, so there is nothing for {what} to choose; "
            f"expected {' or '.join(SCHEMES)}"
        )
    clock = chip(target) if target else MACHINE
    source = model if isinstance(model, Model) else load(model)
    data = ([batch] if isinstance(batch, np.ndarray) else batch for batch in batches)
    first = next(data, None)
    if first is None:
        raise UsageError(f"quantizing {source.name} needs at least one batch of data; none was given")
    shapes = {spec.name: array.shape for spec, array in zip(source.inputs, first, strict=False)}
    graph = source.graph(shapes)
    if any(value.quant is not None for node in graph.nodes for value in node.outputs if not _stored(node)):
        raise UsageError(f"{source.name} computes with integers already; give the float model that it was made from")
    for rewrite in (*SIMPLIFYING, weigh_matmuls, fold_scale_and_shift, fuse_activation):
        rewrite(graph)
    for what, given in (("lift", lift), ("smooth", smooth)):
        if given is not None and not 0 <= given <= 1:
            raise UsageError(f"{what} is {given}; expected a share from 0 to 1, such as 0.25")
    tell = progress or (lambda what, done, all_of_it: None)
    if max_drop is not None and not 0 <= max_drop <= 1:
        raise UsageError(f"max_drop is {max_drop}; expected a share from 0 to 1, such as 0.005")
    kept = Reservoir() if max_drop is None else Reservoir(JUDGED_RUNS, JUDGED_BYTES)
    held = Reservoir(JUDGES)
    every = kept.through(_counted(graph, chain([first], data), tell))
    spreads = observe(graph, held.aside(every, HELD), lambda: kept.seen)
    runs, places = kept.ordered()
    if labels is not None and len(labels) != kept.seen:
        raise UsageError(f"there are {len(labels)} labels for {kept.seen} batches; expected one for each")
    right = None if labels is None else [labels[place] for place in places]
    form = SCHEMES.get(scheme, "float")
    share = lift if lift is not None else SHARE if target is None and max_drop is None else 0.0
    settings = Settings(
        form, method, per_channel, equalize, correct_bias, rounding, smooth, float_end, plan, max_drop, metric,
        fastest, clock, share, recurrence if measure_speed or recurrence is not None else True,
    )  # fmt: skip
    shop = Workshop(source.name, graph, spreads, runs, settings, tell, right, held.ordered()[0])
    if scheme == DYNAMIC:
        made, decided = shop.dynamic()
    elif scheme in LIGHT or scheme in HALF:
        made, decided = shop.light(LIGHT.get(scheme, 16), HALF.get(scheme))
    else:
        made, decided = shop.quantized()
    if measure_speed:
        shop.measure_speed(made, decided)
    for text in shop.report.warnings:
        warnings.warn(text, stacklevel=2)
    made.metadata = {**source.metadata, **made.metadata}
    return Quantized(GraphSource(made, source.name), decided, shop.report)


def _stored(node: Node) -> bool:
    """Whether a node only unpacks integers that weights are stored as."""
    return all(value is None or value.is_constant for value in node.inputs)


def _counted(graph: Graph, runs: Iterable[Run], tell: Progress) -> Iterator[Run]:
    """All runs, those that are set apart as well, as long as their numbers are sound."""
    for count, run in enumerate(runs, 1):
        if len(run) != len(graph.inputs):
            raise UsageError(f"batch {count} has {len(run)} arrays; {graph.name} has {len(graph.inputs)} inputs")
        for value, array in zip(graph.inputs, run, strict=True):
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise ModelError(f"input '{value.name}' of batch {count} holds numbers that are not finite")
        yield run
        tell("observing", count, 0)
