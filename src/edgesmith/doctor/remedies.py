"""What quantizing anew would gain: recipes tried on the float model, and measured at its outputs."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgesmith.doctor.case import KEPT, Case, Finding
from edgesmith.errors import ModelError
from edgesmith.quantization import quantize
from edgesmith.verify.layers import compare as compare_subjects
from edgesmith.verify.models import Side
from edgesmith.verify.subject import as_held

# The plainest recipe, so that nothing is cured before it is seen, and so that each cure is measured alone.
AS_IT_IS: dict[str, Any] = {
    "method": "minmax",
    "equalize": False,
    "correct_bias": False,
    "measure_speed": False,
    "float_end": False,
    "lift": 0.0,
}
HEALTHY = 30.0  # dB at the outputs, from which on nothing is tried without a reason


@dataclass(frozen=True, slots=True)
class Remedy:
    """A recipe that was tried: its words, how to ask ``edgesmith quantize`` for it, and the outputs' worst ratio."""

    text: str
    flags: str
    before_db: float
    after_db: float

    def __str__(self) -> str:
        flags = f" ({self.flags})" if self.flags else ""
        return f"{self.text}{flags}: outputs {self.before_db:.1f} to {self.after_db:.1f} dB"


@dataclass(frozen=True, slots=True)
class _Recipe:
    text: str
    flags: str
    settings: dict[str, Any]
    kinds: frozenset[str]


_ALL = frozenset({"collapsed output", "calibration", "saturation", "per-tensor weights", "mixed ranges", "low output"})
_RECIPES = (
    _Recipe("ranges from this data, one scale a channel, nothing else", "--method minmax", AS_IT_IS,
            frozenset({"collapsed output", "calibration", "saturation", "per-tensor weights"})),
    _Recipe("ranges chosen by measuring", "--method auto", {**AS_IT_IS, "method": "auto"},
            frozenset({"calibration", "saturation", "low output"})),
    _Recipe("biases corrected", "--correct-bias", {**AS_IT_IS, "correct_bias": True},
            frozenset({"per-tensor weights", "low output"})),
    _Recipe("parts of far ranges left in floats at the end", "", {**AS_IT_IS, "float_end": True},
            frozenset({"mixed ranges", "low output"})),
    _Recipe("all that edgesmith quantize tries", "its defaults", {"measure_speed": False}, _ALL),
    _Recipe("activations of 16 bits", "--scheme int16x8", {"scheme": "int16x8", "measure_speed": False}, _ALL),
)  # fmt: skip


def remedies(case: Case, findings: Iterable[Finding]) -> Iterator[Remedy]:
    """The recipes that speak to what was found, each measured on samples that it was not calibrated on.

    Half of the first samples judge, and ranges are taken from others; fewer than four serve for both. Nothing is
    tried without the float network: the source, or what the integers stand for. Where the latter is all there is,
    digits that the weights have lost stay lost, and a recipe for them is not tried.
    """
    source = case.source
    if source is None or source.model is None or case.found is None:
        return
    kinds = {finding.kind for finding in findings if finding.level != "note"}
    if not case.source_given:
        kinds.discard("per-tensor weights")
    if min((row.sqnr_db for row in case.found.outputs), default=HEALTHY) < HEALTHY:
        kinds.add("low output")
    inputs = source.subject.inputs
    runs, more = (
        [[as_held(real, t.dtype, t.quant) for real, t in zip(run, inputs, strict=True)] for run in group]
        for group in (case.samples, case.more)
    )
    seen, held = (runs[::2] + more[:KEPT], case.samples[1::2]) if len(runs) >= 4 else (runs, case.samples)
    before: float | None = None
    for recipe in _RECIPES:
        if not kinds & recipe.kinds:
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                made = quantize(source.model, seen, **recipe.settings)
        except ModelError:
            continue  # a recipe that cannot be followed cures nothing
        if before is None:
            before = _worst(source, case.result, held)
        opened = Side.open(made)
        with opened.subject:
            yield Remedy(recipe.text, recipe.flags, before, _worst(source, opened, held))


def _worst(source: Side, result: Side, samples: Sequence[Sequence[np.ndarray]]) -> float:
    """dB of the output that has lost most."""
    return min(row.sqnr_db for row in compare_subjects(source.subject, result.subject, samples).outputs)
