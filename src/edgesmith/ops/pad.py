"""pad: a border around a tensor, filled with one value or by continuing the content."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.broadcasting import strides
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, Operator, TensorType, operator
from edgesmith.ops.take import emit_take
from edgesmith.ops.transpose import emit_copy
from edgesmith.types import DType, Quantization

MODES = ("constant", "reflect", "symmetric", "edge", "wrap")


@operator
class Pad(Operator):
    """``pads`` gives (before, after) for each axis, none negative.

    In mode constant the border takes the scalar of input 1, else attribute ``value``, else real zero (the zero point of
    a quantized tensor). Both are raw: in the units in which the elements are stored. The other modes are NumPy's.
    """

    name = "pad"
    attributes = {"pads": ..., "mode": "constant", "value": None}
    widens = False

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        pads, mode = _pads(attrs), attrs["mode"]
        if len(pads) != x.rank or any(low < 0 or high < 0 for low, high in pads):
            raise ModelError(f"pads are {pads}; expected {x.rank} pairs, none negative")
        if mode not in MODES:
            raise ModelError(f"mode is '{mode}'; expected one of {', '.join(MODES)}")
        if mode != "constant" and any(dim == 0 and any(pair) for dim, pair in zip(x.shape, pads, strict=True)):
            raise ModelError(f"mode '{mode}' cannot continue an empty axis: the input has shape {x.shape}")
        if x.quant is not None and x.quant.axis is not None and any(pads[x.quant.axis]):
            raise ModelError(f"axis {x.quant.axis} holds the channels of a per-channel quantization")
        value = inputs[1] if len(inputs) > 1 else None
        if value is not None and (value.size != 1 or value.dtype is not x.dtype):
            raise ModelError(f"the value of the border is {value!r}; expected one {x.dtype}")
        return [TensorType(tuple(sum(pair) + dim for dim, pair in zip(x.shape, pads, strict=True)), x.dtype, x.quant)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x = inputs[0]
        assert x is not None
        pads, mode = _pads(node.attrs), node.attrs["mode"]
        if not pads:
            return [x.copy()]
        if mode != "constant":
            return [np.pad(x, pads, mode=mode)]
        value = inputs[1] if len(inputs) > 1 else None
        border = _border(node) if value is None else value
        return [np.pad(x, pads, constant_values=border.reshape(()))]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, y = node.input(0), node.outputs[0]
        pads, size = _pads(node.attrs), x.dtype.bytes
        if y.size == x.size:
            lw.alias(y, lw.ref(x))
            return
        if y.size == 0:
            return
        if node.attrs["mode"] != "constant":
            tables = [
                np.pad(np.arange(n), pair, mode=node.attrs["mode"]) for n, pair in zip(x.shape, pads, strict=True)
            ]
            emit_take(lw, x, y, size, x.shape, tables)
            return
        to, dense = lw.ref(y), strides(y.shape)
        given = node.optional(1)
        border = lw.constant(_border(node)) if given is None else lw.ref(given)
        start = sum(low * stride for (low, _), stride in zip(pads, dense, strict=True))
        if x.size:
            emit_copy(lw, x, to.at(start * size), size, x.shape, strides(x.shape), dense)
        # What is left is two slabs an axis: inside the content on the axes before it, whole on the axes after it.
        for axis, (low, high) in enumerate(pads):
            corner = sum(pads[before][0] * dense[before] for before in range(axis))
            for first, width in ((0, low), (low + x.shape[axis], high)):
                dims = (*x.shape[:axis], width, *y.shape[axis + 1 :])
                if 0 not in dims:
                    at = to.at((corner + first * dense[axis]) * size)
                    emit_copy(lw, border, at, size, dims, (0,) * x.rank, dense)

    def cases(self) -> Iterator[Case]:
        rows: list[tuple[tuple[int, ...], list[tuple[int, int]]]] = [
            ((5,), [(2, 1)]),
            ((2, 3, 4), [(0, 0), (1, 2), (3, 0)]),
            ((1, 5, 6, 3), [(0, 0), (2, 2), (1, 3), (0, 0)]),
            ((3, 3), [(0, 0), (0, 0)]),
            ((2, 1, 3), [(1, 1), (0, 0), (2, 2)]),
        ]
        for kind in (DType.F32, DType.I8, DType.I64):
            for shape, pads in rows:
                for mode in MODES:
                    name = f"{kind}-{shape}-{pads}-{mode}".replace(" ", "")
                    yield Case([Arg(shape, kind, low=-9, high=9)], {"pads": pads, "mode": mode}, id=name)
        yield Case([Arg((0, 2))], {"pads": [(1, 1), (1, 0)]}, id="around-nothing")
        yield Case([Arg((2, 2))], {"pads": [(1, 1), (1, 0)], "value": -2.5}, id="value")
        yield Case([Arg((2, 2), DType.I32), Arg((), DType.I32)], {"pads": [(0, 1), (3, 0)]}, id="run-time-value")
        quant = Quantization.make(0.25, -7)
        yield Case([Arg((2, 4, 3), DType.I8, quant)], {"pads": [(1, 1), (1, 0), (0, 0)]}, id="zero-point")
        yield Case([Arg((3,))], {"pads": [(7, 8)], "mode": "reflect"}, id="reflect-twice")


def _pads(attrs: Attrs) -> list[tuple[int, int]]:
    return [(int(low), int(high)) for low, high in attrs["pads"]]


def _border(node: Node) -> np.ndarray:
    """The element of the border where no input gives it."""
    x = node.input(0)
    value = node.attrs["value"]
    if value is None:
        value = x.quant.zero0 if x.quant is not None else 0
    return np.array(value).astype(x.dtype.numpy)
