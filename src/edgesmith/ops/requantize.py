"""requantize: the same numbers under another integer type, scale or zero point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.contract import Arg, Arrays, Attrs, Case, Lowering, TensorType, operator
from edgesmith.ops.conversion import limits
from edgesmith.ops.elementwise import Elementwise
from edgesmith.ops.quantize import QUANTS, TYPES, WORDED
from edgesmith.ops.quantized import centred, need_per_tensor, ratio, settle
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType, Quantization

for _from in TYPES:
    for _to in TYPES:
        _worded = _from in WORDED and _to in WORDED
        Kernel(
            f"requantize_{_from}_{_to}",
            "requantize.c" if _worded else "requantize_plain.c",
            f"""
            in {_from} x[n]
            out {_to} y[n]
            i32 n
            s32 zero_x zero_y
            f32 multiplier
            """,
            require="zero_x >= -65536; zero_x <= 65536; zero_y >= -65536; zero_y <= 65536" if _worded else "",
            work="n",
            vector=_worded,
            parallel=True,
        )
Kernel("flip_sign", "requantize_plain.c", "in bytes x[n]\nout bytes y[n]\ni32 n", work="n", parallel=True)


@operator
class Requantize(Elementwise):
    """``y = clamp(round_half_even(float32(x - zero_x) * multiplier) + zero_y)``, multiplier float32(scale_x / scale_y).

    Equal parameters cost nothing. Between i8 and u8 whose zero points differ by 128, only the top bit changes.
    """

    name = "requantize"
    attributes = {"to": ...}
    widens = False

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        for kind in (x.dtype, attrs["to"]):
            if kind not in TYPES:
                raise ModelError(f"cannot requantize {kind}; expected one of {', '.join(map(str, TYPES))}")
        need_per_tensor(x, "requantize")
        return [TensorType(x.shape, attrs["to"])]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, y = node.input(0), node.outputs[0]
        assert inputs[0] is not None
        source, target = need_per_tensor(x, "requantize"), need_per_tensor(y, "requantize")
        with np.errstate(all="ignore"):
            real = centred(inputs[0], source) * ratio(source, target)
        if x.dtype is y.dtype and source.same(target):
            return [inputs[0]]
        return [settle(real, target.zero0, *limits(y.dtype)).astype(y.dtype.numpy)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, y = node.input(0), node.outputs[0]
        source, target = need_per_tensor(x, "requantize"), need_per_tensor(y, "requantize")
        if x.dtype is y.dtype and source.same(target):
            lw.alias(y, lw.ref(x))
        elif {x.dtype, y.dtype} == {DType.I8, DType.U8} and source.scale0 == target.scale0 and _shifted(x, y):
            lw.emit("flip_sign", x=x, y=y, n=x.size)
        else:
            numbers = {"zero_x": source.zero0, "zero_y": target.zero0, "multiplier": ratio(source, target)}
            lw.emit(f"requantize_{x.dtype}_{y.dtype}", x=x, y=y, n=x.size, **numbers)

    def cases(self) -> Iterator[Case]:
        for source, quant in QUANTS.items():
            for target, other in QUANTS.items():
                scale = quant.scale0 * 0.61 if source is not target else quant.scale0 * 1.7
                zero = other.zero0 + 3
                yield Case(
                    [Arg((5, 27), source, quant)],
                    {"to": target},
                    [Quantization.make(scale, zero)],
                    f"{source}-{target}",
                )
        i8, u8 = Quantization.make(0.1, -3), Quantization.make(0.1, 125)
        yield Case([Arg((3, 7), DType.I8, i8)], {"to": DType.U8}, [u8], "i8-u8-flip")
        yield Case([Arg((3, 7), DType.U8, u8)], {"to": DType.I8}, [i8], "u8-i8-flip")
        yield Case([Arg((3, 7), DType.I8, i8)], {"to": DType.I8}, [i8], "same")
        huge = Quantization.make(1e-38, 5)
        yield Case([Arg((3, 7), DType.I8, Quantization.make(1e30, -3))], {"to": DType.I8}, [huge], "infinite")
        yield Case([Arg((0, 7), DType.I8, i8)], {"to": DType.I16}, [huge], "empty")


def _shifted(x: Value, y: Value) -> bool:
    assert x.quant is not None
    assert y.quant is not None
    return y.quant.zero0 - x.quant.zero0 == (128 if x.dtype is DType.I8 else -128)
