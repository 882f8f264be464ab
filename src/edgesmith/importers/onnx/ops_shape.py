"""Shapes: constants, reshaping, cutting, joining, padding."""

from __future__ import annotations

import itertools
import math

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.emit import MAX_FULL
from edgesmith.importers.onnx.call import Call, Narrow, Result
from edgesmith.importers.onnx.tensors import ELEMENTS, Tensor
from edgesmith.ir import Value
from edgesmith.ops.broadcasting import broadcast
from edgesmith.types import DType, elements


def Constant(c: Call) -> Result:
    """One attribute holds the value, in one of eight forms."""
    from edgesmith.importers.onnx.convert import constant

    for name, item in c.node.attributes.items():
        if isinstance(item, Tensor) and name in ("value", "sparse_value"):
            return constant(c.b, item, c.node.outputs[0])
        if name in ("value_float", "value_floats"):
            return c.b.constant(np.array(item, np.float32))
        if name in ("value_int", "value_ints"):
            return c.b.constant(np.array(item, np.int64))
        if name in ("value_string", "value_strings"):
            texts = [item] if isinstance(item, str) else list(item)
            array = np.empty(len(texts), object)
            array[:] = [text.encode() for text in texts]
            return Narrow(Tensor(array.reshape(() if isinstance(item, str) else -1), 8))
    raise ModelError("holds no value")


def ConstantOfShape(c: Call) -> Result:
    shape = c.int_list(0, "the shape")
    tensor = c.tensor("value")
    elements(tuple(shape))
    if tensor is None:
        return c.b.full(shape, 0, DType.F32)
    if tensor.array.size != 1:
        raise ModelError(f"'value' must hold one number, it has {tensor.array.size}")
    if tensor.element.native:
        return c.b.expand(c.b.constant(tensor.array.reshape(()), tensor.element.dtype), shape)
    if elements(tuple(shape)) > MAX_FULL:
        c.unsupported(f"a constant of type {tensor.element.name} and shape {shape}")
    return Narrow(Tensor(np.full(shape, tensor.array.reshape(()), tensor.array.dtype), tensor.code))


def Identity(c: Call) -> Result:
    return c.item(0)


def Shape(c: Call) -> Result:
    item = c.item(0)
    shape = item.tensor.array.shape if isinstance(item, Narrow) else c.x().shape
    return c.b.ints(shape[slice(c.integer("start", 0), c.integer("end", len(shape)))])


def Size(c: Call) -> Result:
    return c.b.ints(c.x().size)


def Reshape(c: Call) -> Result:
    x = c.x()
    shape = (c.integers("shape") or []) if c.version < 5 else c.int_list(1, "the shape")
    if not c.integer("allowzero", 0):
        if any(dim == 0 and axis >= x.rank for axis, dim in enumerate(shape)):
            raise ModelError(f"shape {shape} copies a dimension that an input of rank {x.rank} lacks")
        shape = [x.shape[axis] if dim == 0 else dim for axis, dim in enumerate(shape)]
    if any(dim < -1 for dim in shape) or shape.count(-1) > 1:
        raise ModelError(f"shape {shape} is impossible")
    rest = math.prod(dim for dim in shape if dim != -1)
    if -1 in shape and (rest == 0 or x.size % rest):
        raise ModelError(f"an input of shape {x.shape} does not divide into {shape}")
    return c.b.reshape(x, shape)


def Flatten(c: Call) -> Result:
    x = c.x()
    axis = c.integer("axis", 1)
    axis = x.rank if axis == x.rank else c.axis(axis, x.rank)
    return c.b.reshape(x, (math.prod(x.shape[:axis]), math.prod(x.shape[axis:])))


def _given_axes(c: Call) -> list[int] | None:
    """Axes are an attribute before operator set 13 and an input after."""
    if c.version < 13:
        return c.integers("axes")
    return c.int_list(1, "the axes") if c.has(1) else None


def Squeeze(c: Call) -> Result:
    x, given = c.x(), _given_axes(c)
    axes = [i for i, dim in enumerate(x.shape) if dim == 1] if given is None else c.axes(given, x.rank)
    if any(x.shape[axis] != 1 for axis in axes):
        raise ModelError(f"axes {axes} of shape {x.shape} are not all of size 1")
    return c.b.squeeze(x, *axes) if axes else x


def Unsqueeze(c: Call) -> Result:
    x, given = c.x(), _given_axes(c)
    if given is None:
        raise ModelError("needs axes")
    axes = c.axes(given, x.rank + len(given))
    return c.b.expand_dims(x, *axes) if axes else x


