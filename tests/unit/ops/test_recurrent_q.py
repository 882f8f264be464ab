"""Integer recurrent layers against the float operators on the real numbers that their integers mean."""

from __future__ import annotations

import numpy as np

from edgesmith.ir import Value
from edgesmith.ops import Builder, interpret
from edgesmith.ops.quantized import dequantize_array
from edgesmith.types import DType, Quantization

STEPS, BATCH, SIZE, UNITS = 40, 2, 24, 16


def real(q: np.ndarray, quant: Quantization) -> np.ndarray:
    return dequantize_array(q, quant).astype(np.float64)


def test_int8_lstm_stays_near_the_float_layer_over_forty_steps() -> None:
    rng = np.random.default_rng(7)
    xq, hq, cq = Quantization.make(0.02, -9), Quantization.make(1 / 128, 0), Quantization.make(2.0**-11)
    wq = Quantization.make(np.repeat([0.004, 0.006, 0.005, 0.007], UNITS), 0, 0)
    rq = Quantization.make(0.004)
    x = rng.integers(-128, 128, (STEPS, BATCH, SIZE)).astype(np.int8)
    w = rng.integers(-127, 128, (4 * UNITS, SIZE)).astype(np.int8)
    r = rng.integers(-127, 128, (4 * UNITS, UNITS)).astype(np.int8)
    bias = rng.integers(-5000, 5000, 4 * UNITS).astype(np.int32)
    zero_h, zero_c = np.zeros((BATCH, UNITS), np.int8), np.zeros((BATCH, UNITS), np.int16)

    b = Builder()
    operands = [b.input("x", x.shape, DType.I8, xq), b.constant(w, quant=wq), b.constant(r, quant=rq), b.constant(bias)]
    operands += [b.constant(zero_h, quant=hq), b.constant(zero_c, quant=cq)]
    b.output(b.add("lstm_q", *operands, cell_clip=10.0), "y")
    (got,) = interpret(b.graph, [x])

    gates = real(x, xq) @ real(w, wq).T + bias * (xq.scale0 * wq.scale).astype(np.float64)
    f = Builder()
    layer: list[Value | None] = [f.input("gates", gates.shape, DType.F32), f.constant(real(r, rq).T, DType.F32), None]
    layer += [f.constant(np.zeros((BATCH, UNITS)), DType.F32) for _ in range(2)]
    f.output(f.add("lstm", *layer, cell_clip=10.0), "y")
    (want,) = interpret(f.graph, [gates.astype(np.float32)])
    difference = np.abs(real(got, hq) - want) / hq.scale0
    assert difference.max() <= 4
    assert difference.mean() <= 0.6


def test_int8_svdf_follows_the_float_layer_from_step_to_step() -> None:
    rng = np.random.default_rng(8)
    filters, memory, rank = 12, 6, 2
    xq, fq, tq = Quantization.make(0.03, -11), Quantization.make(0.01), Quantization.make(0.004)
    sq, yq = Quantization.make(0.0025), Quantization.make(0.05, -3)
    features = rng.integers(-127, 128, (filters, SIZE)).astype(np.int8)
    times = rng.integers(-127, 128, (filters, memory)).astype(np.int16)
    state_q, state_f = np.zeros((1, filters * memory), np.int16), np.zeros((1, filters * memory), np.float32)
    for _ in range(9):
        x = rng.integers(-128, 128, (1, SIZE)).astype(np.int8)
        b = Builder()
        operands = [b.input("x", x.shape, DType.I8, xq), b.constant(features, quant=fq), b.constant(times, quant=tq)]
        outputs = b.add_multi(
            "svdf_q", [*operands, None, b.input("s", state_q.shape, DType.I16, sq)], (yq,), attrs={"rank": rank}
        )
        for index, value in enumerate(outputs):
            b.output(value, f"y{index}")
        y_q, state_q = interpret(b.graph, [x, state_q])

        f = Builder()
        weights = [f.constant(real(features, fq), DType.F32), f.constant(real(times, tq), DType.F32)]
        operands = [f.input("x", x.shape, DType.F32), *weights]
        held = f.input("s", state_f.shape, DType.F32)
        for index, value in enumerate(f.add_multi("svdf", [*operands, None, held], attrs={"rank": rank})):
            f.output(value, f"y{index}")
        y_f, state_f = interpret(f.graph, [real(x, xq).astype(np.float32), state_f])
        assert np.abs(real(y_q, yq) - np.clip(y_f, -125 * 0.05, 130 * 0.05)).max() <= 0.76 * yq.scale0  # rounded twice
        assert np.abs(real(state_q, sq) - state_f).max() <= 0.76 * sq.scale0
