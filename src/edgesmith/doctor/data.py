"""Inputs that are prepared in another way than the model expects."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edgesmith.doctor.case import Case, Finding
from edgesmith.doctor.ranges import MOVING
from edgesmith.ir import Value
from edgesmith.ops.conversion import limits
from edgesmith.verify.causes import changes
from edgesmith.verify.subject import as_real

SURER = 1.5  # times the mean confidence that another preparation must give to be named


def preprocessing(case: Case) -> Iterator[Finding]:
    """Another preparation of the inputs with which the result agrees with its source, or is far surer of itself."""
    for cause in case.found.causes if case.found is not None else ():
        if cause.kind == "preprocessing":
            yield Finding(
                "preprocessing", "", "bad", cause.text, "prepare the input so", cause.db_before, cause.db_after
            )
    for index, tensor in enumerate(case.result.subject.inputs):
        held = _quantized_input(case, index)
        if held is None or held.quant is None or not held.quant.per_tensor or case.random:
            continue
        low, high = as_real(np.asarray(limits(held.dtype), np.float64), held.quant)
        given = np.stack([case.for_result(sample)[index] for sample in case.samples])
        if tensor.quant is None:  # ranges that were taken from data hold 0 as well
            given = np.append(given, 0.0)
        beyond, used = _fit(given, low, high)
        if beyond > 0.01 or used < 0.25:
            words, changed = _pixels(given, low, high)
            after = None if changed is None else _fit(changed, low, high)
            cut = "" if beyond <= 0.01 else f", and {beyond:.1%} of them are cut off"
            # Without a usual preparation that fits, whoever calibrated a float input had other data.
            kind = "preprocessing" if words or tensor.quant is not None else "calibration"
            yield Finding(
                kind, tensor.name, "bad",
                f"the input takes {low:.3g} to {high:.3g}, the data reach from {given.min():.3g} to {given.max():.3g}"
                + cut,
                words or "give numbers in the range that it was calibrated on, or quantize again with data like these",
                None if after is None else 100 * (beyond if cut else used),
                None if after is None else 100 * after[0 if cut else 1],
                "% of the numbers cut off" if cut else "% of the range used",
            )  # fmt: skip
    yield from _confidence(case)


def _quantized_input(case: Case, index: int) -> Value | None:
    """What holds an input as integers: itself, or what quantizes it."""
    value = case.graph.inputs[index]
    while value.quant is None:
        readers = [node for node in case.graph.nodes if value in node.inputs]
        if not readers or readers[0].op not in MOVING:
            return None
        value = readers[0].outputs[0]
    return value


def _fit(given: np.ndarray, low: float, high: float) -> tuple[float, float]:
    """The share of numbers beyond a range, and the share of the range that they use."""
    slack = (high - low) * 1e-3 + 1e-6
    beyond = float(((given < low - slack) | (given > high + slack)).mean())
    return beyond, float(given.max() - given.min()) / max(high - low, 1e-30)


def _pixels(given: np.ndarray, low: float, high: float) -> tuple[str, np.ndarray | None]:
    """Pixels of 0 to 255 where numbers of 0 to 1 or -1 to 1 are taken, or the reverse: the cure, and it done."""
    ways = {
        "divide the numbers by 255": given / 255, "multiply the numbers by 255": given * 255,
        "divide the numbers by 127.5 and take 1 from them": given / 127.5 - 1,
        "add 1 to the numbers and multiply them by 127.5": (given + 1) * 127.5,
    }  # fmt: skip
    for words, changed in ways.items():
        beyond, used = _fit(changed, low, high)
        if beyond <= 0.01 and used >= 0.5:
            return words, changed
    return "", None


def _confidence(case: Case) -> Iterator[Finding]:
    """For classifiers: whether the answers are far more certain when pictures are prepared in another usual way."""
    if case.random or not case.samples or len(case.result.subject.inputs) != 1 or case.found is None:
        return
    if any(cause.kind == "preprocessing" for cause in case.found.causes):
        return
    subject = case.result.subject
    outputs = [outputs[0] for outputs in case.outputs]
    if outputs[0].size < 3 or any(abs(row.sum() - 1) > 0.1 or row.min() < -0.01 for row in outputs):
        return
    now = float(np.mean([row.max() for row in outputs[: len(case.samples)]]))
    best, way = now, ""
    tensor = subject.inputs[0]
    for words, change in changes(tensor.shape):
        sure = []
        for sample in case.samples:
            subject.run([change(case.for_result(sample)[0])])
            sure.append(float(subject.outputs()[0].max()))
        if float(np.mean(sure)) > best:
            best, way = float(np.mean(sure)), words
    if best >= SURER * now:
        yield Finding(
            "preprocessing", tensor.name, "warning",
            f"the model is far surer of its answers where {way}", "look at how the training prepared its pictures",
            now, best, "mean probability of the best class",
        )  # fmt: skip