def Transpose(c: Call) -> Result:
    x = c.x()
    perm = c.integers("perm", list(range(x.rank))[::-1])
    if perm is None or sorted(perm) != list(range(x.rank)):
        raise ModelError(f"perm {perm} is no permutation of {x.rank} axes")
    return c.b.transpose(x, perm)


def Concat(c: Call) -> Result:
    values = c.xs()
    if not values:
        raise ModelError("needs at least one input")
    axis = c.axis(c.integer("axis", 1), values[0].rank)
    for value in values:
        if value.rank != values[0].rank or any(
            a != b for i, (a, b) in enumerate(zip(value.shape, values[0].shape, strict=False)) if i != axis
        ):
            raise ModelError(f"inputs of shapes {values[0].shape} and {value.shape} do not join along axis {axis}")
    return c.b.concat(values, axis)


def split_sizes(c: Call, total: int) -> list[int]:
    """The sizes of the parts: given, or as equal as ``num_outputs`` allows."""
    given = c.integers("split") if c.version < 13 else (c.int_list(1, "the split") if c.has(1) else None)
    if given is None:
        count = c.integer("num_outputs", len(c.node.outputs))
        if count < 1 or count != len(c.node.outputs):
            raise ModelError(f"num_outputs is {count}, and the node has {len(c.node.outputs)} outputs")
        each = -(-total // count)
        given = [max(0, min(each, total - each * i)) for i in range(count)]
    if sum(given) != total or min(given, default=0) < 0:
        raise ModelError(f"parts of {given} do not make up {total}")
    return given


def Split(c: Call) -> Result:
    x = c.x()
    axis = c.axis(c.integer("axis", 0), x.rank)
    ends = list(itertools.accumulate(split_sizes(c, x.shape[axis]), initial=0))
    return [c.b.slice(x, axis, start, end) for start, end in itertools.pairwise(ends)]


def Slice(c: Call) -> Result:
    x = c.x()
    if c.version < 10:
        starts, ends = c.integers("starts") or [], c.integers("ends") or []
        axes, steps = c.integers("axes") or list(range(len(starts))), [1] * len(starts)
    else:
        starts, ends = c.int_list(1, "the starts"), c.int_list(2, "the ends")
        axes = c.int_list(3, "the axes") if c.has(3) else list(range(len(starts)))
        steps = c.int_list(4, "the steps") if c.has(4) else [1] * len(starts)
    if not len(starts) == len(ends) == len(axes) == len(steps):
        raise ModelError("starts, ends, axes and steps differ in length")
    for start, end, axis, step in zip(starts, ends, c.axes(axes, x.rank), steps, strict=True):
        if step == 0:
            raise ModelError("a step is 0")
        x = c.b.slice(x, axis, start, _below_zero(end, x.shape[axis], step), step)
    return x


def _below_zero(end: int, size: int, step: int) -> int:
    """An end before the first element, where a backward slice may run to, in Python's counting."""
    return -size - 1 if step < 0 and end < -size else end


def Expand(c: Call) -> Result:
    x = c.x()
    return c.b.expand(x, broadcast(x.shape, c.int_list(1, "the shape")))


def Tile(c: Call) -> Result:
    x, b = c.x(), c.b
    repeats = c.int_list(1, "the repeats")
    if len(repeats) != x.rank or min(repeats, default=0) < 0:
        raise ModelError(f"repeats {repeats} do not fit an input of shape {x.shape}")
    elements(tuple(dim * count for dim, count in zip(x.shape, repeats, strict=True)))
    return b.add("tile", x, repeats=tuple(repeats)) if any(count != 1 for count in repeats) else x


def Pad(c: Call) -> Result:
    x = c.x()
    mode = c.choice("mode", "constant", ("constant", "reflect", "edge", "wrap"))
    pads = (c.integers("pads") or []) if c.version < 11 else c.int_list(1, "the pads")
    axes = c.axes(c.int_list(3, "the axes"), x.rank) if c.has(3) else list(range(x.rank))
    if len(pads) != 2 * len(axes):
        raise ModelError(f"{len(pads)} pads for {len(axes)} axes; expected two an axis")
    both = [(0, 0)] * x.rank
    for place, axis in enumerate(axes):
        both[axis] = (pads[place], pads[place + len(axes)])
    for axis, (low, high) in enumerate(both):  # a negative pad cuts
        if low < 0 or high < 0:
            x = c.b.slice(x, axis, max(0, -low), x.shape[axis] - max(0, -high))
    elements(tuple(dim + max(0, low) + max(0, high) for dim, (low, high) in zip(x.shape, both, strict=True)))
    grow = [(max(0, low), max(0, high)) for low, high in both]
    if c.version < 11:
        return c.b.pad(x, grow, c.number("value", 0.0), mode)
    fill = c.opt(2)
    return c.b.pad(x, grow, 0 if fill is None else c.b.reshape(fill, ()), mode)


def CenterCropPad(c: Call) -> Result:
    x = c.x()
    target = c.int_list(1, "the shape")
    axes = c.axes(c.integers("axes", list(range(x.rank))) or [], x.rank)
    for axis, want in zip(axes, target, strict=True):
        have = x.shape[axis]
        if want < have:
            first = (have - want) // 2
            x = c.b.slice(x, axis, first, first + want)
        elif want > have:
            low = (want - have) // 2
            pads = [(0, 0)] * x.rank
            pads[axis] = (low, want - have - low)
            x = c.b.pad(x, pads)
    return x


def Range(c: Call) -> Result:
    kind = c.x(0).dtype
    parts = [c.array(i, what) for i, what in enumerate(("the start", "the limit", "the step"))]
    if any(part.size != 1 for part in parts):
        raise ModelError("start, limit and step must be single numbers")
    if kind is DType.BF16:
        parts = [(part.astype(np.uint32) << 16).view(np.float32) for part in parts]
    start, limit, step = (part.reshape(()) for part in parts)
    if step == 0:
        raise ModelError("the step is 0")
    span = (limit.astype(np.float64) - start.astype(np.float64)) / step.astype(np.float64)
    count = max(0, math.ceil(span)) if math.isfinite(span) else -1
    if not 0 <= count <= 2**24:
        raise ModelError(f"from {start} to {limit} by {step} are too many numbers")
    array = start + np.arange(count, dtype=start.dtype) * step
    if kind is DType.BF16:
        return c.b.cast(c.b.constant(array.astype(np.float32)), kind)
    return c.b.constant(array.astype(kind.numpy), kind)


def EyeLike(c: Call) -> Result:
    x = c.x()
    code = c.integer("dtype", 0)
    kind = ELEMENTS[code].dtype if code in ELEMENTS and ELEMENTS[code].native else x.dtype
    if x.rank != 2:
        raise ModelError(f"needs a matrix, found shape {x.shape}")
    return c.b.like(np.eye(x.shape[0], x.shape[1], k=c.integer("k", 0)), c.b.full((), 0, kind or x.dtype))


def Trilu(c: Call) -> Result:
    x = c.x()
    k = int(c.array(1, "k").reshape(())) if c.has(1) else 0
    if x.rank < 2:
        raise ModelError(f"needs matrices, found shape {x.shape}")
    rows, columns = np.arange(x.shape[-2])[:, None], np.arange(x.shape[-1])
    mask = columns - rows < k if c.integer("upper", 1) else columns - rows > k
    return c.b.where(c.b.constant(mask), 0, x)


def DepthToSpace(c: Call) -> Result:
    x, b, size = c.x(), c.b, c.integer("blocksize")
    n, depth, height, width = _four(x)
    if size < 1 or depth % (size * size):
        raise ModelError(f"{depth} channels do not divide into blocks of {size}")
    rest = depth // (size * size)
    if c.choice("mode", "DCR", ("DCR", "CRD")) == "DCR":
        y = b.transpose(b.reshape(x, (n, size, size, rest, height, width)), (0, 3, 4, 1, 5, 2))
    else:
        y = b.transpose(b.reshape(x, (n, rest, size, size, height, width)), (0, 1, 4, 2, 5, 3))
    return b.reshape(y, (n, rest, height * size, width * size))


def SpaceToDepth(c: Call) -> Result:
    x, b, size = c.x(), c.b, c.integer("blocksize")
    n, depth, height, width = _four(x)
    if size < 1 or height % size or width % size:
        raise ModelError(f"a picture of {height}x{width} does not divide into blocks of {size}")
    y = b.reshape(x, (n, depth, height // size, size, width // size, size))
    perm = (0, 3, 5, 1, 2, 4) if c.choice("mode", "DCR", ("DCR", "CRD")) == "DCR" else (0, 1, 3, 5, 2, 4)
    return b.reshape(b.transpose(y, perm), (n, depth * size * size, height // size, width // size))


def _four(x: Value) -> tuple[int, int, int, int]:
    if x.rank != 4:
        raise ModelError(f"needs 4 dimensions, found shape {x.shape}")
    return x.shape  # type: ignore[return-value]


def ReverseSequence(c: Call) -> Result:
    time, batch = c.integer("time_axis", 0), c.integer("batch_axis", 1)
    if {time, batch} != {0, 1}:
        raise ModelError(f"time axis {time} and batch axis {batch} must be 0 and 1")
    return c.b.add("reverse_sequence", c.x(0), c.x(1), seq_axis=time, batch_axis=batch)
