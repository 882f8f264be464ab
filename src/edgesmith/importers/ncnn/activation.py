"""The activation that a layer of ncnn may apply to what it makes, by number, and the bounds of clamps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.emit import Emitter
from edgesmith.importers.formulas import leaky
from edgesmith.ir import Value

LARGEST = float(np.finfo(np.float32).max)  # what files write for "no bound"


def activate(b: Emitter, x: Value, kind: int, numbers: Sequence[float]) -> Value:
    """0 nothing, 1 relu, 2 leaky relu, 3 clip, 4 sigmoid, 5 mish, 6 hard swish."""
    wanted = {2: 1, 3: 2, 6: 2}.get(kind, 0)
    if len(numbers) < wanted:
        raise ModelError(f"activation {kind} has {len(numbers)} numbers; expected {wanted}")
    match kind:
        case 0:
            return x
        case 1:
            return b.unary("relu", x)
        case 2:
            return leaky(b, x, numbers[0])
        case 3:
            return clamp(b, x, numbers[0], numbers[1])
        case 4 | 5:
            return b.unary("sigmoid" if kind == 4 else "mish", x)
        case 6:
            return hard_swish(b, x, numbers[0], numbers[1])
    raise ModelError(f"activation {kind} is not one of ncnn's, 0 to 6")


def clamp(b: Emitter, x: Value, low: float, high: float) -> Value:
    """Between two numbers, of which the largest float means none."""
    return b.clip(x, None if low <= -LARGEST else low, None if high >= LARGEST else high)


def hard_swish(b: Emitter, x: Value, alpha: float, beta: float) -> Value:
    """``x * clamp(alpha x + beta, 0, 1)``: one operator where the two are 1/6 and 1/2, as they nearly always are."""
    if abs(alpha - 1 / 6) < 1e-6 and beta == 0.5:
        return b.unary("hard_swish", x)
    return b.times(x, b.unary("hard_sigmoid", x, alpha=alpha, beta=beta))
