"""From a model and data to findings, the gravest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from edgesmith.doctor import data, outputs, ranges, speed, weights
from edgesmith.doctor.case import Case, Finding
from edgesmith.doctor.remedies import AS_IT_IS, Remedy, remedies
from edgesmith.errors import ModelError, UsageError
from edgesmith.model import Model, load
from edgesmith.quantization import quantize
from edgesmith.quantization.floats import floats
from edgesmith.verify.models import Side, Source, plausible
from edgesmith.verify.outputs import random_array

CHECKS = (
    outputs.collapsed_outputs,
    data.preprocessing,
    ranges.calibration,
    weights.per_tensor_weights,
    outputs.mixed_ranges,
    ranges.saturated,
    speed.slower_layers,
    ranges.dead_channels,
)
_GRAVEST = ("bad", "warning", "note")


@dataclass(slots=True)
class Diagnosis:
    """What was found, and the recipes that were tried against it, the best first.

    ``blessed`` is False where an output has collapsed or a finding is bad.
    """

    model: str
    source: str
    samples: int
    random: bool
    quantized_here: bool
    output_db: float | None
    findings: list[Finding]
    remedies: list[Remedy]

    @property
    def collapsed(self) -> bool:
        return any(finding.kind == "collapsed output" for finding in self.findings)

    @property
    def blessed(self) -> bool:
        return not any(finding.level == "bad" for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "collapsed": self.collapsed, "blessed": self.blessed}


def examine(
    model: Source, samples: Iterable[Sequence[np.ndarray]] | None = None, *, source: Source | None = None
) -> Diagnosis:
    """Look for what makes integer models fail.

    Args:
        model: an integer model; or a float one, which is quantized as it is (ranges from the least to the greatest
            number, no corrections), so that what would go wrong is seen and named.
        samples: for each run an array an input, as the inputs of the float network (else of the model) take them. With
            none, random numbers are used, and what only data can tell is left out or marked.
        source: the float model that an integer one was made from. Without it the network that its integers stand for
            is taken, which cannot show what the weights have lost.

    Raises:
        UsageError: a ``.edge`` file, which has no graph to look at.
    """
    opened = load(model) if not isinstance(model, Model) else model
    given = None if source is None else source if isinstance(source, Model) else load(source)
    runs = None if samples is None else [list(sample) for sample in samples]
    if runs is not None and not runs:
        raise UsageError("the doctor needs at least one sample; none was given")
    here = not opened.graph().is_quantized
    if here:
        if given is not None:
            raise UsageError(
                f"{opened.name} is a float model; give its integer form as the model to examine it beside a source"
            )
        given = opened
        opened = quantize(opened, runs or _random_runs(opened), **AS_IT_IS)
    case = _case(opened, given, runs)
    found = _causes([finding for check in CHECKS for finding in check(case)])
    found += outputs.far_outputs(case, found)
    found.sort(key=lambda finding: _GRAVEST.index(finding.level))
    db = min((row.sqnr_db for row in case.found.outputs), default=None) if case.found else None
    tried = sorted(remedies(case, found), key=lambda remedy: -remedy.after_db)
    found = [_with_gain(finding, tried) for finding in found]
    name = case.source.subject.name if case.source else ""
    case.close()
    return Diagnosis(opened.name, name, case.count, case.random, here, db, found, tried)


def _causes(findings: list[Finding]) -> list[Finding]:
    """Findings without those that follow from others: data prepared in another way do not fit any range behind."""
    prepared = any(finding.kind == "preprocessing" and finding.level == "bad" for finding in findings)
    return [f for f in findings if not (prepared and f.kind in ("calibration", "saturation"))]


def _with_gain(finding: Finding, tried: list[Remedy]) -> Finding:
    """What quantizing anew gains, for findings about the model as a whole."""
    if finding.kind not in ("calibration", "collapsed output", "far outputs") or not tried or finding.after is not None:
        return finding
    best = tried[0]
    return replace(finding, before=best.before_db, after=best.after_db, unit=f"dB at the outputs by {best.text}")


def _random_runs(model: Model) -> list[list[np.ndarray]]:
    graph = model.graph()
    return [
        [random_array(v.shape, v.dtype, False, 10 * run + i) for i, v in enumerate(graph.inputs)] for run in range(4)
    ]


def _case(model: Model, given: Model | None, runs: list[list[np.ndarray]] | None) -> Case:
    result = Side.open(model)
    source = Side.open(given) if given is not None else _float_twin(model)
    case = Case(result, source, given is not None, runs is None)
    if runs is not None:
        first = source if source is not None and given is not None else result
        case.look(first.samples(runs))
    elif source is not None:
        case.look(plausible(source, result, 4))
    else:
        case.look(list(result.samples(result.random(4))))
    return case


def _float_twin(model: Model) -> Side | None:
    """The float network behind an integer one; None where it keeps variables or computes in tables of bytes."""
    try:
        return Side.open(load(floats(model.graph())))
    except ModelError:
        return None
