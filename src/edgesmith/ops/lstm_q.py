"""lstm_q: long short-term memory on int8 with an int16 cell, TensorFlow Lite's 8x8 to 16 form, in real arithmetic.

Gates before their activation are int16 in steps of 2^-12, after it in steps of 2^-15. Every sum is exact; every scale
is applied in float32 and rounded once (half to even).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, partial

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, Operator, TensorType, operator
from edgesmith.ops.conversion import limits
from edgesmith.ops.lookup import interpolate, make_table
from edgesmith.ops.quantized import need_per_tensor, need_quant, settle
from edgesmith.ops.recurrent import ACTIVATIONS, check_shape, walk
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType, Quantization

F = np.float32
Kernel(
    "lstm_q_i8",
    "lstm_q.c",
    """
    in i8 x[steps * batch * inputs]
    in i8 w[4 * units * inputs]
    in i8 r[4 * units * out]
    in? i32 bias[4 * units]
    in i8 h0[batch * out]
    in i16 c0[batch * units]
    in? i16 peephole[3 * units]
    in? i8 projection[out * units]
    in? i32 projection_bias[out]
    const f32 m_x[4 * units]
    const f32 m_h[4 * units]
    const i16 sigmoid[65536 // step_gate + 1]
    const i16 tanh[65536 // step_gate + 1]
    const i16 tanh_cell[65536 // step_cell + 1]
    out i8 y[steps * batch * out]
    out i8 h[batch * out]
    out i16 c[batch * units]
    i32 steps batch inputs units out reverse coupled step_gate step_cell cell_clip
    s32 zero_x zero_h zero_hidden lo hi
    f32 m_peephole[3] m_forget m_input m_hidden m_projection
    """,
    require="; ".join(
        [
            *(f"{zero} >= -128; {zero} <= 127" for zero in ("zero_x", "zero_h", "zero_hidden")),
            "lo >= -128; hi <= 127; cell_clip <= 32767; inputs <= 65536; out <= 65536; units <= 65536",
            *(" or ".join(f"{step} == {size}" for size in (1, 2, 4, 8, 16, 32)) for step in ("step_gate", "step_cell")),
        ]
    ),
    work="steps * batch * (4 * units * (inputs + out) + units * out + 60 * units)",
    scratch="inputs * 2 + out * 2 + units * 60 + 256",
    vector=True,
    parallel=True,
)
GATE, ONE = Quantization.make(2.0**-12), Quantization.make(2.0**-15)


@cache
def _gate_tables() -> tuple[np.ndarray, np.ndarray]:
    """sigmoid and tanh of a gate, with knots equally far apart."""

    def gate(name: str, x: np.ndarray) -> np.ndarray:
        return ACTIVATIONS[name](x, 0, 0)

    tables = [make_table(partial(gate, name), GATE, ONE, DType.I16) for name in ("sigmoid", "tanh")]
    assert tables[0].size == tables[1].size
    return tables[0], tables[1]


@operator
class LSTMQ(Operator):
    """Gates in the order i, o, f, c.

    Inputs: x i8 (steps, batch, inputs); w i8 (4 units, inputs) and r i8 (4 units, out), zero points 0, scales per
    tensor or along axis 0; bias i32 (4 units,) at scale s_x * s_w, or None; h0 i8 (batch, out); c0 i16 (batch,
    units), zero point 0; then perhaps peephole i16 (3, units) for i, o, f; projection i8 (out, units) and its bias i32
    (out,) at scale hidden_scale * s_projection. ``hidden_scale`` and ``hidden_zero`` quantize what is projected.
    ``coupled`` makes the input gate one minus the forget gate. Clips are in real numbers, 0 for none.
    Outputs: y i8 (steps, batch, out), the last h and c, quantized as h0 and c0 are.
    """

    name = "lstm_q"
    attributes = {
        "reverse": False,
        "coupled": False,
        "cell_clip": 0.0,
        "projection_clip": 0.0,
        "hidden_scale": 0.0,
        "hidden_zero": 0,
    }
    widens = False

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x, w, r, bias, h0, c0, peephole, projection, projection_bias = _nine(inputs)
        if x.rank != 3 or w.rank != 2 or r.rank != 2 or w.shape[0] % 4:
            raise ModelError(f"x {x.shape}, w {w.shape} and r {r.shape} are no LSTM layer")
        (steps, batch, size), units, out = x.shape, w.shape[0] // 4, r.shape[1]
        for value, shape, what, kind in (
            (x, (steps, batch, size), "x", DType.I8),
            (w, (4 * units, size), "w", DType.I8),
            (r, (4 * units, out), "r", DType.I8),
            (bias, (4 * units,), "bias", DType.I32),
            (h0, (batch, out), "the first h", DType.I8),
            (c0, (batch, units), "the first c", DType.I16),
            (peephole, (3, units), "peephole", DType.I16),
            (projection, (out, units), "projection", DType.I8),
            (projection_bias, (out,), "the projection's bias", DType.I32),
        ):
            check_shape(value, shape, what, kind)
        if projection is None and out != units:
            raise ModelError(f"h has {out} elements and c {units}; without a projection they are as many")
        for value in (w, r, c0, *(weights for weights in (peephole, projection) if weights is not None)):
            if need_quant(value, "lstm_q").zero_point.any():
                raise ModelError(f"{value!r} has a zero point; expected 0")
        if projection is not None and not attrs["hidden_scale"] > 0:
            raise ModelError("hidden_scale is missing; a projection needs it")
        need_per_tensor(x, "lstm_q")
        y = need_per_tensor(h0, "lstm_q")
        return [
            TensorType((steps, batch, out), DType.I8, y),
            TensorType((batch, out), DType.I8, y),
            TensorType((batch, units), DType.I16, need_per_tensor(c0, "lstm_q")),
        ]

    def _numbers(self, node: Node) -> dict[str, object]:
        """Multipliers, zero points, tables and clips: what both the meaning and the kernel compute with."""
        x, w, r, _, h0, c0, peephole, projection, _ = _nine(node.inputs)
        rows, attrs = w.shape[0], node.attrs
        h, cell = h0.quant, c0.quant.scale0
        hidden = h if projection is None else Quantization.make(attrs["hidden_scale"], attrs["hidden_zero"])

        def each(scale: np.ndarray | np.float32, count: int) -> np.ndarray:
            return np.ascontiguousarray(np.broadcast_to(scale, (count,)), F)

        with np.errstate(all="ignore"):
            seen = each(F(0), 3) if peephole is None else each(peephole.quant.scale * cell / GATE.scale0, 3)
            tanh_cell = make_table(lambda q: np.tanh(q), c0.quant, ONE, DType.I16)
            lo, hi = limits(DType.I8)
            if projection is not None and attrs["projection_clip"] > 0:
                reach = F(attrs["projection_clip"]) / h.scale0
                lo, hi = (int(v) for v in settle(np.array([-reach, reach], F), h.zero0, lo, hi))
            steps = int(settle(np.asarray(F(attrs["cell_clip"]) / cell), 0, 0, 32767))
            return {
                "m_x": each(x.quant.scale0 * w.quant.scale / GATE.scale0, rows),
                "m_h": each(h.scale0 * r.quant.scale / GATE.scale0, rows),
                "m_peephole": seen,
                "m_forget": ONE.scale0,
                "m_input": F(2.0**-30) / cell,
                "m_hidden": F(2.0**-30) / hidden.scale0,
                "m_projection": F(0) if projection is None else hidden.scale0 * projection.quant.scale0 / h.scale0,
                "zero_x": x.quant.zero0,
                "zero_h": h.zero0,
                "zero_hidden": hidden.zero0,
                "sigmoid": _gate_tables()[0],
                "tanh": _gate_tables()[1],
                "tanh_cell": tanh_cell,
                "cell_clip": steps if attrs["cell_clip"] > 0 else 32767,
                "lo": lo,
                "hi": hi,
            }

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, w, r, bias, h0, c0, peephole, projection, projection_bias = _nine(inputs)
        k: dict = self._numbers(node)  # type: ignore[type-arg]
        units = c0.shape[1]
        wide_x, wide_w, wide_r = (v.astype(np.int64) for v in (x, w, r))
        seen = np.zeros((3, units), F) if peephole is None else peephole.astype(F)

        def cell(step: int, states: list[np.ndarray]) -> list[np.ndarray]:
            h, c = states
            from_x = ((wide_x[step] - k["zero_x"]) @ wide_w.T + (0 if bias is None else bias)).astype(np.int32)
            from_h = ((h.astype(np.int64) - k["zero_h"]) @ wide_r.T).astype(np.int32)
            # A gate saturates before h counts, as in TensorFlow Lite's integer kernel.
            real = settle(from_x.astype(F) * k["m_x"], 0, -32768, 32767).astype(F) + from_h.astype(F) * k["m_h"]

            def gate(place: int, c: np.ndarray, peep: int | None, table: str) -> np.ndarray:
                total = real[:, place * units : (place + 1) * units]
                if peep is not None and peephole is not None:
                    total = total + (seen[peep] * c.astype(F)) * k["m_peephole"][peep]
                return interpolate(k[table], settle(total, 0, -32768, 32767)).astype(F)

            forget = gate(2, c, 2, "sigmoid")
            i = np.minimum(F(32768) - forget, F(32767)) if node.attrs["coupled"] else gate(0, c, 0, "sigmoid")
            kept = (forget * c.astype(F)) * k["m_forget"] + (i * gate(3, c, None, "tanh")) * k["m_input"]
            limit = k["cell_clip"]
            c = settle(kept, 0, max(-limit, -32768), limit).astype(np.int16)
            seen_cell = interpolate(k["tanh_cell"], c).astype(F)
            hidden = (gate(1, c, 1, "sigmoid") * seen_cell) * k["m_hidden"]
            h = settle(hidden, k["zero_hidden"], -128, 127)
            if projection is not None:
                sums = (h - k["zero_hidden"]) @ projection.T.astype(np.int64) + (
                    0 if projection_bias is None else projection_bias
                )
                h = settle(sums.astype(np.int32).astype(F) * k["m_projection"], k["zero_h"], k["lo"], k["hi"])
            return [h.astype(np.int8), c]

        with np.errstate(all="ignore"):
            return walk(node, len(x), None, [h0, c0], cell)

    def lower(self, node: Node, lw: Lowering) -> None:
        x, w, r, bias, h0, c0, peephole, projection, projection_bias = _nine(node.inputs)
        numbers: dict = self._numbers(node)  # type: ignore[type-arg]
        y, h, c = node.outputs
        (steps, batch, size), units = x.shape, c0.shape[1]
        lw.emit(
            "lstm_q_i8",
            **{"x": x, "w": w, "r": r, "bias": bias, "h0": h0, "c0": c0, "peephole": peephole, "y": y, "h": h, "c": c},
            **{"projection": projection, "projection_bias": projection_bias, "out": h0.shape[1]},
            **{"steps": steps, "batch": batch, "inputs": size, "units": units},
            **{"reverse": node.attrs["reverse"], "coupled": node.attrs["coupled"]},
            **{"step_gate": 65536 // (numbers["tanh"].size - 1), "step_cell": 65536 // (numbers["tanh_cell"].size - 1)},
            **numbers,
        )

    def macs(self, node: Node) -> int:
        projection = node.optional(7)
        steps, batch, _ = node.input(0).shape
        return steps * batch * sum(v.size for v in (node.input(1), node.input(2), projection) if v is not None)

    def cases(self) -> Iterator[Case]:
        make = Quantization.make
        for steps, batch, size, units, out, name in (
            (4, 1, 28, 20, 20, "plain"), (3, 2, 37, 9, 9, "clip"), (3, 2, 5, 17, 6, "projection"),
            (3, 3, 8, 5, 5, "peephole"), (2, 1, 8, 5, 5, "reverse"), (0, 1, 4, 3, 3, "no-steps"),
        ):  # fmt: skip
            scales = np.linspace(0.004, 0.02, 4 * units)
            cell = make(2.0**-8 if name == "reverse" else 2.0**-12)
            projected = name == "projection"
            args: list[Arg | None] = [
                Arg((steps, batch, size), DType.I8, make(0.01, -12)),
                Arg((4 * units, size), DType.I8, make(scales, 0, 0), constant=True),
                Arg((4 * units, out), DType.I8, make(0.006), constant=True),
                Arg((4 * units,), DType.I32, constant=True, low=-3000, high=3000) if name != "reverse" else None,
                Arg((batch, out), DType.I8, make(0.0078, 3)),
                Arg((batch, units), DType.I16, cell),
                Arg((3, units), DType.I16, make([1e-5, 2e-5, 3e-5], 0, 0), constant=True)
                if name == "peephole"
                else None,
                Arg((out, units), DType.I8, make(0.01), constant=True) if projected else None,
                Arg((out,), DType.I32, constant=True, low=-99, high=99) if projected else None,
            ]
            attrs: Attrs = {"reverse": name == "reverse", "coupled": name == "peephole"}
            attrs |= {"cell_clip": 1.25} if name == "clip" else {}
            attrs |= {"hidden_scale": 0.008, "hidden_zero": -5, "projection_clip": 0.3} if projected else {}
            yield Case(args, attrs, id=name)


def _nine(items: Sequence[object]) -> list:  # type: ignore[type-arg]
    return [*items, *[None] * (9 - len(items))]
