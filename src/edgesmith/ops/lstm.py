"""lstm: long short-term memory, one direction, in float32; with every option of ONNX and TensorFlow Lite.

Sources: S. Hochreiter and J. Schmidhuber, "Long Short-Term Memory" (1997); peepholes: F. Gers et al. (2002);
projection: H. Sak et al. (2014); layer normalisation inside: J. Ba et al. (2016).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
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
    "lstm_f32",
    "lstm.c",
    """
    in f32 x[steps * batch * 4 * units]
    in f32 r[out * 4 * units]
    in? i32 lengths[batch]
    in f32 h0[batch * out]
    in f32 c0[batch * units]
    in? f32 peephole[3 * units]
    in? f32 projection[units * out]
    in? f32 projection_bias[out]
    in? f32 norm[4 * units]
    in? f32 norm_bias[4 * units]
    out f32 y[steps * batch * out]
    out f32 h[batch * out]
    out f32 c[batch * units]
    i32 steps batch units out reverse coupled act[3]
    f32 alpha[3] beta[3] clip cell_clip projection_clip
    """,
    require="act[0] <= 11; act[1] <= 11; act[2] <= 11; coupled <= 2",
    work="steps * batch * (4 * out * units + units * out + 40 * units)",
    scratch="units * 20 + 64",
    vector=True,
    parallel=True,
)
COUPLED = {"": 0, "input": 1, "forget": 2}  # which gate is one minus the other
EPSILON = 1e-8  # of the layer normalisation, TensorFlow Lite's


@operator
class LSTM(Operator):
    """Gates in the order i, o, f, c.

    Inputs: x (steps, batch, 4 units), the projected input with biases; r (out, 4 units); lengths i32 (batch,) or None;
    h0 (batch, out); c0 (batch, units); then perhaps peephole (3, units) for i, o, f; projection (units, out) and its
    bias (out,); norm (4, units), with which gates are normalised over the units, scaled, and moved by norm_bias.
    Outputs: y (steps, batch, out), and the last h and c.
    """

    name = "lstm"
    attributes = {
        "reverse": False,
        "activations": (SIGMOID, TANH, TANH),
        "clip": 0.0,
        "cell_clip": 0.0,
        "projection_clip": 0.0,
        "coupled": "",
    }
    native = frozenset({DType.F32, DType.I32})
    widens = False
    bound = BOUND

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x, r, lengths, h0, c0, peephole, projection, projection_bias, norm, norm_bias = _ten(inputs)
        steps, batch, units = projected_shape(x, 4)
        out = units if projection is None else projection.shape[-1]
        for value, shape, what in (
            (r, (out, 4 * units), "r"),
            (h0, (batch, out), "the first h"),
            (c0, (batch, units), "the first c"),
            (peephole, (3, units), "peephole"),
            (projection, (units, out), "projection"),
            (projection_bias, (out,), "the projection's bias"),
            (norm, (4, units), "norm"),
            (norm_bias, (4, units), "the norm's bias"),
        ):
            check_shape(value, shape, what)
        check_shape(lengths, (batch,), "lengths", DType.I32)
        check_activations(attrs["activations"], 3)
        if attrs["coupled"] not in COUPLED:
            raise ModelError(f"coupled is '{attrs['coupled']}'; expected one of {tuple(COUPLED)}")
        if (norm is None) != (norm_bias is None):
            raise ModelError("norm and its bias go together")
        return [TensorType(shape, DType.F32) for shape in ((steps, batch, out), (batch, out), (batch, units))]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, r, lengths, h0, c0, peephole, projection, projection_bias, norm, norm_bias = _ten(inputs)
        assert x is not None
        assert r is not None
        assert h0 is not None
        assert c0 is not None
        attrs = node.attrs
        f, g, out = attrs["activations"]
        seen = np.zeros((3, 1), x.dtype) if peephole is None else peephole

        def cell(step: int, states: list[np.ndarray]) -> list[np.ndarray]:
            h, c = states
            total = (x[step] + h @ r).reshape(len(h), 4, -1)
            if norm is not None and norm_bias is not None:
                total = total - total.mean(-1, keepdims=True)
                total = total / np.sqrt((total * total).mean(-1, keepdims=True) + EPSILON) * norm + norm_bias
            i = activate(f, total[:, 0] + seen[0] * c, attrs["clip"])
            forget = activate(f, total[:, 2] + seen[2] * c, attrs["clip"])
            i, forget = {"": (i, forget), "input": (1 - forget, forget), "forget": (i, 1 - i)}[attrs["coupled"]]
            c = forget * c + i * activate(g, total[:, 3], attrs["clip"])
            if attrs["cell_clip"] > 0:
                c = np.clip(c, -attrs["cell_clip"], attrs["cell_clip"])
            h = activate(f, total[:, 1] + seen[1] * c, attrs["clip"]) * activate(out, c, 0)
            if projection is not None:
                h = h @ projection + (0 if projection_bias is None else projection_bias)
                if attrs["projection_clip"] > 0:
                    h = np.clip(h, -attrs["projection_clip"], attrs["projection_clip"])
            return [h.astype(x.dtype), c.astype(x.dtype)]

        return walk(node, len(x), lengths, [h0, c0], cell)

    def lower(self, node: Node, lw: Lowering) -> None:
        x, r, lengths, h0, c0, peephole, projection, projection_bias, norm, norm_bias = _ten(node.inputs)
        steps, batch, units = projected_shape(x, 4)
        y, h, c = node.outputs
        attrs = node.attrs
        lw.emit(
            "lstm_f32",
            **{"x": x, "r": r, "lengths": lengths, "h0": h0, "c0": c0, "peephole": peephole, "projection": projection},
            **{"projection_bias": projection_bias, "norm": norm, "norm_bias": norm_bias, "y": y, "h": h, "c": c},
            **{"steps": steps, "batch": batch, "units": units, "out": y.shape[2], "reverse": attrs["reverse"]},
            **{name: attrs[name] for name in ("clip", "cell_clip", "projection_clip")},
            **activation_fields(attrs["activations"]),
            coupled=COUPLED[attrs["coupled"]],
        )

    def macs(self, node: Node) -> int:
        steps, batch, units = projected_shape(node.input(0), 4)
        out = node.outputs[0].shape[2]
        return steps * batch * (4 * units * out + (units * out if node.optional(6) is not None else 0))

    def cases(self) -> Iterator[Case]:
        def args(steps: int, batch: int, units: int, out: int = 0, **more: Sequence[int]) -> list[Arg | None]:
            state = Arg((batch, out or units), low=-0.9, high=0.9)
            weights = Arg((out or units, 4 * units), constant=True, low=-0.5, high=0.5)
            first: list[Arg | None] = [Arg((steps, batch, 4 * units), low=-2, high=2), weights]
            names = ("peephole", "projection", "projection_bias", "norm", "norm_bias")
            rest = [Arg(tuple(more[name]), low=-0.6, high=0.6) if name in more else None for name in names]
            return [*first, None, state, Arg((batch, units), low=-1, high=1), *rest]

        yield Case(args(5, 2, 7), id="plain")
        yield Case(args(1, 1, 64), id="one-step")
        yield Case(args(4, 3, 33), {"reverse": True, "clip": 1.5, "cell_clip": 0.8}, id="reverse-clips")
        yield Case(args(3, 2, 9, peephole=(3, 9)), {"coupled": "input"}, id="peephole-coupled-input")
        yield Case(args(3, 2, 9), {"coupled": "forget"}, id="coupled-forget")
        projected = args(4, 2, 13, 6, projection=(13, 6), projection_bias=(6,))
        yield Case(projected, {"projection_clip": 0.4}, id="projection")
        normed = args(3, 2, 17, norm=(4, 17), norm_bias=(4, 17))
        spread = np.random.default_rng(5).normal(size=(3, 2, 68)).astype(np.float32)
        normed[0] = Arg(data=spread)  # equal gates have no variance to normalise by
        yield Case(normed, id="norm")
        lengths = Arg((3,), DType.I32, data=np.array([0, 4, 2], np.int32))
        for reverse in (False, True):
            some = args(4, 3, 5)
            some[2] = lengths
            yield Case(some, {"reverse": reverse}, id=f"lengths-{'reverse' if reverse else 'forward'}")
        yield Case(args(0, 2, 3), id="no-steps")


def _ten(items: Sequence[object]) -> list:  # type: ignore[type-arg]
    return [*items, *[None] * (10 - len(items))]
