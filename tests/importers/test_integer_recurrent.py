"""Integer LSTM and SVDF layers of every form give the bits of LiteRT's reference kernels, over steps and runs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from litert import LiteRT
from tflite_builder import TFLiteBuilder

from edgesmith.compiler import Compiled, compile_graph
from edgesmith.errors import EdgesmithError
from edgesmith.model import load
from edgesmith.runtime.session import Session

UNITS, SIZE, STEPS, RUNS = 20, 11, 5, 2
FORMS: dict[str, dict[str, object]] = {
    "plain": {},
    "time-major": {"time_major": True, "batch": 2},
    "cell-bits-0": {"bits": 0},
    "cell-bits-6": {"bits": 6, "zero": -5},
    "cell-clip": {"cell_clip": 1.0},
    "coupled": {"coupled": True},
    "peephole": {"peephole": True, "batch": 2},
    "peephole-coupled": {"peephole": True, "coupled": True},
    "projection": {"out": 7, "zero": 4},
    "projection-clip": {"out": 7, "zero": 3, "projection_clip": 0.3},
    "norm": {"norm": True},
    "norm-coupled": {"norm": True, "coupled": True},
    "norm-peephole": {"norm": True, "peephole": True, "batch": 2},
    "norm-projection": {"norm": True, "out": 9, "batch": 2},
}


@pytest.fixture(scope="module")
def reference() -> Iterator[LiteRT]:
    pytest.importorskip("ai_edge_litert", reason="LiteRT is not installed: pip install 'edgesmith[test]'")
    with LiteRT("ref") as peer:
        yield peer


def _lstm(
    rng: np.random.Generator,
    *,
    coupled: bool = False,
    peephole: bool = False,
    norm: bool = False,
    out: int = 0,
    batch: int = 1,
    bits: int = 3,
    zero: int = 0,
    time_major: bool = False,
    cell_clip: float = 0.0,
    projection_clip: float = 0.0,
    gates: bool = True,
) -> tuple[bytes, tuple[int, ...]]:
    """A file with one layer, and the shape of its input."""
    b = TFLiteBuilder()
    shape = (STEPS, batch, SIZE) if time_major else (batch, STEPS, SIZE)
    x = b.tensor("x", shape, "INT8", quant=(0.02, int(rng.integers(-20, 20))))
    wide = out or UNITS

    def weights(shape: tuple[int, ...], low: float, high: float, kind: type = np.int8) -> list[int | None]:
        most = np.iinfo(kind).max
        return [
            None
            if coupled and gate == 0
            else b.tensor(
                "w", data=rng.integers(-most, most + 1, shape).astype(kind), quant=(float(rng.uniform(low, high)), 0)
            )
            for gate in range(4)
        ]

    def bias(size: int) -> int:
        return b.tensor("bias", data=rng.integers(-4000, 4000, size).astype(np.int32), quant=(0.0002, 0))

    operands = [x, *weights((UNITS, SIZE), 0.003, 0.02), *weights((UNITS, wide), 0.003, 0.02)]
    operands += weights((UNITS,), 1e-5, 4e-5, np.int16)[:3] if peephole else [None] * 3
    operands += [None if coupled and gate == 0 else bias(UNITS) for gate in range(4)]
    operands += [weights((out, UNITS), 0.01, 0.011)[3], bias(out)] if out else [None, None]
    operands.append(b.tensor("h", (batch, wide), "INT8", quant=(0.008, zero), variable=True))
    operands.append(b.tensor("c", (batch, UNITS), "INT16", quant=(2.0 ** (bits - 15), 0), variable=True))
    operands += weights((UNITS,), 1e-5, 8e-5, np.int16) if norm else [None] * 4
    y = b.tensor("y", (*shape[:2], wide), "INT8", quant=(0.008, zero))
    scales = rng.uniform(0.0005, 0.003, 4) if norm else [2.0**-12] * 4
    between = [b.tensor("gate", (1,), "INT16", quant=(float(scale), 0)) for scale in scales] if gates else []
    between.append(b.tensor("hidden", (1,), "INT8", quant=(0.0078, -3) if out else (0.008, zero)))
    options = {"fused_activation_function": "TANH", "time_major": time_major}
    options |= {"cell_clip": cell_clip, "proj_clip": projection_clip}
    b.op("UNIDIRECTIONAL_SEQUENCE_LSTM", operands, [y], options=options, intermediates=between)
    return b.inputs(x).outputs(y).build(), shape


def _svdf(rng: np.random.Generator, rank: int) -> tuple[bytes, tuple[int, ...]]:
    filters, memory, batch = 32, 8, 2
    b = TFLiteBuilder()
    x = b.tensor("x", (batch, SIZE), "INT8", quant=(0.02, int(rng.integers(-20, 20))))
    w = b.tensor("w", data=rng.integers(-127, 128, (filters, SIZE)).astype(np.int8), quant=(0.008, 0))
    times = rng.integers(-32767, 32768, (filters, memory)).astype(np.int16)
    t = b.tensor("t", data=times, quant=(float(rng.uniform(0.5, 1) / 32767), 0))
    bias = b.tensor("bias", data=rng.integers(-2000, 2000, filters // rank).astype(np.int32), quant=(0.001, 0))
    state = b.tensor(
        "s", (batch, filters * memory), "INT16", quant=(float(rng.uniform(4, 9) / 32767), 0), variable=True
    )
    y = b.tensor("y", (batch, filters // rank), "INT8", quant=(0.08, int(rng.integers(-9, 9))))
    b.op("SVDF", [x, w, t, bias, state], [y], options={"rank": rank, "fused_activation_function": "RELU"})
    return b.inputs(x).outputs(y).build(), (batch, SIZE)


def _same(reference: LiteRT, data: bytes, shape: tuple[int, ...], rng: np.random.Generator, runs: int) -> None:
    graph = load(data).graph()
    file = Compiled([compile_graph(graph)], [graph]).to_bytes()
    for _ in range(3):
        x = rng.integers(-128, 128, shape).astype(np.int8)
        (want,) = reference.run(data, [x], runs)
        with Session(file) as session:
            for _ in range(runs):
                (have,) = session.run(x)
        np.testing.assert_array_equal(have, want)
        assert np.unique(want).size > 3  # a layer that is stuck would prove nothing


@pytest.mark.parametrize("form", FORMS)
def test_lstm(form: str, reference: LiteRT) -> None:
    rng = np.random.default_rng(len(form))
    data, shape = _lstm(rng, **FORMS[form])  # type: ignore[arg-type]
    _same(reference, data, shape, rng, RUNS)


@pytest.mark.parametrize("rank", [1, 2])
def test_svdf(rank: int, reference: LiteRT) -> None:
    rng = np.random.default_rng(rank)
    data, shape = _svdf(rng, rank)
    _same(reference, data, shape, rng, 10)


def test_a_normalized_lstm_without_the_scales_of_its_gates_is_refused() -> None:
    data, _ = _lstm(np.random.default_rng(0), norm=True, gates=False)
    with pytest.raises(EdgesmithError, match="needs the scales of its gates"):
        load(data).graph()


def test_a_cell_whose_scale_is_no_power_of_two_is_refused() -> None:
    data, _ = _lstm(np.random.default_rng(0), bits=3.3)  # type: ignore[arg-type]
    with pytest.raises(EdgesmithError, match="expected a power of two from 2\\^-15 to 2\\^-9"):
        load(data).graph()
