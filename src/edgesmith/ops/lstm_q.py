"""lstm_q: long short-term memory on int8 with an int16 cell, TensorFlow Lite's 8x8 to 16 form, bit for bit.

Gates before their activation are int16 in steps of 2^-12, after it in steps of 2^-15. Sums are exact; scales and
activations are fixed point with the roundings of ``fixed_point.py``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops import fixed_point as fixed
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, Operator, TensorType, operator
from edgesmith.ops.quantized import need_per_tensor, need_quant
from edgesmith.ops.recurrent import check_shape, walk
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType, Quantization

F = np.float32
# Where the multipliers lie in the kernel's arrays; `enum lstm_q_scale` in runtime/kernels/lstm_q.h.
_X, _H, _NORM, _PEEPHOLE, _HIDDEN, _PROJECTION, _COUNT = 0, 4, 8, 12, 15, 16, 17
_FIELDS = """
    in i8 x[steps * batch * inputs]
    {weights} i8 w[4 * units * inputs]
    {weights} i8 r[4 * units * out]
    {weights}? i32 bias[4 * units]
    in i8 h0[batch * out]
    in i16 c0[batch * units]
    in? i16 peephole[3 * units]
    {weights}? i8 projection[out * units]
    {weights}? i32 projection_bias[out]
    {weights}? i16 norm[4 * units]
    out i8 y[steps * batch * out]
    out i8 h[batch * out]
    out i16 c[batch * units]
    i32 steps batch inputs units out reverse coupled cell_bits cell_clip
    i32 mantissa[{count}] least_variance[4]
    s32 shift[{count}]
    s32 zero_x zero_h zero_hidden lo hi
