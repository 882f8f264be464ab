"""Inputs that are prepared in another way than the model expects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from edgesmith.doctor.case import Case, Finding
from edgesmith.doctor.ranges import MOVING
from edgesmith.ir import Value
from edgesmith.ops.conversion import limits
from edgesmith.verify.causes import changes
from edgesmith.verify.subject import Subject, as_real

ENOUGH = 12  # samples from which on answers say how well they tell them apart
BETTER = 1.2  # times what answers say now, from which on another preparation is named
GREATER = 3.0  # times the span of numbers
LITTLE, MUCH = 0.1, 0.25  # shares of all that answers could say: below the one they say nothing, above the other enough


def preprocessing(case: Case) -> Iterator[Finding]:
    """Another preparation of the inputs with which the result agrees with its source, or tells pictures apart."""
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
            words, changed = _pixels(case, index, low, high)
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
    yield from _told_apart(case)


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


def _pixels(case: Case, index: int, low: float, high: float) -> tuple[str, np.ndarray | None]:
    """Pixels of a usual range where those of another are taken: the cure, and it done."""
    ways: list[tuple[str, Callable[[np.ndarray], np.ndarray]]] = [
        ("divide the numbers by 255", lambda x: x / 255), ("multiply the numbers by 255", lambda x: x * 255),
        ("divide the numbers by 127.5 and take 1 from them", lambda x: x / 127.5 - 1),
        ("add 1 to the numbers and multiply them by 127.5", lambda x: (x + 1) * 127.5),
    ]  # fmt: skip
    given = [case.for_result(sample)[index] for sample in case.samples]
    ends = float(np.min(given)), float(np.max(given))
    for words, change in changes(case.result.subject.inputs[index].shape, ends):
        if "normalized" in words and "reversed" not in words:
            ways.append((f"prepare it so that {words}", change))
    for words, change in ways:
        changed = np.append(np.stack([change(array) for array in given]), 0.0)
        beyond, used = _fit(changed, low, high)
        if beyond <= 0.01 and used >= 0.5:
            return words, changed
    return "", None


def _told_apart(case: Case) -> Iterator[Finding]:
    """For classifiers: whether answers tell pictures better apart when those are prepared in another usual way.

    The measure is what an answer says of which picture it was, the mutual information of both: wrong colours blur
    answers, numbers that are too small make them all alike, and numbers that are too large make them sure of one class.
    Sureness alone would praise whatever makes numbers greater.
    """
    samples = [*case.samples, *case.more]
    if case.random or len(samples) < ENOUGH or len(case.result.subject.inputs) != 1 or case.found is None:
        return
    if any(cause.kind == "preprocessing" for cause in case.found.causes):
        return
    floats = case.source is not None  # which no range cuts off
    subject = case.source.subject if case.source is not None else case.result.subject
    tensor, answer = subject.inputs[0], case.outputs[0][0]
    if answer.size < 3 or answer.size != answer.shape[-1]:
        return
    given = [sample[0] if floats else case.for_result(sample)[0] for sample in samples]
    most = np.log(min(len(samples), answer.size))
    now = best = _said(_answer(subject, array) for array in given)
    way = ""
    for words, change in changes(tensor.shape, (float(np.min(given)), float(np.max(given)))):
        changed = [change(array) for array in given]
        if np.ptp(changed) > GREATER * np.ptp(given) and now > LITTLE * most:
            continue  # greater numbers make any network's answers surer
        said = _said(_answer(subject, array) for array in changed)
        if said > best:
            best, way = said, words
    if best >= BETTER * now and best >= MUCH * most:
        yield Finding(
            "preprocessing", tensor.name, "warning",
            f"answers tell the pictures better apart where {way}", "look at how the training prepared its pictures",
            now, best, "nats that an answer says of its picture",
        )  # fmt: skip


def _answer(subject: Subject, array: np.ndarray) -> np.ndarray:
    subject.run([array])
    return subject.outputs()[0].copy()


def _said(answers: Iterable[np.ndarray]) -> float:
    """Mutual information of pictures and classes in nats: the entropy of all answers less that of each."""
    rows = np.stack([np.asarray(answer, np.float64).reshape(-1) for answer in answers])
    sums = rows.sum(1)  # of a thousand bytes, each rounded, not quite 1
    if rows.min() < -0.01 or rows.max() > 1.01 or sums.min() < 0.5 or sums.max() > 2:  # scores before a softmax
        rows = np.exp(rows - rows.max(1, keepdims=True))
    chances = np.maximum(rows, 1e-12)
    chances /= chances.sum(1, keepdims=True)
    mean = chances.mean(0)
    return float((chances * np.log(chances)).sum(1).mean() - (mean * np.log(mean)).sum())
