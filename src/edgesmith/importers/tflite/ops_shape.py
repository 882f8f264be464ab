"""Shapes and movement: what rearranges elements without computing with them."""

from __future__ import annotations

import numpy as np

from edgesmith.errors import ModelError
from edgesmith.importers.tflite.call import IMAGE, Call
from edgesmith.ir import Value
from edgesmith.ops import compositions
from edgesmith.types import DType

MAX_NUMBERS = 1 << 24  # of a constant that a few bytes of a file ask for


def reshape(c: Call) -> Value:
    """One size may be -1 and follows from the others. The shape is an operand, or an option in older files."""
    x = c.x(0)
    shape = c.ints(1, "shape") if c.optional(1) is not None else [int(dim) for dim in c.option("new_shape")]
    if shape == [0] and x.size == 1 and c.optional(1) is None:
        shape = []  # how older converters wrote a scalar
    return c.reshaped(x, resolved(c, shape, x.size), c.out_quant())


def resolved(c: Call, shape: list[int], size: int) -> tuple[int, ...]:
    """The shape with its -1 replaced.

    Raises:
        ModelError: it does not hold ``size`` elements.
    """
    rest = int(np.prod([dim for dim in shape if dim != -1], dtype=object))
    if shape.count(-1) == 1 and rest > 0 and size % rest == 0:
        return tuple(size // rest if dim == -1 else dim for dim in shape)
    if rest != size or min(shape, default=0) < 0:
        raise ModelError(f"{c.op.where}: {size} elements do not fit shape {tuple(shape)}")
    return tuple(shape)


def squeeze(c: Call) -> Value:
    x = c.x(0)
    axes = {c.axis(int(axis), x.rank) for axis in c.option("squeeze_dims")}
    for axis in axes:
        if x.shape[axis] != 1:
            raise ModelError(f"{c.op.where}: axis {axis} of {x.shape} is not 1")
    axes = axes or {axis for axis, dim in enumerate(x.shape) if dim == 1}
    return c.reshaped(x, [dim for axis, dim in enumerate(x.shape) if axis not in axes], c.out_quant())


def expand_dims(c: Call) -> Value:
    x, (axis, *_) = c.x(0), c.ints(1, "axis")
    axis = c.axis(axis, x.rank + 1)
    return c.reshaped(x, (*x.shape[:axis], 1, *x.shape[axis:]), c.out_quant())


def shape(c: Call) -> Value:
    return c.constant(np.asarray(c.x(0).shape), c.out_type())


def rank(c: Call) -> Value:
    return c.constant(np.asarray(c.x(0).rank), c.out_type())


def transpose(c: Call) -> Value:
    x = c.x(0)
    perm = tuple(c.axis(axis, x.rank) for axis in c.ints(1, "permutation"))
    return c.add("transpose", x, perm=perm, quant=c.out_quant())


def concatenation(c: Call) -> Value:
    quant = c.out_quant()
    parts = [c.requantized(c.x(index), quant) for index in range(len(c.op.inputs))]
    axis = c.axis(c.integer("axis"), parts[0].rank) if parts else 0
    return c.activated(c.add("concat", *parts, axis=axis, quant=quant))


def pack(c: Call) -> Value:
    quant, first = c.out_quant(), c.x(0)
    axis = c.axis(c.integer("axis"), first.rank + 1)
    parts = [c.requantized(c.x(index), quant) for index in range(len(c.op.inputs))]
    parts = [c.reshaped(x, (*first.shape[:axis], 1, *first.shape[axis:])) for x in parts]
    return c.add("concat", *parts, axis=axis, quant=quant)


def unpack(c: Call) -> list[Value]:
    x = c.x(0)
    axis = c.axis(c.integer("axis"), x.rank)
    if c.integer("num") != x.shape[axis]:
        raise ModelError(f"{c.op.where}: it has {c.integer('num')} results, axis {axis} of {x.shape} has another size")
    shape = (*x.shape[:axis], *x.shape[axis + 1 :])
    parts = compositions.split(c.frame.builder, x, axis, (1,) * x.shape[axis])
    return [c.reshaped(part, shape) for part in parts]


def split(c: Call) -> list[Value]:
    (axis, *_), x = c.ints(0, "axis"), c.x(1)
    axis, count = c.axis(axis, x.rank), c.integer("num_splits")
    if count < 1 or x.shape[axis] % count:
        raise ModelError(f"{c.op.where}: axis {axis} of {x.shape} does not split into {count} equal parts")
    return compositions.split(c.frame.builder, x, axis, (x.shape[axis] // count,) * count)


def split_v(c: Call) -> list[Value]:
    x, sizes, (axis, *_) = c.x(0), c.ints(1, "sizes"), c.ints(2, "axis")
    axis = c.axis(axis, x.rank)
    if sizes.count(-1) == 1:
        rest = x.shape[axis] - sum(size for size in sizes if size != -1)
        sizes = [rest if size == -1 else size for size in sizes]
    return compositions.split(c.frame.builder, x, axis, sizes)


def slice(c: Call) -> Value:
    x, starts, sizes = c.x(0), c.ints(1, "begin"), c.ints(2, "size")
    if not len(starts) == len(sizes) == x.rank:
        raise ModelError(f"{c.op.where}: begin {starts} and size {sizes} do not fit shape {x.shape}")
    full = [dim - start if size == -1 else size for dim, start, size in zip(x.shape, starts, sizes, strict=True)]
    return c.add("slice", x, starts=tuple(starts), sizes=tuple(full), quant=c.out_quant())


def strided_slice(c: Call) -> Value:
    """``x[begin:end:stride]`` per axis.

    Bit i of a mask speaks of entry i: open begin, open end, ``...``, a new axis, or a single index whose axis goes
    away. ``offset`` makes ends relative to begins.
    """
    x = c.x(0)
    begins, ends, strides = c.ints(1, "begin"), c.ints(2, "end"), c.ints(3, "strides")
    masks = {name: c.integer(f"{name}_mask") for name in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")}
    if not len(begins) == len(ends) == len(strides) or len(begins) > 32:
        raise ModelError(f"{c.op.where}: begin {begins}, end {ends} and strides {strides} differ in length")

    def has(name: str, entry: int) -> bool:
        return bool(masks[name] >> entry & 1)

    entries = range(len(begins))
    dots = [entry for entry in entries if has("ellipsis", entry)]
    plain = [entry for entry in entries if entry not in dots and not has("new_axis", entry)]
    if len(dots) > 1 or len(plain) > x.rank:
        raise ModelError(f"{c.op.where}: {len(plain)} indices and {len(dots)} ellipses for shape {x.shape}")
    starts, sizes, steps = list[int](), list[int](), list[int]()
    shape: list[int] = []

    def whole(count: int) -> None:
        for dim in x.shape[len(starts) : len(starts) + count]:
            starts.append(0)
            sizes.append(dim)
            steps.append(1)
            shape.append(dim)

    for entry in entries:
        if entry in dots:
            whole(x.rank - len(plain))
        elif has("new_axis", entry):
            shape.append(1)
        else:
            dim, step = x.shape[len(starts)], strides[entry]
            begin = None if has("begin", entry) else begins[entry]
            end = None if has("end", entry) else ends[entry] + (begins[entry] if c.flag("offset") else 0)
            if step == 0:
                raise ModelError(f"{c.op.where}: stride {entry} is 0")
            if has("shrink_axis", entry):
                index = begins[entry] + (dim if begins[entry] < 0 else 0)
                if not 0 <= index < dim:
                    raise ModelError(f"{c.op.where}: index {begins[entry]} is outside axis {len(starts)} of {x.shape}")
                starts.append(index)
                sizes.append(1)
                steps.append(1)
                continue
            taken = range(dim)[begin:end:step]
            starts.append(taken.start if len(taken) else 0)
            sizes.append(len(taken))
            steps.append(step)
            shape.append(len(taken))
    whole(x.rank - len(starts))
    if any(start or step != 1 for start, step in zip(starts, steps, strict=True)) or tuple(sizes) != x.shape:
        x = c.add("slice", x, starts=tuple(starts), sizes=tuple(sizes), steps=tuple(steps))
    return c.reshaped(x, shape, c.out_quant())


def _pads(c: Call) -> tuple[tuple[int, int], ...]:
    pads = c.array(1, "paddings")
    if pads.shape != (c.x(0).rank, 2) or (pads < 0).any():
        raise ModelError(f"{c.op.where}: paddings {pads.tolist()} do not fit shape {c.x(0).shape}")
    return tuple((int(before), int(after)) for before, after in pads)


def pad(c: Call) -> Value:
    x = c.x(0)
    border = None if x.quant is None else c.constant(x.quant.zero0, x.dtype)
    return c.add("pad", x, border, pads=_pads(c), quant=c.out_quant())


def padv2(c: Call) -> Value:
    x, value = c.x(0), c.x(2)
    if value.rank:
        value = c.reshaped(value, ())
    if x.quant is not None:
        value = c.requantized(value, x.quant)
    return c.add("pad", x, value, pads=_pads(c), quant=c.out_quant())


def mirror_pad(c: Call) -> Value:
    return c.add("pad", c.x(0), None, pads=_pads(c), mode=c.text("mode").lower(), quant=c.out_quant())


def tile(c: Call) -> Value:
    return c.add("tile", c.x(0), repeats=tuple(c.ints(1, "multiples")), quant=c.out_quant())


def broadcast_to(c: Call) -> Value:
    return c.add("expand", c.x(0), shape=tuple(c.ints(1, "shape")), quant=c.out_quant())


def broadcast_args(c: Call) -> Value:
    try:
        shape = np.broadcast_shapes(tuple(c.ints(0, "shape")), tuple(c.ints(1, "shape")))
    except ValueError:
        raise ModelError(f"{c.op.where}: {c.ints(0, 'shape')} and {c.ints(1, 'shape')} do not broadcast") from None
    return c.constant(np.asarray(shape, np.int64), c.out_type())


def fill(c: Call) -> Value:
    return c.add("expand", c.reshaped(c.x(1), ()), shape=tuple(c.ints(0, "shape")), quant=c.out_quant())


def zeros_like(c: Call) -> Value:
    return c.add("expand", c.constant(c.stored_zero(), c.out_type()), shape=c.x(0).shape, quant=c.out_quant())


def range_(c: Call) -> Value:
    """Numbers from start, before limit, by delta."""
    start, limit, delta = (c.array(index, "bounds").ravel()[0] for index in range(3))
    if delta == 0 or not np.isfinite([float(start), float(limit), float(delta)]).all():
        raise ModelError(f"{c.op.where}: a range from {start} to {limit} by {delta}")
    wide = float if c.out_type().is_float else int
    count = -((wide(start) - wide(limit)) // wide(delta))  # rounded up
    if count > MAX_NUMBERS:
        raise ModelError(f"{c.op.where}: a range of {count} numbers; the most is {MAX_NUMBERS}")
    steps = np.arange(max(int(count), 0)).astype(c.out_type().numpy)
    return c.constant(start + steps * delta, c.out_type())


def space_to_depth(c: Call) -> Value:
    return compositions.space_to_depth(c.frame.builder, c.x(0, IMAGE), c.integer("block_size"))


def depth_to_space(c: Call) -> Value:
    return compositions.depth_to_space(c.frame.builder, c.x(0, IMAGE), c.integer("block_size"))


def _blocks(c: Call) -> tuple[list[int], list[tuple[int, int]]]:
    blocks, edges = c.ints(1, "block shape"), c.array(2, "paddings or crops")
    if edges.shape != (len(blocks), 2) or (edges < 0).any():
        raise ModelError(f"{c.op.where}: blocks {blocks} with paddings or crops {edges.tolist()}")
    return blocks, [(int(before), int(after)) for before, after in edges]


def space_to_batch_nd(c: Call) -> Value:
    return compositions.space_to_batch(c.frame.builder, c.x(0), *_blocks(c))


def batch_to_space_nd(c: Call) -> Value:
    return compositions.batch_to_space(c.frame.builder, c.x(0), *_blocks(c))


def reverse_v2(c: Call) -> Value:
    x = c.x(0)
    axes = tuple(c.axis(axis, x.rank) for axis in c.ints(1, "axes"))
    return c.add("reverse", x, axes=axes, quant=c.out_quant())


def reverse_sequence(c: Call) -> Value:
    x = c.x(0)
    axes = {"seq_axis": c.axis(c.integer("seq_dim"), x.rank), "batch_axis": c.axis(c.integer("batch_dim"), x.rank)}
    return c.add("reverse_sequence", x, c.cast(c.x(1), DType.I64), quant=c.out_quant(), **axes)


def _on_diagonal(c: Call, values: Value, rest: Value, shape: tuple[int, ...]) -> Value:
    if shape[-2] * shape[-1] > MAX_NUMBERS:
        raise ModelError(f"{c.op.where}: a matrix of {shape[-2]} x {shape[-1]}; the most is {MAX_NUMBERS} elements")
    eye = np.eye(shape[-2], shape[-1], dtype=bool)
    return c.add("select", c.constant(eye), values, rest, quant=c.out_quant())


def matrix_diag(c: Call) -> Value:
    """A vector (or batch of them) on the diagonal of a square of zeros."""
    x = c.x(0, range(1, 8))
    rows = c.reshaped(x, (*x.shape[:-1], 1, x.shape[-1]))
    zero = c.constant(c.stored_zero(), x.dtype, x.quant)
    return _on_diagonal(c, rows, zero, (x.shape[-1], x.shape[-1]))


def matrix_set_diag(c: Call) -> Value:
    """A matrix (or batch) whose diagonal is replaced."""
    x, diagonal = c.x(0, range(2, 9)), c.x(1)
    rows, columns = x.shape[-2:]
    if diagonal.shape != (*x.shape[:-2], min(rows, columns)):
        raise ModelError(f"{c.op.where}: a diagonal of shape {diagonal.shape} for matrices {x.shape}")
    # element i of the diagonal lies in row i and column i: lay it along the shorter side
    lain = (*diagonal.shape[:-1], 1, columns) if columns <= rows else (*diagonal.shape[:-1], rows, 1)
    return _on_diagonal(c, c.reshaped(diagonal, lain), x, x.shape)


def dynamic_update_slice(c: Call) -> Value:
    """An operand with a block of it replaced; the place is moved inside where it would stick out."""
    x, update, starts = c.x(0), c.x(1), c.ints(2, "start indices")
    if len(starts) != x.rank or update.rank != x.rank or any(u > d for u, d in zip(update.shape, x.shape, strict=True)):
        raise ModelError(f"{c.op.where}: an update {update.shape} at {starts} does not fit {x.shape}")
    first = [min(max(s, 0), d - u) for s, d, u in zip(starts, x.shape, update.shape, strict=True)]
    grid = np.stack(np.meshgrid(*(np.arange(s, s + u) for s, u in zip(first, update.shape, strict=True)),
                                indexing="ij"), axis=-1)  # fmt: skip
    return c.add("scatter_nd", x, c.constant(grid, DType.I64), update, quant=c.out_quant())