"""
_REQUIRE = "; ".join(
    [
        *(f"{zero} >= -128; {zero} <= 127" for zero in ("zero_x", "zero_h", "zero_hidden")),
        "lo >= -128; hi <= 127; cell_clip <= 32767; cell_bits <= 6",
        "inputs <= 65536; out <= 65536; units <= 65536",
        *(f"shift[{place}] >= -31; shift[{place}] <= 30" for place in range(_COUNT)),
    ]
)
_WORK = "steps * batch * (4 * units * (inputs + out) + units * out + 200 * units)"
Kernel(
    "lstm_q_i8",
    "lstm_q.c",
    _FIELDS.format(weights="const", count=_COUNT),
    require=_REQUIRE,
    work=_WORK,
    # Four rows of each product and of its sums, with what whole panels and vectors reach beyond, and five of int16.
    scratch="16 * (8 * units + out + 288) + 8 * (inputs + out + units + 72) + 10 * units + 192",
    vector=True,
    byte_dot=True,
    parallel=True,
    packed=True,
    unpacked="steps batch reverse coupled cell_bits cell_clip mantissa least_variance shift lo hi",
)
Kernel(
    "lstm_q_direct_i8",
    "lstm_q_direct.c",
    _FIELDS.format(weights="in", count=_COUNT),
    require=_REQUIRE,
    work=_WORK,
    scratch="8 * max(4 * units, out) + 2 * (inputs + out) + 13 * units + 448",
    vector=True,
    parallel=True,
)


@operator
class LSTMQ(Operator):
    """Gates in the order i, o, f, c.

    Inputs: x i8 (steps, batch, inputs); w i8 (4 units, inputs) and r i8 (4 units, out), zero points 0, a scale per
    gate; bias i32 (4 units,) at scale s_x * s_w, or None; h0 i8 (batch, out); c0 i16 (batch, units), zero point 0,
    scale a power of two from 2^-15 to 2^-9; then perhaps peephole i16 (3, units) for i, o, f; projection i8 (out,
    units) and its bias i32 (out,) at scale hidden_scale * s_projection; norm i16 (4, units), the weights of a layer
    normalization of each gate, whose bias is then ``bias`` at scale s_norm / 1024, and whose input has the scales
    ``gate_scales``. ``hidden_scale`` and ``hidden_zero`` quantize what is projected, or h itself; 0 is as h0.
    ``coupled`` makes the input gate one minus the forget gate. Clips are in real numbers, 0 for none; that of the
    projection is around the integer 0, whatever the zero point.
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
        "gate_scales": (2.0**-12,) * 4,
    }
    widens = False

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x, w, r, bias, h0, c0, peephole, projection, projection_bias, norm = _ten(inputs)
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
            (norm, (4, units), "the normalization's weights", DType.I16),
        ):
            check_shape(value, shape, what, kind)
        if projection is None and out != units:
            raise ModelError(f"h has {out} elements and c {units}; without a projection they are as many")
        for value in (w, r, c0, *(weights for weights in (peephole, projection, norm) if weights is not None)):
            if need_quant(value, "lstm_q").zero_point.any():
                raise ModelError(f"{value!r} has a zero point; expected 0")
        for value in (w, r):
            _per_gate(value)
        if projection is not None and not attrs["hidden_scale"] > 0:
            raise ModelError("hidden_scale is missing; a projection needs it")
        if norm is not None and (bias is None or units == 0):
            raise ModelError("a normalized layer needs a bias and at least one unit")
        cell = need_per_tensor(c0, "lstm_q")
        _cell_bits(float(cell.scale0))
        need_per_tensor(x, "lstm_q")
        y = need_per_tensor(h0, "lstm_q")
        return [
            TensorType((steps, batch, out), DType.I8, y),
            TensorType((batch, out), DType.I8, y),
            TensorType((batch, units), DType.I16, cell),
        ]

    def _numbers(self, node: Node) -> dict[str, object]:
        """Multipliers, zero points and clips: what both the meaning and the kernel compute with."""
        x, w, r, _, h0, c0, peephole, projection, _, norm = _ten(node.inputs)
        attrs, h, cell = node.attrs, h0.quant, c0.quant.scale0
        hidden = Quantization.make(attrs["hidden_scale"], attrs["hidden_zero"]) if attrs["hidden_scale"] > 0 else h
        gates = np.array(attrs["gate_scales"], F)
        scales = np.zeros(_COUNT, np.float64)
        with np.errstate(all="ignore"):
            scales[_X : _X + 4] = x.quant.scale0 * _per_gate(w) / gates
            scales[_H : _H + 4] = h.scale0 * _per_gate(r) / gates
            scales[_HIDDEN] = F(2.0**-30 / float(hidden.scale0))
            if peephole is not None:
                scales[_PEEPHOLE : _PEEPHOLE + 3] = F(float(cell) * peephole.quant.scale.astype(float) / gates[:3])
            if projection is not None:
                scales[_PROJECTION] = projection.quant.scale0 * hidden.scale0 / h.scale0
            least = np.ones(4, np.int64)
            if norm is not None:
                weights = np.broadcast_to(norm.quant.scale, (4,))
                scales[_NORM : _NORM + 4] = weights.astype(float) * 2**12  # to steps of 2^-12
                # What stands for the variance of equal numbers.
                least = np.clip(weights * F(10000), 1, 2**30).astype(np.int64)
            lo, hi = -128, 127
            if projection is not None and attrs["projection_clip"] > 0:
                hi = int(np.clip(F(attrs["projection_clip"]) / h.scale0, 0, 127))
                lo = -hi
            mantissa, shift = zip(*(fixed.decompose(float(scale)) for scale in scales), strict=True)
            clip = int(np.clip(F(attrs["cell_clip"]) / cell, 0, 32767))
        return {
            "mantissa": list(mantissa),
            "shift": list(shift),
            "least_variance": [int(v) for v in least],
            "zero_x": x.quant.zero0,
            "zero_h": h.zero0,
            "zero_hidden": hidden.zero0,
            "cell_bits": _cell_bits(float(cell)),
            "cell_clip": clip,
            "lo": lo,
            "hi": hi,
        }

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, w, r, bias, h0, c0, peephole, projection, projection_bias, norm = _ten(inputs)
        k: dict = self._numbers(node)  # type: ignore[type-arg]
        units = c0.shape[1]
        wide_x, wide_w, wide_r = (v.astype(np.int64) for v in (x, w, r))
        added = np.zeros(4 * units, np.int64) if bias is None else bias.astype(np.int64)

        def scaled(place: int, sums: np.ndarray) -> np.ndarray:
            return fixed.multiply(fixed.wrap(sums), k["mantissa"][place], k["shift"][place])

        def cell(step: int, states: list[np.ndarray]) -> list[np.ndarray]:
            h, c = (state.astype(np.int64) for state in states)
            from_x = (wide_x[step] - k["zero_x"]) @ wide_w.T + (0 if norm is not None else added)
            from_h = (h - k["zero_h"]) @ wide_r.T

            def gate(place: int, c: np.ndarray) -> np.ndarray:
                own = slice(place * units, (place + 1) * units)
                total = _narrow(scaled(_X + place, from_x[:, own]))
                total = _narrow(total + scaled(_H + place, from_h[:, own]))
                if peephole is not None and place < 3:
                    total = _narrow(total + scaled(_PEEPHOLE + place, peephole[place] * c))
                if norm is not None:
                    multiplier = k["mantissa"][_NORM + place], k["shift"][_NORM + place]
                    weights, least = norm[place].astype(np.int64), k["least_variance"][place]
                    total = fixed.normalize(total, weights, added[own], *multiplier, least)
                return fixed.tanh(total, 3) if place == 3 else fixed.sigmoid(total)

            forget = gate(2, c)
            i = fixed.ONE - forget if node.attrs["coupled"] else gate(0, c)
            fresh = fixed.over_power(i * gate(3, c), 15 + k["cell_bits"])
            c = _narrow(fixed.over_power(forget * c, 15) + fresh)
            if k["cell_clip"] > 0:
                c = np.clip(c, -k["cell_clip"], k["cell_clip"])
            hidden = scaled(_HIDDEN, gate(1, c) * fixed.tanh(c, k["cell_bits"])) + k["zero_hidden"]
            h = np.clip(hidden, -128, 127)
            if projection is not None:
                sums = (h - k["zero_hidden"]) @ projection.T.astype(np.int64)
                sums = sums if projection_bias is None else sums + projection_bias
                h = np.clip(np.clip(scaled(_PROJECTION, sums) + k["zero_h"], -128, 127), k["lo"], k["hi"])
            return [h.astype(np.int8), c.astype(np.int16)]

        return walk(node, len(x), None, [h0, c0], cell)

    def lower(self, node: Node, lw: Lowering) -> None:
        x, w, r, bias, h0, c0, peephole, projection, projection_bias, norm = _ten(node.inputs)
        y, h, c = node.outputs
        (steps, batch, size), units = x.shape, c0.shape[1]
        weights = (value for value in (w, r, bias, projection, projection_bias, norm) if value is not None)
        lw.emit(
            "lstm_q_i8" if all(value.is_constant for value in weights) else "lstm_q_direct_i8",
            **{"x": x, "w": w, "r": r, "bias": bias, "h0": h0, "c0": c0, "peephole": peephole, "y": y, "h": h, "c": c},
            **{"projection": projection, "projection_bias": projection_bias, "norm": norm, "out": h0.shape[1]},
            **{"steps": steps, "batch": batch, "inputs": size, "units": units},
            **{"reverse": node.attrs["reverse"], "coupled": node.attrs["coupled"]},
            **self._numbers(node),
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
            (3, 2, 8, 18, 18, "norm"), (2, 1, 6, 16, 16, "norm-coupled"), (5, 6, 21, 37, 37, "rows"),
            (3, 1, 6, 34, 34, "computed"),
        ):  # fmt: skip
            gates = [0.004, 0.02, 0.009, 0.012]
            cell = make(2.0 ** {"reverse": -9, "clip": -15, "peephole": -13}.get(name, -12))
            projected, normed, coupled = name == "projection", "norm" in name, name in ("peephole", "norm-coupled")
            args: list[Arg | None] = [
                Arg((steps, batch, size), DType.I8, make(0.01, -12)),
                Arg((4 * units, size), DType.I8, make(np.repeat(gates, units), 0, 0), constant=True),
                Arg((4 * units, out), DType.I8, make(0.006), constant=True),
                Arg((4 * units,), DType.I32, constant=True, low=-3000, high=3000) if name != "reverse" else None,
                Arg((batch, out), DType.I8, make(0.0078, 3)),
                Arg((batch, units), DType.I16, cell),
                Arg((3, units), DType.I16, make([1e-5, 2e-5, 3e-5], 0, 0), constant=True)
                if name == "peephole"
                else None,
                Arg((out, units), DType.I8, make(0.01), constant=True) if projected else None,
                Arg((out,), DType.I32, constant=True, low=-99, high=99) if projected else None,
                Arg((4, units), DType.I16, make([3e-5, 4e-5, 5e-5, 6e-5], 0, 0), constant=True) if normed else None,
            ]
            attrs: Attrs = {"reverse": name == "reverse", "coupled": coupled}
            attrs |= {"cell_clip": 0.25} if name == "clip" else {}
            attrs |= {"gate_scales": (0.002, 0.001, 0.003, 0.0005)} if normed else {}
            attrs |= {"hidden_scale": 0.008, "hidden_zero": -5, "projection_clip": 0.3} if projected else {}
            if name == "computed":
                args = [None if arg is None else replace(arg, constant=False) for arg in args]
            yield Case(args, attrs, id=name)


def _narrow(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(x, -32768, 32767))


def _per_gate(value: Value) -> np.ndarray:
    """The four scales of stacked weights.

    Raises:
        ModelError: a gate has several.
    """
    scales = need_quant(value, "lstm_q").scale
    gates = np.broadcast_to(scales, (value.shape[0],)).reshape(4, -1)
    if (gates != gates[:, :1]).any():
        raise ModelError(f"{value!r} has several scales within a gate; expected one for each of its four")
    return np.asarray(gates[:, 0] if gates.size else np.ones(4), F)


def _cell_bits(scale: float) -> int:
    """Bits before the point of an int16 cell of this scale.

    Raises:
        ModelError: the scale is no power of two from 2^-15 to 2^-9.
    """
    exponent = math.log2(scale) if scale > 0 else 0.0
    if abs(exponent - round(exponent)) > 1e-3 or not -15 <= round(exponent) <= -9:
        raise ModelError(f"the cell's scale is {scale:g}; expected a power of two from 2^-15 to 2^-9")
    return 15 + round(exponent)


def _ten(items: Sequence[object]) -> list:  # type: ignore[type-arg]
    return [*items, *[None] * (10 - len(items))]
