"""softmax and log_softmax along one axis. Quantized ones are in ``softmax_q.py``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.ir import Node, Value
from edgesmith.ops.broadcasting import normal_axis
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, Operator, TensorType, register
from edgesmith.ops.elementwise_binary import FLOATS
from edgesmith.ops.reduce import around_axis, strange
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType

for _name in ("softmax", "log_softmax"):
    for _type in FLOATS:
        Kernel(
            f"{_name}_{_type}",
            "softmax.c" if _type == "f32" else "softmax_plain.c",
            f"in {_type} x[outer * n * inner]\nout {_type} y[outer * n * inner]\ni32 outer n inner",
            work="outer * n * inner * 8",
            vector=_type == "f32",
            parallel=True,
        )


class Softmax(Operator):
    """``e^x / sum(e^x)`` along ``axis``, or its logarithm."""

    attributes = {"axis": -1}
    native = frozenset(DType(kind) for kind in FLOATS)
    bound = Bound(1e-5, 1e-6)  # e^(x - largest) carries the rounding of its argument, up to 88 units of it

    def __init__(self, name: str) -> None:
        self.name = name  # type: ignore[misc]

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        normal_axis(attrs["axis"], max(x.rank, 1))
        return [TensorType(x.shape, x.dtype)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        assert inputs[0] is not None
        x = np.atleast_1d(inputs[0])
        axis = normal_axis(node.attrs["axis"], x.ndim)
        with np.errstate(all="ignore"):
            shifted = x - np.max(x, axis=axis, keepdims=True, initial=-np.inf)
            total = np.sum(np.exp(shifted), axis=axis, keepdims=True)
            y = np.exp(shifted) / total if self.name == "softmax" else shifted - np.log(total)
        return [y.reshape(inputs[0].shape)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, shape = node.input(0), node.input(0).shape or (1,)
        around = around_axis(shape, normal_axis(node.attrs["axis"], len(shape)))
        lw.emit(f"{self.name}_{x.dtype}", x=x, y=node.outputs[0], **around)

    def cases(self) -> Iterator[Case]:
        for kind in FLOATS:
            dtype = DType(kind)
            for shape, axis in [
                ((3, 1001), 1),
                ((2, 70, 75), 1),
                ((3, 301), 0),
                ((2, 3, 5), -1),
                ((3,), 0),
                ((2, 0), 1),
            ]:
                yield Case([Arg(shape, dtype)], {"axis": axis}, id=f"{kind}-{shape}-{axis}".replace(" ", ""))
            yield Case([Arg((4, 67), dtype, low=-300, high=300)], {}, id=f"{kind}-far-apart")
            yield Case([Arg(dtype=dtype, data=strange(dtype))], {}, id=f"{kind}-strange")
            turned = np.ascontiguousarray(strange(dtype).T)
            yield Case([Arg(dtype=dtype, data=turned)], {"axis": 0}, id=f"{kind}-strange-columns")


register(Softmax("softmax"))
register(Softmax("log_softmax"))
