"""quantize and dequantize: between float32 and integers, per tensor or per channel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, TensorType, operator
from edgesmith.ops.elementwise import Elementwise
from edgesmith.ops.quantized import dequantize_array, need_quant, quantize_array
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType, Quantization

TYPES = (DType.I8, DType.U8, DType.I16, DType.U16, DType.I32)
WORDED = (DType.I8, DType.U8, DType.I16)
FIELDS = """
    in {source} x[outer * channels * inner]
    const f32 scale[channels]
    const i32 zero[channels]
    out {target} y[outer * channels * inner]
    i32 outer channels inner
"""
for _type in TYPES:
    for _name, _source, _target in (("quantize", "f32", _type), ("dequantize", _type, "f32")):
        Kernel(
            f"{_name}_{_type}",
            "quantize.c" if _type in WORDED else "quantize_plain.c",
            FIELDS.format(source=_source, target=_target),
            work="outer * channels * inner",
            vector=_type in WORDED,
            parallel=True,
        )


def _emit(lw: Lowering, kernel: str, x: Value, y: Value, quant: Quantization) -> None:
    outer, channels, inner = 1, 1, x.size
    if quant.axis is not None:
        if quant.axis >= x.rank or x.shape[quant.axis] != quant.scale.size:
            raise ModelError(f"{x!r} is quantized with {quant.scale.size} scales along axis {quant.axis}")
        outer = int(np.prod(x.shape[: quant.axis], dtype=np.int64))
        channels = quant.scale.size
        inner = int(np.prod(x.shape[quant.axis + 1 :], dtype=np.int64))
    numbers = {"outer": outer, "channels": channels, "inner": inner}
    lw.emit(kernel, x=x, y=y, scale=quant.scale, zero=quant.zero_point, **numbers)


PER_CHANNEL = Quantization.make([0.05, 0.1, 0.2], [1, -3, 0], axis=1)
QUANTS = {
    DType.I8: Quantization.make(0.037, -5),
    DType.U8: Quantization.make(0.037, 131),
    DType.I16: Quantization.make(0.0003, 0),
    DType.U16: Quantization.make(0.0003, 30000),
    DType.I32: Quantization.make(1e-9, 7),
}


@operator
class Quantize(Elementwise):
    """``q = clamp(round_half_even(x / scale) + zero_point)``, divided in float32; NaN gives the zero point.

    The quantization is that of the output value.
    """

    name = "quantize"
    attributes = {"to": ...}
    native = frozenset((DType.F32, *TYPES))

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        if not x.dtype.is_float:
            raise ModelError(f"expected floats to quantize, found {x.dtype}; use requantize between integers")
        if attrs["to"] not in TYPES:
            raise ModelError(f"cannot quantize to {attrs['to']}; expected one of {', '.join(map(str, TYPES))}")
        return [TensorType(x.shape, attrs["to"])]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        assert inputs[0] is not None
        return [quantize_array(inputs[0], need_quant(node.outputs[0], "quantize"), node.attrs["to"])]

    def lower(self, node: Node, lw: Lowering) -> None:
        y = node.outputs[0]
        _emit(lw, f"quantize_{y.dtype}", node.input(0), y, need_quant(y, "quantize"))

    def cases(self) -> Iterator[Case]:
        odd = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 0.0925, 1e30, -1e-30, 0.5, 1.5, 2.5], np.float32)
        halves = (np.arange(-640, 640, dtype=np.float32) / 2 + np.linspace(-1e-4, 1e-4, 1280, dtype=np.float32)) * 0.037
        yield Case([Arg(data=halves.astype(np.float32))], {"to": DType.I8}, [QUANTS[DType.I8]], "i8-halves")
        for scale in (1e-38, 1e33):
            data = np.linspace(-200, 200, 200).astype(np.float32) * np.float32(scale / 2)
            yield Case([Arg(data=data)], {"to": DType.I8}, [Quantization.make(scale, 3)], f"i8-scale-{scale}")
        for kind, quant in QUANTS.items():
            for shape in ((1,), (3, 37), (0, 4)):
                yield Case([Arg(shape, low=-5, high=5)], {"to": kind}, [quant], f"{kind}-{shape}".replace(" ", ""))
            yield Case([Arg(data=odd)], {"to": kind}, [quant], f"{kind}-odd")
        for dims in ((2, 3), (2, 3, 19)):
            yield Case([Arg(dims)], {"to": DType.I8}, [PER_CHANNEL], f"channels-{dims}".replace(" ", ""))
        wide = Quantization.make(np.linspace(0.01, 0.1, 21), np.arange(21) - 10, axis=2)
        yield Case([Arg((2, 5, 21))], {"to": DType.I8}, [wide], "channels-last")


@operator
class Dequantize(Elementwise):
    """``x = scale * float32(q - zero_point)``. The quantization is that of the input value."""

    name = "dequantize"
    native = frozenset((DType.F32, *TYPES))
    widens = False
    bound = Bound(0, 0)

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        if x.dtype not in TYPES:
            raise ModelError(f"cannot dequantize {x.dtype}; expected one of {', '.join(map(str, TYPES))}")
        need_quant(x, "dequantize")
        return [TensorType(x.shape, DType.F32)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        assert inputs[0] is not None
        return [dequantize_array(inputs[0], need_quant(node.input(0), "dequantize"))]

    def lower(self, node: Node, lw: Lowering) -> None:
        x = node.input(0)
        _emit(lw, f"dequantize_{x.dtype}", x, node.outputs[0], need_quant(x, "dequantize"))

    def cases(self) -> Iterator[Case]:
        for kind, quant in QUANTS.items():
            for shape in ((1,), (3, 37), (0, 4)):
                yield Case([Arg(shape, kind, quant)], id=f"{kind}-{shape}".replace(" ", ""))
        for dims in ((2, 3), (2, 3, 19)):
            yield Case([Arg(dims, DType.I8, PER_CHANNEL)], id=f"channels-{dims}".replace(" ", ""))
        wide = Quantization.make(np.linspace(0.01, 0.1, 21), np.arange(21) - 10, axis=2)
        yield Case([Arg((2, 5, 21), DType.I8, wide)], id="channels-last")
