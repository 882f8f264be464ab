"""rnn: the plain recurrent layer, one direction, in float32 (J. Elman, "Finding Structure in Time", 1990)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.ir import Node, Value
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, Operator, TensorType, operator
from edgesmith.ops.recurrent import (
    ACTIVATIONS,
    BOUND,
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
    "rnn_f32",
    "rnn.c",
    """
    in f32 x[steps * batch * units]
    in f32 r[units * units]
    in? i32 lengths[batch]
    in f32 h0[batch * units]
    out f32 y[steps * batch * units]
    out f32 h[batch * units]
    i32 steps batch units reverse act
    f32 alpha beta clip
    """,
    require="act <= 11",
    work="steps * batch * (units * units + 20 * units)",
    scratch="units * 4 + 64",
    vector=True,
    parallel=True,
)


@operator
class RNN(Operator):
    """``h = f(x + h r)``.

    Inputs: x (steps, batch, units), the projected input with biases; r (units, units); lengths i32 (batch,) or None;
    h0 (batch, units). Outputs: y (steps, batch, units), and the last h.
    """

    name = "rnn"
    attributes = {"reverse": False, "activations": (TANH,), "clip": 0.0}
    native = frozenset({DType.F32, DType.I32})
    widens = False
    bound = BOUND

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x, r, lengths, h0 = inputs
        steps, batch, units = projected_shape(x, 1)
        check_shape(r, (units, units), "r")
        check_shape(lengths, (batch,), "lengths", DType.I32)
        check_shape(h0, (batch, units), "the first h")
        check_activations(attrs["activations"], 1)
        return [TensorType((steps, batch, units), DType.F32), TensorType((batch, units), DType.F32)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, r, lengths, h0 = inputs
        assert x is not None
        assert r is not None
        assert h0 is not None
        (f,) = node.attrs["activations"]

        def cell(step: int, states: list[np.ndarray]) -> list[np.ndarray]:
            return [activate(f, x[step] + states[0] @ r, node.attrs["clip"])]

        return walk(node, len(x), lengths, [h0], cell)

    def lower(self, node: Node, lw: Lowering) -> None:
        steps, batch, units = projected_shape(node.input(0), 1)
        fields = {name: found[0] for name, found in activation_fields(node.attrs["activations"]).items()}
        lw.emit(
            "rnn_f32",
            **{"x": node.input(0), "r": node.input(1), "lengths": node.optional(2), "h0": node.input(3)},
            **{"y": node.outputs[0], "h": node.outputs[1], "steps": steps, "batch": batch, "units": units},
            **{"reverse": node.attrs["reverse"], "clip": node.attrs["clip"]},
            **fields,
        )

    def macs(self, node: Node) -> int:
        steps, batch, units = projected_shape(node.input(0), 1)
        return steps * batch * units * units

    def cases(self) -> Iterator[Case]:
        def args(steps: int, batch: int, units: int) -> list[Arg | None]:
            return [
                Arg((steps, batch, units), low=-2, high=2),
                Arg((units, units), constant=True, low=-0.3, high=0.3),
                Arg((3,), DType.I32, data=np.array([1, 0, 3], np.int32)) if batch == 3 else None,
                Arg((batch, units), low=-0.9, high=0.9),
            ]

        for name in ACTIVATIONS:
            alpha, beta = {"affine": (0.4, 0.1), "scaled_tanh": (0.7, 0.9), "hard_sigmoid": (0.2, 0.5)}.get(
                name, (0.3, 0)
            )
            yield Case(args(4, 2, 9), {"activations": ((name, alpha, beta),)}, id=name)
        yield Case(args(1, 1, 64), {"clip": 0.5}, id="clip")
        yield Case(args(4, 3, 17), {"reverse": True}, id="reverse-lengths")
        yield Case(args(4, 3, 17), id="lengths")
        yield Case(args(0, 1, 3), id="no-steps")
