"""How a conformance test is run by Edgesmith: loaded from bytes, called with arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def run(model: bytes, inputs: Sequence[Any]) -> list[Any]:
    """The outputs of the C runtime for a model in bytes. bfloat16 is passed as its 16 bits, which is how it is held."""
    import edgesmith as es
    from edgesmith.types import DType

    loaded = es.load(model)
    got = loaded(*(_bits(item) for item in inputs))
    outputs = got if isinstance(got, list) else [got]
    return [
        _halves(array) if spec.dtype is DType.BF16 else array
        for array, spec in zip(outputs, loaded.outputs, strict=True)
    ]


def _bits(item: Any) -> Any:
    return item.view(np.uint16) if isinstance(item, np.ndarray) and item.dtype.name == "bfloat16" else item


def _halves(array: Any) -> Any:
    import ml_dtypes

    return np.asarray(array).view(ml_dtypes.bfloat16)
