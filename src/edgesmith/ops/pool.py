"""max_pool2d and avg_pool2d over NHWC images: float32, int8 and int16.

One- and three-dimensional pools are compositions of these (``windows.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops import layers
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, Operator, TensorType, Window, operator
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType, Quantization

FIELDS = """
    in {type} x[N * H * W * C]
    out {type} y[N * P * Q * C]
    {more}
    i32 N H W C P Q KH KW stride_h stride_w dilation_h dilation_w pad_top pad_left
    {numbers}
"""
REQUIRE = "KH >= 1; KW >= 1; stride_h >= 1; stride_w >= 1; dilation_h >= 1; dilation_w >= 1"
COUNTED = "s32 from_h to_h from_w to_w"  # rows and columns, borders perhaps included, that a mean divides by


def declare(name: str, file: str, type_: str, numbers: str, *, more: str = "", require: str = "") -> None:
    """One kernel of the family."""
    Kernel(
        name,
        file,
        FIELDS.format(type=type_, numbers=numbers, more=more),
        require=REQUIRE + require,
        work="N * P * Q * C * KH * KW",
        vector=not file.endswith("_plain.c"),
        parallel=True,
    )


RANGE = {"i8": "; lo >= -128; hi <= 127; lo <= hi", "i16": "; lo >= -32768; hi <= 32767; lo <= hi"}
declare("max_pool2d_f32", "pool.c", "f32", "f32 lo hi")
declare("max_pool2d_i8", "max_pool_i8.c", "i8", "s32 lo hi", require=RANGE["i8"])
declare("max_pool2d_i16", "pool.c", "i16", "s32 lo hi", require=RANGE["i16"])
declare("avg_pool2d_f32", "pool.c", "f32", f"{COUNTED}\n f32 lo hi")
declare(
    "avg_pool2d_i8",
    "pool.c",
    "i8",
    f"{COUNTED}\n i32 halves_up\n s32 lo hi",
    require=RANGE["i8"] + "; KH * KW <= 65536",
)
declare("avg_pool2d_i16", "pool_plain.c", "i16", f"{COUNTED}\n s32 lo hi", require=RANGE["i16"])
declare("max_pool2d_index_f32", "pool_plain.c", "f32", "i32 by_column", more="out i64 indices[N * P * Q * C]")


class _Pool(Operator):
    native = layers.KINDS

    def _shape(self, inputs: Sequence[Value | None], attrs: Attrs) -> tuple[int, ...]:
        x = inputs[0]
        assert x is not None
        if x.quant is not None and x.quant.axis is not None:
            raise ModelError("the input is quantized per channel; expected one scale")
        return (x.shape[0], *layers.window_shape(x, attrs["kernel"], attrs), x.shape[3])

    def _fields(self, node: Node) -> dict[str, object]:
        x, y = node.input(0), node.outputs[0]
        n, height, width, channels = x.shape
        fields: dict[str, object] = dict(zip("NHWCPQ", (n, height, width, channels, *y.shape[1:3]), strict=True))
        fields |= {"KH": node.attrs["kernel"][0], "KW": node.attrs["kernel"][1], **layers.window_fields(node.attrs)}
        return fields

    def windows(self, node: Node) -> dict[int, Window]:
        return layers.row_windows(node, node.attrs["kernel"][0], node.attrs) if len(node.outputs) == 1 else {}

    def strip(self, node: Node, rows: int, top: int, bottom: int) -> Attrs:
        return {**node.attrs, "padding": ((top, bottom), node.attrs["padding"][1])}

    def _range(self, node: Node) -> tuple[float, float]:
        """The activation range in the units of the output."""
        y = node.outputs[0]
        if y.dtype.is_float:
            return node.attrs["lo"], node.attrs["hi"]
        if y.quant is None:
            info = np.iinfo(y.dtype.numpy.str)
            return int(info.min), int(info.max)
        if not y.quant.same(node.input(0).quant):
            raise ModelError(f"{node.op} '{node.label}' keeps its quantization; requantize the output instead")
        return layers.quantized_range(node)


def _clamp(y: np.ndarray, lo: float, hi: float) -> np.ndarray:
    """To lo..hi; what is not a number stays."""
    y = np.where(y < lo, np.asarray(lo, y.dtype), y)
    return np.where(y > hi, np.asarray(hi, y.dtype), y)


@operator
class MaxPool2d(_Pool):
    """The greatest element under each place of a ``kernel`` window; borders never win.

    With ``indices`` set to "row_major" or "column_major" a second output, i64, gives the place of the first such
    element in a flat (N, C, H, W) or (N, C, W, H) tensor, as ONNX numbers them; float32 only.
    """

    name = "max_pool2d"
    attributes = {"kernel": ..., **layers.WINDOW, **layers.ACTIVATION, "indices": ""}
    bound = Bound(0, 0)

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        shape = self._shape(inputs, attrs)
        if attrs["indices"] not in ("", "row_major", "column_major"):
            raise ModelError(f"indices is '{attrs['indices']}'; expected row_major or column_major, or nothing")
        result = [TensorType(shape, x.dtype, x.quant)]
        if attrs["indices"]:
            if x.dtype is not DType.F32 or (attrs["lo"], attrs["hi"]) != (-np.inf, np.inf):
                raise ModelError(f"indices go with f32 and no activation range, found {x.dtype}")
            result.append(TensorType(shape, DType.I64))
        return result

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x = inputs[0]
        assert x is not None
        shape = node.outputs[0].shape
        lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
        best = np.full(shape, lowest, x.dtype)
        where = np.full(shape, -1, np.int64)
        places = layers.taps(_places(x, node.attrs["indices"]), node.attrs["kernel"], shape[1:3], node.attrs)
        under = layers.taps(x, node.attrs["kernel"], shape[1:3], node.attrs)
        for (_, _, values), (_, _, numbers) in zip(under, places, strict=True):
            real = numbers > 0  # borders are 0, places are counted from 1
            better = real & (~(best > values) if not node.attrs["indices"] else (values > best) | (where < 0))
            best = np.where(better, values, best)
            where = np.where(better, numbers - 1, where)
        if node.attrs["indices"]:
            return [best, np.maximum(where, 0)]
        return [_clamp(best, *self._range(node)).astype(x.dtype)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, y = node.input(0), node.outputs[0]
        if node.attrs["indices"]:
            by_column = int(node.attrs["indices"] == "column_major")
            indices = node.outputs[1]
            lw.emit("max_pool2d_index_f32", x=x, y=y, indices=indices, by_column=by_column, **self._fields(node))
            return
        lo, hi = self._range(node)
        lw.emit(f"max_pool2d_{x.dtype}", x=x, y=y, lo=lo, hi=hi, **self._fields(node))

    def cases(self) -> Iterator[Case]:
        for id_, shape, attrs in SHAPES:
            yield Case([Arg(shape)], attrs, id=f"f32-{id_}")
            yield Case([Arg(shape, DType.I8, Quantization.make(0.1, 3))], attrs, id=f"i8-{id_}")
            yield Case([Arg(shape, DType.I16, low=-32768, high=32767)], attrs, id=f"i16-{id_}")
            for order in ("row_major", "column_major"):
                yield Case([Arg(shape)], {**attrs, "indices": order}, id=f"{order}-{id_}")
        yield Case([Arg((1, 4, 4, 5))], {"kernel": (2, 2), "lo": 0.0, "hi": 1.5}, id="f32-clamped")
        quant = Quantization.make(0.05, -3)
        yield Case([Arg((1, 4, 4, 5), DType.I8, quant)], {"kernel": (2, 2), "lo": 0.0, "hi": 6.0}, id="i8-clamped")


def _places(x: np.ndarray, order: str) -> np.ndarray:
    """For every element of an NHWC tensor, 1 + its place in the flat channels-first tensor."""
    n, height, width, channels = x.shape
    if order == "column_major":
        return np.arange(1, x.size + 1).reshape(n, channels, width, height).transpose(0, 3, 2, 1)
    return np.arange(1, x.size + 1).reshape(n, channels, height, width).transpose(0, 2, 3, 1)


@operator
class AvgPool2d(_Pool):
    """The mean under each place of a ``kernel`` window.

    Borders are left out, or with ``count_include_pad`` counted as zeros, except the last ``overhang`` rows and columns
    of the padding (what rounding up the output size added). Integers: the sum divided and rounded to nearest, halves
    away from zero, as TensorFlow Lite does; borders are then always left out, and quantization is kept. ``unsigned``
    says that int8 holds unsigned bytes less 128, whose halves are rounded up.
    """

    name = "avg_pool2d"
    attributes = {
        "kernel": ..., **layers.WINDOW, **layers.ACTIVATION, "count_include_pad": False, "overhang": (0, 0),
        "unsigned": False,
    }  # fmt: skip
    bound = Bound(2e-6, 2e-6)

    def strip(self, node: Node, rows: int, top: int, bottom: int) -> Attrs:
        attrs = super().strip(node, rows, top, bottom)
        counted = node.attrs["padding"][0][1] - node.attrs["overhang"][0]  # rows of the padding that means count
        return {**attrs, "overhang": (max(0, bottom - counted), node.attrs["overhang"][1])}

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        if attrs["count_include_pad"] and not x.dtype.is_float:
            raise ModelError("count_include_pad is for floats; dequantize first")
        if attrs["unsigned"] and x.dtype is not DType.I8:
            raise ModelError(f"unsigned bytes are held as i8, found {x.dtype}")
        if not x.dtype.is_float and attrs["kernel"][0] * attrs["kernel"][1] > 65536:
            raise ModelError(f"a window of {attrs['kernel']} integers; the most is 65536")
        return [TensorType(self._shape(inputs, attrs), x.dtype, x.quant)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x = inputs[0]
        assert x is not None
        attrs, shape = node.attrs, node.outputs[0].shape
        sums = np.zeros(shape, x.dtype if x.dtype.kind == "f" else np.int64)
        for _, _, under in layers.taps(x, attrs["kernel"], shape[1:3], attrs):
            sums = sums + under
        counted = np.ones((1, *x.shape[1:3], 1), np.int64)
        window = dict(attrs)
        if attrs["count_include_pad"]:
            (top, bottom), (left, right) = attrs["padding"]
            below, beside = attrs["overhang"]
            counted = np.pad(counted, ((0, 0), (top, bottom - below), (left, right - beside), (0, 0)), mode="constant",
                             constant_values=1)  # fmt: skip
            window["padding"] = ((0, below), (0, beside))
        counts = sum(under for _, _, under in layers.taps(counted, attrs["kernel"], shape[1:3], window))
        counts = np.maximum(np.asarray(counts), 1)
        if x.dtype.kind == "f":
            mean = sums / counts.astype(x.dtype)
        elif attrs["unsigned"]:
            mean = (sums + counts // 2) // counts
        else:
            mean = np.sign(sums) * ((np.abs(sums) + counts // 2) // counts)
        return [_clamp(mean, *self._range(node)).astype(x.dtype)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, y, attrs = node.input(0), node.outputs[0], node.attrs
        lo, hi = self._range(node)
        (top, bottom), (left, right) = attrs["padding"]
        below, beside = attrs["overhang"]
        include = int(attrs["count_include_pad"])
        halves = {"halves_up": int(attrs["unsigned"])} if x.dtype is DType.I8 else {}
        lw.emit(
            f"avg_pool2d_{x.dtype}",
            x=x,
            y=y,
            from_h=-top * include,
            to_h=x.shape[1] + (bottom - below) * include,
            from_w=-left * include,
            to_w=x.shape[2] + (right - beside) * include,
            lo=lo,
            hi=hi,
            **halves,
            **self._fields(node),
        )

    def cases(self) -> Iterator[Case]:
        for id_, shape, attrs in SHAPES:
            yield Case([Arg(shape)], attrs, id=f"f32-{id_}")
            yield Case([Arg(shape)], {**attrs, "count_include_pad": True}, id=f"f32-{id_}-with-borders")
            yield Case([Arg(shape, DType.I8, Quantization.make(0.1, 3))], attrs, id=f"i8-{id_}")
            unsigned = {**attrs, "unsigned": True}
            yield Case([Arg(shape, DType.I8, Quantization.make(0.1, 3))], unsigned, id=f"u8-{id_}")
            yield Case([Arg(shape, DType.I16, Quantization.make(0.1))], attrs, id=f"i16-{id_}")
        over = {"kernel": (3, 3), "strides": (2, 2), "padding": ((1, 2), (0, 1)), "overhang": (1, 1)}
        yield Case([Arg((1, 6, 7, 3))], {**over, "count_include_pad": True}, id="overhang")
        quant = Quantization.make(0.05, -3)
        yield Case([Arg((1, 4, 4, 5), DType.I8, quant)], {"kernel": (2, 2), "lo": 0.0, "hi": 6.0}, id="i8-clamped")


SHAPES: list[tuple[str, tuple[int, ...], Attrs]] = [
    ("2x2", (2, 6, 8, 19), {"kernel": (2, 2), "strides": (2, 2)}),
    ("3x3-same", (1, 7, 9, 70), {"kernel": (3, 3), "padding": ((1, 1), (1, 1))}),
    ("uneven", (1, 9, 6, 3), {"kernel": (3, 2), "strides": (2, 3), "padding": ((0, 2), (1, 0))}),
    ("dilated", (1, 9, 9, 4), {"kernel": (2, 3), "dilations": (3, 2), "padding": ((1, 1), (2, 2))}),
    ("whole", (3, 5, 4, 33), {"kernel": (5, 4)}),
    ("row", (1, 1, 31, 1), {"kernel": (1, 5), "strides": (1, 2), "padding": ((0, 0), (2, 2))}),
    ("border-only", (1, 2, 2, 3), {"kernel": (1, 1), "padding": ((1, 1), (1, 1))}),
    ("none", (0, 4, 4, 2), {"kernel": (2, 2)}),
]
