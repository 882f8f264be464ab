"""The recurrence of an LSTM in integers: where it is taken, what it keeps, and that LiteRT computes the same bytes."""

from __future__ import annotations

import pathlib
import warnings
from typing import Any

import numpy as np
import pytest

import edgesmith as es
from edgesmith.ir import Graph, State, Value
from edgesmith.ops import Builder
from edgesmith.quantization import post_training
from edgesmith.quantization.recurrent import cell_scale
from edgesmith.quantization.speed import Clock
from edgesmith.types import DType

STEPS, WIDTH, UNITS = 12, 10, 16
PLAIN = (("sigmoid", 0.0, 0.0), ("tanh", 0.0, 0.0), ("tanh", 0.0, 0.0))


def network(op: str = "lstm", kept: bool = False, first: str = "sigmoid", reverse: bool = False) -> Graph:
    """A recurrent layer, and one over all its outputs; ``kept`` makes its states live between runs."""
    rng = np.random.default_rng(0)
    gates = {"lstm": 4, "gru": 3}[op]

    def constant(*shape: int) -> Value:
        return b.constant((rng.standard_normal(shape) / np.sqrt(shape[-1])).astype(np.float32))

    b = Builder(op)
    x = b.input("x", (STEPS, 1, WIDTH), DType.F32)
    total = b.add("fully_connected", x, constant(gates * UNITS, WIDTH), constant(gates * UNITS))
    zeros = np.zeros((1, UNITS), np.float32)
    count = gates - 2 if op == "lstm" else 1
    states = [Value(f"s{i}", zeros.shape, DType.F32) if kept else b.constant(zeros) for i in range(count)]
    attrs: dict[str, Any] = {"activations": ((first, 0.0, 0.0), *PLAIN[1 : count + 1]), "reverse": reverse}
    y, *last = b.add_multi(op, [total, constant(UNITS, gates * UNITS), None, *states], attrs=attrs)
    if kept:
        b.graph.states = [State(value, after, zeros) for value, after in zip(states, last, strict=True)]
    b.output(b.add("fully_connected", y, constant(5, UNITS), None), "y")
    return b.graph


def samples(count: int) -> list[np.ndarray]:
    return list(np.random.default_rng(1).standard_normal((count, STEPS, 1, WIDTH)).astype(np.float32))


@pytest.mark.parametrize(("kept", "reverse"), [(True, False), (False, False), (False, True)])
def test_an_lstm_becomes_integers_and_litert_computes_the_same(
    kept: bool, reverse: bool, tmp_path: pathlib.Path
) -> None:
    interpreter = pytest.importorskip("ai_edge_litert.interpreter")
    source = es.load(network(kept=kept, reverse=reverse))
    made = es.quantize(source, samples(16), measure_speed=False)
    graph = made.graph()
    assert [node.op for node in graph.nodes].count("lstm_q") == 1
    assert [state.value.dtype for state in graph.states] == ([DType.I8, DType.I16] if kept else [])
    (told,) = [reason for reason in made.report.reasons if "recurrence" in reason]
    assert "in int8" in told
    again = es.quantize(source, samples(16), plan=made.plan, measure_speed=False)
    runs = samples(3)
    ours = [made(x) for x in runs]
    for x, got, same in zip(runs, ours, [again(x) for x in runs], strict=True):
        np.testing.assert_array_equal(got, same)
        if not kept:
            assert np.abs(got - source(x)).max() < 0.05 * np.abs(source(x)).max()
    with warnings.catch_warnings(record=True) as told_of:
        warnings.simplefilter("always")
        assert es.write(made, tmp_path / "m.tflite").lost == ()
    assert any("reset_all_variables" in str(each.message) for each in told_of) is not kept
    engine = interpreter.Interpreter(model_content=(tmp_path / "m.tflite").read_bytes())
    engine.allocate_tensors()
    for x, want in zip(runs, ours, strict=True):
        if not kept:
            engine.reset_all_variables()
        engine.set_tensor(engine.get_input_details()[0]["index"], x)
        engine.invoke()
        np.testing.assert_array_equal(engine.get_tensor(engine.get_output_details()[0]["index"]), want)


@pytest.mark.parametrize(("op", "first", "why"), [("gru", "sigmoid", "gru of integers"), ("lstm", "relu", "sigmoids")])
def test_what_has_no_form_of_integers_stays_in_floats_and_says_why(op: str, first: str, why: str) -> None:
    made = es.quantize(network(op, first=first), samples(8), measure_speed=False)
    assert op in [node.op for node in made.graph().nodes]
    assert any("stays in floats" in reason and why in reason for reason in made.report.reasons)


@pytest.mark.parametrize(("integers", "recurrence"), [(2.0, None), (1.0, None), (2.0, True), (1.0, False)])
def test_a_recurrence_in_integers_is_taken_where_it_is_not_slower_or_wanted(
    integers: float, recurrence: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def race(graphs: list[Graph], run: object) -> list[dict[str, float]]:
        return [{"lstm": integers if "lstm_q" in [n.op for n in graph.nodes] else 1.0} for graph in graphs]

    monkeypatch.setattr(post_training, "MACHINE", Clock("us", "on this machine", race))
    made = es.quantize(network(), samples(8), recurrence=recurrence)
    taken = recurrence is True or (recurrence is None and integers == 1.0)
    assert ("lstm_q" in [node.op for node in made.graph().nodes]) is taken
    (told,) = [reason for reason in made.report.reasons if "the recurrence of" in reason]
    why = "integers are not wanted" if recurrence is False else "2.0 us with it in int8, 1.0 us without"
    assert ("in floats" in told and why in told) is not taken


def test_the_scale_of_a_cell_is_the_least_power_of_two_that_holds_it() -> None:
    for reach, exponent in ((0.0, -15), (0.99, -15), (1.0, -14), (7.9, -12), (60.0, -9), (1e6, -9)):
        assert cell_scale(reach).scale0 == 2.0**exponent
