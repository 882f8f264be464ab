"""Recurrent layers: their variables live between runs, so each case runs three times."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from importers.single import K, Single, X, Y

BATCH, STEPS, INPUTS, UNITS, OUT = 2, 5, 4, 6, 3
SMALL = {"low": -0.6, "high": 0.6}


def _w(*shape: int) -> K:
    return K(X(shape, **SMALL))


def _lstm_operands(coupled: bool, peephole: bool, projection: bool, norm: bool) -> list[X | K | None]:
    out = OUT if projection else UNITS
    weights: list[X | K | None] = [None if coupled else _w(UNITS, INPUTS), *(_w(UNITS, INPUTS) for _ in range(3))]
    recurrent: list[X | K | None] = [None if coupled else _w(UNITS, out), *(_w(UNITS, out) for _ in range(3))]
    seen: list[X | K | None] = [None] * 3
    if peephole:
        seen = [None if coupled else _w(UNITS), _w(UNITS), _w(UNITS)]
    bias: list[X | K | None] = [None if coupled else _w(UNITS), *(_w(UNITS) for _ in range(3))]
    project: list[X | K | None] = [_w(OUT, UNITS), _w(OUT)] if projection else [None, None]
    states: list[X | K | None] = [X((BATCH, out)), X((BATCH, UNITS))]
    norms: list[X | K | None] = []
    if norm:
        norms = [None if coupled else _w(UNITS), *(_w(UNITS) for _ in range(3))]
    return [*weights, *recurrent, *seen, *bias, *project, *states, *norms]


def lstm() -> Iterator[Single]:
    forms = [(c, p, j, False) for c in (False, True) for p in (False, True) for j in (False, True)]
    for coupled, peephole, projection, norm in [*forms, (False, False, False, True), (True, False, True, True)]:
        for time_major in (False, True):
            shape = (STEPS, BATCH, INPUTS) if time_major else (BATCH, STEPS, INPUTS)
            options = {"time_major": time_major, "fused_activation_function": "TANH", "cell_clip": 0.7 * peephole}
            name = f"LSTM-{coupled:d}{peephole:d}{projection:d}{norm:d}-{time_major:d}"
            operands = [X(shape), *_lstm_operands(coupled, peephole, projection, norm)]
            yield Single(
                name,
                "UNIDIRECTIONAL_SEQUENCE_LSTM",
                operands,
                options=options,
                runs=3,
                rtol=1e-4,
                atol=1e-5,
                variables=(18, 19),
                version=3,
            )
    operands = [X((BATCH, INPUTS)), *_lstm_operands(False, False, True, False)]
    yield Single(
        "LSTM-step",
        "LSTM",
        operands,
        options={"fused_activation_function": "TANH"},
        runs=3,
        rtol=1e-4,
        atol=1e-5,
        variables=(18, 19),
    )
    for merge in (False, True):
        one = _lstm_operands(False, False, False, False)
        operands = [X((STEPS, BATCH, INPUTS)), *one[:17], *one[:17], *one[17:19], *one[17:19], *[None] * 9]
        options = {"time_major": True, "fused_activation_function": "TANH", "merge_outputs": merge}
        yield Single(
            f"BIDIRECTIONAL_LSTM-{merge}",
            "BIDIRECTIONAL_SEQUENCE_LSTM",
            operands,
            [Y()] * (1 if merge else 2),
            options,
            runs=3,
            rtol=1e-4,
            atol=1e-5,
            variables=(35, 36, 37, 38),
        )


def rnn() -> Iterator[Single]:
    for activation in ("TANH", "RELU", "RELU6", "NONE"):
        layer = [_w(UNITS, INPUTS), _w(UNITS, UNITS), _w(UNITS), X((BATCH, UNITS))]
        options = {"fused_activation_function": activation}
        yield Single(
            f"RNN-{activation}",
            "RNN",
            [X((BATCH, INPUTS)), *layer],
            options=options,
            runs=3,
            rtol=1e-4,
            atol=1e-5,
            variables=(4,),
        )
        for time_major in (False, True):
            shape = (STEPS, BATCH, INPUTS) if time_major else (BATCH, STEPS, INPUTS)
            options = {"time_major": time_major, "fused_activation_function": activation}
            yield Single(
                f"SEQUENCE_RNN-{activation}-{time_major}",
                "UNIDIRECTIONAL_SEQUENCE_RNN",
                [X(shape), *layer],
                options=options,
                runs=3,
                rtol=1e-4,
                atol=1e-5,
                variables=(4,),
            )
            yield Single(
                f"BIDIRECTIONAL_RNN-{activation}-{time_major}",
                "BIDIRECTIONAL_SEQUENCE_RNN",
                [X(shape), *layer, *layer, None, None, None],
                [Y()] * 2,
                {**options, "merge_outputs": False},
                runs=3,
                rtol=1e-4,
                atol=1e-5,
                variables=(4, 8),
            )


def svdf() -> Iterator[Single]:
    for rank in (1, 2):
        filters, memory = 4 * rank, 5
        for fused in ("NONE", "RELU"):
            options = {"rank": rank, "fused_activation_function": fused}
            operands = [
                X((BATCH, INPUTS)),
                _w(filters, INPUTS),
                _w(filters, memory),
                _w(4),
                X((BATCH, filters * memory)),
            ]
            yield Single(
                f"SVDF-{rank}-{fused}", "SVDF", operands, options=options, runs=7, rtol=1e-4, atol=1e-5, variables=(4,)
            )
        options = {"rank": rank, "fused_activation_function": "RELU"}  # the only one that LiteRT's integer kernel takes
        operands = [
            X((BATCH, INPUTS), "INT8", (0.05, 3)),
            K(X((filters, INPUTS), "INT8"), (0.01, 0)),
            K(np.random.default_rng(1).integers(-9000, 9000, (filters, memory)).astype(np.int16), (0.0001, 0)),
            K(np.arange(-2, 2, dtype=np.int32) * 40, (0.0005 * 0.0001, 0)),
            X((BATCH, filters * memory), "INT16", (0.0005, 0)),
        ]
        results = [Y("INT8", (0.04, -10))]
        yield Single(f"SVDF-i8-{rank}", "SVDF", operands, results, options, 1, runs=7, variables=(4,), version=3)


def all_cases() -> Iterator[Single]:
    for family in (lstm, rnn, svdf):
        yield from family()
