"""Inputs that are prepared in another way than the model expects."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edgesmith.doctor.case import Case, Finding
from edgesmith.ops.conversion import limits
from edgesmith.types import DType
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
        if tensor.quant is None or not tensor.quant.per_tensor or case.random:
            continue
        low, high = as_real(np.asarray(limits(DType(tensor.dtype)), np.float64), tensor.quant)
        given = [case.for_result(sample)[index] for sample in case.samples]
        beyond = float(np.mean([((x < low - 1e-6) | (x > high + 1e-6)).mean() for x in given]))
        least, most = min(float(x.min()) for x in given), max(float(x.max()) for x in given)
        if beyond > 0.01 or most - least < (high - low) / 4:
            yield Finding(
                "preprocessing", tensor.name, "bad",
                f"the input takes {low:.3g} to {high:.3g}, the data reach from {least:.3g} to {most:.3g}"
                + (f", and {beyond:.1%} of them are cut off" if beyond > 0.01 else ""),
                "give numbers in the range that the file's input was quantized for",
            )  # fmt: skip
    yield from _confidence(case)


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
