"""resize: nearest, linear or cubic, along any axes, one after the other, by tables that are computed beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.broadcasting import normal_axis
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, Operator, Ref, TensorType, operator
from edgesmith.ops.interpolation import (
    COORDINATES,
    MODES,
    ROUNDINGS,
    TENSORFLOW,
    Axis,
    Rule,
    eleven_bits,
    fixed_point,
    nearest,
    neighbours,
    outside,
    taps,
)
from edgesmith.ops.take import emit_take
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType, Quantization

Kernel(
    "resize_axis_f32",
    "resize.c",
    """
    in f32 x[outer * n * inner]
    const i32 index[m * taps]
    const f32 weight[m * taps]
    const? f32 bias[m]
    out f32 y[outer * m * inner]
    i32 outer n m inner taps
    """,
    require="taps >= 1",
    work="outer * m * inner * taps",
    vector=True,
    parallel=True,
)
for _type in ("i8", "i16"):
    Kernel(
        f"resize_linear_{_type}",
        "resize.c" if _type == "i8" else "resize_plain.c",
        f"""
        in {_type} x[N * H * W * C]
        const i32 rows[3 * P]
        const i32 columns[3 * Q]
        out {_type} y[N * P * Q * C]
        i32 N H W C P Q
        """,
        work="N * P * Q * C * 4",
        vector=_type == "i8",
        parallel=True,
    )
Kernel(
    "resize_linear_u8",
    "resize.c",
    """
    in i8 x[N * H * W * C]
    const i32 rows[2 * P]
    const f32 down[P]
    const i32 columns[2 * Q]
    const f32 across[Q]
    out i8 y[N * P * Q * C]
    i32 N H W C P Q
    """,
    work="N * P * Q * C * 4",
    vector=True,
    parallel=True,
)


@operator
class Resize(Operator):
    """``axes`` of the input get ``sizes``; the default axes are the rows and columns of an NHWC image.

    Coordinates, roundings and cubic options are those of the ONNX standard. ``scales``, one for each axis, may differ
    from output size / input size. Without ``rounding`` mode nearest rounds as TensorFlow does; ``roi`` gives (start,
    end) for each axis, for coordinates "tf_crop_and_resize".

    Nearest moves elements of any type. Linear and cubic are float32; linear over two axes also int8, in the eleven-bit
    fixed point of XNNPACK, and int16, in the ten-bit one of TensorFlow Lite. ``unsigned`` says that int8 holds unsigned
    bytes less 128, which TensorFlow Lite interpolates in float32, and rounds halves up.
    """

    name = "resize"
    attributes = {
        "sizes": ..., "axes": (1, 2), "mode": ..., "coordinates": "half_pixel", "rounding": None, "scales": None,
        "roi": None, "cubic_coeff": -0.75, "exclude_outside": False, "antialias": False, "extrapolation": 0.0,
        "unsigned": False,
    }  # fmt: skip
    native = frozenset({DType.F32, DType.I8, DType.I16})
    widens = False
    bound = Bound(2e-6, 4e-6)

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        for key, known in (("mode", MODES), ("coordinates", COORDINATES), ("rounding", (None, *ROUNDINGS))):
            if attrs[key] not in known:
                raise ModelError(f"{key} is '{attrs[key]}'; expected one of {', '.join(map(str, known))}")
        axes, sizes = [normal_axis(axis, x.rank) for axis in attrs["axes"]], attrs["sizes"]
        lengths = {len(axes), len(sizes), *(len(attrs[key]) for key in ("scales", "roi") if attrs[key] is not None)}
        if len(lengths) > 1 or len(set(axes)) != len(axes) or min(sizes, default=0) < 0:
            raise ModelError(f"sizes {tuple(sizes)} (scales {attrs['scales']}, roi {attrs['roi']}) for axes {axes}")
        if any(not scale > 0 for scale in attrs["scales"] or ()):
            raise ModelError(f"scales are {attrs['scales']}; expected numbers above 0")
        shape = list(x.shape)
        for axis, size in zip(axes, sizes, strict=True):
            if shape[axis] == 0 < size:
                raise ModelError(f"axis {axis} of {x.shape} is empty and cannot grow to {size}")
            shape[axis] = int(size)
        if not moves_only(attrs) and x.dtype is not DType.F32 and not has_integers(x.dtype, attrs):
            raise ModelError(f"no {attrs['mode']} resize of {x.dtype} with these options; cast or dequantize to f32")
        if x.quant is not None and x.quant.axis is not None:
            raise ModelError("the input is quantized per channel; expected one scale")
        return [TensorType(tuple(shape), x.dtype, x.quant)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x = inputs[0]
        assert x is not None
        rule, plan = plan_of(node)
        shape = node.outputs[0].shape
        if 0 in shape:
            return [np.zeros(shape, x.dtype)]
        if moves_only(node.attrs):
            for place, axis in plan.items():
                x = np.take(x, nearest(rule, axis), place)
            return [x]
        if x.dtype.kind != "f":
            form = _unsigned if node.attrs["unsigned"] and x.dtype == np.int8 else _integers
            return [form(x, rule, list(plan.values()))]
        beyond = np.zeros([1] * x.ndim, bool)
        for place, axis in plan.items():
            index, weight = taps(rule, axis)
            matrix = np.zeros((axis.count, axis.size))
            np.add.at(matrix, (np.arange(axis.count)[:, None], index), weight)
            x = np.moveaxis(np.tensordot(matrix.astype(x.dtype), x, (1, place)), 0, place)
            beyond = beyond | outside(rule, axis).reshape([-1 if i == place else 1 for i in range(x.ndim)])
        return [np.where(beyond, np.asarray(node.attrs["extrapolation"], x.dtype), x)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, y = node.input(0), node.outputs[0]
        rule, plan = plan_of(node)
        if y.size == 0:
            return
        if not plan:
            lw.alias(y, lw.ref(x))
        elif moves_only(node.attrs):
            tables = [nearest(rule, plan[i]) if i in plan else np.arange(dim) for i, dim in enumerate(x.shape)]
            emit_take(lw, x, y, x.dtype.bytes, x.shape, tables)
        elif x.dtype is DType.F32:
            self._emit_axes(node, lw, rule, plan)
        else:
            n, height, width, channels = x.shape
            fields: dict[str, Any] = dict(zip("NHWCPQ", (n, height, width, channels, *y.shape[1:3]), strict=True))
            if node.attrs["unsigned"] and x.dtype is DType.I8:
                for axis, name, way in zip(plan.values(), ("rows", "columns"), ("down", "across"), strict=True):
                    lower, upper, fields[way] = neighbours(rule, axis)
                    fields[name] = np.stack([lower, upper]).astype(np.int32)
                lw.emit("resize_linear_u8", x=x, y=y, **fields)
                return
            places = eleven_bits if x.dtype is DType.I8 else fixed_point
            rows, columns = (np.stack(places(rule, axis)).astype(np.int32) for axis in plan.values())
            lw.emit(f"resize_linear_{x.dtype}", x=x, rows=rows, columns=columns, y=y, **fields)

    def _emit_axes(self, node: Node, lw: Lowering, rule: Rule, plan: dict[int, Axis]) -> None:
        x, y = node.input(0), node.outputs[0]
        shape = list(x.shape)
        read: Value | Ref = x
        order = sorted(plan, key=lambda place: plan[place].count / plan[place].size)  # shrink first, grow last
        for place in order:
            axis = plan[place]
            shape[place] = axis.count
            write: Value | Ref = y if place == order[-1] else lw.temporary(prod(shape) * 4)
            index, weight = taps(rule, axis)
            beyond = outside(rule, axis)
            used = (weight != 0).any(axis=0)
            used[0] |= not used.any()
            index, weight = index[:, used], np.where(beyond[:, None], 0, weight[:, used])
            bias = np.where(beyond, node.attrs["extrapolation"], 0).astype(np.float32) if beyond.any() else None
            lw.emit(
                "resize_axis_f32", x=read, index=index.astype(np.int32), weight=weight.astype(np.float32), bias=bias,
                y=write, outer=prod(shape[:place]), n=axis.size, m=axis.count, inner=prod(shape[place + 1 :]),
                taps=index.shape[1],
            )  # fmt: skip
            read = write

    def cases(self) -> Iterator[Case]:
        attrs: Attrs
        for kind in (DType.F32, DType.I8, DType.I64, DType.F16):
            for coordinates in TENSORFLOW:
                attrs = {"sizes": (7, 4), "mode": "nearest", "coordinates": coordinates}
                yield Case([Arg((2, 3, 6, 5), kind)], attrs, id=f"{kind}-nearest-{coordinates}")
        for coordinates in COORDINATES[:-1]:
            for mode, sizes in (("linear", (7, 4)), ("cubic", (3, 11)), ("nearest", (5, 9))):
                attrs = {"sizes": sizes, "mode": mode, "coordinates": coordinates, "rounding": "round_prefer_floor"}
                if coordinates == "tf_crop_and_resize":
                    attrs |= {"roi": ((0.2, 0.7), (-0.25, 1.5)), "extrapolation": 2.5}
                yield Case([Arg((1, 5, 8, 3))], attrs, id=f"{mode}-{coordinates}")
        for rounding in ROUNDINGS:
            attrs = {"sizes": (10,), "axes": (-1,), "scales": (2.5,), "mode": "nearest", "rounding": rounding}
            yield Case([Arg((2, 4))], attrs, id=f"nearest-{rounding}")
        for mode in ("linear", "cubic"):
            shrink = {"sizes": (3, 5), "axes": (2, 3), "scales": (0.6, 0.625), "mode": mode}
            yield Case([Arg((1, 2, 5, 8))], {**shrink, "antialias": True}, id=f"{mode}-antialias")
            yield Case([Arg((1, 2, 5, 8))], {**shrink, "exclude_outside": True}, id=f"{mode}-exclude")
        yield Case([Arg((1, 9, 9, 40))], {"sizes": (33, 17), "mode": "linear"}, id="linear-wide")
        yield Case([Arg((1, 4, 4, 3))], {"sizes": (4, 4), "mode": "linear"}, id="linear-same")
        yield Case(
            [Arg((1, 4, 4, 3))], {"sizes": (1, 1), "mode": "linear", "coordinates": "align_corners"}, id="to-one"
        )
        for kind in (DType.I8, DType.I16):
            for coordinates in ("align_corners", "half_pixel", "asymmetric"):
                for sizes in ((13, 4), (2, 31)):
                    attrs = {"sizes": sizes, "mode": "linear", "coordinates": coordinates}
                    arg = Arg((2, 5, 9, 21), kind, Quantization.make(0.1, 0))
                    yield Case([arg], attrs, id=f"{kind}-linear-{coordinates}-{sizes[0]}")
                    if kind is DType.I8:
                        yield Case([arg], {**attrs, "unsigned": True}, id=f"u8-linear-{coordinates}-{sizes[0]}")


def moves_only(attrs: Attrs) -> bool:
    """Whether these attributes of a resize only choose among the elements."""
    return bool(attrs["mode"] == "nearest" and attrs["coordinates"] != "tf_crop_and_resize")


def has_integers(dtype: DType, attrs: Attrs) -> bool:
    """Whether a resize with these attributes has an integer form for the type."""
    plain = not (attrs["antialias"] or attrs["exclude_outside"]) and attrs["scales"] is None
    known = attrs["coordinates"] in ("align_corners", "half_pixel", "asymmetric")
    two = tuple(attrs["axes"]) == (1, 2)
    return dtype in (DType.I8, DType.I16) and attrs["mode"] == "linear" and plain and known and two


def plan_of(node: Node) -> tuple[Rule, dict[int, Axis]]:
    """The rule, and the axes that change (all of them for integers, which always take the two-dimensional form)."""
    attrs, x = node.attrs, node.input(0)
    coordinates, rounding = attrs["coordinates"], attrs["rounding"]
    if attrs["mode"] == "nearest" and rounding is None:
        coordinates, rounding = TENSORFLOW.get(coordinates, (coordinates, "round_prefer_floor"))
    rule = Rule(
        attrs["mode"],
        coordinates,
        rounding or "floor",
        attrs["cubic_coeff"],
        attrs["exclude_outside"],
        attrs["antialias"],
    )
    plan: dict[int, Axis] = {}
    for i, (place, count) in enumerate(zip(attrs["axes"], attrs["sizes"], strict=True)):
        size = x.shape[normal_axis(place, x.rank)]
        scale = attrs["scales"][i] if attrs["scales"] is not None else None
        roi = tuple(attrs["roi"][i]) if attrs["roi"] is not None else (0.0, 1.0)
        still = size == count and scale in (None, 1) and roi == (0.0, 1.0)
        if not still or (x.dtype is not DType.F32 and not moves_only(attrs)):
            plan[normal_axis(place, x.rank)] = Axis(size, int(count), scale, roi)
    return rule, plan


def _unsigned(x: np.ndarray, rule: Rule, axes: list[Axis]) -> np.ndarray:
    """In float32, operation by operation as the C kernel: the order decides which halves are exact."""
    (top, bottom, down), (left, right, across) = (neighbours(rule, axis) for axis in axes)
    real = (x.astype(np.int32) + 128).astype(np.float32)
    one = np.float32(1)
    d, r = down[:, None, None], across[:, None]
    total = real[:, top][:, :, left] * (one - d) * (one - r)
    total = total + real[:, bottom][:, :, left] * d * (one - r)
    total = total + real[:, top][:, :, right] * (one - d) * r
    total = total + real[:, bottom][:, :, right] * d * r
    rounded = np.trunc(total + np.float32(0.5)).astype(np.int32) - 128
    return np.asarray(np.clip(rounded, -128, 127), np.int8)


def _integers(x: np.ndarray, rule: Rule, axes: list[Axis]) -> np.ndarray:
    """Products of the pixels with integer weights, added and rounded: int8 to halves up, int16 away from zero."""
    places, one = (eleven_bits, 2048) if x.dtype == np.int8 else (fixed_point, 1024)
    (top, bottom, down), (left, right, across) = (places(rule, axis) for axis in axes)
    wide = x.astype(np.int64)
    down, across = down[:, None, None], across[:, None]
    upper = wide[:, top][:, :, left] * (one - across) + wide[:, top][:, :, right] * across
    lower = wide[:, bottom][:, :, left] * (one - across) + wide[:, bottom][:, :, right] * across
    total = upper * (one - down) + lower * down
    if x.dtype == np.int8:
        return np.asarray((total.astype(np.int64) + (1 << 21)) >> 22, np.int8)
    return np.asarray(np.sign(total) * ((np.abs(total) + (1 << 19)) >> 20), x.dtype)
