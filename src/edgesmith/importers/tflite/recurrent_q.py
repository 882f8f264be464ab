"""Recurrent layers that are quantized throughout: int8 LSTM with an int16 cell, and SVDF."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.tflite.call import Call, held_as, refuse
from edgesmith.ir import Value
from edgesmith.types import DType, Quantization

_GATES = (0, 3, 1, 2)  # the file has input, forget, cell, output; ours are input, output, forget, cell
_PEEPHOLES = (0, 2, 1)  # the file has input, forget, output; ours are input, output, forget


def quantized_lstm(c: Call, x: Value) -> Value:
    """The form with int8 weights and an int16 cell; gates are int16 in steps of 2^-12 (8x8 to 16). Steps come first."""
    if x.dtype is not DType.I8 or x.rank != 3:
        refuse(f"a quantized LSTM on {x.dtype} of shape {x.shape}")
    if c.text("fused_activation_function") != "TANH":
        refuse(f"a quantized LSTM with activation {c.text('fused_activation_function')}")
    coupled = c.optional(1) is None
    places = [1 + gate for gate in _GATES], [5 + gate for gate in _GATES], [12 + gate for gate in _GATES]
    w, r = (_stacked(c, group, coupled) for group in places[:2])
    bias = None if c.optional(13) is None else _stacked(c, places[2], coupled)
    peephole = None
    if c.optional(10) is not None:
        peephole = _stacked(c, [9 + gate for gate in _PEEPHOLES], coupled, row=True)
    norm = None
    if c.optional(21) is not None:
        norm = _stacked(c, [20 + gate for gate in _GATES], coupled, row=True)
    projection, hidden = c.optional(16), _between(c, 4)
    y, h, cell = c.add_multi(
        "lstm_q",
        (
            *(x, w, r, bias, c.x(18), c.x(19), peephole),
            projection,
            None if projection is None else _plain(c, 17),
            norm,
        ),
        coupled=coupled,
        cell_clip=c.number("cell_clip"),
        projection_clip=c.number("proj_clip"),
        hidden_scale=0.0 if hidden is None else float(hidden.scale0),
        hidden_zero=0 if hidden is None else hidden.zero0,
        gate_scales=(2.0**-12,) * 4 if norm is None else _gate_scales(c),
    )
    for place, value in ((18, h), (19, cell)):
        number = c.op.inputs[place]
        assert number is not None
        c.frame.set_variable(number, value)
    return c.requantized(y, c.out_quant())


def _between(c: Call, place: int) -> Quantization | None:
    """The quantization of an intermediate tensor: the gates before their normalization, and the hidden output."""
    number = c.op.intermediates[place] if len(c.op.intermediates) > place else None
    return None if number is None else held_as(c.frame.subgraph.tensors[number])[1]


def _gate_scales(c: Call) -> tuple[float, ...]:
    found = [_between(c, gate) for gate in _GATES]
    scales = [1.0 if quant is None else float(quant.scale0) for quant in found]
    if any(quant is None for quant in found[1:]):
        raise ModelError(f"{c.op.where}: an LSTM with layer normalization needs the scales of its gates")
    return tuple(scales)


def _constant(c: Call, place: int) -> Value:
    value = c.x(place)
    if value.data is None:
        refuse("a quantized LSTM whose weights are computed")
    return value


def _plain(c: Call, place: int) -> Value | None:
    """A bias: its scale is that of the products, whatever the file says."""
    value = c.optional(place)
    return None if value is None else c.constant(_array(value), value.dtype)


def _array(value: Value) -> np.ndarray:
    assert value.data is not None
    return value.data


def _stacked(c: Call, places: Sequence[int], coupled: bool, row: bool = False) -> Value:
    """Constants of the gates as one, each gate with its own scale. The first is zeros where gates are coupled.

    ``row`` makes vectors rows.
    """
    given = places[1:] if coupled else places
    found = [_constant(c, place) for place in given]
    if any(value.shape != found[0].shape or value.dtype is not found[0].dtype for value in found):
        raise ModelError(f"{c.op.where}: operands {', '.join(map(str, given))} differ in shape or type")
    arrays = [_array(value) for value in found]
    if coupled:
        arrays.insert(0, np.zeros_like(arrays[0]))
        found.insert(0, found[0])
    joined = np.stack(arrays) if row else np.concatenate(arrays)
    if found[0].quant is None:
        return c.constant(joined, found[0].dtype)
    scales = []
    for value in found:
        if value.quant is None or value.quant.zero_point.any():
            refuse("a quantized LSTM whose weights have zero points")
        scales.append(np.broadcast_to(value.quant.scale, (1 if row else value.shape[0],)))
    return c.constant(joined, found[0].dtype, Quantization.make(np.concatenate(scales), 0, 0))


def quantized_svdf(c: Call) -> Value:
    """int8 with the memory in int8 or int16.

    LiteRT's integer kernel demands the activation RELU and leaves it to the output's range, which starts at real zero
    in trained models; so do we.
    """
    if c.text("fused_activation_function") not in ("RELU", "NONE"):
        refuse(f"a quantized SVDF with activation {c.text('fused_activation_function')}")
    operands = (c.x(0), c.x(1), c.x(2), _plain(c, 3), c.x(4))
    tensor = c.tensor(4)
    if tensor is None or not tensor.is_variable:
        raise ModelError(f"{c.op.where}: operand 4 must be a variable tensor")
    y, state = c.add_multi("svdf_q", operands, (c.out_quant(),), rank=c.integer("rank"))
    c.frame.set_variable(tensor.index, state)
    return y
