"""layer_norm and rms_norm over the last axes, instance_norm and group_norm over space, l2_norm, and lrn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.ir import Node, Value
from edgesmith.ops.broadcasting import normal_axes, normal_axis
from edgesmith.ops.contract import Arg, Arrays, Attrs, Bound, Case, Lowering, Operator, TensorType, operator, register
from edgesmith.ops.elementwise_binary import FLOATS
from edgesmith.ops.reduce import emit_binary, emit_fold, emit_scalar, kept_shape
from edgesmith.program.kernel import Kernel
from edgesmith.types import DType, elements

NATIVE = frozenset(DType(kind) for kind in FLOATS)

for _type in FLOATS:
    Kernel(
        f"layer_norm_{_type}",
        "normalize.c" if _type == "f32" else "normalize_plain.c",
        f"""
        in {_type} x[outer * n]
        in? {_type} scale[n]
        in? {_type} bias[n]
        out {_type} y[outer * n]
        i32 outer n center
        {_type} epsilon
        """,
        work="outer * n * 3",
        vector=_type == "f32",
        parallel=True,
    )
Kernel(
    "lrn_f32",
    "normalize.c",
    "in f32 x[outer * n]\nout f32 y[outer * n]\ni32 outer n size\nf32 alpha beta bias",
    require="size > 0; size <= 2 * n + 1",
    work="outer * n * size",
    scratch="4 * (n + size)",
    vector=True,
    parallel=True,
)


def _check_channels(value: Value | None, shape: tuple[int, ...], x: Value, what: str) -> None:
    if value is not None and (value.shape != shape or value.dtype is not x.dtype):
        raise ModelError(f"the {what} is {value!r}; expected {x.dtype} of shape {shape}")


class RowNorm(Operator):
    """``(x - mean) / sqrt(mean((x - mean)^2) + epsilon) * scale + bias`` over the axes from ``axis`` to the last.

    ``rms_norm`` leaves the mean and the bias out. Scale and bias have the shape of those axes, or are absent.
    """

    attributes = {"axis": -1, "epsilon": 1e-5}
    native = NATIVE
    bound = Bound(1e-5, 1e-5)

    def __init__(self, name: str) -> None:
        self.name = name  # type: ignore[misc]
        self.center = name == "layer_norm"

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        if x.rank == 0:
            raise ModelError("the input is a scalar; expected at least one axis")
        shape = x.shape[normal_axis(attrs["axis"], x.rank) :]
        for value, what in zip(inputs[1:], ("scale", "bias"), strict=False):
            _check_channels(value, shape, x, what)
        return [TensorType(x.shape, x.dtype)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x = inputs[0]
        assert x is not None
        axes = tuple(range(normal_axis(node.attrs["axis"], x.ndim), x.ndim))
        scale, bias = ([*inputs[1:], None, None])[:2]
        with np.errstate(all="ignore"):
            y = standardised(x, axes, node.attrs["epsilon"], self.center)
        y = y if scale is None else y * scale
        return [np.asarray(y if bias is None else y + bias, x.dtype)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, axis = node.input(0), normal_axis(node.attrs["axis"], node.input(0).rank)
        lw.emit(
            f"layer_norm_{x.dtype}",
            x=x,
            scale=node.optional(1),
            bias=node.optional(2),
            y=node.outputs[0],
            outer=elements(x.shape[:axis]),
            n=elements(x.shape[axis:]),
            center=int(self.center),
            epsilon=node.attrs["epsilon"],
        )

    def cases(self) -> Iterator[Case]:
        for kind in (DType.F32, DType.F64):
            for shape, axis in [((3, 67), 1), ((2, 5, 7), 1), ((2, 3, 600), -1), ((0, 4), 1)]:
                for given in (0, 1, 2) if self.center else (0, 1):
                    args = [Arg(shape, kind), *[Arg(shape[axis:], kind) for _ in range(given)]]
                    yield Case(args, {"axis": axis}, id=f"{kind}-{shape}-{given}".replace(" ", ""))
        if self.center:
            yield Case([Arg((3, 20)), None, Arg((20,))], id="bias-alone")


def standardised(x: np.ndarray, axes: tuple[int, ...], epsilon: float, center: bool = True) -> np.ndarray:
    """Zero mean (with ``center``) and unit variance over ``axes``."""
    d = x - np.mean(x, axis=axes, keepdims=True) if center else x
    return np.asarray(d / np.sqrt(np.mean(d * d, axis=axes, keepdims=True) + epsilon))


register(RowNorm("layer_norm"))
register(RowNorm("rms_norm"))


class SpaceNorm(Operator):
    """Normalisation of (N, space..., C) over space, for each channel or each of ``groups`` groups of channels.

    Inputs: x, scale of shape (C,), bias of shape (C,); either may be absent.
    """

    native = NATIVE
    bound = Bound(1e-5, 1e-5)

    def __init__(self, name: str, attributes: Attrs) -> None:
        self.name = name  # type: ignore[misc]
        self.attributes = attributes  # type: ignore[misc]

    def _split(self, x: Value, attrs: Attrs) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The input as (N, space..., groups, channels of a group), and the axes to normalise over."""
        groups = x.shape[-1] if self.name == "instance_norm" else int(attrs["groups"])
        if x.rank < 2 or groups < 1 or x.shape[-1] % groups:
            raise ModelError(f"an input of shape {x.shape} does not divide into {groups} groups of channels")
        shape = (*x.shape[:-1], groups, x.shape[-1] // groups)
        return shape, (*range(1, x.rank - 1), x.rank)

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        if x.rank < 2 or 0 in x.shape:
            raise ModelError(f"an input of shape {x.shape} has no channels to normalise")
        self._split(x, attrs)
        for value, what in zip(inputs[1:], ("scale", "bias"), strict=False):
            _check_channels(value, x.shape[-1:], x, what)
        return [TensorType(x.shape, x.dtype)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x = inputs[0]
        assert x is not None
        shape, axes = self._split(node.input(0), node.attrs)
        scale, bias = ([*inputs[1:], None, None])[:2]
        with np.errstate(all="ignore"):
            y = standardised(x.reshape(shape), axes, node.attrs["epsilon"]).reshape(x.shape)
        y = y if scale is None else y * scale
        return [np.asarray(y if bias is None else y + bias, x.dtype)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, y = node.input(0), node.outputs[0]
        shape, axes = self._split(x, node.attrs)
        small, kind = kept_shape(shape, axes), x.dtype
        count, kept = x.size // elements(small), elements(small)
        means, spread = (lw.temporary(kept * kind.bytes) for _ in range(2))
        emit_fold(lw, "reduce_sum", x, means, shape, axes, kind)
        emit_scalar(lw, "div", kind, means, count, kept, means)
        emit_binary(lw, "sub", kind, x, shape, means, small, y)
        emit_fold(lw, "reduce_sum_square", y, spread, shape, axes, kind)
        emit_scalar(lw, "div", kind, spread, count, kept, spread)
        emit_scalar(lw, "add", kind, spread, node.attrs["epsilon"], kept, spread)
        lw.emit(f"rsqrt_{kind}", x=spread, y=spread, n=kept)
        scale, bias = node.optional(1), node.optional(2)
        if scale is not None and self.name == "instance_norm":  # one pass instead of two
            emit_binary(lw, "mul", kind, spread, small, scale, (*scale.shape, 1), spread)
            scale = None
        emit_binary(lw, "mul", kind, y, shape, spread, small, y)
        for op, value in (("mul", scale), ("add", bias)):
            if value is not None:
                emit_binary(lw, op, kind, y, x.shape, value, value.shape, y)

    def cases(self) -> Iterator[Case]:
        attrs = {"groups": 2} if self.name == "group_norm" else {}
        for shape in [(2, 5, 7, 6), (1, 33, 4), (3, 2)]:
            channels = Arg(shape[-1:])
            yield Case([Arg(shape), channels, channels], attrs, id=f"{shape}".replace(" ", ""))
        yield Case([Arg((2, 9, 4), DType.F64)], attrs, id="f64")


register(SpaceNorm("instance_norm", {"epsilon": 1e-5}))
register(SpaceNorm("group_norm", {"groups": ..., "epsilon": 1e-5}))


@operator
class L2Norm(Operator):
    """``x / max(sqrt(sum(x^2)), epsilon)`` along ``axis``, one or several."""

    name = "l2_norm"
    attributes = {"axis": -1, "epsilon": 1e-6}
    native = NATIVE
    bound = Bound(2e-6, 1e-7)

    @staticmethod
    def _axes(rank: int, attrs: Attrs) -> tuple[int, ...]:
        axis = attrs["axis"]
        return normal_axes((axis,) if isinstance(axis, int) else axis, rank)

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x = inputs[0]
        assert x is not None
        self._axes(x.rank, attrs)
        return [TensorType(x.shape, x.dtype)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x = inputs[0]
        assert x is not None
        axes = self._axes(x.ndim, node.attrs)
        with np.errstate(all="ignore"):
            norm = np.sqrt(np.sum(x * x, axis=axes, keepdims=True))
            return [np.asarray(x / np.maximum(norm, node.attrs["epsilon"]), x.dtype)]

    def lower(self, node: Node, lw: Lowering) -> None:
        x, kind = node.input(0), node.input(0).dtype
        axes = self._axes(x.rank, node.attrs)
        small = kept_shape(x.shape, axes)
        norm, count = lw.temporary(elements(small) * kind.bytes), elements(small)
        emit_fold(lw, "reduce_sum_square", x, norm, x.shape, axes, kind)
        lw.emit(f"sqrt_{kind}", x=norm, y=norm, n=count)
        lw.emit(f"clip_{kind}", x=norm, y=norm, n=count, lo=node.attrs["epsilon"], hi=float("inf"))
        emit_binary(lw, "div", kind, x, x.shape, norm, small, node.outputs[0])

    def cases(self) -> Iterator[Case]:
        yield Case([Arg((3, 4, 70))])
        yield Case([Arg((2, 5, 7))], {"axis": (0, 2)})
        yield Case([Arg((2, 9), DType.F64)])
        yield Case([Arg((2, 9), low=0, high=0)], id="zeros")


@operator
class LRN(Operator):
    """``x / (bias + alpha / size * s) ^ beta``, s the sum of squares over ``size`` channels around (last axis).

    ONNX LRN: of an even size, the window reaches one channel further up than down.
    """

    name = "lrn"
    attributes = {"size": ..., "alpha": 1e-4, "beta": 0.75, "bias": 1.0}
    native = frozenset({DType.F32})
    bound = Bound(2e-6, 1e-7)

    def infer(self, inputs: Sequence[Value | None], attrs: Attrs) -> list[TensorType]:
        x, size = inputs[0], int(attrs["size"])
        assert x is not None
        if x.rank == 0 or not 1 <= size <= 2 * x.shape[-1] + 1:
            raise ModelError(f"a window of {size} channels does not fit an input of shape {x.shape}")
        return [TensorType(x.shape, x.dtype)]

    def compute(self, node: Node, inputs: Arrays) -> list[np.ndarray]:
        x, size = inputs[0], int(node.attrs["size"])
        assert x is not None
        before, n = (size - 1) // 2, x.shape[-1]
        padded = np.pad(x * x, [(0, 0)] * (x.ndim - 1) + [(before, size - 1 - before)])
        total = sum((padded[..., k : k + n] for k in range(size)), np.zeros_like(x))
        with np.errstate(all="ignore"):
            return [x / (node.attrs["bias"] + node.attrs["alpha"] / size * total) ** node.attrs["beta"]]

    def lower(self, node: Node, lw: Lowering) -> None:
        x = node.input(0)
        numbers = {name: node.attrs[name] for name in ("size", "alpha", "beta", "bias")}
        lw.emit("lrn_f32", x=x, y=node.outputs[0], outer=elements(x.shape[:-1]), n=x.shape[-1], **numbers)

    def cases(self) -> Iterator[Case]:
        for size, beta in [(5, 0.75), (4, 0.5), (1, 1.0), (23, 0.6)]:
            yield Case([Arg((2, 3, 19))], {"size": size, "beta": beta, "alpha": 0.3}, id=f"{size}-{beta}")
