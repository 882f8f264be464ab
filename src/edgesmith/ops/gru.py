"""gru: gated recurrent units, one direction, in float32.

Source: K. Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder" (2014); the form that resets after
the product is cuDNN's, PyTorch's and Keras's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.ir import Node, Value
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, Operator, TensorType, operator
from edgesmith.ops.recurrent import (
    BOUND,
    SIGMOID,
    TANH,
    activate,
    activation_fields,
    check_activations,
    check_shape,
    projected_shape,
    walk,
)
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType

Kernel(
    "gru_f32",
    "gru.c",
    """
    in f32 x[steps * batch * 3 * units]
    in f32 r[units * 3 * units]
    in? i32 lengths[batch]
    in f32 h0[batch * units]
    in? f32 bias[units]
    out f32 y[steps * batch * units]
    out f32 h[batch * units]
    i32 steps batch units reverse reset_after act[2]
    f32 alpha[2] beta[2] clip
    """,
    require="act[0] <= 11; act[1] <= 11",
    work="steps * batch * (3 * units * units + 30 * units)",
    scratch="units * 16 + 64",
    vector=True,
    parallel=True,
)


@operator
class GRU(Operator):
    """Gates in the order z (update), r (reset), h (new).

    Inputs: x (steps, batch, 3 units), the projected input with biases; r (units, 3 units); lengths i32 (batch,) or
    None; h0 (batch, units); bias (units,) that the new gate adds to the state's product, for ``reset_after``.
    ``reset_after`` multiplies that sum by the reset gate; otherwise the state is multiplied before the product.
    Outputs: y (steps, batch, units), and the last h.
    """

    name = "gru"
    attributes = {"reverse": False, "activations": (SIGMOID, TANH), "clip": 0.0, "reset_after": False}
    native = frozenset({DType.F32, DType.I32})
    widens = False
    bound = BOUND

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x, r, lengths, h0, bias = _five(inputs)
        steps, batch, units = projected_shape(x, 3)
        check_shape(r, (units, 3 * units), "r")
        check_shape(lengths, (batch,), "lengths", DType.I32)
        check_shape(h0, (batch, units), "the first h")
        check_shape(bias, (units,), "bias")
        check_activations(attrs["activations"], 2)
        return [TensorType((steps, batch, units), DType.F32), TensorType((batch, units), DType.F32)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, r, lengths, h0, bias = _five(inputs)
        f, g = node.attrs["activations"]
        units = h0.shape[1]
        extra = 0 if bias is None else bias

        def cell(step: int, states: list[np.ndarray]) -> list[np.ndarray]:
            h = states[0]
            gates = activate(f, x[step, :, : 2 * units] + h @ r[:, : 2 * units], node.attrs["clip"])
            z, reset = gates[:, :units], gates[:, units:]
            weights = r[:, 2 * units :]
            inner = reset * (h @ weights + extra) if node.attrs["reset_after"] else (reset * h) @ weights + extra
            new = activate(g, x[step, :, 2 * units :] + inner, node.attrs["clip"])
            return [((1 - z) * new + z * h).astype(x.dtype)]

        return walk(node, len(x), lengths, [h0], cell)

    def lower(self, node: Node, lw: Lowering) -> None:
        x, r, lengths, h0, bias = _five(node.inputs)
        steps, batch, units = projected_shape(x, 3)
        y, h = node.outputs
        attrs = node.attrs
        lw.emit(
            "gru_f32",
            **{"x": x, "r": r, "lengths": lengths, "h0": h0, "bias": bias, "y": y, "h": h},
            **{"steps": steps, "batch": batch, "units": units, "clip": attrs["clip"]},
            **{"reverse": attrs["reverse"], "reset_after": attrs["reset_after"]},
            **activation_fields(attrs["activations"]),
        )

    def macs(self, node: Node) -> int:
        steps, batch, units = projected_shape(node.input(0), 3)
        return steps * batch * 3 * units * units

    def cases(self) -> Iterator[Case]:
        for after in (False, True):
            for steps, batch, units in ((5, 2, 7), (1, 1, 64), (3, 3, 33), (0, 1, 4)):
                for reverse in (False, True):
                    args: list[Arg | None] = [
                        Arg((steps, batch, 3 * units), low=-2, high=2),
                        Arg((units, 3 * units), constant=True, low=-0.5, high=0.5),
                        Arg((3,), DType.I32, data=np.array([1, 0, 3], np.int32)) if batch == 3 else None,
                        Arg((batch, units), low=-0.9, high=0.9),
                        Arg((units,), low=-0.5, high=0.5) if units != 64 else None,
                    ]
                    name = f"{'after' if after else 'before'}-{steps}-{batch}-{units}{'-reverse' * reverse}"
                    attrs: Attrs = {"reset_after": after, "reverse": reverse}
                    yield Case(args, attrs | ({"clip": 0.7} if units == 7 else {}), id=name)


def _five(items: Sequence[object]) -> list:  # type: ignore[type-arg]
    return [*items, *[None] * (5 - len(items))]
